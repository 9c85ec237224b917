/* What waits for the operator with a payment, besides itself: what went back of nothing that is
 * known, parts of refunds, money that fell short. */
#ifndef USHER_MODULES_PAYMENT_WAITS_H
#define USHER_MODULES_PAYMENT_WAITS_H

#include "modules/payment/payments.h"

/* It waits no more: all of it (kind 0), or refunds or disputes, with this id of their own or
 * (part_id NULL) with any. */
void waits_end(struct ledger *ledger, const struct payment_events *events, enum payment_kind kind,
               const char *part_id);
/* Only what waited for the payment itself, which is known now. */
void waits_end_unknown(struct ledger *ledger, const struct payment_events *events);
/* What fell short has come after all. */
void waits_end_short(struct ledger *ledger, const struct payment_events *events);
/* What says more of the same takes the place of what waited: an operator has one thing to look at.
 */
void waits_supersede(struct ledger *ledger, const struct payment_events *events,
                     const struct record_payment *by);
/* Parts of it went back before it was known, and nobody was asked then. Of totals the last one says
 * it all. */
void waits_list_parts(struct ledger *ledger, const struct payment_events *events,
                      const struct record_payment *paid);

#endif
