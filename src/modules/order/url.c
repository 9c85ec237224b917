/* Where an order is looked at and paid. */
#include "config/web.h"
#include "ledger/rows.h"
#include "modules/order/order.h"

#include <stdio.h>

static void link_key(struct key *key, struct slice order_id);
static bool given(struct ledger *ledger, const struct order *order, char out[ORDER_URL_SIZE]);

bool order_page_url(const struct ledger *ledger, const struct order *order,
                    char out[ORDER_URL_SIZE])
{
    const struct order_terms terms = order_terms_of(ledger);
    out[0] = 0;
    if (terms.public_url.len == 0 || order->record.token[0] == 0)
        return false;
    (void)snprintf(out, ORDER_URL_SIZE, "%.*s/o/%s", SLICE_ARG(terms.public_url),
                   order->record.token);
    return true;
}

bool order_pay_url(struct ledger *ledger, const struct order *order, char out[ORDER_URL_SIZE])
{
    return (given(ledger, order, out) && web_is_link(slice_from(out))) ||
           order_page_url(ledger, order, out);
}

void order_pay_url_store(struct ledger *ledger, struct slice order_id, struct slice url)
{
    struct record_order_link link = {.url = ""};
    struct key key;
    link_key(&key, order_id);
    if (slice_copy(url, link.url, sizeof link.url))
        row_store(ledger, shape_record_order_link(), &key, &link);
}

void order_pay_url_expect(struct ledger *ledger, struct slice order_id, bool pending)
{
    struct record_order_link link = {.url = ""};
    struct key key;
    link_key(&key, order_id);
    bool known = row_load(ledger, shape_record_order_link(), &key, &link);
    if (!known && !pending)
        return;
    link.pending = pending;
    row_store(ledger, shape_record_order_link(), &key, &link);
}

bool order_pay_url_pending(struct ledger *ledger, struct slice order_id)
{
    struct record_order_link link;
    struct key key;
    link_key(&key, order_id);
    return row_load(ledger, shape_record_order_link(), &key, &link) && link.pending != 0;
}

void order_urls_to_json(struct ledger *ledger, const struct order *order, cJSON *out)
{
    char url[ORDER_URL_SIZE];
    if (given(ledger, order, url))
        cJSON_AddStringToObject(out, "pay_url", url);
    else if (order_pay_url_pending(ledger, slice_from(order->id)))
        cJSON_AddTrueToObject(out, "pay_url_pending");
    if (order_page_url(ledger, order, url))
        cJSON_AddStringToObject(out, "page_url", url);
}

static bool given(struct ledger *ledger, const struct order *order, char out[ORDER_URL_SIZE])
{
    struct record_order_link link;
    struct key key;
    link_key(&key, slice_from(order->id));
    return row_load(ledger, shape_record_order_link(), &key, &link) && link.url[0] != 0 &&
           slice_copy(slice_from(link.url), out, ORDER_URL_SIZE);
}

static void link_key(struct key *key, struct slice order_id)
{
    key_clear(key);
    key_text(key, order_id);
}
