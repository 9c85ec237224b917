/* The notifier's core for one bot: a bounded set of calls waiting to go, strict priorities, then payment
 * time; budgets per bot, per private chat, per group; freezes after a 429; retries decided by the error
 * table; outcomes as commands. Pure: time comes in, calls go out. Each call is attempted once per lease:
 * what must be retried later goes back to the ledger as an outcome with retry_at_ms, except a call that
 * was never sent.
 *
 * Life of a call:   add ──▶ waiting ──next──▶ in flight ──answered──▶ outcome
 *                              │ lease over                    └ 429: freeze, outcome RETRY
 *                              └──▶ dropped (the ledger leases it again) */
#ifndef USHER_TELEGRAM_SENDER_H
#define USHER_TELEGRAM_SENDER_H

#include "telegram/bucket.h"
#include "telegram/error.h"

struct sender;

struct sender_options {
    char bot[32];
    uint32_t per_second;
    uint32_t per_chat_per_second;
    uint32_t per_group_per_minute;
    uint32_t waiting_max;   /* calls held here at most */
    uint32_t in_flight_max; /* calls under way at most */
    uint64_t seed;          /* of the jitter of retries */
};

struct sender_call {
    uint64_t token;      /* hand it back with the answer */
    const char *method;  /* NUL-terminated, valid until answered */
    struct slice params; /* JSON */
    bool start_first;    /* a notice: cmd_started must be durable before the request goes out, see
                            sender_started */
    uint64_t delivery;
};

enum error sender_new(const struct sender_options *options, uint64_t mono_ms, struct sender **out);
void sender_destroy(struct sender **sender);
/* How many more calls the sender would like to hold now: about what its budget sends in the next
 * moment, so that a new urgent delivery is never behind a long local queue. */
uint32_t sender_want(const struct sender *sender);
/* Copies the call. ERROR_FULL when waiting_max are held (the lease then runs out and it comes again).
 * A delivery id already held is refused with ERROR_EXISTS. */
enum error sender_add(struct sender *sender, const struct message_call *call, uint64_t wall_ms,
                      uint64_t mono_ms);
void sender_freeze(struct sender *sender, int64_t chat_id, uint64_t until_wall_ms, uint64_t wall_ms,
                   uint64_t mono_ms);
/* The next call that may go out now; false when none may. */
bool sender_next(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms, struct sender_call *out);
/* Milliseconds until sender_next may have one; -1: nothing before something is added or answered. */
long sender_timeout_ms(const struct sender *sender, uint64_t mono_ms);
/* The transfer of token ended. failure: enum http_failure's meaning: 0 answered, 1 not sent, 2 in
 * doubt. Appends one encoded cmd_outcome to out. */
void sender_answered(struct sender *sender, uint64_t token, int failure, unsigned status,
                     uint32_t retry_after_s, struct slice body, const char *error, uint64_t wall_ms,
                     uint64_t mono_ms, struct buf *out, enum outcome *outcome);
uint32_t sender_waiting(const struct sender *sender);
uint32_t sender_in_flight(const struct sender *sender);
uint32_t sender_used(const struct sender *sender, uint64_t mono_ms); /* of the bot's budget */
bool sender_frozen(const struct sender *sender, uint64_t mono_ms);

#endif
