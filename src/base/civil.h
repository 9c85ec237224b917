/* Dates of the proleptic Gregorian calendar and days since 1970-01-01, without time zones. */
#ifndef USHER_BASE_CIVIL_H
#define USHER_BASE_CIVIL_H

#include <stdint.h>

struct civil {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

int64_t civil_to_days(struct civil date);
struct civil civil_from_days(int64_t days);
/* Days of a month: 28..31. */
int civil_month_length(int64_t year, int month);

#endif
