/* Orders that were made without a member: a buyer who is not on Telegram yet, on a page of the
 * operator's. Whoever opens the link of its page first (t.me/BOT?start=o_TOKEN) claims it, before
 * or behind its payment; until then it keeps its seat by itself. What is paid and claimed by nobody
 * is told when it has waited for orders.unclaimed (fact_unclaimed). */
#ifndef USHER_MODULES_ORDER_CLAIM_H
#define USHER_MODULES_ORDER_CLAIM_H

#include "modules/order/book.h"

/* It is this member's from now on; stores it. Again by the same one: nothing changes. RESULT_ok,
 * RESULT_order_claimed, RESULT_member_banned, RESULT_order_not_open (nobody may have it any more)
 * or RESULT_too_many_open. */
unsigned order_claim(struct ledger *ledger, struct order *order, int64_t telegram_id);

/* It is paid, or counts again: an unclaimed one begins to wait. */
void claim_hear_paid(struct ledger *ledger, const void *fact);
void claim_hear_reinstated(struct ledger *ledger, const void *fact);
/* TIMER_ORDER of an order that is paid: it is told if it waits still. */
unsigned claim_due(struct ledger *ledger, int64_t unused, const char *id);

#endif
