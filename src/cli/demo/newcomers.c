#include "cli/demo/newcomers.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "cli/demo/line.h"

#include <stdio.h>
#include <unistd.h>

enum { PRESS_MS = 30000, LOOK_MS = 100, PAGE_BYTES_MAX = 1 << 20 };

static struct buyer *choose(const struct sale *sale, size_t third);
static enum error order_by_bot(struct newcomers *newcomers, struct why *why);
static enum error press(struct newcomers *newcomers, const char *text, struct why *why);
static enum error order_by_page(struct newcomers *newcomers, struct why *why);
static bool take_order(const cJSON *order, struct newcomer *newcomer);
static bool find_payload(struct slice html, char *out, size_t size);
static enum error conclude(struct newcomers *newcomers, const struct newcomer *newcomer,
                           const char *way, bool *right, struct why *why);

enum error newcomers_order(struct newcomers *newcomers, struct sale *sale, uint64_t start_ms,
                           struct why *why)
{
    *newcomers = (struct newcomers){.world = sale->world, .start_ms = start_ms};
    newcomers->by_bot.buyer = choose(sale, 0);
    newcomers->by_page.buyer = choose(sale, 2);
    enum error error = order_by_page(newcomers, why);
    if (error == ERROR_NONE)
        error = order_by_bot(newcomers, why);
    (void)fflush(stdout);
    return error;
}

enum error newcomers_see(struct newcomers *newcomers, struct why *why)
{
    const struct buyer *buyer = newcomers->by_page.buyer;
    char text[96] = "/start ";
    struct buf html;
    if (newcomers->opened || atomic_load(&buyer->paid_ms) == 0)
        return ERROR_NONE;
    buf_init(&html, PAGE_BYTES_MAX);
    enum error error = world_page(newcomers->world, newcomers->page, &html, why);
    /* The page may be read before the payment is applied. */
    bool paid = error == ERROR_NONE && strstr(html.data, ">Paid<") != NULL;
    if (paid && !find_payload(buf_slice(&html), text + strlen(text), sizeof text - strlen(text)))
        error = why_set(why, ERROR_INVALID, "%s: there is no link to Telegram", newcomers->page);
    buf_deinit(&html);
    if (error != ERROR_NONE || !paid)
        return error;
    newcomers->opened = true;
    line_begin(newcomers->start_ms, "page");
    (void)printf("%lld  the page says paid, and its link is opened on Telegram\n",
                 (long long)buyer->id);
    return world_say(newcomers->world, buyer->id, text, why);
}

enum error newcomers_conclude(struct newcomers *newcomers, struct why *why)
{
    (void)printf("\n%-20s %-8s %8s %8s  %-9s %s\n", "who ordered", "plan", "by", "paid", "gateway",
                 "order");
    enum error error = conclude(newcomers, &newcomers->by_bot, "bot", &newcomers->bot_right, why);
    if (error == ERROR_NONE)
        error = conclude(newcomers, &newcomers->by_page, "page", &newcomers->page_right, why);
    newcomers->page_right = newcomers->page_right && newcomers->opened;
    return error;
}

/* The first of that third who pays and keeps it, and has no order. */
static struct buyer *choose(const struct sale *sale, size_t third)
{
    size_t at = sale->buyer_count * third / 3;
    while (sale->buyers[at].order_id[0] != 0 || !buyer_genuine(&sale->buyers[at]))
        at++;
    return &sale->buyers[at];
}

static enum error order_by_bot(struct newcomers *newcomers, struct why *why)
{
    const struct buyer *buyer = newcomers->by_bot.buyer;
    const char *plan = world_plans[buyer->plan];
    const char *gateway = newcomers->world->config->gateways[buyer->gateway].name;
    char path[48];
    cJSON *member = NULL;
    line_begin(newcomers->start_ms, "bot");
    (void)printf("%lld  /plans\n", (long long)buyer->id);
    enum error error = world_say(newcomers->world, buyer->id, "/plans", why);
    if (error == ERROR_NONE)
        error = press(newcomers, plan, why);
    if (error == ERROR_NONE)
        error = press(newcomers, gateway, why);
    (void)snprintf(path, sizeof path, "members/%lld", (long long)buyer->id);
    bool taken = false;
    for (uint64_t until_ms = clock_mono_ms() + PRESS_MS; error == ERROR_NONE && !taken;) {
        error = world_ask(newcomers->world, path, &member, why);
        taken = take_order(json_pointer(member, "/orders/0"), &newcomers->by_bot);
        json_free(&member);
        if (error == ERROR_NONE && !taken && clock_mono_ms() > until_ms)
            return why_set(why, ERROR_TIMEOUT, "the bot's buttons came to no order");
        (void)usleep(LOOK_MS * 1000);
    }
    if (error != ERROR_NONE)
        return error;
    line_begin(newcomers->start_ms, "bot");
    (void)printf("%lld  [%s] [%s]: an order of %s USD\n", (long long)buyer->id, plan, gateway,
                 newcomers->by_bot.amount);
    return ERROR_NONE;
}

/* The button with this text, as soon as the bot has sent it. */
static enum error press(struct newcomers *newcomers, const char *text, struct why *why)
{
    int64_t user = newcomers->by_bot.buyer->id;
    uint64_t until_ms = clock_mono_ms() + PRESS_MS;
    for (;;) {
        bool pressed = false;
        enum error error = world_press(newcomers->world, user, text, &pressed, why);
        if (error != ERROR_NONE || pressed)
            return error;
        if (clock_mono_ms() > until_ms)
            return why_set(why, ERROR_TIMEOUT, "the bot sent no button \"%s\"", text);
        (void)usleep(LOOK_MS * 1000);
    }
}

/* As a landing page does: it knows nobody. */
static enum error order_by_page(struct newcomers *newcomers, struct why *why)
{
    const char *plan = world_plans[newcomers->by_page.buyer->plan];
    char body[128];
    cJSON *answer = NULL;
    int len = snprintf(body, sizeof body, "{\"plan\":\"%s\",\"period\":\"1 month\"}", plan);
    enum error error =
        world_tell(newcomers->world, "orders", slice_of(body, (size_t)len), &answer, why);
    if (error != ERROR_NONE)
        return error;
    struct slice url = json_string(json_member(answer, "page_url"));
    const char *path = url.len == 0 ? NULL : strstr(url.data, "/o/");
    bool whole = path != NULL && take_order(answer, &newcomers->by_page) &&
                 cJSON_IsNull(json_member(answer, "telegram_id")) &&
                 slice_copy(slice_from(path), newcomers->page, sizeof newcomers->page);
    json_free(&answer);
    if (!whole)
        return why_set(why, ERROR_INVALID, "POST orders: the answer is no order of nobody's");
    line_begin(newcomers->start_ms, "page");
    (void)printf("%s for somebody without Telegram: an order of %s USD\n", plan,
                 newcomers->by_page.amount);
    return ERROR_NONE;
}

static bool take_order(const cJSON *order, struct newcomer *newcomer)
{
    struct buyer *buyer = newcomer->buyer;
    struct slice id = json_string(json_member(order, "order_id"));
    return id.len > 0 && slice_copy(id, buyer->order_id, sizeof buyer->order_id) &&
           slice_copy(json_string(json_member(order, "amount")), newcomer->amount,
                      sizeof newcomer->amount) &&
           money_parse(slice_from(newcomer->amount), "USD", &buyer->amount);
}

/* Of the first link to the bot with an order. */
static bool find_payload(struct slice html, char *out, size_t size)
{
    const char *at = strstr(html.data, "?start=o_");
    if (at == NULL)
        return false;
    at += strlen("?start=");
    return slice_copy(slice_of(at, strcspn(at, "\"&")), out, size);
}

static enum error conclude(struct newcomers *newcomers, const struct newcomer *newcomer,
                           const char *way, bool *right, struct why *why)
{
    const struct buyer *buyer = newcomer->buyer;
    char path[64], state[16];
    cJSON *answer = NULL;
    int64_t member = 0;
    (void)snprintf(path, sizeof path, "orders/%s", buyer->order_id);
    enum error error = world_ask(newcomers->world, path, &answer, why);
    if (error != ERROR_NONE)
        return error;
    (void)slice_copy(json_string(json_member(answer, "state")), state, sizeof state);
    (void)json_i64(json_member(answer, "telegram_id"), &member);
    json_free(&answer);
    *right = strcmp(state, "paid") == 0 && member == buyer->id &&
             buyer->amount == callback_price(buyer->plan);
    (void)printf("%-20lld %-8s %8s %8s  %-9s %s\n", (long long)member, world_plans[buyer->plan],
                 way, newcomer->amount, newcomers->world->config->gateways[buyer->gateway].name,
                 state);
    return ERROR_NONE;
}
