#include "modules/payment/waits.h"

#include "modules/payment/sum.h"

void waits_supersede(struct ledger *ledger, const struct payment_events *events,
                     const struct record_payment *by)
{
    struct record_payment event;
    bool total = by->total || by->kind == PAYMENT_SHORT;
    for (size_t i = 0; total && i < events->count; i++)
        if (payment_load(ledger, events->sequences[i], &event) && event.kind == by->kind &&
            event.state == PAYMENT_STATE_UNSETTLED && (event.total || by->kind == PAYMENT_SHORT))
            payment_settled(ledger, &event, PAYMENT_STATE_RECORDED);
}

void waits_end(struct ledger *ledger, const struct payment_events *events, enum payment_kind kind,
               const char *part_id)
{
    struct record_payment event;
    for (size_t i = 0; i < events->count; i++) {
        if (!payment_load(ledger, events->sequences[i], &event) || payment_awaits_grant(&event) ||
            event.state != PAYMENT_STATE_UNSETTLED)
            continue;
        bool dispute = event.kind == PAYMENT_CHARGED_BACK || event.kind == PAYMENT_INVALID;
        if ((kind == 0 || dispute == (kind == PAYMENT_CHARGED_BACK)) &&
            (part_id == NULL || strcmp(event.part_id, part_id) == 0))
            payment_settled(ledger, &event, PAYMENT_STATE_RECORDED);
    }
}

void waits_end_unknown(struct ledger *ledger, const struct payment_events *events)
{
    struct record_payment event;
    for (size_t i = 0; i < events->count; i++)
        if (payment_load(ledger, events->sequences[i], &event) &&
            event.state == PAYMENT_STATE_UNSETTLED && event.reason == RESULT_unsettled_no_payment)
            payment_settled(ledger, &event, PAYMENT_STATE_RECORDED);
}

void waits_end_short(struct ledger *ledger, const struct payment_events *events)
{
    struct record_payment event;
    for (size_t i = 0; i < events->count; i++)
        if (payment_load(ledger, events->sequences[i], &event) && event.kind == PAYMENT_SHORT &&
            event.state == PAYMENT_STATE_UNSETTLED)
            payment_settled(ledger, &event, PAYMENT_STATE_RECORDED);
}

void waits_list_parts(struct ledger *ledger, const struct payment_events *events,
                      const struct record_payment *paid)
{
    struct record_payment event, last = {.sequence = 0};
    for (size_t i = 0; i < events->count; i++) {
        if (!payment_load(ledger, events->sequences[i], &event) ||
            (event.kind != PAYMENT_PARTLY_REFUNDED && event.kind != PAYMENT_REFUNDED) ||
            event.state != PAYMENT_STATE_RECORDED ||
            event.reason == RESULT_unsettled_partial_refund || /* somebody was */
            !payment_stands(ledger, events, &event, paid))
            continue;
        if (event.total)
            last = event;
        else
            payment_unsettle(ledger, &event, RESULT_unsettled_partial_refund);
    }
    if (last.sequence != 0)
        payment_unsettle(ledger, &last, RESULT_unsettled_partial_refund);
}
