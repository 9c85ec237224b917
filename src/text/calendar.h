/* Calendar arithmetic and formats in a time zone, through ICU. Deterministic for one version of the
 * time zone data. Used by one thread at a time; what takes no calendar is thread-safe. */
#ifndef USHER_TEXT_CALENDAR_H
#define USHER_TEXT_CALENDAR_H

#include "base/error.h"
#include "base/language.h"
#include "base/period.h"

enum { CALENDAR_TEXT_SIZE = 128 }; /* room for any formatted time or amount, with the NUL */

struct calendar;

/* ERROR_INVALID for a time zone that is not timezone_known; ERROR_MEMORY; ERROR_IO when ICU lacks
 * data. */
enum error calendar_new(const char *timezone, struct calendar **out);
void calendar_destroy(struct calendar **calendar);

/* anchor_ms plus length.months calendar months (the day of the month is the anchor's, or the last
 * day of a shorter month; the local time of day is kept, a time that does not exist moves forward
 * by the gap, of a time that comes twice it is the later), then plus length.days calendar days.
 * What lies beyond the year 9999 is its last second. Fast: the ledger calls it for each payment. */
int64_t calendar_add(struct calendar *calendar, int64_t anchor_ms, struct period length);

/* The same local time so many days earlier, on the terms of calendar_add. */
int64_t calendar_before(struct calendar *calendar, int64_t at_ms, uint32_t days);

/* Milliseconds since the last local midnight as the clock on the wall says, 0..86399999, and the
 * number of the local day, counted from 1970-01-01. */
uint64_t calendar_time_of_day(struct calendar *calendar, int64_t at_ms);
int64_t calendar_day(struct calendar *calendar, int64_t at_ms);
/* The reverse: when the clock on the wall says so on that local day. A time that does not exist
 * moves forward by the gap, of a time that comes twice it is the later. time_of_day_ms may be that
 * of a later day. */
int64_t calendar_moment(struct calendar *calendar, int64_t day, uint64_t time_of_day_ms);

/* at_ms, or the end of these hours of the day that it lies in; times of day in ms, from > to goes
 * past midnight, the same: no hours at all. By the clock on the wall, so also on a day of 23 hours.
 */
int64_t calendar_after_hours(struct calendar *calendar, uint64_t from_ms, uint64_t to_ms,
                             int64_t at_ms);

/* Local date and time for people, CLDR medium date and short time ("31 Jan 2026, 20:00" /
 * "2026年1月31日 20:00"). out_size >= CALENDAR_TEXT_SIZE. */
void calendar_format(struct calendar *calendar, enum language language, int64_t ms, char *out,
                     size_t out_size);
/* Money for people in a language: "US$29.00", "$29.00", codes that CLDR does not know as "29.00
 * USDT". out_size >= CALENDAR_TEXT_SIZE. */
void money_format_local(enum language language, int64_t minor, const char *currency, char *out,
                        size_t out_size);
/* A length of membership: "1 year", "3 months", "2 个月". out_size >= CALENDAR_TEXT_SIZE. */
void period_format_local(enum language language, struct period period, char *out, size_t out_size);

/* An IANA name or alias that ICU has data for: "Asia/Shanghai", "UTC", "PRC". Not offsets
 * ("GMT+8"), not the ambiguous three letters that ICU keeps for old Java programs ("CST", "IST").
 */
bool timezone_known(const char *timezone);

#endif
