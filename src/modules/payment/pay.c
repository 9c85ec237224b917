/* cmd_payment: a gateway's event about one payment. Each payment changes the state once, however
 * often and in whatever order its events arrive. */
#include "ledger/facts.h"
#include "modules/access/grant.h"
#include "modules/order/book.h"
#include "modules/payment/payment.h"
#include "modules/payment/payments.h"

typedef enum result payment_handler(struct ledger *ledger,
                                    const struct message_cmd_payment *command,
                                    const struct payment_events *events,
                                    struct record_payment *payment);

static enum result paid(struct ledger *ledger, const struct message_cmd_payment *command,
                        const struct payment_events *events, struct record_payment *payment);
static enum result given_back(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment);
static enum result reinstated(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment);
static enum result take(struct ledger *ledger, const struct message_cmd_payment *command,
                        const struct payment_events *events, struct record_payment *payment);
static void settle_parts(struct ledger *ledger, const struct payment_events *events,
                         const char *part_id);
static enum result grant(struct ledger *ledger, const struct message_cmd_payment *command,
                         struct record_payment *payment, enum result resolved,
                         const struct catalog_plan *plan);
static enum result give_again(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_payment *original);
static enum result resolve(struct ledger *ledger, const struct message_cmd_payment *command,
                           struct record_payment *payment, const struct catalog_plan **plan);
static enum result resolve_order(struct ledger *ledger, const struct message_cmd_payment *command,
                                 const struct record_order *order, struct record_payment *payment,
                                 const struct catalog_plan **plan);
static void tell(struct ledger *ledger, const struct record_payment *payment);
static void take_identity(struct record_payment *payment, const struct record_payment *from);

static payment_handler *const handlers[] = {
    [PAYMENT_PAID] = paid,
    [PAYMENT_REFUNDED] = given_back,
    [PAYMENT_CHARGED_BACK] = given_back,
    [PAYMENT_REINSTATED] = reinstated,
    [PAYMENT_PARTLY_REFUNDED] = given_back,
    [PAYMENT_REFUND_FAILED] = reinstated,
};

unsigned op_payment(struct ledger *ledger, const struct message_cmd_payment *command)
{
    if (command->kind < PAYMENT_PAID || command->kind > PAYMENT_REFUND_FAILED ||
        command->gateway.len == 0 || command->payment_id.len == 0)
        return RESULT_invalid;
    struct payment_events events;
    struct record_payment payment = {.kind = (uint8_t)command->kind,
                                     .sequence = ledger->sequence,
                                     .at_ms = ledger->at_ms,
                                     .occurred_ms = command->occurred_ms,
                                     .telegram_id = command->telegram_id,
                                     .amount = command->amount,
                                     .total = command->total != 0};
    bool fits = slice_copy(command->gateway, payment.gateway, sizeof payment.gateway) &&
                slice_copy(command->currency, payment.currency, sizeof payment.currency) &&
                slice_copy(command->plan, payment.plan, sizeof payment.plan) &&
                slice_copy(command->order_id, payment.order_id, sizeof payment.order_id) &&
                slice_copy(command->event_id, payment.event_id, sizeof payment.event_id) &&
                slice_copy(command->part_id, payment.part_id, sizeof payment.part_id);
    if (!fits)
        return RESULT_invalid;
    payment_identify(ledger, command->gateway, command->payment_id, command->aliases,
                     payment.payment_id);
    payment_find(ledger, command->gateway, slice_from(payment.payment_id), command->event_id,
                 &events);
    enum result result = take(ledger, command, &events, &payment);
    if (result == RESULT_duplicate)
        return result;
    payment_add(ledger, &events, &payment, result);
    tell(ledger, &payment);
    return result;
}

/* Nothing genuine is without a trace: what repeats another event has one already; what cannot be is
 * the operator's to look at. */
static enum result take(struct ledger *ledger, const struct message_cmd_payment *command,
                        const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment before;
    if (payment_load(ledger, events->event, &before)) {
        if (strcmp(before.payment_id, payment->payment_id) == 0)
            return RESULT_duplicate;
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_event_reused;
    }
    if (payment_repeats(ledger, events, payment))
        return RESULT_duplicate;
    if (events->count >= PAYMENT_EVENTS_MAX) {
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_many_events;
    }
    return handlers[command->kind](ledger, command, events, payment);
}

static void tell(struct ledger *ledger, const struct record_payment *payment)
{
    if (payment->telegram_id <= 0)
        return;
    if (payment->kind == PAYMENT_PAID)
        FACT_TELL(
            ledger, paid, .telegram_id = payment->telegram_id,
            .gateway = slice_from(payment->gateway), .payment_id = slice_from(payment->payment_id),
            .plan = slice_from(payment->plan), .amount = payment->amount,
            .currency = slice_from(payment->currency), .order_id = slice_from(payment->order_id),
            .granted = payment->state == PAYMENT_STATE_GRANTED, .sequence = payment->sequence);
    else
        FACT_TELL(ledger, given_back, .telegram_id = payment->telegram_id,
                  .gateway = slice_from(payment->gateway),
                  .payment_id = slice_from(payment->payment_id), .plan = slice_from(payment->plan),
                  .amount = payment->amount, .currency = slice_from(payment->currency),
                  .order_id = slice_from(payment->order_id), .kind = payment->kind,
                  .sequence = payment->sequence);
}

static enum result paid(struct ledger *ledger, const struct message_cmd_payment *command,
                        const struct payment_events *events, struct record_payment *payment)
{
    const struct catalog_plan *plan = NULL;
    struct payment_sum sum;
    enum result result = resolve(ledger, command, payment, &plan);
    payment_add_up(ledger, events, NULL, payment, &sum);
    if (sum.refunded || sum.disputes > 0) {
        payment->state = PAYMENT_STATE_RECORDED;
        return RESULT_refunded_first;
    }
    return grant(ledger, command, payment, result, plan);
}

/* Grants what resolve has found, or leaves the payment for the operator. */
static enum result grant(struct ledger *ledger, const struct message_cmd_payment *command,
                         struct record_payment *payment, enum result resolved,
                         const struct catalog_plan *plan)
{
    enum result result = resolved;
    if (result == RESULT_ok)
        result = grant_add(ledger, plan, command->payment_id, payment);
    if (result != RESULT_granted) {
        payment->state = PAYMENT_STATE_UNSETTLED;
        return result;
    }
    order_paid(ledger, payment);
    return result;
}

/* Refunded or disputed: when all of the money is back, or may be, what the payment gave is taken
 * back, exactly that. How much access a part of it is worth is for a person to say. */
static enum result given_back(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment original;
    struct payment_sum sum;
    bool dispute = command->kind == PAYMENT_CHARGED_BACK;
    bool part = command->kind == PAYMENT_PARTLY_REFUNDED;
    payment->state = part ? PAYMENT_STATE_UNSETTLED : PAYMENT_STATE_RECORDED;
    if (!payment_of_kind(ledger, events, PAYMENT_PAID, &original)) /* it wins when that comes */
        return part ? RESULT_unsettled_partial_refund : RESULT_ok;
    payment_add_up(ledger, events, payment, &original, &sum);
    take_identity(payment, &original);
    if (!dispute && !sum.refunded) {
        order_given_back(ledger, &original, PAYMENT_PARTLY_REFUNDED);
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_partial_refund;
    }
    payment->state = PAYMENT_STATE_RECORDED;
    if (dispute && sum.disputes == 0)
        return RESULT_ok; /* the end of the dispute was known before its beginning */
    order_given_back(ledger, &original, dispute ? PAYMENT_CHARGED_BACK : PAYMENT_REFUNDED);
    if (!dispute)
        settle_parts(ledger, events, NULL);
    if (original.state == PAYMENT_STATE_GRANTED) {
        bool taken = grant_take_back(ledger, &original, dispute ? END_CHARGED_BACK : END_REFUNDED);
        if (!taken)
            original.span = 0; /* nothing that a won dispute could give again */
        original.state = PAYMENT_STATE_TAKEN_BACK;
        payment_store(ledger, &original);
        return RESULT_taken_back;
    }
    if (original.state == PAYMENT_STATE_UNSETTLED) {
        payment_settled(ledger, &original, PAYMENT_STATE_RECORDED);
        return RESULT_taken_back;
    }
    return RESULT_ok;
}

/* Parts that waited for the operator wait no more: the whole is back (part_id NULL), or this part
 * was not given back after all. */
static void settle_parts(struct ledger *ledger, const struct payment_events *events,
                         const char *part_id)
{
    struct record_payment event;
    for (size_t i = 0; i < events->count; i++)
        if (payment_load(ledger, events->sequences[i], &event) &&
            (event.kind == PAYMENT_REFUNDED || event.kind == PAYMENT_PARTLY_REFUNDED) &&
            event.state == PAYMENT_STATE_UNSETTLED &&
            (part_id == NULL || strcmp(event.part_id, part_id) == 0))
            payment_settled(ledger, &event, PAYMENT_STATE_RECORDED);
}

/* A dispute was won, or a refund failed: when nothing else stands against it, what was taken back
 * is given again, and a payment that its dispute overtook counts now. What cannot be granted is the
 * operator's to settle, as the payment it is. */
static enum result reinstated(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment original;
    struct payment_sum sum;
    payment->state = PAYMENT_STATE_RECORDED;
    if (command->kind == PAYMENT_REFUND_FAILED)
        settle_parts(ledger, events, payment->part_id);
    if (!payment_of_kind(ledger, events, PAYMENT_PAID, &original))
        return RESULT_ok; /* it lifts the charge-back that may have come before the payment */
    payment_add_up(ledger, events, payment, &original, &sum);
    take_identity(payment, &original);
    if (original.state == PAYMENT_STATE_GRANTED || original.state == PAYMENT_STATE_UNSETTLED ||
        sum.refunded || sum.disputes > 0)
        return RESULT_ok;
    enum result result = give_again(ledger, command, &original);
    if (original.state == PAYMENT_STATE_GRANTED)
        order_reinstated(ledger, &original);
    if (original.state == PAYMENT_STATE_UNSETTLED)
        payment_unsettle(ledger, &original, result);
    else
        payment_store(ledger, &original);
    return result;
}

static enum result give_again(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_payment *original)
{
    const struct catalog_plan *plan = NULL;
    enum result result = (enum result)original->reason;
    if (original->state == PAYMENT_STATE_TAKEN_BACK) {
        original->state = PAYMENT_STATE_GRANTED;
        if (original->span == 0)
            return RESULT_ok; /* it was used up when the dispute began */
        plan = catalog_plan_find(ledger->catalog, slice_from(original->plan));
        result = plan != NULL ? RESULT_ok : RESULT_unsettled_no_plan;
    }
    struct message_cmd_payment paid_now = *command;
    struct record_payment was = *original;
    paid_now.telegram_id = was.telegram_id;
    paid_now.plan = slice_from(was.plan);
    paid_now.order_id = slice_from(was.order_id);
    paid_now.amount = was.amount;
    paid_now.currency = slice_from(was.currency);
    if (result == RESULT_refunded_first)
        result = resolve(ledger, &paid_now, original, &plan);
    return grant(ledger, &paid_now, original, result, plan);
}

/* Who paid for what: by the order when usher issued one, else by member, plan and price. Fills
 * payment's telegram_id, plan and period. */
static enum result resolve(struct ledger *ledger, const struct message_cmd_payment *command,
                           struct record_payment *payment, const struct catalog_plan **plan)
{
    struct record_order order;
    if (command->order_id.len > 0 && order_load(ledger, command->order_id, &order))
        return resolve_order(ledger, command, &order, payment, plan);
    bool named = command->telegram_id > 0 && command->plan.len > 0;
    if (command->order_id.len > 0 && !named)
        return RESULT_unsettled_no_order;
    if (command->telegram_id <= 0)
        return RESULT_unsettled_no_member;
    *plan = catalog_plan_find(ledger->catalog, command->plan);
    if (*plan == NULL)
        return RESULT_unsettled_no_plan;
    const struct catalog_price *price =
        catalog_price_find(*plan, command->amount, command->currency);
    if (price == NULL)
        return RESULT_unsettled_amount;
    payment->months = price->period.months;
    payment->days = price->period.days;
    return RESULT_ok;
}

/* A gateway that says "paid in full" without an amount (amount -1) is believed for an order: its id
 * is known only to us, the gateway and the payer. */
static enum result resolve_order(struct ledger *ledger, const struct message_cmd_payment *command,
                                 const struct record_order *order, struct record_payment *payment,
                                 const struct catalog_plan **plan)
{
    payment->telegram_id = order->telegram_id;
    (void)slice_copy(slice_from(order->plan), payment->plan, sizeof payment->plan);
    enum result result =
        order_takes(ledger, command->order_id, order, command->amount, command->currency);
    if (result != RESULT_ok)
        return result;
    *plan = catalog_plan_find(ledger->catalog, slice_from(order->plan));
    if (*plan == NULL)
        return RESULT_unsettled_no_plan;
    payment->months = order->months;
    payment->days = order->days;
    return RESULT_ok;
}

static void take_identity(struct record_payment *payment, const struct record_payment *from)
{
    payment->telegram_id = from->telegram_id;
    memcpy(payment->plan, from->plan, sizeof payment->plan);
    memcpy(payment->order_id, from->order_id, sizeof payment->order_id);
    if (payment->amount < 0 || payment->currency[0] == 0) {
        payment->amount = from->amount;
        memcpy(payment->currency, from->currency, sizeof payment->currency);
    }
}
