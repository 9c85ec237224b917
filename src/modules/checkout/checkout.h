/* Checkouts. Who orders by a gateway that makes them is to get the address to pay at; the gateway
 * is asked in the background, by a request that comes to one checkout however often it is asked
 * (ledger/request.h), and the address is kept with the order. A gateway that refuses leaves the
 * order as it is: it may be paid by other means. */
#ifndef USHER_MODULES_CHECKOUT_H
#define USHER_MODULES_CHECKOUT_H

#include "modules/checkout/settings.h"
#include "modules/order/order.h"

enum checkout_state {
    CHECKOUT_ASKED,
    CHECKOUT_MADE,
    CHECKOUT_REFUSED,
    CHECKOUT_UNKNOWN,   /* it may have been made, and the operator must look */
    CHECKOUT_WITHDRAWN, /* the order ended first */
    CHECKOUT_LATE       /* and it was made all the same */
};
extern const char *const checkout_state_names[]; /* by the enum, NULL ends them */

struct ledger;
/* Asks the gateway whether what it made for this order is paid (ledger/look.h): best effort. */
void checkout_look(struct ledger *ledger, const struct order *order);

#define MODULE_DEF  "modules/checkout/checkout.def"
#define MODULE_SELF MODULE_checkout
#include "ledger/declare.h"

#endif
