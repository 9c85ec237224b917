#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {.name = "standard",
                                             .kind = GATEWAY_STANDARD_WEBHOOKS,
                                             .secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                                             .secret_count = 1,
                                             .tolerance_ms = 300000};

static enum gateway_verdict judge_body(const char *body, struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    enum gateway_verdict verdict = judge_signed(gateway, slice_from(body), event);

    gateway_destroy(&gateway);
    return verdict;
}

static void test_paid(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(judge_body("{\"type\":\"payment.succeeded\","
                              "\"timestamp\":\"2023-11-14T22:13:10Z\",\"data\":{"
                              "\"payment_id\":\"pay_1\",\"amount\":\"29.00\",\"currency\":\"USD\","
                              "\"order_id\":\"ord_7\",\"metadata\":{\"telegram_id\":\"123456789\","
                              "\"plan\":\"core\",\"order_id\":\"ord_8\"}}}",
                              &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.event_id, "evt-in-header");
    assert_string_equal(event.payment_id, "pay_1");
    assert_int_equal(event.telegram_id, 123456789);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "USD");
    assert_int_equal(event.occurred_ms, 1699999990000);

    assert_verdict(judge_body("{\"type\":\"payment.succeeded\",\"timestamp\":\"yesterday\","
                              "\"data\":{\"payment_id\":10030477545046015,\"amount\":29.5,"
                              "\"currency\":\"USD\",\"metadata\":{\"order_id\":\"ord_8\"}}}",
                              &event),
                   accepted);
    assert_string_equal(event.payment_id, "10030477545046015");
    assert_string_equal(event.order_id, "ord_8");
    assert_int_equal(event.amount, 2950);
    assert_int_equal(event.telegram_id, 0);
    assert_int_equal(event.occurred_ms, 0);

    /* Before 1970 there was no payment: as good as not said. */
    assert_verdict(judge_body("{\"type\":\"payment.succeeded\","
                              "\"timestamp\":\"1969-12-31T23:59:59Z\","
                              "\"data\":{\"payment_id\":\"p\"}}",
                              &event),
                   accepted);
    assert_int_equal(event.occurred_ms, 0);
}

static void test_types(void **state)
{
    static const struct {
        const char *body;
        int kind; /* 0: unused, -1: incomplete, -2: no JSON */
    } rows[] = {
        {"{\"type\":\"payment.refunded\",\"data\":{\"payment_id\":\"p\"}}", PAYMENT_REFUNDED},
        {"{\"type\":\"payment.disputed\",\"data\":{\"payment_id\":\"p\"}}", PAYMENT_CHARGED_BACK},
        {"{\"type\":\"payment.dispute_won\",\"data\":{\"payment_id\":\"p\"}}", PAYMENT_REINSTATED},
        {"{\"type\":\"payment.failed\",\"data\":{\"payment_id\":\"p\"}}", 0},
        {"{\"type\":\"user.created\"}", 0},
        {"{\"data\":{\"payment_id\":\"p\"}}", 0},
        {"[]", 0},
        {"7", 0},
        {"{\"type\":\"payment.succeeded\"}", -1},
        {"{\"type\":\"payment.succeeded\",\"data\":[]}", -1},
        {"{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"\"}}", -1},
        {"{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"a\\u0007\"}}", -3},
        {"{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"p\",\"payment_id\":\"q\"}}",
         -3},
        {"", -2},
        {"payment_id=p", -2},
        {"{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"p\"}} ,", -2},
    };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict expected = rows[i].kind > 0     ? GATEWAY_accepted
                                        : rows[i].kind == 0  ? GATEWAY_unused
                                        : rows[i].kind == -1 ? GATEWAY_body_incomplete
                                        : rows[i].kind == -2 ? GATEWAY_body_not_json
                                                             : GATEWAY_id_unusable;
        enum gateway_verdict verdict = judge_body(rows[i].body, &event);
        if (verdict != expected)
            fail_msg("%s: %s", rows[i].body, gateway_verdict_name(verdict));
        if (rows[i].kind > 0)
            assert_int_equal(event.kind, rows[i].kind);
    }
}

static void test_depth(void **state)
{
    char body[256];
    struct payment_event event;

    (void)state;
    for (int depth = GATEWAY_JSON_DEPTH_MAX; depth <= GATEWAY_JSON_DEPTH_MAX + 1; depth++) {
        memset(body, '[', (size_t)depth);
        memset(body + depth, ']', (size_t)depth);
        body[2 * depth] = '\0';
        assert_verdict(judge_body(body, &event), unused); /* nobody reads what is deeper */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paid),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
