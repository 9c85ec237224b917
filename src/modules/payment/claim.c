#include "modules/payment/claim.h"

#include "modules/access/grant.h"
#include "modules/order/claim.h"
#include "modules/order/order.h"
#include "modules/payment/payment.h"
#include "modules/payment/payments.h"
#include "modules/payment/subscription.h"

static bool payment_of(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                       struct record_payment *out);
static void give(struct ledger *ledger, struct record_payment *payment);

bool payment_unclaimed(const struct record_payment *payment)
{
    bool waits =
        payment->state == PAYMENT_STATE_RECORDED || payment->state == PAYMENT_STATE_UNSETTLED;
    return payment->kind == PAYMENT_PAID && waits && payment->reason == RESULT_unsettled_unclaimed;
}

unsigned payment_claim(struct ledger *ledger, struct order *order, int64_t telegram_id)
{
    const struct record_order *record = &order->record;
    struct record_payment payment;
    bool new = order_unclaimed(record);
    unsigned result = order_claim(ledger, order, telegram_id);
    if (result != RESULT_ok || !new ||
        !payment_of(ledger, slice_from(record->gateway), slice_from(record->payment_id), &payment))
        return result;
    payment.telegram_id = telegram_id;
    subscription_claimed(ledger, slice_from(order->id), telegram_id);
    if (record->sold)
        give(ledger, &payment);
    else
        payment_store(ledger, &payment); /* disputed: it counts if that is won */
    payment_list(ledger, &payment);
    return RESULT_ok;
}

void payment_hear_unclaimed(struct ledger *ledger, const void *fact)
{
    const struct fact_unclaimed *unclaimed = fact;
    struct record_payment payment;
    if (payment_of(ledger, unclaimed->gateway, unclaimed->payment_id, &payment) &&
        payment.state == PAYMENT_STATE_RECORDED)
        payment_unsettle(ledger, &payment, RESULT_unsettled_unclaimed);
}

unsigned op_order_claim(struct ledger *ledger, const struct order_claim *ask)
{
    struct order order;
    if (!order_read(ledger, ask->order_id, &order))
        return RESULT_not_found;
    unsigned result = payment_claim(ledger, &order, ask->telegram_id);
    ledger->subject = order.record.serial;
    return result;
}

void answer_claimed(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct order order;
    (void)command;
    if (order_by_serial(ledger, subject, &order))
        order_to_json(&order, out);
}

static bool payment_of(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                       struct record_payment *out)
{
    struct payment_events events;
    if (payment_id.len == 0)
        return false;
    payment_find(ledger, gateway, payment_id, (struct slice){0}, &events);
    return payment_of_kind(ledger, &events, PAYMENT_PAID, out) && payment_unclaimed(out);
}

/* Its seat was kept, so little can be in the way: a plan that is gone, a time too long. */
static void give(struct ledger *ledger, struct record_payment *payment)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(payment->plan));
    bool listed = payment->state == PAYMENT_STATE_UNSETTLED;
    enum result result = RESULT_unsettled_no_plan;
    if (plan != NULL)
        result = grant_add(ledger, plan, slice_from(payment->payment_id), payment);
    payment->reason = (uint32_t)result;
    if (result == RESULT_granted && listed)
        payment_settled(ledger, payment, PAYMENT_STATE_GRANTED);
    else if (result == RESULT_granted || listed)
        payment_store(ledger, payment);
    else
        payment_unsettle(ledger, payment, result);
    if (result != RESULT_granted)
        payment_tell_waits(ledger, payment);
    payment_tell(ledger, payment);
}
