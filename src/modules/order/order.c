#include "modules/order/order.h"

#include "ledger/rows.h"
#include "modules/access/access.h"
#include "modules/order/claim.h"

#include <strings.h>

static const uint64_t expires_ms_max = UINT64_C(366) * 24 * 3600 * 1000;

static unsigned draft(struct ledger *ledger, const struct order_quote *ask, struct order *out);
static const struct catalog_price *price_of(const struct catalog_plan *plan,
                                            const struct order_quote *ask);
static bool price_fits(const struct catalog_price *price, const struct order_quote *ask);
static bool fits(const struct ledger *ledger, const struct order_gateway *gateway,
                 struct order_quote *quote);
static bool codes_agree(const struct order *order, struct slice code);

static void answer_order(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct order order;
    (void)command;
    if (!order_by_serial(ledger, subject, &order))
        return;
    order_to_json(&order, out);
    order_urls_to_json(ledger, &order, out);
}

static void answer_cancelled(struct ledger *ledger, uint64_t subject, const void *command,
                             cJSON *out)
{
    const struct order_cancel *ask = command;
    struct order order;
    (void)subject;
    if (order_read(ledger, ask->order_id, &order))
        order_to_json(&order, out);
}

static void answer_quote(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct order order;
    (void)subject;
    if (draft(ledger, command, &order) == RESULT_ok)
        order_lines_to_json(&order, out);
}

/* What who ordered wants most is the address to pay at. */
static bool order_ready(struct ledger *ledger, uint64_t subject, const void *command)
{
    struct order order;
    (void)command;
    return !order_by_serial(ledger, subject, &order) || order.record.state != ORDER_OPEN ||
           !order_pay_url_pending(ledger, slice_from(order.id));
}

unsigned op_order_create(struct ledger *ledger, const struct order_create *ask)
{
    struct order order;
    unsigned result = order_ask(ledger, ask, &order);
    ledger->subject = result == RESULT_ok ? order.record.serial : 0;
    return result;
}

unsigned order_ask(struct ledger *ledger, const struct order_create *ask, struct order *out)
{
    struct order_quote quote = {.telegram_id = ask->telegram_id,
                                .plan = ask->plan,
                                .period = ask->period,
                                .amount = ask->amount,
                                .currency = ask->currency,
                                .coupon = ask->coupon};
    const struct order_terms terms = order_terms_of(ledger);
    uint64_t expires_ms = ask->expires != 0 ? ask->expires : terms.expire;
    struct order_gateway gateway;
    bool known = ask->gateway.len == 0 || order_gateway_find(ledger, ask->gateway, &gateway);
    bool takes = ask->gateway.len == 0 || !known || fits(ledger, &gateway, &quote);
    unsigned result = order_quoted(ledger, &quote, out);
    if (result != RESULT_ok)
        return result;
    if (expires_ms > expires_ms_max)
        return RESULT_order_expires;
    if (!known || !slice_copy(ask->gateway, out->record.wanted, sizeof out->record.wanted))
        return RESULT_gateway_unknown;
    if (!takes)
        return out->record.renews ? RESULT_renews_gateway : RESULT_gateway_currency;
    if (out->record.renews && ask->gateway.len == 0)
        return RESULT_renews_gateway;
    /* What costs nothing is given to a member, and Stars' invoice is sent to one. */
    if (order_unclaimed(&out->record) &&
        (out->record.amount == 0 || slice_is(SLICE("XTR"), out->record.currency)))
        return RESULT_order_needs_member;
    if (terms.max_open != 0 && out->record.amount > 0 && !order_unclaimed(&out->record) &&
        orders_open(ledger, ask->telegram_id) >= terms.max_open)
        return RESULT_too_many_open;
    out->record.expires_ms = ledger->at_ms + expires_ms;
    out->record.late_ms = terms.late == 0 ? 0 : out->record.expires_ms + terms.late;
    order_make_id(ledger, out->id);
    return order_place(ledger, out);
}

bool order_again(struct ledger *ledger, const struct order_create *ask, struct order *out)
{
    const uint64_t moment_ms = 15000;
    bool reuse = order_terms_of(ledger).reuse_open != 0;
    for (uint64_t n = 0; order_next(ledger, ask->telegram_id, &n, out);) {
        const struct record_order *record = &out->record;
        uint64_t period = period_pack((struct period){record->months, record->days});
        if (record->state == ORDER_OPEN && slice_is(ask->plan, record->plan) &&
            period == ask->period && slice_is(ask->currency, record->currency) &&
            (ask->amount == 0 || (out->count > 0 && out->lines[0].amount == ask->amount)) &&
            slice_is(ask->gateway, record->wanted) && codes_agree(out, ask->coupon) &&
            (reuse || ledger->at_ms < record->created_ms + moment_ms))
            return true;
    }
    return false;
}

unsigned op_order_quote(struct ledger *ledger, const struct order_quote *ask)
{
    struct order order;
    return order_quoted(ledger, ask, &order);
}

unsigned order_quoted(struct ledger *ledger, const struct order_quote *ask, struct order *out)
{
    unsigned result = draft(ledger, ask, out);
    if (result != RESULT_ok && out->count > 0)
        order_refused(ledger, out, result);
    return result;
}

unsigned op_order_cancel(struct ledger *ledger, const struct order_cancel *ask)
{
    struct record_order record;
    if (!order_load(ledger, ask->order_id, &record))
        return RESULT_not_found;
    return order_end(ledger, ask->order_id, ORDER_CANCELLED) ? (unsigned)RESULT_ok
                                                             : (unsigned)RESULT_order_not_open;
}

bool ask_order_show(struct ledger *ledger, const struct order_show *ask, cJSON *out)
{
    struct order order;
    if (!order_read(ledger, ask->order_id, &order))
        return false;
    order_to_json(&order, out);
    order_urls_to_json(ledger, &order, out);
    return true;
}

/* Only reads: an answer quotes again. */
static unsigned draft(struct ledger *ledger, const struct order_quote *ask, struct order *out)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ask->plan);
    out->count = 0;
    if (plan == NULL)
        return RESULT_plan_unknown;
    if (ask->telegram_id == 0 && ask->coupon.len > 0)
        return RESULT_order_needs_member;
    if (member_is_banned(ledger, ask->telegram_id))
        return RESULT_member_banned;
    const struct catalog_price *price = price_of(plan, ask);
    if (price == NULL)
        return RESULT_price_unknown;
    order_begin(out, ask->telegram_id, plan, price);
    order_give(out, "coupon", ask->coupon);
    return order_price(ledger, out);
}

static const struct catalog_price *price_of(const struct catalog_plan *plan,
                                            const struct order_quote *ask)
{
    for (size_t i = 0; i < plan->price_count; i++) {
        if (price_fits(&plan->prices[i], ask))
            return &plan->prices[i];
    }
    return NULL;
}

static bool price_fits(const struct catalog_price *price, const struct order_quote *ask)
{
    return (ask->period == 0 || ask->period == period_pack(price->period)) &&
           (ask->amount == 0 || ask->amount == price->amount) &&
           (ask->currency.len == 0 || slice_is(ask->currency, price->currency));
}

/* It is the first price of the plan's that the gateway takes. False: it takes none. */
static bool fits(const struct ledger *ledger, const struct order_gateway *gateway,
                 struct order_quote *quote)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, quote->plan);
    for (size_t i = 0; plan != NULL && i < plan->price_count; i++) {
        const struct catalog_price *price = &plan->prices[i];
        if (!price_fits(price, quote) || !order_gateway_takes(gateway, price))
            continue;
        quote->currency = slice_from(price->currency);
        quote->amount = price->amount;
        quote->period = period_pack(price->period);
        return true;
    }
    return false;
}

static bool codes_agree(const struct order *order, struct slice code)
{
    for (size_t i = 0; i < order->count; i++)
        if (strcmp(order->lines[i].kind, "coupon") == 0 &&
            code.len == strlen(order->lines[i].ref) &&
            strncasecmp(order->lines[i].ref, code.data, code.len) == 0)
            return true;
    return code.len == 0;
}

static void document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    orders_document(ledger, telegram_id, out);
    credit_document(ledger, telegram_id, out);
}

static const struct query_row queries[] = {{QUERY_ORDER, answer_order_stored, "no such order"},
                                           {QUERY_ORDERS, answer_orders, "no orders"},
                                           {0, NULL, NULL}};

/* Of one that is open: its time may be over. Of one that is paid: nobody may have claimed it. */
static unsigned due(struct ledger *ledger, int64_t unused, const char *id)
{
    return order_due(ledger, unused, id) + claim_due(ledger, unused, id);
}

static const struct timer_row timers[] = {{TIMER_ORDER, due}, {0, NULL}};

#define MODULE_DEF    "modules/order/order.def"
#define MODULE_SELF   MODULE_order
#define MODULE_SHAPES shapes_of_order
#include "ledger/define.h"

static const struct hear_row hears[] = {{shape_fact_overpaid, hear_overpaid},
                                        {shape_fact_order_paid, claim_hear_paid},
                                        {shape_fact_order_reinstated, claim_hear_reinstated},
                                        {shape_fact_order_given_back, hear_order_given_back},
                                        {shape_fact_order_reinstated, hear_order_reinstated},
                                        {NULL, NULL}};

static const struct wait_row waits[] = {{shape_order_create, order_ready}, {NULL, NULL}};

const struct module module_order = {.name = "order",
                                    .number = MODULE_order,
                                    .shapes = shapes_of_order,
                                    .config = &config_of_order,
                                    .results = module_results,
                                    .ops = module_ops,
                                    .asks = module_asks,
                                    .queries = queries,
                                    .timers = timers,
                                    .waits = waits,
                                    .hears = hears,
                                    .line = order_credit_line,
                                    .refusals = order_refusals,
                                    .document = document};
