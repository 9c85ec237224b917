/* The only reader of clocks. Everything else is given the time.
 *
 * There are two walls. clock_wall_ms is the time that usher lives by: what is journaled, kept in
 * the state or compared with either, when timers are due, when a gateway signed. With the test
 * clock (`test_clock: true`) an operator moves it forward, and it may be far ahead of the real one.
 * clock_real_ms is what the world's clocks say: lines of the log, and until when a notifier may
 * begin a leased call. What lasts (timeouts, budgets, freezes in force, waits for a socket) is
 * measured by the monotonic clocks, which nobody moves. */
#ifndef USHER_BASE_CLOCK_H
#define USHER_BASE_CLOCK_H

#include "base/slice.h"

#include <stdint.h>

uint64_t clock_wall_ms(void); /* Unix time in milliseconds, by the test clock if there is one */
uint64_t clock_real_ms(void); /* the same without it */
uint64_t clock_mono_ms(void); /* monotonic, for deadlines and durations */
uint64_t clock_mono_us(void);

/* How far clock_wall_ms is ahead of clock_real_ms; 0 unless the test clock was moved. It is never
 * put back: what is journaled must not lie before what was journaled earlier. Any thread. */
uint64_t clock_ahead_ms(void);
void clock_set_ahead(uint64_t ahead_ms);

/* RFC 3339 UTC with a Z, whole seconds: "2026-01-31T12:00:00Z". out_size >= 21. */
void clock_format_utc(int64_t ms, char *out, size_t out_size);

/* RFC 3339 text with offset or Z, optional fraction, to Unix ms. False when it is anything else. */
bool clock_parse_utc(struct slice text, int64_t *ms);

#endif
