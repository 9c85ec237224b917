/* Orders: what is refused, what an open one holds, how it ends; and the uses of codes. */
#include "base/assert.h"
#include "base/money.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/coupons.h"
#include "tests/sim/modules.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_KNOWN_MS (2 * DAY_MS)

static unsigned wanted(const struct sim *sim, const struct order *order, uint64_t at_ms);
static unsigned wanted_code(const struct sim *sim, const struct order *order, uint64_t at_ms);
static void place(struct sim *sim, struct order *order, uint64_t at_ms);
static void take_off(struct sim *sim, struct order *order);
static void close_order(struct sim *sim, struct order *order, enum order_stage stage);
static void let_go(struct sim *sim, struct order *order);
static void use_code(struct sim *sim, struct order *order, int reserved, int used);
static bool holds_again(const struct sim *sim, const struct order *order);
static void check_order(struct sim *sim, const struct order *order);
static void check_coupon(struct sim *sim, uint64_t number);

bool shop_takes(const struct sim *sim, const struct payment *payment, uint64_t at_ms)
{
    const struct order *order = &sim->gateways->orders[payment->order];
    bool over = order->stage == ORDER_IS_EXPIRED || order->expires_ms < at_ms;
    return order->known && order->paid_by == 0 && order->stage != ORDER_IS_CANCELLED &&
           payment->amount >= order->price.amount &&
           (!over || order->expires_ms + ORDER_LATE_MS >= at_ms) && holds_again(sim, order) &&
           claims_seat_left(sim, order);
}

void shop_paid(struct sim *sim, uint64_t id, uint64_t payment)
{
    struct order *order = &sim->gateways->orders[id];
    if (order->paid_by != 0 || !holds_again(sim, order))
        return;
    order->paid_by = payment + 1;
    if (order->stage == ORDER_IS_OPEN)
        close_order(sim, order, ORDER_IS_PAID);
    else
        credit_hold_again(sim, order);
    credit_paid(sim, order, sim->gateways->payments[payment].amount);
    order->stage = ORDER_IS_PAID;
    if (order->coupon == 0)
        return;
    if (!order->held)
        use_code(sim, order, 1, 0);
    use_code(sim, order, -1, 1);
    order->held = false;
    order->used = true;
}

void shop_ticked(struct sim *sim, uint64_t over_ms)
{
    struct gateways *gateways = sim->gateways;
    while (gateways->orders_over < gateways->order_count) {
        const struct order *order = &gateways->orders[gateways->orders_over];
        if (!order->refused && !(order->known && order->stage != ORDER_IS_OPEN))
            break;
        gateways->orders_over++;
    }
    for (size_t i = gateways->orders_over; i < gateways->order_count; i++) {
        struct order *order = &gateways->orders[i];
        if (!order->known || order->stage != ORDER_IS_OPEN || order->expires_ms >= over_ms)
            continue;
        close_order(sim, order, ORDER_IS_EXPIRED);
        let_go(sim, order);
    }
}

void shop_ordered(struct sim *sim, uint64_t id, uint64_t at_ms, struct outcome_of outcome,
                  const struct message *command)
{
    struct order *order = &sim->gateways->orders[id];
    bool repeated = order->known && order->known_ms + KEY_KNOWN_MS > at_ms;
    unsigned want = repeated ? RESULT_ok : wanted(sim, order, at_ms);
    CHECK(sim, outcome.result == want, "order %" PRIu64 " is %s and should be %s", id,
          result_name(outcome.result), result_name(want));
    order->refused = !order->known && want != RESULT_ok;
    if (want != RESULT_ok)
        return;
    cJSON *root = cJSON_Parse(usher_answer(sim, command, outcome).data);
    const cJSON *told = cJSON_GetObjectItem(root, "order_id");
    CHECK(sim, cJSON_IsString(told) && strlen(told->valuestring) < sizeof order->id,
          "order %" PRIu64 " has no id", id);
    CHECK(sim, !repeated || strcmp(order->id, told->valuestring) == 0,
          "order %" PRIu64 " is %s, and was %s before", id, told->valuestring, order->id);
    if (!repeated) {
        strcpy(order->id, told->valuestring);
        const char *page = strrchr(cJSON_GetObjectItem(root, "page_url")->valuestring, '/') + 1;
        (void)snprintf(order->token, sizeof order->token, "%s", page);
        place(sim, order, at_ms);
        char amount[32];
        money_format(order->price.amount, order->price.currency, amount, sizeof amount);
        const char *asked = cJSON_GetObjectItem(root, "amount")->valuestring;
        CHECK(sim, strcmp(amount, asked) == 0, "order %" PRIu64 " costs %s and should cost %s", id,
              asked, amount);
        gateways_ordered(sim, id);
    }
    cJSON_Delete(root);
}

/* At the plan's own price, less their credit: nobody has a code or an offer here. Who gets it pays
 * it or not, as by other ways. */
void shop_bought(struct sim *sim, uint64_t user, uint64_t at_ms, uint64_t number)
{
    const struct message_query query = {.what = QUERY_MEMBER, .subject = telegram_user_id(user)};
    struct order order = {.user = user, .plan = PLANS};
    cJSON *root = cJSON_Parse(usher_ask(sim, &query, 200).data);
    const cJSON *found = NULL;
    const cJSON *item;
    cJSON_ArrayForEach(
        item, cJSON_GetObjectItem(
                  root, "orders")) if ((uint64_t)cJSON_GetObjectItem(item, "number")->valuedouble ==
                                       number) found = item;
    CHECK(sim, found != NULL, "order no. %" PRIu64 " is not the buyer's", number);
    const char *plan = cJSON_GetObjectItem(found, "plan")->valuestring;
    const char *amount = cJSON_GetObjectItem(found, "amount")->valuestring;
    for (size_t i = 0; i < PLANS; i++)
        if (strcmp(plan, plan_names[i]) == 0)
            order.plan = i;
    CHECK(sim, order.plan < PLANS, "order no. %" PRIu64 " is of plan %s", number, plan);
    const char *currency = cJSON_GetObjectItem(found, "currency")->valuestring;
    const struct terms_plan *sold = &terms_in_force(sim)->plans[order.plan];
    for (size_t i = 0; i < sizeof sold->prices / sizeof sold->prices[0]; i++) {
        char text[32];
        int64_t credit = auditor_credit(sim, user, sold->prices[i].currency);
        money_format(sold->prices[i].amount - credit, sold->prices[i].currency, text, sizeof text);
        if (strcmp(text, amount) == 0 && strcmp(sold->prices[i].currency, currency) == 0)
            order.price = sold->prices[i];
    }
    CHECK(sim, order.price.amount > 0, "order no. %" PRIu64 " costs %s %s", number, amount,
          currency);
    (void)snprintf(order.id, sizeof order.id, "%s",
                   cJSON_GetObjectItem(found, "order_id")->valuestring);
    cJSON_Delete(root);
    unsigned want = wanted(sim, &order, at_ms);
    CHECK(sim, want == RESULT_ok, "%s was placed and should be %s", order.id, result_name(want));
    struct gateways *gateways = sim->gateways;
    gateways->orders = sim_grow(gateways->orders, &gateways->order_cap, gateways->order_count,
                                sizeof *gateways->orders);
    gateways->orders[gateways->order_count] = order;
    place(sim, &gateways->orders[gateways->order_count], at_ms);
    gateways_ordered(sim, gateways->order_count++);
}

void shop_cancelled(struct sim *sim, uint64_t id, struct outcome_of outcome)
{
    struct order *order = &sim->gateways->orders[id];
    bool open = order->stage == ORDER_IS_OPEN;
    unsigned want = open ? RESULT_ok : RESULT_order_not_open;
    CHECK(sim, outcome.result == want, "cancelling order %" PRIu64 " is %s and should be %s", id,
          result_name(outcome.result), result_name(want));
    if (!open)
        return;
    close_order(sim, order, ORDER_IS_CANCELLED);
    let_go(sim, order);
}

void shop_coupon(struct sim *sim, struct waiter waiter, uint64_t at_ms, struct outcome_of outcome)
{
    struct coupon *coupon = &sim->coupons->items[waiter.id];
    bool plan = coupon->plan == PLANS || auditor_sold(sim, coupon->plan);
    bool valid = plan && (coupon->ends_ms == 0 || coupon->ends_ms > at_ms);
    unsigned want = waiter.id2 != 0 ? RESULT_ok
                    : coupon->known ? RESULT_coupon_exists
                    : valid         ? RESULT_ok
                                    : RESULT_coupon_invalid;
    CHECK(sim, outcome.result == want, "code %" PRIu64 " is %s and should be %s", waiter.id,
          result_name(outcome.result), result_name(want));
    if (waiter.id2 != 0)
        coupon->ended = true;
    else if (!coupon->known)
        *(valid ? &coupon->known : &coupon->refused) = true;
}

void shop_check(struct sim *sim)
{
    for (uint64_t id = 0; id < sim->gateways->order_count; id++)
        if (sim->gateways->orders[id].known)
            check_order(sim, &sim->gateways->orders[id]);
    for (uint64_t number = 0; number < sim->coupons->count; number++)
        if (sim->coupons->items[number].known)
            check_coupon(sim, number);
    credit_check(sim);
}

/* What becomes of an order that is asked for now, by the terms as the journal has them. */
static unsigned wanted(const struct sim *sim, const struct order *order, uint64_t at_ms)
{
    const struct auditor *auditor = sim->auditor;
    const struct terms_plan *plan = &terms_in_force(sim)->plans[order->plan];
    const struct holding *holding = holding_of(sim, order->user, order->plan);
    bool priced = false;
    unsigned open = 0;
    if (!plan->sold)
        return RESULT_plan_unknown;
    for (size_t i = 0; i < sizeof plan->prices / sizeof plan->prices[0]; i++)
        priced = priced || (plan->prices[i].amount == order->price.amount &&
                            strcmp(plan->prices[i].currency, order->price.currency) == 0);
    if (!priced)
        return RESULT_price_unknown;
    unsigned result = order->coupon == 0 ? RESULT_ok : wanted_code(sim, order, at_ms);
    if (result != RESULT_ok)
        return result;
    for (size_t i = 0; i < PLANS; i++)
        open += holding_of(sim, order->user, i)->orders;
    if (open >= ORDERS_OPEN && !order->unclaimed)
        return RESULT_too_many_open;
    bool full =
        plan->seats != 0 && auditor->taken[order->plan] + auditor->held[order->plan] >= plan->seats;
    if (order->unclaimed)
        return full ? (unsigned)RESULT_sold_out : (unsigned)RESULT_ok;
    return !holding_open(holding) && !holding->kept && full ? (unsigned)RESULT_sold_out
                                                            : (unsigned)RESULT_ok;
}

static unsigned wanted_code(const struct sim *sim, const struct order *order, uint64_t at_ms)
{
    if (order->coupon > sim->coupons->count)
        return RESULT_code_unknown;
    const struct coupon *coupon = &sim->coupons->items[order->coupon - 1];
    if (!coupon->known)
        return RESULT_code_unknown;
    if (coupon->ended || (coupon->ends_ms != 0 && coupon->ends_ms <= at_ms))
        return RESULT_code_expired;
    if (coupon->plan != PLANS && coupon->plan != order->plan)
        return RESULT_code_wrong_plan;
    if (coupon->amount != 0 && strcmp(order->price.currency, "USD") != 0)
        return RESULT_code_wrong_currency;
    if (coupon->by_member[order->user] >= coupon->per_member)
        return RESULT_code_used_by_you;
    if (coupon->max_uses != 0 && coupon->uses + coupon->reserved >= coupon->max_uses)
        return RESULT_code_used_up;
    return RESULT_ok;
}

static void place(struct sim *sim, struct order *order, uint64_t at_ms)
{
    struct holding *holding = holding_of(sim, order->user, order->plan);
    order->known = true;
    order->known_ms = at_ms;
    order->expires_ms = at_ms + ORDER_EXPIRES_MS;
    order->stage = ORDER_IS_OPEN;
    if (order->unclaimed) {
        claims_keep_seat(sim, order, true);
        return;
    }
    holding->orders++;
    if (!holding_open(holding) && !holding->kept) {
        holding->kept = true;
        sim->auditor->held[order->plan]++;
    }
    if (order->coupon != 0)
        take_off(sim, order);
    credit_hold(sim, order);
}

static void take_off(struct sim *sim, struct order *order)
{
    const struct coupon *coupon = &sim->coupons->items[order->coupon - 1];
    int64_t amount = order->price.amount;
    int64_t off = coupon->percent != 0      ? amount * coupon->percent / 100
                  : coupon->amount < amount ? coupon->amount
                                            : amount;
    order->price.amount -= off;
    order->held = true;
    use_code(sim, order, 1, 0);
}

/* The seat that it kept is for another open one of the same plan, or free. */
static void close_order(struct sim *sim, struct order *order, enum order_stage stage)
{
    struct holding *holding = holding_of(sim, order->user, order->plan);
    order->stage = stage;
    if (order->unclaimed) {
        claims_keep_seat(sim, order, stage == ORDER_IS_PAID);
        return;
    }
    holding->orders--;
    if (holding->orders > 0 || !holding->kept)
        return;
    holding->kept = false;
    sim->auditor->held[order->plan]--;
}

static void let_go(struct sim *sim, struct order *order)
{
    if (order->held)
        use_code(sim, order, -1, 0);
    order->held = false;
    credit_let_go(sim, order);
}

static void use_code(struct sim *sim, struct order *order, int reserved, int used)
{
    struct coupon *coupon = &sim->coupons->items[order->coupon - 1];
    coupon->reserved = (uint64_t)((int64_t)coupon->reserved + reserved);
    coupon->uses = (uint64_t)((int64_t)coupon->uses + used);
    coupon->by_member[order->user] = (uint8_t)(coupon->by_member[order->user] + reserved + used);
    CHECK(sim, coupon->max_uses == 0 || coupon->uses + coupon->reserved <= coupon->max_uses,
          "code %" PRIu64 " is used %" PRIu64 " times, and may be %" PRIu64 " times",
          order->coupon - 1, coupon->uses + coupon->reserved, coupon->max_uses);
}

/* An order that has ended gave its use of the code and its credit back: there must be as much left
 * for it. */
static bool holds_again(const struct sim *sim, const struct order *order)
{
    if (order->stage == ORDER_IS_OPEN)
        return true;
    if (order->coupon == 0)
        return credit_left(sim, order);
    const struct coupon *coupon = &sim->coupons->items[order->coupon - 1];
    return credit_left(sim, order) && coupon->by_member[order->user] < coupon->per_member &&
           (coupon->max_uses == 0 || coupon->uses + coupon->reserved < coupon->max_uses);
}

static void check_order(struct sim *sim, const struct order *order)
{
    static const char *const unpaid[] = {"open", "expired", "cancelled"};
    struct message_query query = {.what = QUERY_ORDER, .text = slice_from(order->id)};
    cJSON *root = cJSON_Parse(usher_ask(sim, &query, 200).data);
    const char *state = cJSON_GetObjectItem(root, "state")->valuestring;
    bool there = strcmp(state, "paid") == 0 || strcmp(state, "partly_refunded") == 0;
    bool gone = strcmp(state, "refunded") == 0 || strcmp(state, "disputed") == 0;
    CHECK(sim,
          order->stage != ORDER_IS_PAID ? strcmp(state, unpaid[order->stage]) == 0
          : order->sold                 ? there
                                        : gone,
          "%s is %s, and its money is %s", order->id, state, order->sold ? "there" : "not there");
    CHECK(sim, order->stage != ORDER_IS_OPEN, "%s never ends", order->id);
    claims_check(sim, order, root);
    if (order->stage == ORDER_IS_PAID) {
        uint64_t told = 0;
        const char *payment_id = cJSON_GetObjectItem(root, "payment_id")->valuestring;
        CHECK(sim, payment_of_id(payment_id, &told) && told == order->paid_by - 1,
              "%s was paid by payment %" PRIu64 ", the ledger says %s", order->id,
              order->paid_by - 1, payment_id);
    }
    cJSON_Delete(root);
}

static void check_coupon(struct sim *sim, uint64_t number)
{
    const struct coupon *coupon = &sim->coupons->items[number];
    char code[COUPON_CODE_SIZE];
    coupon_code(number, code);
    const struct coupon_show ask = {.code = slice_from(code)};
    cJSON *root = cJSON_Parse(usher_ask_module(sim, shape_coupon_show(), &ask).data);
    uint64_t uses = (uint64_t)cJSON_GetObjectItem(root, "uses")->valuedouble;
    uint64_t reserved = (uint64_t)cJSON_GetObjectItem(root, "reserved")->valuedouble;
    CHECK(sim, uses == coupon->uses && reserved == 0 && coupon->reserved == 0,
          "%s is used %" PRIu64 " times and kept %" PRIu64 " times, the ledger says %" PRIu64
          " and %" PRIu64,
          code, coupon->uses, coupon->reserved, uses, reserved);
    cJSON_Delete(root);
}
