/* Refunds that a gateway is told to make: a request of its own for each, asked until it is
 * answered, by one key. What the payment gave is taken when the gateway has answered that the money
 * goes back; its own event says the same again. One at a time for each payment. */
#ifndef USHER_MODULES_PAYMENT_REFUNDING_H
#define USHER_MODULES_PAYMENT_REFUNDING_H

#include "ledger/request.h"
#include "modules/payment/payment.h"
#include "modules/payment/sum.h"

enum refund_request {
    REFUND_ASKED,
    REFUND_DONE,    /* the gateway has taken it */
    REFUND_FAILED,  /* it has, and says that the money did not go back */
    REFUND_REFUSED, /* a dead letter */
    REFUND_UNKNOWN  /* it may have been done, and the operator must look */
};

/* Is there a gateway of this name that can be told so? */
bool refunding_can(const struct ledger *ledger, struct slice gateway);
/* amount: of the payment's currency; 0: the whole of what sum leaves. RESULT_ok, and the delivery
 * is ledger->subject; RESULT_refund_under_way. */
unsigned refunding_begin(struct ledger *ledger, const struct payment_refund *ask,
                         const struct record_payment *paid, const struct payment_sum *sum,
                         int64_t amount);
/* struct module, answered. */
void refunding_answered(struct ledger *ledger, const struct request_end *end);
/* struct wait_row: has the gateway answered? */
bool refund_ready(struct ledger *ledger, uint64_t delivery, const void *command);
/* Adds refund_requests of the payment with this sequence. */
void refunding_to_json(struct ledger *ledger, uint64_t sequence, cJSON *out);

#endif
