/* Which deliveries may go out next: an in-memory mirror of the pending deliveries, by lane, ordered
 * by priority and then payment time, with those that wait for their time apart, and the leases that
 * are out. Rebuilt from the state at start, so that a crash forgets leases and nothing else. Used
 * by the ledger's apply thread only. Times are wall ms.
 *
 *     later ──due──▶ ready ──lease──▶ leased ──attempt ended, or lease over──▶ ready, later or gone
 *
 * A lease outlives whatever else happens to its delivery: a letter that must wait for a link and
 * then need not any more, while an attempt of it is under way, must not have a second one. */
#ifndef USHER_LEDGER_DISPATCH_H
#define USHER_LEDGER_DISPATCH_H

#include "ledger/ledger.h"

struct dispatch;

struct dispatch *dispatch_new(void);
void dispatch_destroy(struct dispatch **dispatch);
void dispatch_clear(struct dispatch *dispatch);

/* Takes in what a committed batch changed. */
enum error dispatch_update(struct dispatch *dispatch, const struct effects *effects);

/* A lane's courier started anew: its leases are void. True when there were any: calls of the old
 * one may still be on their way. */
bool dispatch_forget_leases(struct dispatch *dispatch, struct slice lane);

/* Leases up to max deliveries of this lane that a limit counts and that are due, in order, and ends
 * before one more that yields (wire/delivery.h) than yielding_max: nothing that goes before them is
 * behind. What was leased comes again at lease_until_ms unless an effect says before that the
 * attempt has ended. Returns how many; *yielding_max is what is left of it; NULL: no bound. */
size_t dispatch_lease(struct dispatch *dispatch, struct slice lane, uint64_t now_ms,
                      uint64_t lease_until_ms, uint64_t *deliveries, size_t max,
                      size_t *yielding_max);

/* The same of deliveries that no limit counts. */
size_t dispatch_lease_free(struct dispatch *dispatch, struct slice lane, uint64_t now_ms,
                           uint64_t lease_until_ms, uint64_t *deliveries, size_t max);

/* Deliveries of this lane that a limit counts and that are due and not leased. */
size_t dispatch_ready(const struct dispatch *dispatch, struct slice lane);

/* The wall clock was set forward (back, when by_ms is negative): leases and pauses are as long as
 * they were meant to be all the same. */
void dispatch_clock_set(struct dispatch *dispatch, int64_t by_ms);

/* Moves what became due and what outlived its lease back to ready; the earliest wall ms at which
 * that must happen again, 0 for never. */
uint64_t dispatch_advance(struct dispatch *dispatch, uint64_t now_ms);

#endif
