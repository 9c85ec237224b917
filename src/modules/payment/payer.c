#include "modules/payment/payer.h"

#include "ledger/rows.h"
#include "modules/access/access.h"
#include "modules/order/book.h"
#include "modules/payment/payment.h"

static enum result find(struct ledger *ledger, const struct message_cmd_payment *command,
                        struct record_payment *payment, const struct catalog_plan **plan);
static enum result by_order(struct ledger *ledger, const struct message_cmd_payment *command,
                            const struct record_order *order, struct record_payment *payment,
                            const struct catalog_plan **plan);
static bool subscription_load(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_subscription *out);
static void subscription_key(struct key *key, const struct message_cmd_payment *command);

enum result payer_find(struct ledger *ledger, const struct message_cmd_payment *command,
                       struct record_payment *payment, const struct catalog_plan **plan)
{
    enum result result = find(ledger, command, payment, plan);
    return result == RESULT_ok && member_is_banned(ledger, payment->telegram_id)
               ? RESULT_unsettled_banned
               : result;
}

static enum result find(struct ledger *ledger, const struct message_cmd_payment *command,
                        struct record_payment *payment, const struct catalog_plan **plan)
{
    struct record_order order;
    struct record_subscription before = {.telegram_id = 0};
    if (command->order_id.len > 0 && order_load(ledger, command->order_id, &order))
        return by_order(ledger, command, &order, payment, plan);
    bool known = subscription_load(ledger, command, &before);
    if (before.telegram_id == 0 && order_load(ledger, slice_from(before.order_id), &order))
        before.telegram_id = order.telegram_id;
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

void payer_remember(struct ledger *ledger, const struct message_cmd_payment *command,
                    const struct record_payment *payment)
{
    struct record_subscription subscription = {.telegram_id = payment->telegram_id,
                                               .months = payment->months,
                                               .days = payment->days,
                                               .amount = payment->amount};
    struct key key;
    if (command->subscription.len == 0)
        return;
    (void)slice_copy(slice_from(payment->plan), subscription.plan, sizeof subscription.plan);
    (void)slice_copy(slice_from(payment->currency), subscription.currency,
                     sizeof subscription.currency);
    if (payment->telegram_id == 0)
        (void)slice_copy(slice_from(payment->order_id), subscription.order_id,
                         sizeof subscription.order_id);
    subscription_key(&key, command);
    row_store(ledger, shape_record_subscription(), &key, &subscription);
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

static bool subscription_load(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_subscription *out)
{
    struct key key;
    subscription_key(&key, command);
    return command->subscription.len > 0 &&
           row_load(ledger, shape_record_subscription(), &key, out);
}

static void subscription_key(struct key *key, const struct message_cmd_payment *command)
{
    key_clear(key);
    key_text(key, command->gateway);
    key_text(key, command->subscription);
}
