/* The hours in which the support works, and the time that passes in them. "Mon-Fri 09:00-12:00
 * 13:00-18:00, Sat 10:00-14:00": days, if any, stand before their times; without days it is every
 * day. A time that ends before it begins goes on into the next day ("22:00-06:00" of Friday ends on
 * Saturday); 24:00 is the day's end. What overlaps counts once. Pure; the calendar says the zone.
 */
#ifndef USHER_MODULES_TICKET_HOURS_H
#define USHER_MODULES_TICKET_HOURS_H

#include "base/slice.h"
#include "text/calendar.h"

enum { HOURS_SPANS_MAX = 16, HOURS_STEPS_MAX = 1000 /* openings that are looked at, about */ };

struct hours_span {
    uint8_t days; /* bit 0: Monday */
    uint16_t from,
        to; /* minutes of the day on which it begins; to > from, may be of the next day */
};

struct hours {
    struct hours_span spans[HOURS_SPANS_MAX];
    size_t count;
};

/* False when it is no such text, or holds more than HOURS_SPANS_MAX times. */
bool hours_parse(struct slice text, struct hours *out);

/* Milliseconds of [from_ms, to_ms) that lie in the hours. Of years it is the beginning. */
uint64_t hours_between(const struct hours *hours, struct calendar *calendar, uint64_t from_ms,
                       uint64_t to_ms);
/* When so much of the hours has passed since from_ms. */
uint64_t hours_after(const struct hours *hours, struct calendar *calendar, uint64_t from_ms,
                     uint64_t work_ms);

#endif
