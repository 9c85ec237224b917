/* Inside the ledger: the notices of broadcasts, each one member's. A notice is a delivery that is
 * at most once: the start of its attempt is journaled, and an attempt whose outcome is not known is
 * not repeated. It does not wait for who cannot be reached, and it is never a dead letter, which an
 * operator could send again: whatever ends it, it is done, and its broadcast counts how.
 *
 *     pending ──started──▶ started ──▶ done: sent, failed, skipped, unknown
 *        │  ▲                 │
 *        │  └── not sent ─────┘
 *        └──cancelled──▶ done: withdrawn */
#ifndef USHER_LEDGER_NOTICE_H
#define USHER_LEDGER_NOTICE_H

#include "ledger/state.h"

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

/* The attempt of a pending notice begins. */
void notice_started(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
/* The attempt of a notice that is not done has ended; its error is in the delivery. */
enum result notice_outcome(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command);
/* What became of its attempt will not be known any more. */
void notice_in_doubt(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                     const char *note);

/* All notices of a broadcast that wait are done without having been sent. */
void notices_withdraw(struct ledger *ledger, uint64_t number);
/* Those whose attempt began longer than lost_ms ago are in doubt. */
void notices_sweep(struct ledger *ledger, uint64_t number, uint64_t lost_ms);

#endif
