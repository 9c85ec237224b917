#include "modules/checkout/checkout.h"

#include "config/web.h"
#include "ledger/rows.h"
#include "modules/payment/payment.h"
#include "wire/lane.h"

static void hear_placed(struct ledger *ledger, const void *fact);
static void hear_expired(struct ledger *ledger, const void *fact);
static void hear_cancelled(struct ledger *ledger, const void *fact);
static void hear_paid(struct ledger *ledger, const void *fact);
static void order_over(struct ledger *ledger, struct slice order_id, struct slice by);
static void end_checkout(struct ledger *ledger, struct slice order_id, struct record_checkout *row);
static void ending_answered(struct ledger *ledger, const struct request_end *end,
                            struct record_checkout *row);
static void answered(struct ledger *ledger, const struct request_end *end);
static void extend_order(struct ledger *ledger, const void *ask, cJSON *out);
static void extend_page(struct ledger *ledger, const void *ask, cJSON *out);

const char *const checkout_state_names[] = {
    "asked", "made",      "refused",   "unknown",  "withdrawn",    "late", "ending",
    "ended", "not_ended", "capturing", "captured", "not_captured", NULL};

void checkout_catalog(const struct config *config, const void *own, struct buf *rows)
{
    (void)own;
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct config_reconcile when = config_reconcile_of(config, &config->gateways[i]);
        bool singly = config_gateway_asked_singly(&config->gateways[i]);
        const struct checkout_gateway row = {
            .numbered = config_gateway_goes_by_numbers(&config->gateways[i]),
            .every = singly ? when.every_ms : 0,
            .back = singly ? when.back_ms : 0,
            .taps = config_gateway_taps(&config->gateways[i]),
            .name = slice_from(config->gateways[i].name),
            .once = !config->gateways[i].keys,
            .ends = config_gateway_does(&config->gateways[i], ERRAND_END),
            .portal = config_gateway_does(&config->gateways[i], ERRAND_PORTAL),
            .captures = config_gateway_does(&config->gateways[i], ERRAND_CAPTURE)};
        if (config->gateways[i].create != CREATE_NOTHING)
            shape_encode(rows, shape_checkout_gateway(), &row);
    }
}

static void hear_placed(struct ledger *ledger, const void *fact)
{
    const struct fact_order_placed *placed = fact;
    struct checkout_gateway gateway;
    struct record_order order;
    struct record_checkout row = {.state = CHECKOUT_ASKED, .at = ledger->at_ms};
    if (!order_load(ledger, placed->order_id, &order) || order.state != ORDER_OPEN ||
        !checkout_maker(ledger, order.wanted, &gateway))
        return;
    const struct message part = {.kind = MESSAGE_part_checkout,
                                 .part_checkout = {.gateway = slice_from(order.wanted),
                                                   .order_id = placed->order_id,
                                                   .telegram_id = order.telegram_id,
                                                   .plan = slice_from(order.plan),
                                                   .amount = order.amount,
                                                   .currency = slice_from(order.currency),
                                                   .created_ms = order.created_ms,
                                                   .expires_ms = order.expires_ms,
                                                   .renews = order.renews,
                                                   .months = order.months,
                                                   .days = order.days}};
    const struct lane_name lane = lane_of("gateway", slice_from(order.wanted));
    memcpy(row.gateway, order.wanted, sizeof row.gateway);
    row.delivery =
        request_send(ledger, MODULE_checkout, gateway.once ? REQUEST_ONCE : REQUEST_KEYED,
                     slice_from(lane.text), placed->order_id, order.telegram_id, &part);
    if (row.delivery == 0)
        return;
    checkout_store(ledger, placed->order_id, &row);
    order_pay_url_expect(ledger, placed->order_id, true);
    checkout_ask_begin(ledger, placed->order_id, order.created_ms, &gateway);
}

static void hear_expired(struct ledger *ledger, const void *fact)
{
    order_over(ledger, ((const struct fact_order_expired *)fact)->order_id, SLICE(""));
}

static void hear_cancelled(struct ledger *ledger, const void *fact)
{
    order_over(ledger, ((const struct fact_order_cancelled *)fact)->order_id, SLICE(""));
}

static void hear_paid(struct ledger *ledger, const void *fact)
{
    const struct fact_order_paid *paid = fact;
    order_over(ledger, paid->order_id, paid->gateway);
}

/* Whoever still waits for the checkout need not have it. by: the gateway where the order was paid.
 */
static void order_over(struct ledger *ledger, struct slice order_id, struct slice by)
{
    struct record_checkout row;
    if (!checkout_load(ledger, order_id, &row))
        return;
    bool paid_here = slice_is(by, row.gateway);
    if (row.state == CHECKOUT_MADE && !paid_here)
        end_checkout(ledger, order_id, &row);
    if (row.state == CHECKOUT_ENDING && paid_here) {
        row.state = CHECKOUT_MADE;
        checkout_store(ledger, order_id, &row);
        request_withdraw(ledger, row.ending);
    }
    if (row.state != CHECKOUT_ASKED && row.state != CHECKOUT_REFUSED &&
        row.state != CHECKOUT_UNKNOWN)
        return;
    uint64_t delivery = row.delivery;
    if (row.state == CHECKOUT_ASKED) {
        row.state = CHECKOUT_WITHDRAWN;
        row.at = ledger->at_ms;
        checkout_store(ledger, order_id, &row);
    }
    order_pay_url_expect(ledger, order_id, false);
    request_withdraw(ledger, delivery);
}

/* Nobody can pay there any more what has ended here. */
static void end_checkout(struct ledger *ledger, struct slice order_id, struct record_checkout *row)
{
    struct checkout_gateway gateway;
    if (row->id[0] == 0 || !checkout_maker(ledger, row->gateway, &gateway) || !gateway.ends)
        return;
    row->ending = checkout_errand(ledger, order_id, row, ERRAND_END);
    if (row->ending == 0)
        return;
    row->state = CHECKOUT_ENDING;
    row->at = ledger->at_ms;
    checkout_store(ledger, order_id, row);
}

/* A refusal says that there is nothing left to end, or that it was paid: nobody need look at it. */
static void ending_answered(struct ledger *ledger, const struct request_end *end,
                            struct record_checkout *row)
{
    bool done = end->how == REQUEST_DONE || end->how == REQUEST_LATE;
    row->state = done ? CHECKOUT_ENDED : CHECKOUT_NOT_ENDED;
    row->status = end->status;
    row->at = ledger->at_ms;
    if (done || !slice_copy(end->error, row->error, sizeof row->error))
        row->error[0] = 0;
    checkout_store(ledger, end->ref, row);
    if (end->how == REQUEST_REFUSED)
        request_withdraw(ledger, end->delivery);
    checkout_tell(ledger, end, row);
}

static void answered(struct ledger *ledger, const struct request_end *end)
{
    static const enum checkout_state states[] = {[REQUEST_DONE] = CHECKOUT_MADE,
                                                 [REQUEST_REFUSED] = CHECKOUT_REFUSED,
                                                 [REQUEST_UNKNOWN] = CHECKOUT_UNKNOWN,
                                                 [REQUEST_LATE] = CHECKOUT_LATE};
    struct record_checkout row;
    struct record_order order;
    struct slice error = end->error;
    struct slice url = request_field(end, "url");
    if (checkout_portal_answered(ledger, end))
        return;
    if (!checkout_load(ledger, end->ref, &row) || !order_load(ledger, end->ref, &order))
        return;
    if (end->delivery == row.ending) {
        ending_answered(ledger, end, &row);
        return;
    }
    if (end->delivery == row.capture)
        checkout_captured(ledger, end, &row);
    if (end->delivery != row.delivery || row.capture != 0)
        return; /* its payer has agreed before we heard that it is there */
    row.state = (uint8_t)states[end->how];
    if (end->how == REQUEST_DONE && order.state != ORDER_OPEN)
        row.state = CHECKOUT_LATE;
    if (row.state == CHECKOUT_MADE && (!web_is_payable(url) || url.len >= ORDER_URL_SIZE)) {
        row.state = CHECKOUT_REFUSED;
        error = request_field(end, "error");
        if (error.len == 0)
            error = SLICE("its answer has no address to pay at");
    }
    row.status = end->status;
    row.at = ledger->at_ms;
    row.error[0] = 0;
    if (row.state != CHECKOUT_MADE && !slice_copy(error, row.error, sizeof row.error))
        row.error[0] = 0;
    if (!slice_copy(request_field(end, "id"), row.id, sizeof row.id))
        row.id[0] = 0;
    checkout_store(ledger, end->ref, &row);
    if (row.state == CHECKOUT_MADE)
        order_pay_url_store(ledger, end->ref, url);
    else
        order_pay_url_expect(ledger, end->ref, false);
    checkout_tell(ledger, end, &row);
    if (row.state == CHECKOUT_LATE && !slice_is(slice_from(order.gateway), row.gateway))
        end_checkout(ledger, end->ref, &row);
}

uint64_t checkout_errand(struct ledger *ledger, struct slice order_id,
                         const struct record_checkout *row, enum errand what)
{
    struct record_order order;
    const struct message part = {.kind = MESSAGE_part_errand,
                                 .part_errand = {.gateway = slice_from(row->gateway),
                                                 .what = what,
                                                 .id = slice_from(row->id)}};
    const struct lane_name lane = lane_of("gateway", slice_from(row->gateway));
    return order_load(ledger, order_id, &order)
               ? request_send(ledger, MODULE_checkout, REQUEST_KEYED, slice_from(lane.text),
                              order_id, order.telegram_id, &part)
               : 0;
}

void checkout_tell(struct ledger *ledger, const struct request_end *end,
                   const struct record_checkout *row)
{
    FACT_TELL(ledger, checkout_ended, .telegram_id = end->telegram_id, .order_id = end->ref,
              .gateway = slice_from(row->gateway), .state = row->state, .id = slice_from(row->id),
              .status = row->status, .error = slice_from(row->error));
}

static void extend_order(struct ledger *ledger, const void *ask, cJSON *out)
{
    const struct order_show *shown = ask;
    struct record_checkout row;
    if (!checkout_load(ledger, shown->order_id, &row))
        return;
    cJSON *item = cJSON_AddObjectToObject(out, "checkout");
    cJSON_AddStringToObject(item, "gateway", row.gateway);
    cJSON_AddStringToObject(item, "state", checkout_state_names[row.state]);
    cJSON_AddNumberToObject(item, "delivery", (double)row.delivery);
    if (row.id[0] != 0)
        cJSON_AddStringToObject(item, "id", row.id);
    if (row.status != 0)
        cJSON_AddNumberToObject(item, "status", (double)row.status);
    if (row.error[0] != 0)
        cJSON_AddStringToObject(item, "error", row.error);
    json_add_time(item, "at", row.at);
}

/* By which gateway a phone pays it when its payer taps. */
static void extend_page(struct ledger *ledger, const void *ask, cJSON *out)
{
    const struct order_page *shown = ask;
    struct checkout_gateway gateway;
    struct record_checkout row;
    struct order order;
    if (order_by_token(ledger, shown->token, &order) && order.record.state == ORDER_OPEN &&
        checkout_load(ledger, slice_from(order.id), &row) &&
        checkout_maker(ledger, row.gateway, &gateway) && gateway.taps != 0)
        cJSON_AddStringToObject(out, "by_phone", row.gateway);
}

bool checkout_maker(const struct ledger *ledger, const char *gateway, struct checkout_gateway *out)
{
    for (size_t at = 0; catalog_row(ledger->catalog, shape_checkout_gateway(), &at, out);)
        if (gateway[0] != 0 && slice_is(out->name, gateway))
            return true;
    return false;
}

bool checkout_load(struct ledger *ledger, struct slice order_id, struct record_checkout *out)
{
    struct key key;
    key_clear(&key);
    key_text(&key, order_id);
    return row_load(ledger, shape_record_checkout(), &key, out);
}

void checkout_store(struct ledger *ledger, struct slice order_id, const struct record_checkout *row)
{
    struct key key;
    key_clear(&key);
    key_text(&key, order_id);
    row_store(ledger, shape_record_checkout(), &key, row);
}

#define MODULE_DEF    "modules/checkout/checkout.def"
#define MODULE_SELF   MODULE_checkout
#define MODULE_SHAPES shapes_of_checkout
#include "ledger/define.h"

static const struct hear_row hears[] = {
    {shape_fact_order_placed, hear_placed},        {shape_fact_order_expired, hear_expired},
    {shape_fact_order_cancelled, hear_cancelled},  {shape_fact_order_paid, hear_paid},
    {shape_fact_approved, checkout_hear_approved}, {NULL, NULL}};

static const struct extend_row extends[] = {
    {shape_order_show, extend_order}, {shape_order_page, extend_page}, {NULL, NULL}};

static const struct refusal_row refusals[] = {
    {RESULT_checkout_failed,
     {"this way to pay does not answer right now; your order is kept, and another way may work",
      "该支付方式暂时没有响应，您的订单仍然保留，可以换一种支付方式",
      "這個付款方式暫時沒有回應，您的訂單仍然保留，可以換一種付款方式"}},
    {0, {NULL}},
};

const struct module module_checkout = {.name = "checkout",
                                       .number = MODULE_checkout,
                                       .shapes = shapes_of_checkout,
                                       .config = &config_of_checkout,
                                       .results = module_results,
                                       .extends = extends,
                                       .hears = hears,
                                       .says = checkout_says,
                                       .refusals = refusals,
                                       .manages = checkout_manages,
                                       .manage = checkout_manage,
                                       .answered = answered,
                                       .timer = checkout_ask_due};
