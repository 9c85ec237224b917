/* A length of membership as it is sold ("1 month") and a duration as it is configured ("3 days").
 */
#ifndef USHER_BASE_PERIOD_H
#define USHER_BASE_PERIOD_H

#include "base/slice.h"

#include <stdint.h>

/* Calendar length: months and days are kept apart, because a month has no fixed number of days. */
struct period {
    uint32_t months;
    uint32_t days;
};

/* "1 month", "3 months", "1 year" (12 months), "2 weeks" (14 days), "30 days":
 * one number, one unit. The number is 1..1200. */
bool period_parse(struct slice text, struct period *out);
/* "1 month", "1 year", "14 days" ... canonical English, for CLI and API. */
void period_format(struct period period, char *out, size_t out_size);

/* "0", "90 seconds", "5 minutes", "36 hours", "3 days", "2 weeks", also "500 ms" -> milliseconds.
 */
bool duration_parse(struct slice text, uint64_t *ms);
/* "3 days": the largest unit of which it is a whole number. */
void duration_format(uint64_t ms, char *out, size_t out_size);

#endif
