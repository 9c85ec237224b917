/* The public page of an order: found by a token that nobody guesses, with the address where the
 * order is paid. Nothing here changes what an order is. */
#include "config/web.h"
#include "ledger/letter.h"
#include "ledger/rows.h"
#include "modules/access/seat.h"
#include "modules/order/order.h"

static void text_key(struct key *key, struct slice text);

void order_page_open(struct ledger *ledger, const struct order *order)
{
    struct key key;
    struct record_order_token row = {.order_id = ""};
    if (order->record.token[0] == 0)
        return;
    text_key(&key, slice_from(order->record.token));
    memcpy(row.order_id, order->id, sizeof row.order_id);
    row_store(ledger, shape_record_order_token(), &key, &row);
}

bool order_by_token(struct ledger *ledger, struct slice token, struct order *out)
{
    struct key key;
    struct record_order_token row;
    text_key(&key, token);
    return row_load(ledger, shape_record_order_token(), &key, &row) &&
           order_read(ledger, slice_from(row.order_id), out);
}

unsigned op_order_url(struct ledger *ledger, const struct order_url *ask)
{
    struct record_order order;
    if (!order_load(ledger, ask->order_id, &order))
        return RESULT_not_found;
    if (order.state != ORDER_OPEN)
        return RESULT_order_not_open;
    if (!web_is_payable(ask->pay_url) || ask->pay_url.len >= ORDER_URL_SIZE)
        return RESULT_pay_url_invalid;
    order_pay_url_store(ledger, ask->order_id, ask->pay_url);
    return RESULT_ok;
}

void answer_url(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct order_url *ask = command;
    struct order order;
    (void)subject;
    if (!order_read(ledger, ask->order_id, &order))
        return;
    order_to_json(&order, out);
    order_urls_to_json(ledger, &order, out);
}

bool ask_order_page(struct ledger *ledger, const struct order_page *ask, cJSON *out)
{
    struct order order;
    if (!order_by_token(ledger, ask->token, &order))
        return false;
    order_to_json(&order, out);
    order_urls_to_json(ledger, &order, out);
    json_add_time(out, "late", order.record.late_ms);
    uint64_t wait_ms = order.record.sold ? letter_wait_ms(ledger, order.record.telegram_id) : 0;
    if (wait_ms > 0)
        cJSON_AddNumberToObject(out, "expected_seconds", (double)((wait_ms + 999) / 1000));
    return true;
}

bool ask_seats_left(struct ledger *ledger, const struct seats_left *ask, cJSON *out)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ask->plan);
    if (plan == NULL)
        return false;
    uint64_t taken = seats_taken(ledger, plan->name) + seats_held(ledger, plan->name);
    cJSON_AddStringToObject(out, "plan", plan->name);
    if (plan->seats == 0) {
        cJSON_AddNullToObject(out, "seats");
        cJSON_AddNullToObject(out, "left");
        return true;
    }
    cJSON_AddNumberToObject(out, "seats", (double)plan->seats);
    cJSON_AddNumberToObject(out, "left", (double)(plan->seats > taken ? plan->seats - taken : 0));
    return true;
}

static void text_key(struct key *key, struct slice text)
{
    key_clear(key);
    key_text(key, text);
}
