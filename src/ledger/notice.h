/* Inside the ledger: the notices of broadcasts, each one member's. A notice is a delivery that is
 * at most once: the start of its attempt is journaled, and an attempt whose outcome is not known is
 * not repeated. It does not wait for who cannot be reached, and it is never a dead letter, which an
 * operator could send again: whatever ends it, it is done, and its broadcast counts how.
 *
 *     pending ──started──▶ started ──▶ done: sent, failed, skipped, unknown
 *        │  ▲                 │
 *        │  └── not sent ─────┘
 *        └──cancelled, or not true any more──▶ done: withdrawn */
#ifndef USHER_LEDGER_NOTICE_H
#define USHER_LEDGER_NOTICE_H

#include "ledger/outbox.h"

/* Makes the notice of this broadcast for the member at its cursor; the caller counts it. False when
 * there is no bot to send it. */
bool notice_add(struct ledger *ledger, uint64_t number, const struct record_broadcast *record,
                const struct record_member *member);
/* Makes a notice that is of no broadcast (broadcast 0) and says part. */
void notice_make(struct ledger *ledger, struct record_delivery *delivery,
                 const struct message *part);
/* Appends the broadcast's text in the member's language, as a part_notice. */
void notice_part(struct ledger *ledger, const struct record_delivery *delivery,
                 enum language language, struct buf *parts);

/* The attempt of a pending notice begins; false when it may not. */
bool notice_started(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
/* How the attempt ends (kinds.c). */
ended_fn notice_sent, notice_retry, notice_failed, notice_unreachable, notice_moot, notice_unknown;

/* TIMER_DOUBT, and the process has started: those whose attempt had begun are in doubt. A bounded
 * number in one command; no attempt begins before the last one is settled. Returns about
 * how many rows it has touched. */
unsigned notices_doubt_due(struct ledger *ledger, int64_t zero, const char *subject);

/* Those of a broadcast that wait, behind *id, are done without having been sent. False when there
 * are more than one command may touch, behind *id. */
bool notices_withdraw(struct ledger *ledger, uint64_t number, uint64_t *id);
/* The same: those whose attempt began longer than lost_ms ago are in doubt. */
bool notices_sweep(struct ledger *ledger, uint64_t number, uint64_t lost_ms, uint64_t *id);

#endif
