/* Inside the ledger: recording payments, the member's list of them, and the operator's list of
 * those that wait to be settled. */
#ifndef USHER_LEDGER_PAYMENTS_H
#define USHER_LEDGER_PAYMENTS_H

#include "ledger/state.h"

/* Stores a new payment in its state, lists it with its member (who becomes known) and, when
 * unsettled, with the operator; reason says why. */
void payment_add(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                 struct record_payment *payment, enum result reason);
/* A recorded payment waits for the operator again; reason says why. */
void payment_unsettle(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                      struct record_payment *payment, enum result reason);
/* An unsettled payment is settled: into state, off the operator's list. */
void payment_settled(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                     struct record_payment *payment, enum payment_state state);
/* Puts the payment on its member's list. */
void payment_list(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  const struct record_payment *payment);

#endif
