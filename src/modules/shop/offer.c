#include "modules/shop/offer.h"

#include "ledger/rows.h"
#include "modules/access/seat.h"

#include <inttypes.h>
#include <stdio.h>

enum { PRINT_BITS = 24 };

static unsigned quote(struct ledger *ledger, const struct shop_offer *offer,
                      const struct catalog_price *price, struct slice code, struct shop_quote *out);
static bool can_be_paid(const struct ledger *ledger, const struct shop_quote *quote);
static bool gateway_at(const struct ledger *ledger, size_t n, struct order_gateway *out);
static uint32_t mix(uint32_t hash, const char *text);
static uint32_t print_of_way(const struct shop_offer *offer, const struct shop_way *way);
static uint32_t print_of_amount(int64_t amount);

void offer_make_of(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                   struct slice code, struct shop_offer *out)
{
    bool wanted;
    memset(out, 0, sizeof *out);
    out->plan = plan;
    out->telegram_id = telegram_id;
    out->code = code;
    out->seat = order_seat(ledger, telegram_id, plan, &wanted);
    uint64_t gone = seats_taken(ledger, plan->name) + seats_held(ledger, plan->name);
    out->left = gone < plan->seats ? plan->seats - gone : 0;
    for (size_t i = 0; i < plan->price_count && i < CONFIG_PRICES_MAX; i++) {
        struct shop_quote *made = &out->quotes[out->count];
        unsigned result = quote(ledger, out, &plan->prices[i], code, made);
        made->refused = result;
        if (result != RESULT_ok &&
            (code.len == 0 || quote(ledger, out, &plan->prices[i], SLICE(""), made) != RESULT_ok))
            continue;
        made->refused = result;
        made->payable = can_be_paid(ledger, made);
        out->payable = out->payable || made->payable;
        out->coded = out->coded || made->coded;
        if (out->refused == RESULT_ok)
            out->refused = result;
        out->count++;
    }
    if (out->coded)
        out->refused = RESULT_ok;
}

struct tag offer_tag(const struct shop_offer *offer, size_t n)
{
    const struct catalog_price *price = offer->quotes[n].price;
    struct tag tag = {.period = price->period,
                      .list = price->amount,
                      .amount = offer->quotes[n].amount,
                      .renews = price->renews};
    (void)slice_copy(slice_from(price->currency), tag.currency, sizeof tag.currency);
    return tag;
}

bool offer_way_next(const struct ledger *ledger, const struct shop_offer *offer,
                    struct period period, size_t *at, struct shop_way *out)
{
    struct order_gateway gateway;
    size_t gateways = 0;
    while (gateways < CONFIG_GATEWAYS_MAX && gateway_at(ledger, gateways + 1, &gateway))
        gateways++;
    for (size_t step = gateways + 1; *at < offer->count * step;) {
        size_t n = (*at)++;
        const struct shop_quote *of = &offer->quotes[n / step];
        bool alone = of->amount == 0 || gateways == 0; /* nothing to pay, or no gateway to pay by */
        *out = (struct shop_way){.quote = n / step, .gateway = n % step};
        if (!of->payable || !offer_same(of->price->period, period) || alone != (n % step == 0))
            continue;
        if (alone)
            return true;
        if (gateway_at(ledger, n % step, &gateway) && order_gateway_takes(&gateway, of->price) &&
            slice_copy(gateway.name, out->name, sizeof out->name))
            return true;
    }
    return false;
}

size_t offer_ways(const struct ledger *ledger, const struct shop_offer *offer, struct period period)
{
    struct shop_way way;
    size_t count = 0;
    for (size_t at = 0; offer_way_next(ledger, offer, period, &at, &way);)
        count++;
    return count;
}

bool offer_way_data(const struct shop_offer *offer, const struct shop_way *way, int64_t amount,
                    char out[SAID_DATA_SIZE])
{
    char arg[SAID_DATA_SIZE];
    int n = snprintf(arg, sizeof arg, "%s:%zu.%zu.%06" PRIx32 "%06" PRIx32, offer->plan->name,
                     (size_t)(offer->quotes[way->quote].price - offer->plan->prices), way->gateway,
                     print_of_way(offer, way), print_of_amount(amount));
    return n > 0 && (size_t)n < sizeof arg && said_data(MODULE_shop, "go", slice_from(arg), out);
}

bool offer_way_of(const struct ledger *ledger, const struct shop_offer *offer, struct slice rest,
                  struct shop_way *out, bool *print)
{
    struct order_gateway gateway = {.name = SLICE("")};
    char text[SAID_DATA_SIZE];
    size_t price = 0, number = 0;
    unsigned way = 0, amount = 0;
    int end = 0;
    if (!slice_copy(rest, text, sizeof text) ||
        sscanf(text, "%3zu.%3zu.%6x%6x%n", &price, &number, &way, &amount, &end) != 4 ||
        text[end] != 0 || (number > 0 && !gateway_at(ledger, number, &gateway)))
        return false;
    *out = (struct shop_way){.gateway = number};
    while (out->quote < offer->count &&
           (size_t)(offer->quotes[out->quote].price - offer->plan->prices) != price)
        out->quote++;
    if (out->quote == offer->count || !slice_copy(gateway.name, out->name, sizeof out->name) ||
        print_of_way(offer, out) != way)
        return false;
    *print = print_of_amount(offer->quotes[out->quote].amount) == amount;
    return true;
}

const struct catalog_plan *offer_plan_of(const struct ledger *ledger, struct slice arg,
                                         struct slice *rest)
{
    const char *colon = arg.len == 0 ? NULL : memchr(arg.data, ':', arg.len);
    size_t len = colon == NULL ? arg.len : (size_t)(colon - arg.data);
    size_t skip = len + (colon != NULL);
    *rest = slice_of(arg.data + skip, arg.len - skip);
    return catalog_plan_find(ledger->catalog, slice_of(arg.data, len));
}

static unsigned quote(struct ledger *ledger, const struct shop_offer *offer,
                      const struct catalog_price *price, struct slice code, struct shop_quote *out)
{
    struct order order;
    order_begin(&order, offer->telegram_id, offer->plan, price);
    order_give(&order, "coupon", code);
    unsigned result = order_price(ledger, &order);
    *out = (struct shop_quote){.price = price, .amount = order.record.amount};
    for (size_t i = 0; i < order.count && code.len > 0; i++)
        out->coded = out->coded || strcmp(order.lines[i].kind, "coupon") == 0;
    return result;
}

static bool can_be_paid(const struct ledger *ledger, const struct shop_quote *made)
{
    struct order_gateway gateway;
    size_t n = 1;
    for (; gateway_at(ledger, n, &gateway); n++)
        if (order_gateway_takes(&gateway, made->price))
            return true;
    return n == 1 || made->amount == 0;
}

static bool gateway_at(const struct ledger *ledger, size_t n, struct order_gateway *out)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (!order_gateway_next(ledger, &at, out))
            return false;
    return n > 0;
}

/* FNV-1a, with the end of the text. */
static uint32_t mix(uint32_t hash, const char *text)
{
    do
        hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
    while (*text++ != 0);
    return hash;
}

static uint32_t print_of_way(const struct shop_offer *offer, const struct shop_way *way)
{
    const struct catalog_price *price = offer->quotes[way->quote].price;
    char text[64];
    (void)snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32 ".%" PRId64 "%s", price->period.months,
                   price->period.days, price->amount, price->renews ? "r" : "");
    uint32_t hash = mix(mix(mix(UINT32_C(2166136261), text), price->currency), way->name);
    return (hash ^ hash >> PRINT_BITS) & ((1U << PRINT_BITS) - 1);
}

static uint32_t print_of_amount(int64_t amount)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, amount);
    uint32_t hash = mix(UINT32_C(2166136261), text);
    return (hash ^ hash >> PRINT_BITS) & ((1U << PRINT_BITS) - 1);
}
