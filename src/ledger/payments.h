/* Inside the ledger: payments, which lie by the sequence of the command that brought them, found
 * again by gateway and payment id and by gateway and event id. Both indexes hold 64 bits of a hash
 * and the sequences behind it; what they name is compared, so that no collision can make a new
 * payment an old one. */
#ifndef USHER_LEDGER_PAYMENTS_H
#define USHER_LEDGER_PAYMENTS_H

#include "ledger/state.h"

enum { PAYMENT_KIND_COUNT = PAYMENT_PARTLY_REFUNDED + 1 };

/* A slot in an index, as it was found. */
struct payment_slot {
    uint8_t hash[8];
    bool taken; /* there are sequences behind this hash */
};

/* What is known of a payment when an event about it comes. */
struct payment_events {
    uint64_t sequence[PAYMENT_KIND_COUNT]; /* of each kind of event, 0 when it has not come */
    bool event_known;                      /* this very event has come before */
    struct payment_slot payment;
    struct payment_slot event;
};

/* event_id: absent when only the payment is asked for. */
void payment_find(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  struct slice event_id, struct payment_events *out);
/* False for sequence 0. */
bool payment_load(struct ledger *ledger, uint64_t sequence, struct record_payment *out);
/* Writes a recorded payment back. */
void payment_store(struct ledger *ledger, const struct record_payment *payment);

/* Stores a new payment, of which events was found, in its state, lists it with its member (who
 * becomes known) and, when unsettled, with the operator; reason says why. */
void payment_add(struct ledger *ledger, const struct payment_events *events,
                 struct record_payment *payment, enum result reason);
/* A recorded payment waits for the operator again; reason says why. */
void payment_unsettle(struct ledger *ledger, struct record_payment *payment, enum result reason);
/* An unsettled payment is settled: into state, off the operator's list. */
void payment_settled(struct ledger *ledger, struct record_payment *payment,
                     enum payment_state state);
/* Puts the payment on its member's list. */
void payment_list(struct ledger *ledger, const struct record_payment *payment);

#endif
