#include "desk/verify.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char yaml[] =
    "admin: {token: \"the-admin-token-1\"}\n"
    "community: {name: Club, timezone: UTC, language: en}\n"
    "bots:\n"
    "  - {name: polled, token: \"1:x\", updates: polling}\n"
    "  - {name: hooked, token: \"2:x\", updates: webhook, webhook_secret: \"s3cret\"}\n"
    "groups: [{name: room, bot: polled, chat_id: -1001, invite: join_request}]\n"
    "plans:\n"
    "  - name: core\n"
    "    groups: [room]\n"
    "    prices: [{amount: \"29.00\", currency: USD, period: 1 month}]\n"
    "gateways: [{name: stripe, kind: stripe, secrets: [\"whsec_x\"]}]\n";

static const uint64_t now_ms = 1767225600000;
static const char update[] =
    "{\"update_id\":9,\"message\":{\"message_id\":1,\"date\":1767225600,\"text\":\"/start\","
    "\"chat\":{\"id\":42,\"type\":\"private\",\"first_name\":\"A\"},"
    "\"from\":{\"id\":42,\"is_bot\":false,\"first_name\":\"A\"}}}";
static const char event[] =
    "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"checkout.session.completed\","
    "\"created\":1767225600,\"data\":{\"object\":{\"id\":\"cs_1\",\"object\":\"checkout.session\","
    "\"payment_status\":\"paid\",\"payment_intent\":\"pi_1\",\"amount_total\":2900,"
    "\"currency\":\"usd\",\"metadata\":{\"telegram_id\":\"42\",\"plan\":\"core\"}}}}";

static struct config *config;
static struct verifier *verifier;
static struct judgement judgement;
static struct buf headers;

static int set_up(void **state)
{
    struct buf errors;
    struct why why = {""};
    (void)state;

    buf_init(&errors, 65536);
    buf_init(&headers, 65536);
    judgement_init(&judgement);
    if (config_parse(slice_from(yaml), "usher.yaml", &config, &errors) != ERROR_NONE)
        printf("%.*s\n", SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&errors);
    return config == NULL || verifier_new(config, &verifier, &why) != ERROR_NONE;
}

static int tear_down(void **state)
{
    (void)state;
    verifier_destroy(&verifier);
    config_destroy(&config);
    judgement_deinit(&judgement);
    buf_deinit(&headers);
    return 0;
}

static void add_header(const char *name, const char *value)
{
    const struct message message = {
        .kind = MESSAGE_header, .header = {.name = slice_from(name), .value = slice_from(value)}};
    wire_encode(&headers, &message);
}

static void judge(enum request_source source, const char *name, const char *body)
{
    const struct message_request request = {.origin = 1,
                                            .id = 2,
                                            .source = source,
                                            .name = slice_from(name),
                                            .method = SLICE("POST"),
                                            .path = SLICE("/hooks/stripe"),
                                            .query = SLICE(""),
                                            .received_ms = now_ms,
                                            .headers = buf_slice(&headers),
                                            .body = slice_from(body)};
    verifier_judge(verifier, &request, now_ms, &judgement);
    buf_clear(&headers);
}

static void assert_answer(unsigned status, const char *reason)
{
    assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
    assert_int_equal(judgement.status, status);
    assert_string_equal(judgement.reason, reason);
}

static void sign(const char *secret, const char *body)
{
    uint8_t digest[64];
    char hex[129];
    char value[256];
    struct hmac *hmac = hmac_new(HMAC_SHA256, secret, strlen(secret));
    const struct slice pieces[] = {SLICE("1767225600."), slice_from(body)};

    size_t len = hmac_compute(hmac, pieces, 2, digest);
    hmac_destroy(&hmac);
    hex_encode(digest, len, hex, sizeof(hex));
    snprintf(value, sizeof(value), "t=1767225600,v1=%s", hex);
    add_header("stripe-signature", value);
}

static void a_genuine_payment_is_a_command(void **state)
{
    struct message message;
    (void)state;

    sign("whsec_x", event);
    judge(SOURCE_HOOK, "stripe", event);
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    assert_string_equal(judgement.reason, "accepted");
    assert_false(judgement.wait);
    assert_true(slice_is(buf_slice(&judgement.body), "ok"));
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_payment);
    assert_true(slice_is(message.cmd_payment.gateway, "stripe"));
    assert_true(slice_is(message.cmd_payment.event_id, "evt_1"));
    assert_true(slice_is(message.cmd_payment.payment_id, "pi_1"));
    assert_int_equal(message.cmd_payment.kind, PAYMENT_PAID);
    assert_int_equal(message.cmd_payment.telegram_id, 42);
    assert_true(slice_is(message.cmd_payment.plan, "core"));
    assert_int_equal(message.cmd_payment.amount, 2900);
    assert_true(slice_is(message.cmd_payment.currency, "USD"));
    assert_int_equal(message.cmd_payment.occurred_ms, now_ms);
}

static void what_is_not_proven_is_refused(void **state)
{
    static const char unused[] = "{\"id\":\"evt_2\",\"object\":\"event\",\"type\":\"a.b\"}";
    (void)state;

    judge(SOURCE_HOOK, "stripe", event);
    assert_answer(401, "signature_missing");
    assert_non_null(judgement.remedy);
    sign("whsec_y", event);
    judge(SOURCE_HOOK, "stripe", event);
    assert_answer(401, "signature_wrong");
    sign("whsec_x", event);
    sign("whsec_x", event); /* twice is not once */
    judge(SOURCE_HOOK, "stripe", event);
    assert_int_equal(judgement.status, 401);
    sign("whsec_x", "{");
    judge(SOURCE_HOOK, "stripe", "{");
    assert_answer(400, "body_not_json");
    assert_non_null(judgement.remedy); /* the operator is told */
    sign("whsec_x", event);
    judge(SOURCE_HOOK, "paypal", event);
    assert_answer(404, "unknown_gateway");
    sign("whsec_x", unused);
    judge(SOURCE_HOOK, "stripe", unused);
    assert_answer(200, "unused");
    assert_true(slice_is(buf_slice(&judgement.body), "ok"));
    judge((enum request_source)0, "stripe", event);
    assert_answer(400, "bad_source");
    judge((enum request_source)99, "stripe", event);
    assert_answer(400, "bad_source");
}

static void headers_must_be_headers(void **state)
{
    const struct message tick = {.kind = MESSAGE_cmd_tick};
    (void)state;

    wire_encode(&headers, &tick);
    judge(SOURCE_HOOK, "stripe", event);
    assert_answer(431, "bad_headers");
    buf_append_text(&headers, "garbage");
    judge(SOURCE_TELEGRAM, "hooked", update);
    assert_answer(431, "bad_headers");
    for (int i = 0; i < 65; i++)
        add_header("x", "y");
    judge(SOURCE_API, "", "");
    assert_answer(431, "bad_headers");
}

static void a_webhook_shows_its_secret(void **state)
{
    struct message message;
    (void)state;

    judge(SOURCE_TELEGRAM, "hooked", update);
    assert_answer(401, "secret_token_wrong");
    add_header("X-Telegram-Bot-Api-Secret-Token", "s3creT");
    judge(SOURCE_TELEGRAM, "hooked", update);
    assert_answer(401, "secret_token_wrong");
    add_header("X-Telegram-Bot-Api-Secret-Token", "");
    judge(SOURCE_TELEGRAM, "polled", update);
    assert_answer(404, "unknown_bot");
    judge(SOURCE_TELEGRAM, "nobody", update);
    assert_answer(404, "unknown_bot");

    add_header("x-telegram-bot-api-secret-token", "s3cret");
    judge(SOURCE_TELEGRAM, "hooked", update);
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    assert_string_equal(judgement.update_kind, "message");
    assert_int_equal(judgement.body.len, 0);
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_said);
    assert_true(slice_is(message.cmd_said.bot, "hooked"));
    assert_int_equal(message.cmd_said.seed.len, 16);

    add_header("x-telegram-bot-api-secret-token", "s3cret");
    judge(SOURCE_TELEGRAM, "hooked", "[]");
    assert_answer(400, "bad_update");
}

static void a_polled_update_never_comes_for_ever(void **state)
{
    (void)state;
    judge(SOURCE_POLL, "polled", update);
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    judge(SOURCE_POLL, "polled", "{\"update_id\":1,\"poll\":{}}");
    assert_answer(200, "unused");
    assert_non_null(judgement.update_kind);
    judge(SOURCE_POLL, "polled", "nonsense");
    assert_answer(200, "bad_update");
    judge(SOURCE_POLL, "nobody", update);
    assert_answer(404, "unknown_bot");
}

static void free_text_is_asked_about_first(void **state)
{
    static const char text[] =
        "{\"update_id\":9,\"message\":{\"date\":1,\"text\":\"hello there\",\"chat\":{\"id\":42,"
        "\"type\":\"private\"},\"from\":{\"id\":42,\"is_bot\":false,\"first_name\":\"A\"}}}";
    struct message message;
    (void)state;
    judge(SOURCE_POLL, "polled", text);
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
    assert_int_equal(judgement.query.what, QUERY_SAID);
    assert_int_equal(wire_decode_one(judgement.query.ask, &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_said);
    assert_true(slice_is(message.cmd_said.text, "hello there"));
}

static void talk_is_paced_and_nothing_else_is(void **state)
{
    static const char knock[] =
        "{\"update_id\":9,\"chat_join_request\":{\"chat\":{\"id\":-1001,\"type\":\"supergroup\"},"
        "\"from\":{\"id\":42,\"is_bot\":false,\"first_name\":\"A\"},\"date\":1}}";
    struct pace *pace;
    (void)state;
    assert_int_equal(pace_new(&pace), ERROR_NONE);
    verifier_pace(verifier, pace);
    for (int i = 0; i < 8; i++) {
        judge(SOURCE_POLL, "polled", update);
        if (i < PACE_BURST)
            assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
        else
            assert_answer(200, "dropped");
        assert_string_equal(judgement.update_kind, i < PACE_BURST ? "message" : "dropped");
        judge(SOURCE_POLL, "polled", knock);
        assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    }
    verifier_pace(verifier, NULL);
    pace_destroy(&pace);
}

static void the_api_looks_at_its_token(void **state)
{
    (void)state;
    judge(SOURCE_API, "", "");
    assert_answer(401, "unauthorized");
    add_header("authorization", "Bearer the-admin-token-1");
    judge(SOURCE_API, "", "");
    assert_int_equal(judgement.status, 404); /* the token is right, the path is a hook's */
    add_header("authorization", "Bearer the-admin-token-1");
    add_header("Authorization", "Bearer the-admin-token-1");
    judge(SOURCE_API, "", "");
    assert_answer(401, "unauthorized");
}

/* Without a token only what the modules' tables say, and nothing that changes anything. */
static void anyone_may_ask_what_pages_show(void **state)
{
    static const struct {
        const char *path;
        bool may;
    } cases[] = {
        {"/api/v1/order_pages/0123456789abcdef0123456789abcdef", true},
        {"/api/v1/plans/core/seats", true},
        {"/api/v1/orders/ord_1", false},
        {"/api/v1/coupons/LIVE", false},
        {"/api/v1/orders/ord_1/pay_url", false},
        {"/api/v1/status", false},
        {"/p/core", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct message_request request = {.origin = 1,
                                                .id = 2,
                                                .source = SOURCE_PAGE,
                                                .path = slice_from(cases[i].path),
                                                .received_ms = now_ms};
        verifier_judge(verifier, &request, now_ms, &judgement);
        if (!cases[i].may) {
            assert_answer(404, "not_found");
            continue;
        }
        assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
        assert_int_equal(judgement.query.what, QUERY_ASK);
        assert_true(judgement.query.ask.len > 0);
    }
}

/* What the configuration's check lets through and a gateway does not: all is given back. */
static void a_gateway_that_cannot_be_made_is_said(void **state)
{
    struct config_gateway gateways[2] = {config->gateways[0], config->gateways[0]};
    struct config changed = *config;
    struct verifier *made = (struct verifier *)&gateways;
    struct why why = {""};
    (void)state;

    gateways[1].secret_count = 0;
    changed.gateways = gateways;
    changed.gateway_count = 2;
    assert_int_equal(verifier_new(&changed, &made, &why), ERROR_INVALID);
    assert_null(made);
    assert_non_null(strstr(why.text, "gateway stripe: secrets"));
    verifier_destroy(&made); /* nothing to do */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_genuine_payment_is_a_command),
        cmocka_unit_test(what_is_not_proven_is_refused),
        cmocka_unit_test(headers_must_be_headers),
        cmocka_unit_test(a_webhook_shows_its_secret),
        cmocka_unit_test(a_polled_update_never_comes_for_ever),
        cmocka_unit_test(free_text_is_asked_about_first),
        cmocka_unit_test(talk_is_paced_and_nothing_else_is),
        cmocka_unit_test(the_api_looks_at_its_token),
        cmocka_unit_test(anyone_may_ask_what_pages_show),
        cmocka_unit_test(a_gateway_that_cannot_be_made_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
