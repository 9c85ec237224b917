/* The word /renew: the prices of what the person has or had; a press on one places the order. */
#include "ledger/person.h"
#include "ledger/said.h"
#include "modules/order/order.h"
#include "modules/renewal/renewal.h"
#include "modules/shop/shop.h"

#include <inttypes.h>
#include <stdio.h>

enum { PARTS_MAX = 24 };

struct parts {
    struct message items[PARTS_MAX];
    char data[PARTS_MAX][SAID_DATA_SIZE];
    size_t count;
};

static void list_plan(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                      const struct record_entitlement *entitlement, struct parts *parts);
static const struct catalog_price *price_of_data(const struct catalog_plan *plan,
                                                 struct slice rest);
static bool data_of(const struct catalog_plan *plan, const struct catalog_price *price,
                    char out[SAID_DATA_SIZE]);

static const char *const renew_words[] = {"/renew", "续费", "續費", "續訂", NULL};

static void renew(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct parts parts = {.count = 1};
    char name[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (entitlement_next(ledger, said->telegram_id, name, &entitlement)) {
        const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(name));
        if (plan != NULL && plan->price_count > 0)
            list_plan(ledger, said->telegram_id, plan, &entitlement, &parts);
    }
    const struct renew_prices prices = {.none = parts.count == 1};
    parts.items[0] = part_make(shape_renew_prices(), &prices);
    said_reply(ledger, said, parts.items, parts.count);
}

/* A line for the plan, and a button for each price. */
static void list_plan(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                      const struct record_entitlement *entitlement, struct parts *parts)
{
    bool runs =
        entitlement->status == ENTITLEMENT_ACTIVE || entitlement->status == ENTITLEMENT_GRACE;
    struct record_renew_offer offer;
    uint64_t n;
    struct renew_price head = {.plan = slice_from(plan->name),
                               .until = runs ? entitlement->until_ms : 0};
    if (offer_best(ledger, telegram_id, head.plan, &n, &offer)) {
        head.percent = offer.percent;
        head.offer_until = offer.until;
    }
    if (parts->count + 1 + plan->price_count > PARTS_MAX)
        return;
    parts->items[parts->count++] = part_make(shape_renew_price(), &head);
    for (size_t i = 0; i < plan->price_count; i++) {
        struct offer_price price;
        char *data = parts->data[parts->count];
        if (!price_of(ledger, telegram_id, plan, &plan->prices[i], &price) ||
            !data_of(plan, &plan->prices[i], data))
            continue;
        const struct renew_price part = {.plan = head.plan,
                                         .period = period_pack(price.period),
                                         .price = price.price,
                                         .amount = price.amount,
                                         .currency = slice_from(price.currency),
                                         .data = slice_from(data)};
        parts->items[parts->count++] = part_make(shape_renew_price(), &part);
    }
}

/* A button "core:1.0.USD" was pressed: the order, as the shop shows it. */
static void order(struct ledger *ledger, const struct message_cmd_said *said)
{
    const char *colon = memchr(said->arg.data, ':', said->arg.len);
    size_t len = colon == NULL ? 0 : (size_t)(colon - said->arg.data);
    const struct catalog_plan *plan =
        catalog_plan_find(ledger->catalog, slice_of(said->arg.data, len));
    const struct catalog_price *price =
        plan == NULL ? NULL : price_of_data(plan, slice_of(colon + 1, said->arg.len - len - 1));
    struct order order;
    if (price == NULL) {
        said_stale(ledger, said);
        return;
    }
    const struct order_create ask = {.telegram_id = said->telegram_id,
                                     .plan = slice_from(plan->name),
                                     .period = period_pack(price->period),
                                     .currency = slice_from(price->currency)};
    unsigned result =
        order_again(ledger, &ask, &order) ? (unsigned)RESULT_ok : order_ask(ledger, &ask, &order);
    if (result == RESULT_ok)
        shop_show_order(ledger, said, &order);
    else
        shop_show_refusal(ledger, said, result);
}

static bool data_of(const struct catalog_plan *plan, const struct catalog_price *price,
                    char out[SAID_DATA_SIZE])
{
    char arg[64];
    int len = snprintf(arg, sizeof arg, "%s:%" PRIu32 ".%" PRIu32 ".%s", plan->name,
                       price->period.months, price->period.days, price->currency);
    return len > 0 && (size_t)len < sizeof arg &&
           said_data(MODULE_renewal, "go", slice_from(arg), out);
}

static const struct catalog_price *price_of_data(const struct catalog_plan *plan, struct slice rest)
{
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct catalog_price *price = &plan->prices[i];
        char text[48];
        (void)snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32 ".%s", price->period.months,
                       price->period.days, price->currency);
        if (slice_is(rest, text))
            return price;
    }
    return NULL;
}

const struct intent_row renew_intents[] = {
    {.verb = "renew",
     .words = renew_words,
     .said = renew,
     .menu = {"Renew your membership", "续费", "續訂"}},
    {.verb = "go", .said = order},
    {.verb = NULL},
};
