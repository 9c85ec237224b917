#include "gateway/check.h"
#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {
    .name = "kassa", .kind = GATEWAY_YOOKASSA, .shop_id = (char *)"1", .secret_key = (char *)"k"};

static enum gateway_verdict begin(const char *body, struct check *check, struct check_ask *ask)
{
    const struct gateway_request request = {.method = SLICE("POST"), .body = slice_from(body)};
    return check_begin(&config, &request, check, ask);
}

/* What the verifier and the checker make of a body, and what is asked. */
static void test_callbacks(void **state)
{
    static const struct {
        const char *body;
        const char *judged, *begun;
        const char *path;
    } rows[] = {
        {"{\"event\":\"payment.succeeded\",\"object\":{\"id\":\"2d-1\",\"status\":\"canceled\"}}",
         "unchecked", "unchecked", "/v3/payments/2d-1"},
        {"{\"event\":\"payment.canceled\",\"object\":{\"id\":\"2d-1\"}}", "unchecked", "unchecked",
         "/v3/payments/2d-1"},
        {"{\"event\":\"refund.succeeded\",\"object\":{\"id\":\"9f\"}}", "unchecked", "unchecked",
         "/v3/refunds/9f"},
        {"{\"event\":\"payment.waiting_for_capture\",\"object\":{\"id\":\"2d-1\"}}", "unused",
         "unused", ""},
        {"{\"event\":\"payment.succeeded\",\"object\":{\"id\":\"a/../b\"}}", "unchecked",
         "id_unusable", ""},
        {"{\"event\":\"payment.succeeded\",\"object\":{\"id\":7}}", "unchecked", "body_incomplete",
         ""},
        {"{\"event\":\"payment.succeeded\"}", "unchecked", "body_incomplete", ""},
        {"{}", "unused", "unused", ""},
        {"payment.succeeded", "body_not_json", "body_not_json", ""},
    };
    struct gateway *gateway = open_gateway(&config);
    struct check_ask ask;
    struct check check;
    (void)state;
    check_ask_init(&ask);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(gateway_verdict_name(judge(gateway, "", rows[i].body)), rows[i].judged);
        assert_string_equal(gateway_verdict_name(begin(rows[i].body, &check, &ask)), rows[i].begun);
        assert_true(slice_is(buf_slice(&ask.path), rows[i].path));
        assert_string_equal(ask.method, "GET");
        assert_false(ask.token);
    }
    assert_string_equal(gateway_ack(gateway), "ok");
    check_ask_deinit(&ask);
    gateway_destroy(&gateway);
}

static enum gateway_verdict answered(const char *event, const char *body, struct payment_event *out)
{
    char callback[256];
    struct check_ask ask;
    struct check check;
    check_ask_init(&ask);
    (void)snprintf(callback, sizeof callback, "{\"event\":\"%s\",\"object\":{\"id\":\"p1\"}}",
                   event);
    assert_verdict(begin(callback, &check, &ask), unchecked);
    enum gateway_verdict verdict = check_judge(&config, &check, 200, slice_from(body), &ask, out);
    check_ask_deinit(&ask);
    return verdict;
}

#define PAID "{\"id\":\"p1\",\"status\":\"succeeded\",\"amount\":{\"value\":\"29.00\",\"currency\":"
static const char paid[] = PAID "\"RUB\"},\"created_at\":\"2023-11-14T22:13:18.500Z\","
                                "\"captured_at\":\"2023-11-14T22:13:19.500Z\",\"metadata\":"
                                "{\"order\":\"ord_7\",\"telegram_id\":\"77\",\"plan\":\"core\"}}";

static void test_payment(void **state)
{
    struct payment_event event;
    (void)state;
    assert_verdict(answered("payment.succeeded", paid, &event), accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.payment_id, "p1");
    assert_string_equal(event.event_id, "paid:p1");
    assert_string_equal(event.order_id, "ord_7");
    assert_string_equal(event.plan, "core");
    assert_int_equal(event.telegram_id, 77);
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "RUB");
    assert_int_equal(event.occurred_ms, 1699999999500);
    /* Whatever the notification said. */
    assert_verdict(answered("payment.canceled", paid, &event), accepted);
    assert_verdict(answered("payment.succeeded", PAID "\"ZZZ\"}}", &event), accepted);
    assert_int_equal(event.amount, -1);
}

static void test_not_paid(void **state)
{
    static const struct {
        const char *event, *answer, *verdict;
    } rows[] = {
        {"payment.succeeded", "{\"id\":\"p1\",\"status\":\"pending\"}", "not_yet"},
        {"payment.succeeded", "{\"id\":\"p1\",\"status\":\"waiting_for_capture\"}", "not_yet"},
        {"payment.canceled", "{\"id\":\"p1\",\"status\":\"pending\"}", "unused"},
        {"payment.succeeded", "{\"id\":\"p1\",\"status\":\"canceled\"}", "unused"},
        {"refund.succeeded", "{\"id\":\"p1\",\"status\":\"pending\"}", "not_yet"},
        {"payment.succeeded", "{\"id\":\"p2\",\"status\":\"succeeded\"}", "not_answered"},
        {"payment.succeeded", "{\"status\":\"succeeded\"}", "not_answered"},
        {"payment.succeeded", "[]", "not_answered"},
        {"refund.succeeded", "{\"id\":\"p1\",\"status\":\"succeeded\"}", "body_incomplete"},
    };
    struct payment_event event;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(gateway_verdict_name(answered(rows[i].event, rows[i].answer, &event)),
                            rows[i].verdict);
}

static void test_refund(void **state)
{
    struct payment_event event;
    (void)state;
    assert_verdict(answered("refund.succeeded",
                            "{\"id\":\"p1\",\"payment_id\":\"pay\",\"status\":\"succeeded\","
                            "\"amount\":{\"value\":\"4.00\",\"currency\":\"RUB\"}}",
                            &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_REFUNDED);
    assert_string_equal(event.payment_id, "pay");
    assert_string_equal(event.part_id, "p1");
    assert_string_equal(event.event_id, "p1");
    assert_int_equal(event.amount, 400);
    assert_false(event.total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callbacks),
        cmocka_unit_test(test_payment),
        cmocka_unit_test(test_not_paid),
        cmocka_unit_test(test_refund),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
