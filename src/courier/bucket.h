/* Budgets that hold over any sliding window. A bucket has `limit` tokens; a spent token comes back
 * one window after the moment at which the server has counted it for certain. The server counts
 * somewhere between our sending and its answer, so that moment is the answer's arrival, or, for
 * slow answers, the sending plus `transit_ms` (the longest a request is on its way). So no window
 * as the server sees it ever holds more than `limit` calls. Times are monotonic ms; as they are
 * whole ms and two clocks never run at quite the same speed, a token rests a little longer than its
 * window. */
#ifndef USHER_COURIER_BUCKET_H
#define USHER_COURIER_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUCKET_LIMIT_MAX = 10000 };

struct bucket {
    uint32_t limit;
    uint32_t window_ms;
    uint32_t transit_ms;
    uint32_t next;     /* the token that is free first */
    uint64_t *free_at; /* limit entries: when each token may be spent again */
};

/* spent = false: all tokens are free at start_ms; true: as if all had just been spent (a restart).
 * limit 1..BUCKET_LIMIT_MAX. False when there is no memory. */
bool bucket_init(struct bucket *bucket, uint32_t limit, uint32_t window_ms, uint32_t transit_ms,
                 uint64_t start_ms, bool spent);
void bucket_deinit(struct bucket *bucket);
/* When a token is free, earliest; <= now_ms means now. */
uint64_t bucket_ready_at(const struct bucket *bucket);
/* When all tokens are free. */
uint64_t bucket_idle_at(const struct bucket *bucket);
/* Spends the token that is free first and returns its index for bucket_settle. */
uint32_t bucket_spend(struct bucket *bucket, uint64_t now_ms);
/* The call that spent the token at spent_ms leaves only now, at most transit_ms later. */
void bucket_postpone(struct bucket *bucket, uint32_t token, uint64_t spent_ms, uint64_t now_ms);
/* The answer to the call that spent the token at sent_ms (or was postponed to it) came at now_ms. A
 * token whose time was over and that was spent anew is left alone. */
void bucket_settle(struct bucket *bucket, uint32_t token, uint64_t sent_ms, uint64_t now_ms);
uint32_t bucket_used(const struct bucket *bucket, uint64_t now_ms);

#endif
