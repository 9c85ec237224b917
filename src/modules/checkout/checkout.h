/* Checkouts. Who orders by a gateway that makes them is to get the address to pay at; the gateway
 * is asked in the background, by a request that comes to one checkout however often it is asked
 * (ledger/request.h), and the address is kept with the order. A gateway that refuses leaves the
 * order as it is: it may be paid by other means. When the order ends unpaid, or is paid elsewhere,
 * so does the checkout, where the gateway can be told; what was paid there by then counts. */
#ifndef USHER_MODULES_CHECKOUT_H
#define USHER_MODULES_CHECKOUT_H

#include "modules/checkout/settings.h"
#include "modules/order/order.h"
#include "modules/payment/subscription.h"

enum checkout_state {
    CHECKOUT_ASKED,
    CHECKOUT_MADE,
    CHECKOUT_REFUSED,
    CHECKOUT_UNKNOWN,   /* it may have been made, and the operator must look */
    CHECKOUT_WITHDRAWN, /* the order ended first */
    CHECKOUT_LATE,      /* and it was made all the same */
    CHECKOUT_ENDING,    /* the order ended, and the gateway is told */
    CHECKOUT_ENDED,
    CHECKOUT_NOT_ENDED /* it is paid or over, says the gateway */
};
extern const char *const checkout_state_names[]; /* by the enum, NULL ends them */
enum checkout_portal_what { PORTAL_ASKED, PORTAL_READY, PORTAL_FAILED };
extern const char *const checkout_portal_names[]; /* the same */

struct ledger;
/* Asks the gateway whether what it made for this order is paid (ledger/look.h): best effort. */
void checkout_look(struct ledger *ledger, const struct order *order);

#define MODULE_DEF  "modules/checkout/checkout.def"
#define MODULE_SELF MODULE_checkout
#include "ledger/declare.h"

/* The gateway that makes checkouts; false: this one does not. */
bool checkout_gateway_find(const struct ledger *ledger, const char *name,
                           struct checkout_gateway *out);

/* A subscription's payer manages it at the gateway, at an address that is made when it is wanted
 * (portal.c). True: the end of a request was of one of those. */
bool checkout_manages(struct ledger *ledger, const struct subscription *subscription);
void checkout_manage(struct ledger *ledger, const struct message_cmd_said *said, uint64_t n,
                     const struct subscription *subscription);
bool checkout_portal_answered(struct ledger *ledger, const struct request_end *end);
extern const struct say_row checkout_says[];

#endif
