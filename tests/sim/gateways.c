#include "tests/sim/gateways.h"

#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/coupons.h"
#include "tests/sim/modules.h"
#include "tests/sim/telegram.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAVE = 60 };

const char *const gateway_names[GATEWAYS] = {"stripe", "ime"};

static void begin_event(struct sim *sim, uint64_t payment, enum payment_kind kind,
                        uint64_t after_ms);
static void send_event(struct sim *sim, struct event *event);
static void issue_order(struct sim *sim, struct event *event);
static void cancel_order(struct sim *sim, struct event *event);
static uint64_t add_payment(struct sim *sim, const struct payment *payment, uint64_t after_ms);
static void settle_all(struct sim *sim, struct event *event);
static void settle(struct sim *sim, uint64_t payment, bool grant);
static void release_one(struct sim *sim, enum release_what what);
static void release(struct sim *sim, struct event *event);

void gateways_new(struct sim *sim)
{
    sim->gateways = calloc(1, sizeof *sim->gateways);
    ASSERT(sim->gateways != NULL);
    sim_at(sim, sim->start_ms + 9 * HOUR_MS, settle_all);
}

void gateways_destroy(struct sim *sim)
{
    free(sim->gateways->payments);
    free(sim->gateways->events);
    free(sim->gateways->orders);
    free(sim->gateways);
    sim->gateways = NULL;
}

uint64_t gateways_pay(struct sim *sim, uint64_t user, size_t plan)
{
    struct gateways *gateways = sim->gateways;
    struct payment payment = {.user = user,
                              .plan = plan,
                              .price = terms_now(sim)->plans[plan].prices[sim_chance(sim, 1500)]};
    if (sim_chance(sim, 300))
        payment.flaw = (enum flaw)(1 + sim_below(sim, 3));
    if (payment.flaw == FLAW_NONE && sim_chance(sim, 3000)) {
        gateways->orders = sim_grow(gateways->orders, &gateways->order_cap, gateways->order_count,
                                    sizeof *gateways->orders);
        gateways->orders[gateways->order_count] = (struct order){
            .user = user, .plan = plan, .price = payment.price, .coupon = coupons_any(sim, plan)};
        sim_at(sim, sim->now_ms, issue_order)->a = gateways->order_count++;
        return 0;
    }
    uint64_t id = add_payment(sim, &payment, sim_below(sim, 2 * MINUTE_MS));
    if (sim_chance(sim, 500))
        gateways_give_back(sim, id);
    return id + 1;
}

/* Some pay when it is long over. */
void gateways_ordered(struct sim *sim, uint64_t id)
{
    const struct order *order = &sim->gateways->orders[id];
    const struct payment payment = {.user = order->user,
                                    .plan = order->plan,
                                    .price = order->price,
                                    .by_order = true,
                                    .order = id};
    if (sim_chance(sim, 1000))
        sim_at(sim, sim->now_ms + sim_below(sim, 2 * ORDER_EXPIRES_MS), cancel_order)->a = id;
    if (sim_chance(sim, 2000))
        return;
    uint64_t after_ms = sim_chance(sim, 8000) ? 2 * ORDER_EXPIRES_MS : 3 * ORDER_LATE_MS;
    for (unsigned i = 0; i < (sim_chance(sim, 500) ? 2 : 1); i++) {
        uint64_t paid = add_payment(sim, &payment, sim_below(sim, after_ms) + i * HOUR_MS);
        if (sim_chance(sim, 1000))
            gateways_give_back(sim, paid);
    }
}

void gateways_give_back(struct sim *sim, uint64_t payment)
{
    uint64_t after_ms = sim_chance(sim, 2000) ? 0 : sim_below(sim, 50 * DAY_MS);
    if (sim_chance(sim, 1000)) {
        begin_event(sim, payment, PAYMENT_PARTLY_REFUNDED, after_ms);
    } else if (sim_chance(sim, 5000)) {
        begin_event(sim, payment, PAYMENT_REFUNDED, after_ms);
    } else {
        begin_event(sim, payment, PAYMENT_CHARGED_BACK, after_ms);
        if (sim_chance(sim, 5000)) /* the dispute is won, now and then before it is known */
            begin_event(sim, payment, PAYMENT_REINSTATED,
                        after_ms + sim_below(sim, sim_chance(sim, 3000) ? 1000 : 30 * DAY_MS));
    }
}

void gateways_refund(struct sim *sim, uint64_t payment, uint64_t after_ms)
{
    begin_event(sim, payment, PAYMENT_REFUNDED, after_ms);
}

void gateways_wave(struct sim *sim)
{
    uint64_t count = sim->gateways->payment_count;
    for (int i = 0; i < WAVE && count > 0; i++)
        begin_event(sim, count - 1 - sim_below(sim, count < 2 * WAVE ? count : 2 * WAVE),
                    PAYMENT_REFUNDED, sim_below(sim, 10 * MINUTE_MS));
}

void gateways_acked(struct sim *sim, uint64_t event)
{
    sim->gateways->events[event].acked = true;
}

void gateways_released(struct sim *sim, uint64_t what)
{
    sim->gateways->released[what] = true;
}

bool gateways_idle(const struct sim *sim)
{
    for (size_t i = 0; i < sim->gateways->event_count; i++)
        if (!sim->gateways->events[i].acked)
            return false;
    return true;
}

void payment_id_of(uint64_t payment, char *out, size_t size)
{
    snprintf(out, size, "pay-%" PRIu64, payment);
}

const char *payment_gateway(uint64_t payment)
{
    return gateway_names[payment % GATEWAYS];
}

static void begin_event(struct sim *sim, uint64_t payment, enum payment_kind kind,
                        uint64_t after_ms)
{
    struct gateways *gateways = sim->gateways;
    struct payment *about = &gateways->payments[payment];
    if ((about->planned & 1U << kind) != 0 || sim->now_ms + after_ms >= sim->end_ms)
        return;
    about->planned |= 1U << kind;
    gateways->events = sim_grow(gateways->events, &gateways->event_cap, gateways->event_count,
                                sizeof *gateways->events);
    gateways->events[gateways->event_count] =
        (struct gateway_event){.payment = payment, .kind = kind};
    sim_at(sim, sim->now_ms + after_ms, send_event)->a = gateways->event_count++;
}

/* One attempt; the next is planned at once, and is the last when this one is acknowledged. */
static void send_event(struct sim *sim, struct event *timer)
{
    struct gateway_event *event = &sim->gateways->events[timer->a];
    const struct payment *payment = &sim->gateways->payments[event->payment];
    if (event->acked && !sim_fault(sim, 300))
        return;
    if (event->acked && sim_chance(sim, 5000))
        event->variant++; /* the same fact under another event id */
    char payment_id[32];
    char event_id[48];
    const char *order_id = payment->by_order ? sim->gateways->orders[payment->order].id : "";
    payment_id_of(event->payment, payment_id, sizeof payment_id);
    snprintf(event_id, sizeof event_id, "evt-%" PRIu64 "-%u-%u", event->payment,
             (unsigned)event->kind, event->variant);
    bool named = !payment->by_order && payment->flaw != FLAW_NO_MEMBER;
    const char *plan = payment->flaw == FLAW_PLAN ? "gold" : plan_names[payment->plan];
    int64_t wrong = payment->flaw == FLAW_AMOUNT ? 1 : 0;
    const struct message message = {
        .kind = MESSAGE_cmd_payment,
        .cmd_payment = {
            .gateway = slice_from(payment_gateway(event->payment)),
            .event_id = slice_from(event_id),
            .payment_id = slice_from(payment_id),
            .kind = (uint64_t)event->kind,
            .telegram_id = named ? telegram_user_id(payment->user) : 0,
            .plan = slice_from(named ? plan : ""),
            .order_id = slice_from(order_id),
            .amount = event->kind == PAYMENT_PARTLY_REFUNDED ? payment->price.amount / 2
                                                             : payment->price.amount - wrong,
            .currency = slice_from(payment->price.currency),
            .occurred_ms = sim->now_ms,
            .part_id = event->kind == PAYMENT_PARTLY_REFUNDED ? SLICE("part") : SLICE("")}};
    usher_submit(sim, &message, (struct waiter){WAITER_EVENT, timer->a, 0});
    event->attempts++;
    /* Stripe and the others come again after some seconds, then minutes, then hours. */
    uint64_t pause_ms = UINT64_C(10) * SECOND_MS << (event->attempts < 12 ? event->attempts : 12);
    if (sim->calm && pause_ms > 10 * MINUTE_MS)
        pause_ms = 10 * MINUTE_MS;
    sim_at(sim, sim->now_ms + pause_ms / 2 + sim_below(sim, pause_ms), send_event)->a = timer->a;
}

/* The operator's program tries again until it is told that the order exists. */
static void issue_order(struct sim *sim, struct event *timer)
{
    const struct order *order = &sim->gateways->orders[timer->a];
    char key[32];
    char code[COUPON_CODE_SIZE] = "";
    if (order->known || order->refused)
        return;
    snprintf(key, sizeof key, "order-%" PRIu64, timer->a);
    if (order->coupon != 0)
        coupon_code(order->coupon - 1, code);
    const struct actor shop = {"token:shop", WHO_OWNER, key};
    const struct order_create ask = {.telegram_id = telegram_user_id(order->user),
                                     .plan = slice_from(plan_names[order->plan]),
                                     .period = period_pack(order->price.period),
                                     .amount = order->price.amount,
                                     .currency = slice_from(order->price.currency),
                                     .coupon = slice_from(code)};
    usher_act(sim, &shop, shape_order_create(), &ask, (struct waiter){WAITER_ORDER, timer->a, 0});
    sim_at(sim, sim->now_ms + 5 * SECOND_MS, issue_order)->a = timer->a;
}

static void cancel_order(struct sim *sim, struct event *timer)
{
    const struct actor shop = {"token:shop", WHO_OWNER, ""};
    const struct order_cancel ask = {.order_id = slice_from(sim->gateways->orders[timer->a].id)};
    usher_act(sim, &shop, shape_order_cancel(), &ask, (struct waiter){WAITER_CANCEL, timer->a, 0});
}

static uint64_t add_payment(struct sim *sim, const struct payment *payment, uint64_t after_ms)
{
    struct gateways *gateways = sim->gateways;
    gateways->payments = sim_grow(gateways->payments, &gateways->payment_cap,
                                  gateways->payment_count, sizeof *gateways->payments);
    gateways->payments[gateways->payment_count] = *payment;
    begin_event(sim, gateways->payment_count, PAYMENT_PAID, after_ms);
    return gateways->payment_count++;
}

/* Each morning: what was recorded and not granted is given to its payer, or put aside; removals
 * that were held and deliveries that failed may go. */
static void settle_all(struct sim *sim, struct event *timer)
{
    const struct gateways *gateways = sim->gateways;
    (void)timer;
    for (uint64_t id = 0; id < gateways->payment_count; id++) {
        if (!auditor_unsettled(sim, id) || sim_chance(sim, 5000))
            continue;
        settle(sim, id, sim_chance(sim, 7000));
        if (sim_chance(sim, 500)) /* two operators at once */
            settle(sim, id, sim_chance(sim, 5000));
    }
    if (gateways->payment_count > 0 && sim_chance(sim, 2000)) /* and a slip of the pen */
        settle(sim, sim_below(sim, gateways->payment_count), sim_chance(sim, 5000));
    for (uint64_t what = RELEASE_HELD; what <= RELEASE_DEAD; what++) {
        if (sim_chance(sim, 2000)) /* some look at it first */
            release_one(sim, (enum release_what)what);
        sim->gateways->released[what] = false;
        sim_at(sim, sim->now_ms, release)->a = what;
    }
    sim_at(sim, sim->now_ms + (sim->calm ? HOUR_MS : DAY_MS), settle_all);
}

static void settle(struct sim *sim, uint64_t id, bool grant)
{
    const struct payment *payment = &sim->gateways->payments[id];
    char payment_id[32];
    payment_id_of(id, payment_id, sizeof payment_id);
    const struct message message = {
        .kind = MESSAGE_cmd_settle,
        .cmd_settle = {.gateway = slice_from(payment_gateway(id)),
                       .payment_id = slice_from(payment_id),
                       .telegram_id = grant ? telegram_user_id(payment->user) : 0,
                       .plan = slice_from(grant ? plan_names[payment->plan] : ""),
                       .months = grant ? payment->price.period.months : 0,
                       .days = grant ? payment->price.period.days : 0}};
    usher_submit(sim, &message, (struct waiter){WAITER_SETTLE, id, grant});
}

/* The operator looks at the list and lets the first one go. */
static void release_one(struct sim *sim, enum release_what what)
{
    if (!usher_up(sim))
        return;
    const struct message_query query = {.what = QUERY_QUEUE,
                                        .text = slice_from(what == RELEASE_HELD ? "held" : "dead"),
                                        .limit = 1};
    struct slice json = usher_ask(sim, &query, 200);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "deliveries"), 0);
    if (first != NULL) {
        uint64_t id = (uint64_t)cJSON_GetObjectItem(first, "id")->valuedouble;
        const struct message message = {.kind = MESSAGE_cmd_release,
                                        .cmd_release = {.what = what, .delivery = id}};
        usher_submit(sim, &message, (struct waiter){WAITER_RELEASE, what, id});
    }
    cJSON_Delete(root);
}

/* The operator's program tries again until it is told that it was done. */
static void release(struct sim *sim, struct event *timer)
{
    if (sim->gateways->released[timer->a])
        return;
    const struct message message = {.kind = MESSAGE_cmd_release, .cmd_release = {.what = timer->a}};
    usher_submit(sim, &message, (struct waiter){WAITER_RELEASE, timer->a, 0});
    sim_at(sim, sim->now_ms + 5 * SECOND_MS, release)->a = timer->a;
}
