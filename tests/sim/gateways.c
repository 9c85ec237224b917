#include "tests/sim/gateways.h"

#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/coupons.h"
#include "tests/sim/modules.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const gateway_names[GATEWAYS] = {"stripe", "ime", "btcpay"}; /* by manner */

static void say_paid(struct sim *sim, uint64_t id, bool wrongly);
static void say_short(struct sim *sim, uint64_t id);
static void subscribe(struct sim *sim, uint64_t user, size_t plan, struct price price);
static void charge(struct sim *sim, struct event *event);
static uint64_t id_of_another(struct sim *sim, uint64_t payment);
static void names_text(const struct gateway_event *event, char out[NAMES * 32]);
static void send_event(struct sim *sim, struct event *event);
static void issue_order(struct sim *sim, struct event *event);
static void cancel_order(struct sim *sim, struct event *event);
static void open_links(struct sim *sim, uint64_t order);
static void open_link(struct sim *sim, struct event *event);
static uint64_t add_payment(struct sim *sim, const struct payment *payment, uint64_t after_ms);
static void come(struct sim *sim, struct event *event);

void gateways_new(struct sim *sim)
{
    sim->gateways = calloc(1, sizeof *sim->gateways);
    ASSERT(sim->gateways != NULL);
}

void gateways_destroy(struct sim *sim)
{
    free(sim->gateways->payments);
    free(sim->gateways->events);
    free(sim->gateways->orders);
    free(sim->gateways->subscriptions);
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
        payment.flaw = (enum flaw)(1 + sim_below(sim, 4));
    payment.amount = payment.price.amount - (payment.flaw == FLAW_AMOUNT);
    if (payment.flaw == FLAW_NONE && sim_chance(sim, 3000)) {
        gateways->orders = sim_grow(gateways->orders, &gateways->order_cap, gateways->order_count,
                                    sizeof *gateways->orders);
        struct order *order = &gateways->orders[gateways->order_count];
        *order = (struct order){
            .user = user, .plan = plan, .price = payment.price, .unclaimed = sim_chance(sim, 2500)};
        if (!order->unclaimed) /* a code is a member's to use */
            order->coupon = coupons_any(sim, plan);
        sim_at(sim, sim->now_ms, issue_order)->a = gateways->order_count++;
        return 0;
    }
    if (payment.flaw == FLAW_NONE && sim_chance(sim, 300)) {
        subscribe(sim, user, plan, payment.price);
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
    struct payment payment = {.user = order->user,
                              .plan = order->plan,
                              .price = order->price,
                              .amount = order->price.amount,
                              .by_order = true,
                              .order = id};
    if (sim_chance(sim, 300) && payment.amount > 1)
        payment.amount--;
    /* Never as much as an order costs: what costs nothing is no payment's. */
    else if (!order->unclaimed && sim_chance(sim, 500) &&
             auditor_credit(sim, order->user, order->price.currency) < 100)
        payment.amount += 1 + (int64_t)sim_below(sim, 90);
    if (sim_chance(sim, 1000))
        sim_at(sim, sim->now_ms + sim_below(sim, 2 * ORDER_EXPIRES_MS), cancel_order)->a = id;
    if (order->unclaimed)
        open_links(sim, id);
    if (sim_chance(sim, 2000))
        return;
    uint64_t after_ms = sim_chance(sim, 8000) ? 2 * ORDER_EXPIRES_MS : 3 * ORDER_LATE_MS;
    for (unsigned i = 0; i < (sim_chance(sim, 500) ? 2 : 1); i++) {
        uint64_t paid = add_payment(sim, &payment, sim_below(sim, after_ms) + i * HOUR_MS);
        if (sim_chance(sim, 1000))
            gateways_give_back(sim, paid);
        /* Before anybody has come for it. */
        if (order->unclaimed && sim_chance(sim, 2500))
            gateways_refund(sim, paid, sim_below(sim, after_ms));
        if (order->unclaimed && sim_chance(sim, 2500))
            gateways_dispute(sim, paid, sim_below(sim, after_ms));
    }
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

static const char *const prefixes[NAMES] = {"pay-", "inv-", "chg-", "ses-"};

void payment_id_of(uint64_t payment, unsigned name, char *out, size_t size)
{
    snprintf(out, size, "%s%" PRIu64, prefixes[name], payment);
}

bool payment_of_id(const char *text, uint64_t *payment)
{
    for (unsigned name = 0; name < NAMES; name++) {
        size_t len = strlen(prefixes[name]);
        if (strncmp(text, prefixes[name], len) == 0 && text[len] >= '0' && text[len] <= '9') {
            *payment = strtoull(text + len, NULL, 10);
            return true;
        }
    }
    return false;
}

enum manner payment_manner(const struct sim *sim, uint64_t payment)
{
    return sim->gateways->payments[payment].manner;
}

const char *payment_gateway(const struct sim *sim, uint64_t payment)
{
    return gateway_names[payment_manner(sim, payment)];
}

void gateways_say(struct sim *sim, struct gateway_event event, uint64_t after_ms)
{
    struct gateways *gateways = sim->gateways;
    uint64_t at_ms = sim->now_ms + after_ms < sim->end_ms ? sim->now_ms + after_ms : sim->end_ms;
    gateways->events = sim_grow(gateways->events, &gateways->event_cap, gateways->event_count,
                                sizeof *gateways->events);
    gateways->events[gateways->event_count] = event;
    sim_at(sim, at_ms, send_event)->a = gateways->event_count++;
}

/* One attempt; the next is planned at once, and is the last when this one is acknowledged. */
static void send_event(struct sim *sim, struct event *timer)
{
    struct gateway_event *event = &sim->gateways->events[timer->a];
    const struct payment *payment = &sim->gateways->payments[event->payment];
    if (event->acked && !sim_fault(sim, 300))
        return;
    if (event->acked && event->same_id == 0 && sim_chance(sim, 5000))
        event->variant++; /* the same fact under another event id */
    char payment_id[32], event_id[48], aliases[NAMES * 32], subscription[32] = "";
    const char *order_id = payment->flaw == FLAW_ORDER ? "ord_none" : "";
    if (payment->by_order && !event->anonymous)
        order_id = sim->gateways->orders[payment->order].id;
    payment_id_of(event->payment, event->name, payment_id, sizeof payment_id);
    names_text(event, aliases);
    char part_id[16];
    int part_len = event->part == 0 ? 0 : snprintf(part_id, sizeof part_id, "p%u", event->part);
    snprintf(event_id, sizeof event_id, "evt-%" PRIu64 "-%u",
             event->same_id != 0 ? event->same_id - 1 : timer->a, event->variant);
    if (payment->subscription != 0 && event->kind == PAYMENT_PAID)
        snprintf(subscription, sizeof subscription, "sub-%" PRIu64, payment->subscription - 1);
    bool named = !payment->by_order && !event->anonymous && payment->flaw != FLAW_NO_MEMBER &&
                 payment->flaw != FLAW_ORDER;
    const char *plan = payment->flaw == FLAW_PLAN ? "gold" : plan_names[payment->plan];
    const struct message message = {
        .kind = MESSAGE_cmd_payment,
        .cmd_payment = {.gateway = slice_from(payment_gateway(sim, event->payment)),
                        .event_id = slice_from(event_id),
                        .payment_id = slice_from(payment_id),
                        .kind = (uint64_t)event->kind,
                        .telegram_id = named ? telegram_user_id(payment->user) : 0,
                        .plan = slice_from(named ? plan : ""),
                        .order_id = slice_from(order_id),
                        .amount = event->amount,
                        .currency = slice_from(event->amount < 0 ? "" : payment->price.currency),
                        /* Gateways that speak of parts do not date what they say. */
                        .occurred_ms =
                            payment_manner(sim, event->payment) == BY_PARTS ? 0 : event->said_ms,
                        .part_id = slice_of(part_id, (size_t)part_len),
                        .total = event->total,
                        .aliases = slice_from(aliases),
                        .subscription = slice_from(subscription)}};
    usher_submit(sim, &message, (struct waiter){WAITER_EVENT, timer->a, event->variant});
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
    const struct order_create ask = {.telegram_id =
                                         order->unclaimed ? 0 : telegram_user_id(order->user),
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

/* Who pays opens the link, sooner or later, and may have passed it on; some never do. */
static void open_links(struct sim *sim, uint64_t order)
{
    for (uint64_t n = sim_below(sim, 4); n > 0; n--) {
        uint64_t within_ms = sim_chance(sim, 7000) ? 2 * ORDER_EXPIRES_MS : 3 * DAY_MS;
        struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, within_ms), open_link);
        event->a = order;
        event->b = sim_chance(sim, 6500) ? sim->gateways->orders[order].user
                                         : sim_below(sim, people_count(sim));
    }
}

static void open_link(struct sim *sim, struct event *event)
{
    char text[64];
    (void)snprintf(text, sizeof text, "/start o_%s", sim->gateways->orders[event->a].token);
    if (sim->now_ms < sim->end_ms)
        telegram_write(sim, event->b, (size_t)sim_below(sim, BOTS), text);
}

static uint64_t add_payment(struct sim *sim, const struct payment *payment, uint64_t after_ms)
{
    struct gateways *gateways = sim->gateways;
    gateways->payments = sim_grow(gateways->payments, &gateways->payment_cap,
                                  gateways->payment_count, sizeof *gateways->payments);
    struct payment *added = &gateways->payments[gateways->payment_count];
    *added = *payment;
    if (added->subscription == 0)
        added->manner = (enum manner)sim_below(sim, GATEWAYS);
    added->bare = added->manner == BY_PARTS && sim_chance(sim, 4000);
    added->many_names = added->manner == BY_TOTALS &&
                        (added->subscription != 0 || sim_chance(sim, 3000)) &&
                        !(added->by_order && gateways->orders[added->order].unclaimed);
    sim_at(sim, sim->now_ms + after_ms, come)->a = gateways->payment_count;
    return gateways->payment_count++;
}

static void come(struct sim *sim, struct event *timer)
{
    struct payment *payment = &sim->gateways->payments[timer->a];
    if (sim->now_ms >= sim->end_ms)
        return;
    bool first = payment->last_ms == 0;
    payment->last_ms = sim->now_ms > payment->last_ms ? sim->now_ms : payment->last_ms + 1;
    if (payment_manner(sim, timer->a) == BY_WORDS && sim_chance(sim, 800)) {
        say_short(sim, timer->a);
        return;
    }
    say_paid(sim, timer->a, first && sim_chance(sim, 50));
    if (payment->many_names)
        gateways_link_names(sim, timer->a);
}

/* A session, its invoice, its intent: each says so, by ids of its own, and not each for whom.
 * wrongly: by the id of an event of another payment. */
static void say_paid(struct sim *sim, uint64_t id, bool wrongly)
{
    const struct payment *payment = &sim->gateways->payments[id];
    struct gateway_event event = {.payment = id,
                                  .kind = PAYMENT_PAID,
                                  .amount = payment->amount,
                                  .said_ms = payment->last_ms};
    if (!payment->many_names) {
        if (wrongly)
            event.same_id = id_of_another(sim, id);
        gateways_say(sim, event, 0);
        return;
    }
    for (uint64_t n = 1 + sim_below(sim, 3); n > 0; n--) {
        event.name = (unsigned)sim_below(sim, NAMES);
        event.names = (unsigned)sim_below(sim, 1U << NAMES) & ~(1U << event.name);
        event.anonymous = sim_chance(sim, 3000);
        gateways_say(sim, event, sim_below(sim, sim_chance(sim, 8000) ? SECOND_MS : DAY_MS));
    }
}

/* Too little came, or too late; now and then the rest follows. */
static void say_short(struct sim *sim, uint64_t id)
{
    struct payment *payment = &sim->gateways->payments[id];
    for (uint64_t n = 1 + sim_below(sim, 3); n > 0; n--)
        gateways_say(sim,
                     (struct gateway_event){.payment = id,
                                            .kind = PAYMENT_SHORT,
                                            .amount = -1,
                                            .total = true,
                                            .part = sim_chance(sim, 5000) ? ++payment->parts : 0,
                                            .said_ms = ++payment->last_ms},
                     sim_below(sim, HOUR_MS));
    if (sim_chance(sim, 4000))
        return;
    payment->last_ms += sim_below(sim, 4 * DAY_MS);
    const struct gateway_event paid = {.payment = id,
                                       .kind = PAYMENT_PAID,
                                       .amount = payment->amount,
                                       .said_ms = payment->last_ms};
    if (payment->last_ms < sim->end_ms)
        gateways_say(sim, paid, payment->last_ms - sim->now_ms);
}

static void subscribe(struct sim *sim, uint64_t user, size_t plan, struct price price)
{
    struct gateways *gateways = sim->gateways;
    gateways->subscriptions =
        sim_grow(gateways->subscriptions, &gateways->subscription_cap, gateways->subscription_count,
                 sizeof *gateways->subscriptions);
    gateways->subscriptions[gateways->subscription_count] =
        (struct subscription){.user = user, .plan = plan, .price = price};
    sim_at(sim, sim->now_ms, charge)->a = gateways->subscription_count++;
}

/* One cycle; the gateway goes on at the price that was asked at first. */
static void charge(struct sim *sim, struct event *timer)
{
    const struct subscription *subscription = &sim->gateways->subscriptions[timer->a];
    const struct payment payment = {.user = subscription->user,
                                    .plan = subscription->plan,
                                    .price = subscription->price,
                                    .amount = subscription->price.amount,
                                    .subscription = timer->a + 1,
                                    .manner = BY_TOTALS};
    if (sim->now_ms >= sim->end_ms)
        return;
    uint64_t paid = add_payment(sim, &payment, sim_below(sim, 2 * MINUTE_MS));
    if (sim_chance(sim, 1500))
        gateways_give_back(sim, paid);
    if (sim_chance(sim, 8000))
        sim_at(sim,
               sim->now_ms + (subscription->price.period.months * UINT64_C(30) +
                              subscription->price.period.days) *
                                 DAY_MS,
               charge)
            ->a = timer->a;
}

/* An event of an earlier payment at the same gateway that usher has taken in, + 1; 0: none is found
 * at once. */
static uint64_t id_of_another(struct sim *sim, uint64_t payment)
{
    const struct gateways *gateways = sim->gateways;
    for (int tries = 0; tries < 8 && gateways->event_count > 0; tries++) {
        uint64_t other = sim_below(sim, gateways->event_count);
        const struct gateway_event *event = &gateways->events[other];
        if (event->payment != payment && event->same_id == 0 &&
            payment_manner(sim, event->payment) == payment_manner(sim, payment) &&
            auditor_recorded(sim, other))
            return other + 1;
    }
    return 0;
}

static void names_text(const struct gateway_event *event, char out[NAMES * 32])
{
    size_t len = 0;
    out[0] = 0;
    for (unsigned name = 0; name < NAMES; name++) {
        if ((event->names & 1U << name) == 0)
            continue;
        if (len > 0)
            out[len++] = ',';
        payment_id_of(event->payment, name, out + len, 32);
        len += strlen(out + len);
    }
}
