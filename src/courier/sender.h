/* The core of one lane's speaker: a bounded set of calls waiting to go, strict priorities, then
 * payment time; budgets per bot, per private chat, per group; a tenth of the bot's budget is never
 * spent on notices, so that during a broadcast an urgent call finds room at once; freezes after a
 * 429; a breaker for when nobody answers; retries decided by the error table; outcomes as commands.
 * Pure: time comes in, calls go out. Each call is attempted once per lease: what must be retried
 * later goes back to the ledger as an outcome with retry_at_ms, except a call that was never sent.
 *
 * Life of a call:   add ──▶ waiting ──next──▶ in flight ──answered──▶ outcome
 *                              │ lease over     │  ▲         └ 429: freeze, outcome RETRY
 *                              │                └──┘ started (notices)
 *                              └──▶ dropped (the ledger leases it again) */
#ifndef USHER_COURIER_SENDER_H
#define USHER_COURIER_SENDER_H

#include "courier/bucket.h"
#include "courier/carrier.h"

enum {
    SENDER_WANT_MIN = 8,
    SENDER_FREE_PER_SECOND = 30, /* of calls that nobody counts, or as many as are counted */
    SENDER_NOTICE_SHARE = 10     /* one call in so many is kept from notices */
};

struct sender;

struct sender_options {
    char lane[64];
    const struct carrier *carrier;
    uint32_t per_second; /* the three limits: 1..BUCKET_LIMIT_MAX */
    uint32_t per_chat_per_second;
    uint32_t per_group_per_minute;
    uint32_t waiting_max;   /* calls held here at most */
    uint32_t in_flight_max; /* calls under way at most */
    uint64_t seed;          /* of the jitter of retries */
};

struct sender_call {
    uint64_t token;      /* hand it back with the answer */
    const char *method;  /* NUL-terminated, valid until answered */
    struct slice params; /* JSON, valid until answered */
    bool start_first;    /* a notice: cmd_started must be durable before the request goes out, see
                            sender_started */
    uint64_t delivery, turn_ms;
};

/* ERROR_INVALID for a limit of 0 or over its bound, or no name of the bot. */
enum error sender_new(const struct sender_options *options, uint64_t mono_ms, struct sender **out);
void sender_destroy(struct sender **sender);
/* How many more calls the sender would like to hold now: about what its budget sends in the next
 * moment, so that a new urgent delivery is never behind a long local queue. Calls that wait for a
 * chat do not count, nor do notices, which are behind everything else. 0 while the whole bot is
 * frozen. */
uint32_t sender_want(const struct sender *sender);
/* How many calls more of those that nobody counts: they have a budget of their own, and no
 * freeze and no restart holds them up. */
uint32_t sender_want_free(const struct sender *sender);
/* How many of sender_want may be such as yield (wire/delivery.h): here everything that is ready
 * counts, and a quarter of the room is all that they get. */
uint32_t sender_want_yielding(const struct sender *sender);
/* Copies the call. ERROR_FULL when waiting_max are held (the lease then runs out and it comes
 * again). A delivery id already held, or the same attempt of what somebody reads that went out in
 * the last seconds and was lent before its outcome was known, is refused with ERROR_EXISTS, one
 * whose lease is over with ERROR_TIMEOUT, one of no known kind, without a delivery id or a method
 * with ERROR_INVALID.
 */
enum error sender_add(struct sender *sender, const struct message_call *call, uint64_t wall_ms,
                      uint64_t mono_ms);
void sender_freeze(struct sender *sender, int64_t chat_id, uint64_t until_wall_ms, uint64_t wall_ms,
                   uint64_t mono_ms);
/* Would sender_next have one? */
bool sender_ready(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms);
/* The next call that may go out now; false when none may. */
bool sender_next(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms,
                 struct sender_call *out);
/* The start of a call with start_first is durable. True: its request goes out now. False: the
 * moment is over (a 429 came, frozen, lease over); report it by sender_answered as
 * TRANSFER_UNTRIED. */
bool sender_started(struct sender *sender, uint64_t token, uint64_t wall_ms, uint64_t mono_ms);
/* A call with start_first must not go out: by the ledger's word it need not, or must not, be made
 * any more. Nothing is reported of it. */
void sender_withdrawn(struct sender *sender, uint64_t token, uint64_t wall_ms, uint64_t mono_ms);
/* Milliseconds until sender_next may have one or sender_want more; -1: nothing before something is
 * added or answered. */
long sender_timeout_ms(const struct sender *sender, uint64_t mono_ms);
/* The transfer of token ended. failure: enum transfer. error: of the transfer, without the URL; ""
 * when answered. Appends one encoded cmd_outcome to out. */
void sender_answered(struct sender *sender, uint64_t token, int failure, unsigned status,
                     uint32_t retry_after_s, struct slice body, const char *error, uint64_t wall_ms,
                     uint64_t mono_ms, struct buf *out, enum outcome *outcome);
uint32_t sender_waiting(const struct sender *sender);
uint32_t sender_in_flight(const struct sender *sender);
uint32_t sender_used(const struct sender *sender, uint64_t mono_ms); /* of the bot's budget */
bool sender_frozen(const struct sender *sender, uint64_t mono_ms);

#endif
