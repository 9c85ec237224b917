#include "modules/order/settings.h"

#include "config/module.h"
#include "ledger/numbers.h"

enum { SECTION_KEYS, SECTION_ORDERS, OPEN_MAX = 100 };
#define MINUTES(n)        (UINT64_C(60000) * (n))
#define DAYS(n)           (MINUTES(24 * 60) * (n))
#define AT(field)         .offset = offsetof(struct config_orders, field)
#define ROWS(keys)        keys, sizeof(keys) / sizeof(keys[0])
#define SECTION_OF(inner) MODULE_SECTION(MODULE_order, inner)

static const struct choice overpay[] = {{"ignore", OVERPAY_IGNORE},
                                        {"credit", OVERPAY_CREDIT},
                                        {"operator", OVERPAY_OPERATOR},
                                        {NULL, 0}};

/* clang-format off */
static const struct key root_keys[] = {
    {"orders", TYPE_SECTION, DEFAULTED, .inner = SECTION_OF(SECTION_ORDERS)},
};

/* A rule that is left out is off. */
static const struct key orders_keys[] = {
    {"expire", TYPE_DURATION, DEFAULTED, "7 days", MINUTES(1), DAYS(366), AT(expire_ms)},
    {"late_payment", TYPE_DURATION, OPTIONAL, NULL, MINUTES(1), DAYS(366), AT(late_ms)},
    {"max_open_per_member", TYPE_NUMBER, DEFAULTED, "0", 0, OPEN_MAX, AT(max_open)},
    {"reuse_open", TYPE_SWITCH, DEFAULTED, "true", AT(reuse_open)},
    {"unclaimed", TYPE_DURATION, DEFAULTED, "1 hour", MINUTES(1), DAYS(366), AT(unclaimed_ms)},
    {"overpay", TYPE_CHOICE, DEFAULTED, "ignore", AT(overpay), .choices = overpay},
};

static const struct section sections[] = {
    [SECTION_KEYS] = {"the configuration", ROWS(root_keys), NULL},
    [SECTION_ORDERS] = {"the terms of orders", ROWS(orders_keys), NULL},
    {NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct config_module config_of_order = {
    .size = sizeof(struct config_orders), .sections = sections, .catalog = order_catalog};
