/* What an operator must act on: one WARN of the log that says what is wrong, with which thing, and
 * what to do ("remedy"). Of the same event about the same thing one line an hour is said; the next
 * one tells how many were left out. Thread-safe. */
#ifndef USHER_BASE_ALERT_H
#define USHER_BASE_ALERT_H

#include "base/log.h"

#include <stdint.h>

enum { ALERT_EVERY_MS = 3600 * 1000, ALERT_THINGS_MAX = 256, ALERT_THING_BYTES = 96 };

/* format makes "key=value key=value", as for log_event; thing names what it is about, and may be
 * cut. remedy has no quotes in it. */
void alert(enum log_event event, const char *thing, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The sentences that were said, for whoever passes them on: "event key=value ...\nremedy". Takes
 * out the oldest; of more than ALERT_TEXTS_MAX that nobody took the oldest are gone. */
enum { ALERT_TEXTS_MAX = 32, ALERT_TEXT_BYTES = 1000 };
bool alert_take(char out[ALERT_TEXT_BYTES]);

/* What was said when. Things beyond the most that are known push out the one that was silent
 * longest. */
struct alert_row {
    enum log_event event;
    char thing[ALERT_THING_BYTES]; /* "": free */
    uint64_t said_ms;              /* mono */
    uint64_t left_out;             /* since then */
};
struct alert_table {
    struct alert_row rows[ALERT_THINGS_MAX];
};

/* May it be said now; then left_out is how many were not, and counts anew. Pure. */
bool alert_due(struct alert_table *table, enum log_event event, const char *thing, uint64_t now_ms,
               uint64_t *left_out);

#endif
