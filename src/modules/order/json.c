/* An order as the API answers it. */
#include "base/period.h"
#include "modules/order/book.h"

void order_to_json(const struct order *order, cJSON *out)
{
    const struct record_order *record = &order->record;
    cJSON_AddStringToObject(out, "order_id", order->id);
    cJSON_AddNumberToObject(out, "number", (double)record->serial);
    cJSON_AddStringToObject(out, "state", order_state_name((enum order_state)record->state));
    order_lines_to_json(order, out);
    json_add_time(out, "created", record->created_ms);
    json_add_time(out, "expires", record->expires_ms);
    json_add_time(out, "paid", record->paid_ms);
    json_add_time(out, "ended", record->ended_ms);
    if (record->gateway[0] != 0) {
        cJSON_AddStringToObject(out, "gateway", record->gateway);
        cJSON_AddStringToObject(out, "payment_id", record->payment_id);
    } else if (record->wanted[0] != 0) {
        cJSON_AddStringToObject(out, "gateway", record->wanted);
    }
    if (record->surplus != 0)
        json_add_amount(out, "overpaid", record->surplus, record->currency);
}

void order_lines_to_json(const struct order *order, cJSON *out)
{
    const struct record_order *record = &order->record;
    char period[32];
    if (record->telegram_id == 0)
        cJSON_AddNullToObject(out, "telegram_id"); /* nobody has claimed it */
    else
        cJSON_AddNumberToObject(out, "telegram_id", (double)record->telegram_id);
    cJSON_AddStringToObject(out, "plan", record->plan);
    period_format((struct period){record->months, record->days}, period, sizeof period);
    cJSON_AddStringToObject(out, "period", period);
    if (record->renews)
        cJSON_AddTrueToObject(out, "renews");
    json_add_money(out, record->amount, record->currency);
    cJSON *lines = cJSON_AddArrayToObject(out, "lines");
    for (size_t i = 0; i < order->count; i++) {
        const struct record_order_line *line = &order->lines[i];
        cJSON *item = json_add_item(lines);
        cJSON_AddStringToObject(item, "kind", line->kind);
        cJSON_AddStringToObject(item, "ref", line->ref);
        json_add_amount(item, "amount", line->amount, line->currency);
    }
}
