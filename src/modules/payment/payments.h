/* Payments, which lie by the sequence of the command that brought them, found again by gateway and
 * payment id and by gateway and event id (index.h). A payment has many events of a kind: parts of
 * it are refunded, disputes come and go (sum.h). Other ids that the gateway has for it are aliases
 * (join.h). */
#ifndef USHER_MODULES_PAYMENT_PAYMENTS_H
#define USHER_MODULES_PAYMENT_PAYMENTS_H

#include "ledger/state.h"

enum {
    PAYMENT_EVENTS_MAX = 256 /* of one payment that count; more are for the operator */
};

/* What is known of a payment when an event about it comes. */
struct payment_events {
    uint64_t sequences[PAYMENT_EVENTS_MAX]; /* in the order in which they came */
    size_t count;
    uint64_t event; /* the record that this very event left before, 0: none */
    uint8_t payment_hash[8];
    uint8_t event_hash[8];
};

/* event_id: absent when only the payment is asked for. payment_id may be an alias when nothing is
 * to be remembered. */
void payment_find(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  struct slice event_id, struct payment_events *out);
/* The first event of this kind that counts; false when there is none. */
bool payment_of_kind(struct ledger *ledger, const struct payment_events *events,
                     enum payment_kind kind, struct record_payment *out);
/* Money that turned out to be another event's of the same payment, and counts no more. */
bool payment_repeated(const struct record_payment *payment);
/* False for sequence 0. */
bool payment_load(struct ledger *ledger, uint64_t sequence, struct record_payment *out);
/* Writes a recorded payment back. */
void payment_store(struct ledger *ledger, const struct record_payment *payment);

/* Stores a new payment or an event of one, of which events was found, in its state, lists it with
 * its member (who becomes known) and, when unsettled, with the operator; reason says why. */
void payment_add(struct ledger *ledger, const struct payment_events *events,
                 struct record_payment *payment, unsigned reason);
/* A recorded payment waits for the operator again; reason says why. */
void payment_unsettle(struct ledger *ledger, struct record_payment *payment, unsigned reason);
/* An unsettled payment is settled: into state, off the operator's list. */
void payment_settled(struct ledger *ledger, struct record_payment *payment,
                     enum payment_state state);
/* The events that lie under `from` are those of payment `to` from now on. False: only one of them
 * had any, and nothing is to be judged anew. */
bool payments_join(struct ledger *ledger, struct slice gateway, struct slice from, const char *to);
/* Is it money that came, rather than went back? */
bool payment_awaits_grant(const struct record_payment *payment);
/* Puts the payment on its member's list. */
void payment_list(struct ledger *ledger, const struct record_payment *payment);

#endif
