#include "cli/demo/regulars.h"

#include "base/json.h"
#include "base/money.h"
#include "cli/demo/line.h"

#include <stdio.h>

enum { OFF_PERCENT = 20, POINTS = 10 };

static const char code[] = "LIVE48";

/* By the third of the buyers that speaks the language; see play() in demo.c. */
static const char *const says[REGULARS] = {"/checkin", "签到", "簽到"};

static struct buyer *choose(const struct sale *sale, size_t which);
static enum error order(struct regulars *regulars, struct regular *regular, struct why *why);
static int64_t lower(size_t plan);
static enum error see_payment(struct regulars *regulars, struct regular *regular, struct why *why);
static enum error check_in(struct regulars *regulars, size_t which, struct why *why);
static enum error see_answer(struct regulars *regulars, struct regular *regular, struct why *why);
static enum error conclude_orders(struct regulars *regulars, struct why *why);
static enum error conclude_checkins(struct regulars *regulars, struct why *why);
static bool amount_is(const char *text, int64_t minor);

enum error regulars_order(struct regulars *regulars, struct sale *sale, uint64_t start_ms,
                          struct why *why)
{
    char body[128];
    cJSON *answer = NULL;
    *regulars = (struct regulars){.world = sale->world, .start_ms = start_ms};
    int len = snprintf(body, sizeof body, "{\"code\":\"%s\",\"percent\":%d,\"max_uses\":%d}", code,
                       OFF_PERCENT, REGULARS);
    enum error error =
        world_tell(sale->world, "coupons", slice_of(body, (size_t)len), &answer, why);
    json_free(&answer);
    if (error == ERROR_NONE) {
        line_begin(regulars->start_ms, "coupon");
        (void)printf("%s takes %d%% off, %d times\n", code, OFF_PERCENT, REGULARS);
    }
    for (size_t i = 0; error == ERROR_NONE && i < REGULARS; i++) {
        regulars->of[i].buyer = choose(sale, i);
        error = order(regulars, &regulars->of[i], why);
    }
    (void)fflush(stdout);
    return error;
}

enum error regulars_see(struct regulars *regulars, bool rush, struct why *why)
{
    enum error error = ERROR_NONE;
    for (size_t i = 0; error == ERROR_NONE && i < REGULARS; i++) {
        struct regular *regular = &regulars->of[i];
        if (regular->paid[0] == 0)
            error = see_payment(regulars, regular, why);
        else if (!regular->said && !rush)
            error = check_in(regulars, i, why);
        else if (regular->said && !regular->answered)
            error = see_answer(regulars, regular, why);
    }
    (void)fflush(stdout);
    return error;
}

bool regulars_over(const struct regulars *regulars)
{
    bool over = true;
    for (size_t i = 0; i < REGULARS; i++)
        over = over && regulars->of[i].answered;
    return over;
}

enum error regulars_conclude(struct regulars *regulars, struct why *why)
{
    enum error error = conclude_orders(regulars, why);
    return error == ERROR_NONE ? conclude_checkins(regulars, why) : error;
}

/* The first of that third who pays through that gateway, and keeps it. Of any six neighbours one
 * is: a third of the smallest sale has as many. */
static struct buyer *choose(const struct sale *sale, size_t which)
{
    size_t at = sale->buyer_count * which / REGULARS;
    while (sale->buyers[at].gateway != which || !buyer_genuine(&sale->buyers[at]))
        at++;
    return &sale->buyers[at];
}

static enum error order(struct regulars *regulars, struct regular *regular, struct why *why)
{
    char body[256];
    cJSON *answer = NULL;
    struct buyer *buyer = regular->buyer;
    const char *plan = world_plans[buyer->plan];
    int len = snprintf(body, sizeof body,
                       "{\"telegram_id\":%lld,\"plan\":\"%s\",\"period\":\"1 month\","
                       "\"coupon\":\"%s\"}",
                       (long long)buyer->id, plan, code);
    enum error error =
        world_tell(regulars->world, "orders", slice_of(body, (size_t)len), &answer, why);
    if (error != ERROR_NONE)
        return error;
    bool whole =
        slice_copy(json_string(json_member(answer, "order_id")), buyer->order_id,
                   sizeof buyer->order_id) &&
        slice_copy(json_string(json_member(answer, "amount")), regular->due, sizeof regular->due) &&
        slice_copy(json_string(json_pointer(answer, "/lines/0/amount")), regular->price,
                   sizeof regular->price) &&
        money_parse(slice_from(regular->due), "USD", &buyer->amount);
    json_free(&answer);
    if (!whole)
        return why_set(why, ERROR_INVALID, "POST orders: the answer is no order");
    line_begin(regulars->start_ms, "order");
    (void)printf("%lld  %s with %s: %s USD, not %s\n", (long long)buyer->id, plan, code,
                 regular->due, regular->price);
    return ERROR_NONE;
}

static int64_t lower(size_t plan)
{
    return callback_price(plan) * (100 - OFF_PERCENT) / 100;
}

/* Is the payment of the order granted? */
static enum error see_payment(struct regulars *regulars, struct regular *regular, struct why *why)
{
    char path[48];
    cJSON *member = NULL;
    const cJSON *payment;
    const struct buyer *buyer = regular->buyer;
    if (atomic_load(&buyer->paid_ms) == 0)
        return ERROR_NONE;
    (void)snprintf(path, sizeof path, "members/%lld", (long long)buyer->id);
    enum error error = world_ask(regulars->world, path, &member, why);
    if (error != ERROR_NONE)
        return error;
    cJSON_ArrayForEach(payment, json_member(member, "payments"))
    {
        if (slice_is(json_string(json_member(payment, "order_id")), buyer->order_id) &&
            slice_is(json_string(json_member(payment, "state")), "granted"))
            (void)slice_copy(json_string(json_member(payment, "amount")), regular->paid,
                             sizeof regular->paid);
    }
    json_free(&member);
    if (regular->paid[0] == 0)
        return ERROR_NONE;
    line_begin(regulars->start_ms, "paid");
    (void)printf("%lld  %s USD by %s: granted\n", (long long)buyer->id, regular->paid,
                 regulars->world->config->gateways[buyer->gateway].name);
    return ERROR_NONE;
}

static enum error check_in(struct regulars *regulars, size_t which, struct why *why)
{
    struct regular *regular = &regulars->of[which];
    regular->said = true;
    line_begin(regulars->start_ms, "says");
    (void)printf("%lld  %s\n", (long long)regular->buyer->id, says[which]);
    return world_say(regulars->world, regular->buyer->id, says[which], why);
}

/* In whatever language: the message that names the points. */
static enum error see_answer(struct regulars *regulars, struct regular *regular, struct why *why)
{
    cJSON *answer = NULL;
    const cJSON *message;
    char points[16];
    (void)snprintf(points, sizeof points, "+%d", POINTS);
    enum error error = world_messages(regulars->world, regular->buyer->id, &answer, why);
    cJSON_ArrayForEach(message, json_member(answer, "messages"))
    {
        struct slice text = json_string(json_member(message, "text"));
        if (regular->answered || text.len == 0 || strstr(text.data, points) == NULL)
            continue;
        regular->answered = true;
        line_begin(regulars->start_ms, "answer");
        (void)printf("%lld  %s\n", (long long)regular->buyer->id, text.data);
    }
    json_free(&answer);
    return error;
}

/* Before and after, the payment, and what became of order and coupon. */
static enum error conclude_orders(struct regulars *regulars, struct why *why)
{
    bool right = true;
    cJSON *coupon = NULL;
    (void)printf("\n%-20s %-8s %8s %8s  %-9s %s\n", "orders with a coupon", "plan", "before",
                 "after", "gateway", "order");
    for (size_t i = 0; i < REGULARS; i++) {
        char path[64];
        char state[16];
        cJSON *answer = NULL;
        const struct regular *regular = &regulars->of[i];
        const struct buyer *buyer = regular->buyer;
        (void)snprintf(path, sizeof path, "orders/%s", buyer->order_id);
        enum error error = world_ask(regulars->world, path, &answer, why);
        if (error != ERROR_NONE)
            return error;
        (void)slice_copy(json_string(json_member(answer, "state")), state, sizeof state);
        json_free(&answer);
        (void)printf("%-20lld %-8s %8s %8s  %-9s %s\n", (long long)buyer->id,
                     world_plans[buyer->plan], regular->price, regular->paid,
                     regulars->world->config->gateways[buyer->gateway].name, state);
        right = right && strcmp(state, "paid") == 0 &&
                amount_is(regular->price, callback_price(buyer->plan)) &&
                amount_is(regular->due, lower(buyer->plan)) &&
                amount_is(regular->paid, lower(buyer->plan));
    }
    char path[32];
    int64_t uses = 0;
    int64_t reserved = -1;
    (void)snprintf(path, sizeof path, "coupons/%s", code);
    enum error error = world_ask(regulars->world, path, &coupon, why);
    (void)json_i64(json_member(coupon, "uses"), &uses);
    (void)json_i64(json_member(coupon, "reserved"), &reserved);
    json_free(&coupon);
    regulars->coupons_right = right && uses == REGULARS && reserved == 0;
    return error;
}

static enum error conclude_checkins(struct regulars *regulars, struct why *why)
{
    bool right = true;
    (void)printf("\n%-20s %8s %8s %8s  %s\n", "check-ins", "day", "points", "balance", "said");
    for (size_t i = 0; i < REGULARS; i++) {
        char path[64];
        cJSON *answer = NULL;
        int64_t day = 0;
        int64_t points = 0;
        int64_t balance = 0;
        const struct regular *regular = &regulars->of[i];
        (void)snprintf(path, sizeof path, "members/%lld/points", (long long)regular->buyer->id);
        enum error error = world_ask(regulars->world, path, &answer, why);
        if (error != ERROR_NONE)
            return error;
        const cJSON *entries = json_member(answer, "entries");
        (void)json_i64(json_member(answer, "streak"), &day);
        (void)json_i64(json_pointer(entries, "/0/amount"), &points);
        (void)json_i64(json_pointer(answer, "/balances/points"), &balance);
        right = right && regular->answered && cJSON_GetArraySize(entries) == 1 && day == 1 &&
                points == POINTS && balance == POINTS;
        json_free(&answer);
        (void)printf("%-20lld %8lld %8lld %8lld  %s\n", (long long)regular->buyer->id,
                     (long long)day, (long long)points, (long long)balance, says[i]);
    }
    regulars->checkins_right = right;
    return ERROR_NONE;
}

static bool amount_is(const char *text, int64_t minor)
{
    int64_t amount;
    return money_parse(slice_from(text), "USD", &amount) && amount == minor;
}
