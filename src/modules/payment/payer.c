#include "modules/payment/payer.h"

#include "modules/access/access.h"
#include "modules/order/book.h"
#include "modules/payment/subscription.h"

static enum result find(struct ledger *ledger, const struct message_cmd_payment *command,
                        struct record_payment *payment, const struct catalog_plan **plan);
static enum result by_order(struct ledger *ledger, const struct message_cmd_payment *command,
                            const struct record_order *order, struct record_payment *payment,
                            const struct catalog_plan **plan);

enum result payer_find(struct ledger *ledger, const struct message_cmd_payment *command,
                       struct record_payment *payment, const struct catalog_plan **plan)
{
    enum result result = find(ledger, command, payment, plan);
    if (result != RESULT_ok)
        return result;
    if (member_is_banned(ledger, payment->telegram_id))
        return RESULT_unsettled_banned;
    return command->subscription.len > 0 && subscription_superfluous(ledger, command, payment)
               ? RESULT_unsettled_subscribed
               : RESULT_ok;
}

static enum result find(struct ledger *ledger, const struct message_cmd_payment *command,
                        struct record_payment *payment, const struct catalog_plan **plan)
{
    struct record_order order;
    struct record_subscription before;
    if (command->order_id.len > 0 && order_load(ledger, command->order_id, &order))
        return by_order(ledger, command, &order, payment, plan);
    bool known = subscription_load(ledger, command->gateway, command->subscription, &before);
    if (payment->telegram_id <= 0)
        payment->telegram_id = before.telegram_id;
    if (payment->plan[0] == 0)
        memcpy(payment->plan, before.plan, sizeof before.plan);
    bool named = payment->telegram_id > 0 && payment->plan[0] != 0;
    if (command->order_id.len > 0 && !named)
        return RESULT_unsettled_no_order;
    if (payment->telegram_id <= 0)
        return RESULT_unsettled_no_member;
    *plan = catalog_plan_find(ledger->catalog, slice_from(payment->plan));
    if (*plan == NULL)
        return RESULT_unsettled_no_plan;
    const struct catalog_price *price =
        catalog_price_find(*plan, command->amount, command->currency);
    /* A price that is configured no more is still what this subscription pays. */
    bool same = known && strcmp(before.plan, payment->plan) == 0 &&
                before.amount == command->amount && slice_is(command->currency, before.currency);
    if (price == NULL && !same)
        return RESULT_unsettled_amount;
    payment->months = price != NULL ? price->period.months : before.months;
    payment->days = price != NULL ? price->period.days : before.days;
    return RESULT_ok;
}

/* A gateway that says "paid in full" without an amount (amount -1) is believed for an order: its id
 * is known only to us, the gateway and the payer. */
static enum result by_order(struct ledger *ledger, const struct message_cmd_payment *command,
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
    return order_unclaimed(order) ? RESULT_unsettled_unclaimed : RESULT_ok;
}
