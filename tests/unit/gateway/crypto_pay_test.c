#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {
    .name = "cryptopay",
    .kind = GATEWAY_CRYPTO_PAY,
    .secrets = {"12345:AAzQcZWQqQAbsfgPnOLr4FHC8Doa4L7KryC"},
    .secret_count = 1};

/* Signed with Python's hmac by the rule of the documentation. */
static void test_vector(void **state)
{
    static const struct slice body =
        SLICE("{\"update_id\":1,\"update_type\":\"invoice_paid\",\"request_date\":"
              "\"2024-01-01T00:00:00.000Z\",\"payload\":{\"invoice_id\":528890,"
              "\"status\":\"paid\",\"asset\":\"TON\",\"amount\":\"125.50\"}}");
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    assert_verdict(judge_at(gateway,
                            SLICE("crypto-pay-api-signature: 041ff9d49ce12fee220f16615af253de8ec"
                                  "598889a1dd100317430ddb1ce99eb\r\n"),
                            body, now_ms, &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.payment_id, "528890");
    assert_string_equal(event.event_id, "paid:528890"); /* update_id is not unique */
    assert_string_equal(event.currency, "TON");
    assert_int_equal(event.amount, 125500000000);
    assert_string_equal(event.order_id, "");
    assert_string_equal(gateway_ack(gateway), "ok");
    gateway_destroy(&gateway);
}

static enum gateway_verdict judge_invoice(const char *members, struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    char body[1024];

    (void)snprintf(body, sizeof(body),
                   "{\"update_id\":1,\"update_type\":\"invoice_paid\",\"payload\":"
                   "{\"invoice_id\":7,\"status\":\"paid\",\"asset\":\"USDT\",\"amount\":\"9\"%s}}",
                   members);
    enum gateway_verdict verdict = judge_signed(gateway, slice_from(body), event);
    gateway_destroy(&gateway);
    return verdict;
}

static void test_payloads(void **state)
{
    static const struct {
        const char *members;
        int64_t member;
        const char *plan, *order;
    } rows[] = {
        {"", 0, "", ""},
        {",\"payload\":\"ord_7\"", 0, "", "ord_7"},
        {",\"payload\":\"42\"", 0, "", "42"},
        {",\"payload\":\"{\\\"telegram_id\\\":77,\\\"plan\\\":\\\"core\\\"}\"", 77, "core", ""},
        {",\"payload\":\"{\\\"telegram_id\\\":\\\"77\\\",\\\"plan\\\":\\\"core\\\","
         "\\\"order_id\\\":\\\"ord_7\\\"}\"",
         77, "core", "ord_7"},
        {",\"payload\":\"{\\\"order\\\":\\\"ord_7\\\"}\"", 0, "", "ord_7"},
        {",\"payload\":\"{broken\"", 0, "", "{broken"},
        {",\"payload\":\"%7B%22plan%22%3A%22core%22%7D\"", 0, "core", ""},
        {",\"payload\":\"a\\nb\"", 0, "", ""},
        {",\"payload\":null", 0, "", ""},
    };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_verdict(judge_invoice(rows[i].members, &event), accepted);
        assert_int_equal(event.telegram_id, rows[i].member);
        assert_string_equal(event.plan, rows[i].plan);
        assert_string_equal(event.order_id, rows[i].order);
        assert_int_equal(event.amount, 9000000);
        assert_string_equal(event.currency, "USDT");
    }
}

static void test_fiat_and_time(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(judge_invoice(",\"currency_type\":\"fiat\",\"fiat\":\"USD\",\"paid_asset\":"
                                 "\"TON\",\"paid_at\":\"2023-11-14T22:13:19.500Z\"",
                                 &event),
                   accepted);
    assert_string_equal(event.currency, "USD");
    assert_int_equal(event.amount, 900);
    assert_int_equal(event.occurred_ms, 1699999999500);
    assert_verdict(judge_invoice(",\"currency_type\":\"fiat\"", &event), accepted);
    assert_int_equal(event.amount, -1);
}

static void test_others(void **state)
{
    static const struct {
        const char *body, *verdict;
    } rows[] = {
        {"{\"update_type\":\"invoice_paid\",\"payload\":{\"invoice_id\":7,\"status\":\"active\"}}",
         "unused"},
        {"{\"update_type\":\"check_activated\",\"payload\":{\"invoice_id\":7,\"status\":"
         "\"paid\"}}",
         "unused"},
        {"{\"update_type\":\"invoice_paid\",\"payload\":{\"status\":\"paid\"}}", "body_incomplete"},
        {"{}", "unused"},
        {"invoice_paid", "body_not_json"},
    };
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(
            gateway_verdict_name(judge_signed(gateway, slice_from(rows[i].body), &event)),
            rows[i].verdict);
    gateway_destroy(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_payloads),
        cmocka_unit_test(test_fiat_and_time),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
