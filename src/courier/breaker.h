/* The breaker of a lane: when so many calls in a row came to no answer, the other side is taken for
 * dead, and the lane pauses, longer each time, then tries with one call.
 *
 *     closed ──failures in a row──▶ open ──pause over──▶ trying ──answer──▶ closed
 *                                    ▲                     └──no answer──▶ open, twice as long
 *                                    └──────────────────────────┘
 *
 * Each lane has its own, so that a dead one holds up nobody else. Pure; times are monotonic ms. */
#ifndef USHER_COURIER_BREAKER_H
#define USHER_COURIER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 8, BREAKER_FIRST_MS = 1000, BREAKER_LONGEST_MS = 30000 };

struct breaker {
    uint32_t failures;  /* in a row, while closed */
    bool open;          /* or trying */
    bool probing;       /* the one call is under way */
    uint64_t pause_ms;  /* of this time */
    uint64_t opened_ms; /* calls sent before it say nothing new */
    uint64_t until_ms;
};

/* When the next call may go out, as far as this is concerned; UINT64_MAX: not before an answer. */
uint64_t breaker_ready_at(const struct breaker *breaker);
/* No call may go out at now_ms. */
bool breaker_pauses(const struct breaker *breaker, uint64_t now_ms);
void breaker_sent(struct breaker *breaker);
/* A call sent at sent_ms ended; answered: with an answer of whatever kind. */
void breaker_ended(struct breaker *breaker, uint64_t sent_ms, bool answered, uint64_t now_ms);
/* The call did not leave after all, for a reason of ours. */
void breaker_untried(struct breaker *breaker, uint64_t sent_ms);

#endif
