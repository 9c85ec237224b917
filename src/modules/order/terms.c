/* The terms of the configuration as the ledger holds them. */
#include "modules/order/order.h"

static void put_gateway(const struct config_gateway *gateway, struct buf *rows);
static bool takes_currency(const struct order_gateway *gateway, const char *currency);

const char *const order_overpay_names[] = {"ignore", "credit", "operator", NULL};

void order_catalog(const struct config *config, const void *own, struct buf *rows)
{
    const struct config_orders *orders = own;
    const struct order_terms terms = {
        .expire = orders->expire_ms,
        .late = orders->late_ms,
        .max_open = orders->max_open,
        .overpay = (uint64_t)orders->overpay,
        .public_url = slice_from(config->http.public_url != NULL ? config->http.public_url : ""),
        .reuse_open = orders->reuse_open,
        .unclaimed = orders->unclaimed_ms};
    shape_encode(rows, shape_order_terms(), &terms);
    for (size_t i = 0; i < config->gateway_count; i++)
        put_gateway(&config->gateways[i], rows);
}

static void put_gateway(const struct config_gateway *gateway, struct buf *rows)
{
    struct buf codes;
    buf_init(&codes, CURRENCY_CODE_MAX * CONFIG_CURRENCIES_MAX);
    for (size_t i = 0; i < gateway->currency_count; i++)
        buf_printf(&codes, "%s%s", i > 0 ? "," : "", gateway->currencies[i]);
    if (gateway->kind == GATEWAY_STARS)
        buf_append_text(&codes, "XTR");
    bool yuan = gateway->create == CREATE_NATIVE || gateway->create == CREATE_NATIVE_H5 ||
                gateway->create == CREATE_PRECREATE;
    if (gateway->currency_count == 0 && yuan)
        buf_append_text(&codes, "CNY");
    const struct order_gateway row = {slice_from(gateway->name), buf_slice(&codes),
                                      config_gateway_renews(gateway)};
    shape_encode(rows, shape_order_gateway(), &row);
    rows->failed = rows->failed || codes.failed;
    buf_deinit(&codes);
}

struct order_terms order_terms_of(const struct ledger *ledger)
{
    const uint64_t hour_ms = UINT64_C(3600) * 1000;
    struct order_terms terms = {.expire = 7 * 24 * hour_ms, .reuse_open = 1};
    size_t at = 0;
    (void)catalog_row(ledger->catalog, shape_order_terms(), &at, &terms);
    if (terms.unclaimed == 0) /* also of a configuration from before this rule */
        terms.unclaimed = hour_ms;
    return terms;
}

bool order_gateway_next(const struct ledger *ledger, size_t *at, struct order_gateway *out)
{
    return catalog_row(ledger->catalog, shape_order_gateway(), at, out);
}

bool order_gateway_find(const struct ledger *ledger, struct slice name, struct order_gateway *out)
{
    for (size_t at = 0; order_gateway_next(ledger, &at, out);)
        if (slice_equal(out->name, name))
            return true;
    return false;
}

bool order_gateway_takes(const struct order_gateway *gateway, const struct catalog_price *price)
{
    return takes_currency(gateway, price->currency) && (!price->renews || gateway->renews != 0);
}

static bool takes_currency(const struct order_gateway *gateway, const char *currency)
{
    struct slice rest = gateway->currencies;
    size_t len = strlen(currency);
    if (rest.len == 0)
        return strcmp(currency, "XTR") != 0;
    while (rest.len >= len) {
        if (memcmp(rest.data, currency, len) == 0 && (rest.len == len || rest.data[len] == ','))
            return true;
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t skip = comma == NULL ? rest.len : (size_t)(comma - rest.data) + 1;
        rest = slice_of(rest.data + skip, rest.len - skip);
    }
    return false;
}
