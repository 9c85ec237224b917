#include "desk/api.h"

#include "base/json.h"
#include "ledger/module.h"
#include "modules/order/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/desk/asked.h"

static const char yaml[] =
    "admin: {token: \"the-admin-token-1\"}\n"
    "community: {name: Club, timezone: UTC, language: en}\n"
    "bots: [{name: main, token: \"1:x\", updates: polling}]\n"
    "groups: [{name: room, bot: main, chat_id: -1001, invite: join_request}]\n"
    "plans:\n"
    "  - name: core\n"
    "    groups: [room]\n"
    "    prices: [{amount: \"29.00\", currency: USD, period: 1 month},\n"
    "             {amount: \"4000\", currency: JPY, period: 30 days}]\n"
    "gateways: [{name: stripe, kind: stripe, secrets: [\"whsec_x\"]}]\n";

static const uint64_t now_ms = 1767225600000; /* 2026-01-01T00:00:00Z */

static struct config *config;
static struct judgement judgement;

static int set_up(void **state)
{
    (void)state;
    return asked_begin(yaml, &config, &judgement);
}

static int tear_down(void **state)
{
    (void)state;
    return asked_end(&config, &judgement);
}

static void judge(const char *method, const char *path, const char *query, const char *body)
{
    const struct api_request request = {.method = slice_from(method),
                                        .path = slice_from(path),
                                        .query = slice_from(query),
                                        .authorization = SLICE("Bearer the-admin-token-1"),
                                        .body = slice_from(body),
                                        .now_ms = now_ms};
    judgement_clear(&judgement);
    api_judge(config, &request, &judgement);
}

static void assert_refused(unsigned status, const char *method, const char *path, const char *query,
                           const char *body)
{
    judge(method, path, query, body);
    if (judgement.kind != JUDGEMENT_ANSWER || judgement.status != status)
        fail_msg("%s %s?%s %s: kind %d status %u %.*s", method, path, query, body,
                 (int)judgement.kind, judgement.status, SLICE_ARG(buf_slice(&judgement.body)));
    assert_string_equal(judgement.content_type, "application/problem+json");
}

static void assert_query(enum query_what what, int64_t subject, const char *text, uint64_t limit,
                         const char *path, const char *query)
{
    judge("GET", path, query, "");
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
    assert_int_equal(judgement.query.what, what);
    assert_int_equal(judgement.query.subject, subject);
    assert_true(slice_is(judgement.query.text, text));
    assert_int_equal(judgement.query.limit, limit);
}

static struct message take_act(void)
{
    struct message message;
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_act);
    return message;
}

/* What the act asks for. */
static struct message take_command(void)
{
    struct message act = take_act();
    struct message message;
    assert_int_equal(wire_decode_one(act.cmd_act.body, &message, NULL), ERROR_NONE);
    return message;
}

static void the_token_is_needed(void **state)
{
    static const char *const wrong[] = {NULL,
                                        "",
                                        "the-admin-token-1",
                                        "Bearer",
                                        "Bearer ",
                                        "Bearer the-admin-token-2",
                                        "Bearer the-admin-token-1 ",
                                        "Basic the-admin-token-1",
                                        "Bearer  the-admin-token-1"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const struct api_request request = {.method = SLICE("GET"),
                                            .path = SLICE("/api/v1/nothing"),
                                            .authorization = slice_from(wrong[i])};
        judgement_clear(&judgement);
        api_judge(config, &request, &judgement);
        assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
        assert_int_equal(judgement.status, 401);
    }
    const struct api_request right = {.method = SLICE("GET"),
                                      .path = SLICE("/api/v1/status"),
                                      .authorization = SLICE("bearer the-admin-token-1")};
    judgement_clear(&judgement);
    api_judge(config, &right, &judgement);
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
}

static void routes(void **state)
{
    static const struct {
        unsigned status;
        const char *method, *path, *allow;
    } cases[] = {
        {0, "GET", "/api/v1/status", NULL},
        {0, "POST", "/api/v1/orders", NULL},
        {0, "GET", "/api/v1/orders", NULL},
        {0, "GET", "/api/v1/payments/a/b", NULL},
        {405, "POST", "/api/v1/status", "GET"},
        {405, "DELETE", "/api/v1/orders", "GET, POST"},
        {0, "GET", "/api/v1/broadcasts", NULL},
        {0, "POST", "/api/v1/broadcasts", NULL},
        {0, "DELETE", "/api/v1/broadcasts/spring", NULL},
        {405, "DELETE", "/api/v1/broadcasts", "GET, POST"},
        {405, "POST", "/api/v1/broadcasts/spring", "GET, DELETE"},
        {405, "GET", "/api/v1/queue/release", "POST"},
        {405, "get", "/api/v1/status", "GET"},
        {404, "GET", "/api/v1/", NULL},
        {404, "GET", "/api/v1", NULL},
        {404, "GET", "", NULL},
        {404, "GET", "/api/v1/statu", NULL},
        {404, "GET", "/api/v1/status/", NULL},
        {0, "GET", "/api/v1/members", NULL},
        {404, "GET", "/api/v1/members/", NULL},
        {404, "GET", "/api/v1/members/1/2", NULL},
        {404, "GET", "/api/v1/payments/a", NULL},
        {404, "GET", "/api/v1/payments//b", NULL},
        {404, "POST", "/api/v1/payments/a/b/settle/c", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *allow = "unset";
        assert_int_equal(api_route(slice_from(cases[i].method), slice_from(cases[i].path), &allow),
                         cases[i].status);
        if (cases[i].allow == NULL)
            assert_true(allow == NULL || cases[i].status == 0);
        else
            assert_string_equal(allow, cases[i].allow);
    }
}

static void questions(void **state)
{
    (void)state;
    assert_query(QUERY_MEMBER, 42, "", 0, "/api/v1/members/42", "");
    assert_query(QUERY_MEMBER, (int64_t)1 << 52, "", 0, "/api/v1/members/4503599627370496", "");
    assert_query(QUERY_QUEUE, 0, "", 100, "/api/v1/queue", "");
    assert_query(QUERY_QUEUE, 0, "dead", 7, "/api/v1/queue", "limit=7&state=dead");
    assert_query(QUERY_QUEUE, 0, "", 1000, "/api/v1/queue", "limit=1000&state=");
    assert_query(QUERY_PAYMENT, 0, "stripe/pi/1 %", 0, "/api/v1/payments/stripe/pi%2F1%20%25", "");
    assert_query(QUERY_GROUPS, 0, "", 0, "/api/v1/groups", "");
    assert_query(QUERY_STATUS, 0, "", 0, "/api/v1/status", "");
    assert_query(QUERY_BROADCASTS, 0, "", 7, "/api/v1/broadcasts", "limit=7");
    assert_query(QUERY_BROADCAST, 0, "spring", 0, "/api/v1/broadcasts/spring", "");
}

static void lists(void **state)
{
    static const char *const things[] = {"members", "payments", "orders", "deliveries"};
    char path[64];
    (void)state;
    for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
        snprintf(path, sizeof(path), "/api/v1/%s", things[i]);
        judge("GET", path, "whatever=1", ""); /* the mirror knows its parameters */
        assert_int_equal(judgement.kind, JUDGEMENT_READ);
        assert_string_equal(judgement.text, things[i]);
    }
    config->mirror_enabled = false;
    assert_query(QUERY_PAYMENTS, 0, "unsettled", 100, "/api/v1/payments", "state=unsettled");
    assert_query(QUERY_ORDERS, 0, "", 100, "/api/v1/orders", "");
    assert_refused(400, "GET", "/api/v1/payments", "state=odd", "");
    assert_refused(400, "GET", "/api/v1/orders", "state=open", "");
    assert_refused(503, "GET", "/api/v1/members", "", "");
    assert_refused(503, "GET", "/api/v1/deliveries", "", "");
    config->mirror_enabled = true;
}

static void webhooks(void **state)
{
    static struct config_webhook crm = {.name = "crm"};
    (void)state;
    judge("GET", "/api/v1/webhooks", "", "");
    assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
    assert_int_equal(judgement.status, 200);
    assert_true(slice_is(buf_slice(&judgement.body), "{\"webhooks\":[]}"));
    assert_refused(404, "POST", "/api/v1/webhooks/crm/replay", "", "{\"from\":1}");
    config->webhooks = &crm;
    config->webhook_count = 1;
    judge("GET", "/api/v1/webhooks", "", "");
    assert_int_equal(judgement.kind, JUDGEMENT_WEBHOOK);
    assert_string_equal(judgement.text, "webhooks");
    judge("POST", "/api/v1/webhooks/crm/replay", "", "{\"from\":1234}");
    assert_int_equal(judgement.kind, JUDGEMENT_WEBHOOK);
    assert_string_equal(judgement.text, "replay crm 1234");
    assert_refused(404, "POST", "/api/v1/webhooks/crn/replay", "", "{\"from\":1}");
    assert_refused(400, "POST", "/api/v1/webhooks/crm/replay", "", "{}");
    assert_refused(400, "POST", "/api/v1/webhooks/crm/replay", "", "{\"from\":0}");
    assert_refused(400, "POST", "/api/v1/webhooks/crm/replay", "", "{\"from\":\"1\"}");
    assert_refused(400, "POST", "/api/v1/webhooks/crm/replay", "", "{\"from\":1,\"to\":2}");
    config->webhooks = NULL;
    config->webhook_count = 0;
}

static void wrong_questions(void **state)
{
    char path[700];
    (void)state;
    assert_refused(400, "GET", "/api/v1/members/0", "", "");
    assert_refused(400, "GET", "/api/v1/members/-1", "", "");
    assert_refused(400, "GET", "/api/v1/members/4503599627370497", "", "");
    assert_refused(400, "GET", "/api/v1/members/99999999999999999999999", "", "");
    assert_refused(400, "GET", "/api/v1/members/x", "", "");
    assert_refused(400, "GET", "/api/v1/members/%", "", "");
    assert_refused(400, "GET", "/api/v1/members/%4", "", "");
    assert_refused(400, "GET", "/api/v1/members/%zz", "", "");
    assert_refused(400, "GET", "/api/v1/members/%00", "", "");
    assert_refused(404, "GET", "/api/v1/orders/%ff", "", "");
    assert_refused(404, "GET", "/api/v1/orders/%0a%07", "", "");
    assert_refused(400, "GET", "/api/v1/queue", "limit=0", "");
    assert_refused(400, "GET", "/api/v1/queue", "limit=1001", "");
    assert_refused(400, "GET", "/api/v1/queue", "limit=x", "");
    assert_refused(400, "GET", "/api/v1/queue", "limit=1&limit=2", "");
    assert_refused(400, "GET", "/api/v1/queue", "colour=red", "");
    assert_refused(400, "GET", "/api/v1/queue", "state=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                   "");
    assert_refused(400, "GET", "/api/v1/queue", "&", "");
    assert_refused(400, "GET", "/api/v1/status", "x", "");
    assert_refused(404, "GET", "/api/v1/nothing", "", "");
    assert_refused(405, "PUT", "/api/v1/status", "", "");
    snprintf(path, sizeof(path), "/api/v1/payments/%0200d/%0200d", 1, 1);
    assert_refused(404, "GET", path, "", ""); /* longer than any payment's name */
    snprintf(path, sizeof(path), "/api/v1/orders/%0300d", 1);
    assert_refused(404, "GET", path, "", "");
}

/* A module's operation: the request is its shape, wrapped in cmd_act. */
static void an_order(void **state)
{
    struct message inner;
    (void)state;

    judge("POST", "/api/v1/orders", "",
          "{\"telegram_id\":42,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"usd\","
          "\"coupon\":\"live48\",\"expires\":\"2 days\",\"reason\":\"asked for\"}");
    struct message message = take_act();
    assert_int_equal(message.kind, MESSAGE_cmd_act);
    assert_true(judgement.wait);
    assert_true(slice_is(message.cmd_act.reason, "asked for"));
    assert_int_equal(message.cmd_act.seed.len, 16);
    assert_int_equal(wire_decode_one(message.cmd_act.body, &inner, NULL), ERROR_NONE);
    assert_int_equal(inner.kind, shape_order_create()->id);
    const struct order_create *order = (const struct order_create *)(const void *)inner.module;
    assert_int_equal(order->telegram_id, 42);
    assert_true(slice_is(order->plan, "core"));
    assert_int_equal(order->amount, 2900);
    assert_true(slice_is(order->currency, "USD"));
    assert_true(slice_is(order->coupon, "LIVE48"));
    assert_int_equal(order->expires, 2ull * 24 * 3600 * 1000);
}

static void wrong_orders(void **state)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"telegram_id\":42}",
        "{\"telegram_id\":\"42\",\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\"}",
        "{\"telegram_id\":0,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\"}",
        "{\"telegram_id\":4503599627370497,\"plan\":\"core\",\"amount\":\"29.00\","
        "\"currency\":\"USD\"}",
        "{\"telegram_id\":1.5,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\"}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":29,\"currency\":\"USD\"}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"XXQ\"}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":\"29.00\"}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\",\"x\":1}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\","
        "\"expires\":\"0\"}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\","
        "\"expires\":7}",
        "{\"telegram_id\":1,\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\"}x",
        "{\"telegram_id\":[[[[[1]]]]]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_refused(400, "POST", "/api/v1/orders", "", bodies[i]);

    char *large = malloc(API_BODY_BYTES_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', API_BODY_BYTES_MAX + 1);
    large[API_BODY_BYTES_MAX + 1] = '\0';
    assert_refused(413, "POST", "/api/v1/orders", "", large);
    free(large);
}

static void a_settlement(void **state)
{
    (void)state;
    judge("POST", "/api/v1/payments/stripe/pi%2F1/settle", "",
          "{\"telegram_id\":42,\"plan\":\"core\",\"period\":\"2 weeks\"}");
    struct message message = take_command();
    assert_int_equal(message.kind, MESSAGE_cmd_settle);
    assert_true(slice_is(message.cmd_settle.gateway, "stripe"));
    assert_true(slice_is(message.cmd_settle.payment_id, "pi/1"));
    assert_int_equal(message.cmd_settle.telegram_id, 42);
    assert_true(slice_is(message.cmd_settle.plan, "core"));
    assert_int_equal(message.cmd_settle.months, 0);
    assert_int_equal(message.cmd_settle.days, 14);
    assert_true(judgement.wait);

    assert_refused(400, "POST", "/api/v1/payments/a/b/settle", "",
                   "{\"telegram_id\":42,\"plan\":\"core\",\"period\":\"soon\"}");
    assert_refused(400, "POST", "/api/v1/payments/a/b/settle", "",
                   "{\"telegram_id\":42,\"plan\":\"core\"}");
    assert_refused(400, "POST", "/api/v1/payments/a/b/settle", "x=1",
                   "{\"telegram_id\":42,\"plan\":\"core\",\"period\":\"1 month\"}");
    /* A name too long for any gateway is one that no payment has. */
    assert_refused(404, "POST",
                   "/api/v1/payments/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b/settle", "",
                   "{\"telegram_id\":42,\"plan\":\"core\",\"period\":\"1 month\"}");
}

static void a_release(void **state)
{
    (void)state;
    judge("POST", "/api/v1/queue/release", "", "{\"what\":\"held\"}");
    struct message message = take_command();
    assert_int_equal(message.kind, MESSAGE_cmd_release);
    assert_int_equal(message.cmd_release.what, RELEASE_HELD);
    assert_int_equal(message.cmd_release.delivery, 0);
    assert_true(judgement.wait);
    judge("POST", "/api/v1/queue/release", "", "{\"what\":\"dead\",\"delivery\":12}");
    message = take_command();
    assert_int_equal(message.cmd_release.what, RELEASE_DEAD);
    assert_int_equal(message.cmd_release.delivery, 12);
    assert_refused(400, "POST", "/api/v1/queue/release", "", "{}");
    assert_refused(400, "POST", "/api/v1/queue/release", "", "{\"what\":\"all\"}");
    assert_refused(400, "POST", "/api/v1/queue/release", "", "{\"what\":\"dead\",\"delivery\":0}");
    assert_refused(400, "POST", "/api/v1/queue/release", "",
                   "{\"what\":\"dead\",\"delivery\":\"1\"}");
}

static void a_broadcast(void **state)
{
    (void)state;
    judge("POST", "/api/v1/broadcasts", "",
          "{\"text\":\"Hi {{plan}}\",\"plan\":\"core\",\"language\":\"zh-Hans\","
          "\"translations\":{\"zh-Hant\":\"T\",\"en\":\"E\"},"
          "\"idempotency_key\":\"Spring.1-2_3\"}");
    struct message message = take_command();
    assert_int_equal(message.kind, MESSAGE_cmd_broadcast);
    assert_true(judgement.wait);
    assert_true(slice_is(message.cmd_broadcast.broadcast_id, "Spring.1-2_3"));
    assert_true(slice_is(message.cmd_broadcast.plan, "core"));
    assert_true(slice_is(buf_slice(&judgement.body), "{\"broadcast_id\":\"Spring.1-2_3\"}"));
    /* The text first, then the translations in an order of ours, whatever theirs was. */
    static const struct {
        enum language language;
        const char *text;
    } rows[] = {{LANGUAGE_ZH_HANS, "Hi {{plan}}"}, {LANGUAGE_EN, "E"}, {LANGUAGE_ZH_HANT, "T"}};
    struct slice texts = message.cmd_broadcast.texts;
    for (int i = 0; i < 3; i++) {
        struct message row;
        assert_int_equal(wire_decode(&texts, &row, NULL), ERROR_NONE);
        assert_int_equal(row.kind, MESSAGE_broadcast_text);
        assert_int_equal(row.broadcast_text.language, rows[i].language);
        assert_true(slice_is(row.broadcast_text.text, rows[i].text));
    }
    assert_int_equal(texts.len, 0);

    /* To all, in the community's language, under an id of its own. */
    char first[65];
    judge("POST", "/api/v1/broadcasts", "", "{\"text\":\"x\"}");
    message = take_command();
    assert_int_equal(message.cmd_broadcast.plan.len, 0);
    assert_int_equal(message.cmd_broadcast.broadcast_id.len, 3 + 16);
    assert_memory_equal(message.cmd_broadcast.broadcast_id.data, "bc_", 3);
    assert_true(slice_copy(message.cmd_broadcast.broadcast_id, first, sizeof(first)));
    judge("POST", "/api/v1/broadcasts", "", "{\"text\":\"x\"}");
    assert_false(slice_is(take_command().cmd_broadcast.broadcast_id, first));

    judge("DELETE", "/api/v1/broadcasts/spring%2D1", "", "");
    message = take_command();
    assert_int_equal(message.kind, MESSAGE_cmd_broadcast_cancel);
    assert_true(judgement.wait);
    assert_true(slice_is(message.cmd_broadcast_cancel.broadcast_id, "spring-1"));
}

static void wrong_broadcasts(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "{\"text\":1}",
        "{\"text\":\"\"}",
        "{\"text\":\"{{plan}}\"}",
        "{\"text\":\"{{until}}\",\"plan\":\"core\"}",
        "{\"text\":\"x\",\"plan\":\"gone\"}",
        "{\"text\":\"x\",\"plan\":null}",
        "{\"text\":\"x\",\"language\":\"de\"}",
        "{\"text\":\"x\",\"language\":1}",
        "{\"text\":\"x\",\"translations\":[]}",
        "{\"text\":\"x\",\"translations\":{\"de\":\"y\"}}",
        "{\"text\":\"x\",\"translations\":{\"en\":\"y\"}}",
        "{\"text\":\"x\",\"translations\":{\"zh-Hans\":\"\"}}",
        "{\"text\":\"x\",\"translations\":{\"zh-Hans\":null}}",
        "{\"text\":\"x\",\"idempotency_key\":\"\"}",
        "{\"text\":\"x\",\"idempotency_key\":1}",
        "{\"text\":\"x\",\"idempotency_key\":\"a b\"}",
        "{\"text\":\"x\",\"when\":\"now\"}",
        "{\"text\":\"x\",\"idempotency_key\":"
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_refused(400, "POST", "/api/v1/broadcasts", "", bodies[i]);
    assert_refused(404, "DELETE", "/api/v1/broadcasts/a%2Fb", "", "");
    assert_refused(400, "DELETE", "/api/v1/broadcasts/a", "x=1", "");
}

static void test_clock(void **state)
{
    (void)state;
    assert_refused(404, "GET", "/api/v1/clock", "", "");
    assert_refused(404, "POST", "/api/v1/clock", "", "{\"advance\":\"7 days\"}");
    config->test_clock = true;
    judge("GET", "/api/v1/clock", "", "");
    assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
    assert_int_equal(judgement.status, 200);
    assert_true(slice_is(buf_slice(&judgement.body), "{\"now\":\"2026-01-01T00:00:00Z\"}"));
    judge("POST", "/api/v1/clock", "", "{\"advance\":\"7 days\"}");
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
    assert_int_equal(judgement.query.what, QUERY_CLOCK);
    assert_true(judgement.query.subject == 7ll * 24 * 3600 * 1000);
    static const char *const bad[] = {"{}",
                                      "{\"advance\":\"0\"}",
                                      "{\"advance\":\"-7 days\"}",
                                      "{\"advance\":7}",
                                      "{\"advance\":\"3661 days\"}",
                                      "{\"advance\":\"999 ms\"}",
                                      "{\"advance\":\"soon\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(400, "POST", "/api/v1/clock", "", bad[i]);
    config->test_clock = false;
}

static void ask_as(const struct message_access_row *asker, const char *method, const char *path,
                   const char *body)
{
    static const uint8_t minted[32] = {7};
    const struct api_request request = {.method = slice_from(method),
                                        .path = slice_from(path),
                                        .body = slice_from(body),
                                        .asker = asker,
                                        .minted = slice_of(minted, sizeof minted),
                                        .now_ms = now_ms};
    judgement_clear(&judgement);
    api_judge(config, &request, &judgement);
}

static void assert_answer(unsigned status, const char *words)
{
    buf_append_u8(&judgement.body, 0);
    if (judgement.kind != JUDGEMENT_ANSWER || judgement.status != status ||
        strstr(judgement.body.data, words) == NULL)
        fail_msg("kind %d status %u %s", (int)judgement.kind, judgement.status,
                 judgement.body.data);
}

static void roles(void **state)
{
    static const char settle[] = "/api/v1/payments/stripe/p/settle";
    static const char coupon[] = "{\"code\":\"X\",\"percent\":10}";
    struct message_access_row asker = {
        .kind = ACCESS_SESSION, .who = WHO_SUPPORT, .telegram_id = 1003, .name = SLICE("Cleo")};
    (void)state;
    ask_as(&asker, "GET", "/api/v1/status", "");
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
    ask_as(&asker, "POST", settle, "{}");
    assert_answer(403, "this needs the role owner or finance; yours is support");
    ask_as(&asker, "POST", "/api/v1/coupons", coupon);
    assert_answer(403, "\"code\":\"forbidden\"");
    asker.who = WHO_FINANCE;
    ask_as(&asker, "POST", "/api/v1/coupons", coupon);
    const struct message act = take_act();
    assert_true(slice_is(act.cmd_act.actor, "staff:1003 Cleo"));
    assert_int_equal(act.cmd_act.who, WHO_FINANCE);
    /* Who is not there is told so first, who has no right learns nothing of the body. */
    ask_as(&asker, "POST", "/api/v1/nothing", "");
    assert_answer(404, "no such resource");
    asker.who = WHO_VIEWER;
    ask_as(&asker, "POST", settle, "not json");
    assert_answer(403, "yours is viewer");
}

static void scopes_of_a_key(void **state)
{
    struct message_access_row asker = {.kind = ACCESS_KEY,
                                       .who = WHO_FINANCE,
                                       .name = SLICE("crm"),
                                       .scopes = SLICE("payments:read")};
    (void)state;
    ask_as(&asker, "GET", "/api/v1/payments/stripe/p", "");
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
    ask_as(&asker, "POST", "/api/v1/payments/stripe/p/settle", "{}");
    assert_answer(403, "the key's scopes are payments:read, which do not let it change this");
}

static void a_stranger_may_log_in_and_nothing_else(void **state)
{
    (void)state;
    ask_as(NULL, "POST", "/api/v1/session", "{\"code\":\"abc\"}");
    const struct message act = take_act();
    assert_true(slice_is(act.cmd_act.actor, "login"));
    assert_int_equal(act.cmd_act.who, WHO_STRANGER);
    ask_as(NULL, "GET", "/api/v1/session", "");
    assert_answer(401, "unauthorized");
    ask_as(NULL, "GET", "/api/v1/order_pages/x", "");
    assert_answer(401, "unauthorized");
}

static void who_am_i(void **state)
{
    static const uint8_t hash[32] = {1};
    const struct message_access_row asker = {.kind = ACCESS_SESSION,
                                             .hash = slice_of(hash, sizeof hash),
                                             .who = WHO_MODERATOR,
                                             .telegram_id = 1004,
                                             .until_ms = now_ms};
    (void)state;
    ask_as(&asker, "GET", "/api/v1/session", "");
    assert_answer(200, "{\"telegram_id\":1004,\"name\":\"\",\"role\":\"moderator\",\"until\":"
                       "\"2026-01-01T00:00:00Z\",\"token\":\"");
    judge("GET", "/api/v1/session", "", "");
    assert_answer(200, "{\"telegram_id\":null,\"name\":\"token\",\"role\":\"owner\",\"until\":null,"
                       "\"token\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock),
        cmocka_unit_test(the_token_is_needed),
        cmocka_unit_test(routes),
        cmocka_unit_test(questions),
        cmocka_unit_test(webhooks),
        cmocka_unit_test(lists),
        cmocka_unit_test(wrong_questions),
        cmocka_unit_test(an_order),
        cmocka_unit_test(wrong_orders),
        cmocka_unit_test(a_settlement),
        cmocka_unit_test(a_release),
        cmocka_unit_test(a_broadcast),
        cmocka_unit_test(wrong_broadcasts),
        cmocka_unit_test(roles),
        cmocka_unit_test(scopes_of_a_key),
        cmocka_unit_test(a_stranger_may_log_in_and_nothing_else),
        cmocka_unit_test(who_am_i),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
