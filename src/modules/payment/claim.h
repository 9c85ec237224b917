/* A payment of an order that nobody has claimed (order/claim.h): recorded, with the reason
 * unsettled_unclaimed. It becomes whose the order becomes, and is granted to them. When it has
 * waited long it is unsettled, so that the operator sees it. */
#ifndef USHER_MODULES_PAYMENT_CLAIM_H
#define USHER_MODULES_PAYMENT_CLAIM_H

#include "modules/order/book.h"

/* Does it wait for that, listed or not? */
bool payment_unclaimed(const struct record_payment *payment);
/* The order is this member's from now on, and what was paid for it is granted. What order_claim
 * returns: also RESULT_ok when it was theirs before, or when the payment could not be granted and
 * waits for the operator. */
unsigned payment_claim(struct ledger *ledger, struct order *order, int64_t telegram_id);
/* fact_unclaimed: it has waited long. */
void payment_hear_unclaimed(struct ledger *ledger, const void *fact);

#endif
