/* The only reader of clocks. Everything else is given the time. */
#ifndef USHER_BASE_CLOCK_H
#define USHER_BASE_CLOCK_H

#include "base/slice.h"

#include <stdint.h>

uint64_t clock_wall_ms(void); /* Unix time in milliseconds */
uint64_t clock_mono_ms(void); /* monotonic, for deadlines and durations */
uint64_t clock_mono_us(void);

/* RFC 3339 UTC with a Z, whole seconds: "2026-01-31T12:00:00Z". out_size >= 21. */
void clock_format_utc(int64_t ms, char *out, size_t out_size);

/* RFC 3339 text with offset or Z, optional fraction, to Unix ms. False when it is anything else. */
bool clock_parse_utc(struct slice text, int64_t *ms);

#endif
