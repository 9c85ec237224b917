/* cmd_order: the operator issues an order; who pays by its id gets its plan for its period. It
 * keeps no seat. */
#include "modules/order/order.h"

unsigned op_order(struct ledger *ledger, const struct message_cmd_order *command)
{
    struct order order;
    struct catalog_price price = {
        command->amount, "", {(uint32_t)command->months, (uint32_t)command->days}, false};
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, command->plan);
    if (plan == NULL || command->order_id.len == 0 || command->telegram_id <= 0 ||
        command->amount < 0 || command->months > 1200 || command->days > 36600 ||
        command->months + command->days == 0 ||
        !slice_copy(command->currency, price.currency, sizeof order.record.currency))
        return RESULT_invalid;
    order_begin(&order, command->telegram_id, plan, &price);
    order.seatless = true;
    order.record.expires_ms = command->expires_ms;
    if (!slice_copy(command->order_id, order.id, sizeof order.id))
        return RESULT_invalid;
    return order_place(ledger, &order);
}
