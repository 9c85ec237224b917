/* cmd_order: the operator issues an order; who pays by its id gets its plan for its period. */
#include "ledger/ops/ops.h"

enum result op_order(struct ledger *ledger, const struct message_cmd_order *command)
{
    if (command->order_id.len == 0 || command->telegram_id <= 0 || command->amount < 0 ||
        command->months > 1200 || command->days > 36600 || command->months + command->days == 0)
        return RESULT_invalid;
    if (catalog_plan_find(ledger->catalog, command->plan) == NULL)
        return RESULT_invalid;
    struct record_order order;
    if (order_load(ledger, command->order_id, &order))
        return RESULT_exists;
    memset(&order, 0, sizeof order);
    order.state = ORDER_OPEN;
    order.created_ms = ledger->at_ms;
    order.expires_ms = command->expires_ms;
    order.telegram_id = command->telegram_id;
    order.amount = command->amount;
    order.months = (uint32_t)command->months;
    order.days = (uint32_t)command->days;
    if (!slice_copy(command->currency, order.currency, sizeof order.currency) ||
        !slice_copy(command->plan, order.plan, sizeof order.plan))
        return RESULT_invalid;
    order_store(ledger, command->order_id, &order);
    return RESULT_ok;
}
