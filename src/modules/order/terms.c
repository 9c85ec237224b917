/* The terms of the configuration as the ledger holds them. */
#include "modules/order/order.h"

const char *const order_overpay_names[] = {"ignore", "credit", "operator", NULL};

void order_catalog(const struct config *config, const void *own, struct buf *rows)
{
    const struct config_orders *orders = own;
    const struct order_terms terms = {
        .expire = orders->expire_ms,
        .late = orders->late_ms,
        .max_open = orders->max_open,
        .overpay = (uint64_t)orders->overpay,
        .public_url = slice_from(config->http.public_url != NULL ? config->http.public_url : "")};
    shape_encode(rows, shape_order_terms(), &terms);
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct order_gateway row = {slice_from(config->gateways[i].name)};
        shape_encode(rows, shape_order_gateway(), &row);
    }
}

struct order_terms order_terms_of(const struct ledger *ledger)
{
    struct order_terms terms = {.expire = UINT64_C(7) * 24 * 3600 * 1000};
    size_t at = 0;
    (void)catalog_row(ledger->catalog, shape_order_terms(), &at, &terms);
    return terms;
}

bool order_gateway_known(const struct ledger *ledger, struct slice name)
{
    struct order_gateway row;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_order_gateway(), &at, &row);)
        if (slice_equal(row.name, name))
            return true;
    return false;
}
