/* What is no business of ours, or was settled by hand, is put aside, with a reason. */
#include "ledger/news.h"
#include "modules/payment/payment.h"
#include "modules/payment/payments.h"

unsigned op_payment_dismiss(struct ledger *ledger, const struct payment_dismiss *ask)
{
    struct payment_events events;
    struct record_payment payment;
    bool found = false;
    bool waited = false;
    payment_find(ledger, ask->gateway, ask->payment_id, (struct slice){0}, &events);
    for (size_t i = 0; i < events.count; i++) {
        if (!payment_load(ledger, events.sequences[i], &payment))
            continue;
        found = true;
        if (payment.state != PAYMENT_STATE_UNSETTLED)
            continue;
        payment_settled(ledger, &payment, PAYMENT_STATE_DISMISSED);
        waited = true;
    }
    if (!waited)
        return found ? RESULT_already_settled : RESULT_not_found;
    const struct fact_dismissed fact = {.gateway = ask->gateway,
                                        .payment_id = ask->payment_id,
                                        .reason = ask->reason,
                                        .by = ledger->actor};
    fact_tell(ledger, shape_fact_dismissed(), &fact);
    return RESULT_ok;
}

void answer_dismissed(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct payment_dismiss *ask = command;
    (void)subject;
    (void)payment_to_json(ledger, ask->gateway, ask->payment_id, out);
}
