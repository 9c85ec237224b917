/* A member's list of orders, and the seats that open orders keep: a member's by their list
 * (access/seat.h), an order's that nobody has claimed (claim.h) by itself, for it is on no list.
 * The callers store the orders. */
#ifndef USHER_MODULES_ORDER_LIST_H
#define USHER_MODULES_ORDER_LIST_H

#include "ledger/state.h"

enum {
    ORDERS_OPEN_MAX = 100,
    ORDERS_LISTED_MAX = 10 /* of a member, beside the open ones */
};

static inline bool order_unclaimed(const struct record_order *record)
{
    return record->telegram_id == 0;
}

/* A new order; held: it keeps a seat. */
void order_list_add(struct ledger *ledger, struct slice id, struct record_order *record, bool held);
/* The order is not open any more; another open one of this plan takes over its seat. */
void order_list_close(struct ledger *ledger, struct record_order *record);

/* The seat of an unclaimed order; the first does nothing for others. */
void order_seat_hold(struct ledger *ledger, struct record_order *record);
void order_seat_unhold(struct ledger *ledger, struct record_order *record);
/* It keeps one, or may have one. True for others. */
bool order_seat_left(struct ledger *ledger, const struct record_order *record);

#endif
