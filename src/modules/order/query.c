/* Questions about orders. */
#include "ledger/query.h"
#include "modules/order/order.h"

bool answer_order_stored(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct order order;
    if (!order_read(ledger, query->text, &order))
        return false;
    order_to_json(&order, out);
    return true;
}

bool answer_orders(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "orders");
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&from);
    key_u8(&from, 0);
    uint64_t left = query_limit(query);
    for (bool after = false; left > 0 && state_seek(ledger, TABLE_orders, SLICE(""),
                                                    key_slice(&from), after, &found, &value);
         after = true, left--) {
        struct order order;
        struct slice rest = key_slice(&found);
        struct slice id;
        from = found;
        if (!key_take_text(&rest, &id) || !order_read(ledger, id, &order)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        order_to_json(&order, json_add_item(list));
    }
    return true;
}

/* The open ones, and the newest of the others, oldest first. */
void orders_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "orders");
    struct order order;
    for (uint64_t n = 0; order_next(ledger, telegram_id, &n, &order);)
        order_to_json(&order, json_add_item(list));
}
