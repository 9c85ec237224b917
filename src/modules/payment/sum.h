/* What all events of a payment come to: refunds add up, disputes come and go by their own ids, and
 * where a gateway takes back its own word that something was paid, the latest word counts. */
#ifndef USHER_MODULES_PAYMENT_SUM_H
#define USHER_MODULES_PAYMENT_SUM_H

#include "modules/payment/payments.h"

struct payment_sum {
    bool refunded;     /* wholly */
    int64_t back;      /* of its amount, as far as that was told */
    unsigned disputes; /* open or lost, or the gateway has taken back its word */
};

/* Does this event say nothing that an earlier one, of, has not said? */
bool payment_repeats(struct ledger *ledger, const struct payment_events *events,
                     const struct record_payment *event, struct record_payment *of);
/* Does this event still count: a dispute that was not won, a refund that did not fail. */
bool payment_stands(struct ledger *ledger, const struct payment_events *events,
                    const struct record_payment *event, const struct record_payment *paid);
/* now: an event that is not among them yet, or NULL. paid: the payment itself. */
void payment_add_up(struct ledger *ledger, const struct payment_events *events,
                    const struct record_payment *now, const struct record_payment *paid,
                    struct payment_sum *out);

#endif
