/* Which deliveries may go out next, by lane, ordered by priority and then payment time, with those
 * that wait for their time apart, and the leases that are out. Used by the ledger's apply thread
 * only. Times are wall ms.
 *
 *     later ──due──▶ ready ──lease──▶ leased ──attempt ended, or lease over──▶ ready, later or gone
 *
 * A lease outlives whatever else happens to its delivery: a letter that must wait for a link and
 * then need not any more, while an attempt of it is under way, must not have a second one. A crash
 * forgets leases and nothing else.
 *
 * Of each lane the first of what is ready, and of what is to come, are in memory (window.h); what
 * is behind them stays in the state alone, and an effect about it leaves nothing here. When a
 * window runs low, a walk over all that is pending, in steps, fills new ones beside those in use,
 * and at its end they are joined. So what is lent is always what goes first of all that is ready;
 * only what becomes due behind its window waits for the walk that this asks for. */
#ifndef USHER_LEDGER_DISPATCH_H
#define USHER_LEDGER_DISPATCH_H

#include "ledger/ledger.h"

/* Of each stream of a lane; up to twice as many are held. At 30 calls a second, four minutes. */
enum { DISPATCH_WINDOW = 8192, DISPATCH_STEP = 8192 };

struct dispatch;

/* ledger_pending: the pending deliveries behind *after, at most max, as effects. */
typedef enum error dispatch_source(void *context, uint64_t *after, size_t max,
                                   struct effects *effects);

struct dispatch_options {
    dispatch_source *source; /* NULL: it is told of all there is, and keeps it */
    void *context;
    size_t window;         /* at least 2; DISPATCH_WINDOW */
    uint64_t pause_max_ms; /* no pause but a notice's is longer: a clock that was wrong may make it
                              seem so; 0: there is no longest */
};

struct dispatch *dispatch_new(const struct dispatch_options *options);
void dispatch_destroy(struct dispatch **dispatch);
/* As new. */
void dispatch_clear(struct dispatch *dispatch);

/* A source: context is a struct ledger. */
dispatch_source dispatch_ledger;

/* Takes in what a committed batch changed. */
enum error dispatch_update(struct dispatch *dispatch, const struct effects *effects);

/* Goes on with the walk over what is pending, or begins one when it is needed, by at most `most`
 * deliveries. Before the first one is over nothing is lent. *again: it is not over, or has just
 * ended, so there may be more to lend; look again. On an error what was walked is void, and the
 * next call begins anew. */
enum error dispatch_look(struct dispatch *dispatch, uint64_t now_ms, size_t most, bool *again);

/* Is, or was there, anything pending on this lane? */
bool dispatch_knows(const struct dispatch *dispatch, struct slice lane);

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

/* How many of this lane, that a limit counts and that are due and not leased, go before this
 * delivery; about as many, when some are in the state alone. 0 when it is lent itself, or not due.
 * One that is not here (it waits for a link, which goes at the same turn) is counted as if it were
 * ready. */
size_t dispatch_before(const struct dispatch *dispatch, struct slice lane, unsigned priority,
                       uint64_t turn_ms, uint64_t delivery);

/* Entries in memory, for tests and measurements. */
size_t dispatch_held(const struct dispatch *dispatch);

/* The wall clock was set forward (back, when by_ms is negative): leases and pauses are as long as
 * they were meant to be all the same. What is in the state alone waits by its time there. */
void dispatch_clock_set(struct dispatch *dispatch, int64_t by_ms);

/* Moves what became due and what outlived its lease back to ready; the earliest wall ms at which
 * that, or a walk, must happen again, 0 for never. */
uint64_t dispatch_advance(struct dispatch *dispatch, uint64_t now_ms);

#endif
