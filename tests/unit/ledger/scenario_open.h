/* Scenarios of links to orders: what the page of an order leads to.
 *
 *   opens MEMBER @N [bot=] [language=]    the link of the page of order N is opened on Telegram
 *
 * For scenario_test.c, behind order_named and say. */
#include "modules/order/order.h"

static void do_opens(struct scenario *scenario)
{
    struct slice id = order_named(scenario, scenario->words[2]);
    const struct order_show show = {.order_id = id};
    struct buf body, json;
    unsigned status;
    char text[128] = "";
    buf_init(&body, 65536);
    buf_init(&json, 1 << 20);
    shape_encode(&body, shape_order_show(), &show);
    const struct message_query query = {.what = QUERY_ASK, .ask = buf_slice(&body)};
    assert_int_equal(ledger_query(scenario->ledger, &query, &json, &status), ERROR_NONE);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    const char *page = cJSON_GetStringValue(cJSON_GetObjectItem(root, "page_url"));
    if (page == NULL || strstr(page, "/o/") == NULL)
        FAIL(scenario, "order %s has no page", scenario->words[2]);
    (void)snprintf(text, sizeof text, "/start o_%s", strstr(page, "/o/") + 3);
    cJSON_Delete(root);
    buf_deinit(&body);
    buf_deinit(&json);
    say(scenario, text);
}
