/* Checkouts. Who orders by a gateway that makes them is to get the address to pay at; the gateway
 * is asked in the background, by a request that comes to one checkout however often it is asked
 * (ledger/request.h), and the address is kept with the order. A gateway that refuses leaves the
 * order as it is: it may be paid by other means. When the order ends unpaid, or is paid elsewhere,
 * so does the checkout, where the gateway can be told; what was paid there by then counts. */
#ifndef USHER_MODULES_CHECKOUT_H
#define USHER_MODULES_CHECKOUT_H

#include "ledger/request.h"
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
    CHECKOUT_NOT_ENDED, /* it is paid or over, says the gateway */
    CHECKOUT_CAPTURING, /* the payer has agreed, and the gateway is told to take the money */
    CHECKOUT_CAPTURED,
    CHECKOUT_NOT_CAPTURED /* the order cannot be paid any more, or the gateway could not */
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

/* Does this gateway make them? */
bool checkout_maker(const struct ledger *ledger, const char *gateway, struct checkout_gateway *out);
bool checkout_load(struct ledger *ledger, struct slice order_id, struct record_checkout *out);
void checkout_store(struct ledger *ledger, struct slice order_id,
                    const struct record_checkout *row);
/* The gateway of this checkout is told to do something with it. Returns the delivery; 0: it cannot
 * be. */
uint64_t checkout_errand(struct ledger *ledger, struct slice order_id,
                         const struct record_checkout *row, enum errand what);
/* That it has come to something. */
void checkout_tell(struct ledger *ledger, const struct request_end *end,
                   const struct record_checkout *row);

/* Of gateways that list nothing each checkout is asked about, now and then, until it is paid or too
 * old (asking.c). */
void checkout_ask_begin(struct ledger *ledger, struct slice order_id, uint64_t created_ms,
                        const struct checkout_gateway *gateway);
void checkout_ask_due(struct ledger *ledger, int64_t id, const char *subject);

/* Of gateways that capture (capture.c). */
void checkout_hear_approved(struct ledger *ledger, const void *fact);
void checkout_captured(struct ledger *ledger, const struct request_end *end,
                       struct record_checkout *row);

/* A subscription's payer manages it at the gateway, at an address that is made when it is wanted
 * (portal.c). True: the end of a request was of one of those. */
bool checkout_manages(struct ledger *ledger, const struct subscription *subscription);
void checkout_manage(struct ledger *ledger, const struct message_cmd_said *said, uint64_t n,
                     const struct subscription *subscription);
bool checkout_portal_answered(struct ledger *ledger, const struct request_end *end);
extern const struct say_row checkout_says[];

#endif
