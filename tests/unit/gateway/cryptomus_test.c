#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {.name = "cryptomus",
                                             .kind = GATEWAY_CRYPTOMUS,
                                             .secrets = {"old", "8Uy7cIQpKd5F"},
                                             .secret_count = 2};

/* Whether the slash comes escaped or not, spaced or not, sign in front or last: the same signature,
 * made with Python by the rule of the documentation. */
static void test_vector(void **state)
{
    static const char *const bodies[] = {
        "{\"type\":\"payment\",\"uuid\":\"62f88b36-a9d5-4fa6-aa26-e040c3dbf26d\",\"order_id\":"
        "\"97a75bf8eda5cca41ba9d2e104840fcd\",\"amount\":\"3.00000000\",\"status\":\"paid\","
        "\"network\":\"tron\",\"url\":\"https:\\/\\/x.example\\/a\","
        "\"sign\":\"3767de05e8668014628f324d6ba9b2bd\"}",
        "{\"sign\":\"3767DE05E8668014628F324D6BA9B2BD\",\n \"type\": \"payment\", \"uuid\": "
        "\"62f88b36-a9d5-4fa6-aa26-e040c3dbf26d\", \"order_id\": "
        "\"97a75bf8eda5cca41ba9d2e104840fcd\", \"amount\": \"3.00000000\", \"status\": \"paid\", "
        "\"network\": \"tron\", \"url\": \"https://x.example/a\"}",
    };
    static const struct {
        const char *body, *verdict;
    } bad[] = {
        {"{\"type\":\"payment\",\"uuid\":\"62f88b36-a9d5-4fa6-aa26-e040c3dbf26e\",\"order_id\":"
         "\"97a75bf8eda5cca41ba9d2e104840fcd\",\"amount\":\"3.00000000\",\"status\":\"paid\","
         "\"network\":\"tron\",\"url\":\"https:\\/\\/x.example\\/a\","
         "\"sign\":\"3767de05e8668014628f324d6ba9b2bd\"}",
         "signature_wrong"},
        {"{\"uuid\":\"1\",\"sign\":\"3767de05e8668014628f324d6ba9b2\"}", "signature_malformed"},
        {"{\"uuid\":\"1\",\"sign\":1}", "signature_missing"},
        {"{\"uuid\":\"1\"}", "signature_missing"},
        {"[]", "signature_missing"},
        {"sign=1", "signature_missing"},
        {"", "signature_missing"},
    };
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        assert_verdict(judge_at(gateway, SLICE(""), slice_from(bodies[i]), now_ms, &event),
                       accepted);
        assert_string_equal(event.payment_id, "62f88b36-a9d5-4fa6-aa26-e040c3dbf26d");
        assert_string_equal(event.order_id, "97a75bf8eda5cca41ba9d2e104840fcd");
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_string_equal(gateway_verdict_name(judge_at(gateway, SLICE(""),
                                                          slice_from(bad[i].body), now_ms, &event)),
                            bad[i].verdict);
    gateway_destroy(&gateway);
}

static enum gateway_verdict judge_members(const char *members, struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    struct buf body;
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"payment\",\"uuid\":\"u-1\",\"order_id\":\"ord_7\","
                   "\"amount\":\"9.00\",\"currency\":\"USD\",%s}",
                   members);
    buf_init(&body, 4096);
    assert_int_equal(gateway_sign_body(gateway, slice_from(text), 1, &body), ERROR_NONE);
    enum gateway_verdict verdict = judge_at(gateway, SLICE(""), buf_slice(&body), now_ms, event);
    buf_deinit(&body);
    gateway_destroy(&gateway);
    return verdict;
}

static void test_statuses(void **state)
{
    static const struct {
        const char *members;
        int kind;
        int64_t amount;
        const char *currency;
    } rows[] = {
        {"\"status\":\"paid\"", PAYMENT_PAID, 900, "USD"},
        {"\"status\":\"paid_over\",\"payment_amount\":\"12.00\",\"payer_currency\":\"USDT\"",
         PAYMENT_PAID, 900, "USD"},
        {"\"status\":\"wrong_amount\",\"payment_amount\":\"3.50\",\"payer_currency\":\"USDT\"",
         PAYMENT_PAID, 3500000, "USDT"},
        {"\"status\":\"wrong_amount\",\"payment_amount\":\"3.50\",\"payer_currency\":\"HMSTR\","
         "\"payment_amount_usd\":\"3.49\"",
         PAYMENT_PAID, 349, "USD"},
        {"\"status\":\"wrong_amount\"", PAYMENT_PAID, 0, "USD"},
        {"\"status\":\"refund_paid\"", PAYMENT_REFUNDED, 900, "USD"},
        {"\"status\":\"refund_fail\"", PAYMENT_REFUND_FAILED, 900, "USD"},
        {"\"status\":\"confirm_check\"", 0, 0, ""},
        {"\"status\":\"wrong_amount_waiting\"", 0, 0, ""},
        {"\"status\":\"cancel\"", 0, 0, ""},
        {"\"status\":\"fail\"", 0, 0, ""},
        {"\"status\":\"system_fail\"", 0, 0, ""},
        {"\"status\":\"refund_process\"", 0, 0, ""},
        {"\"x\":1", 0, 0, ""},
    };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict verdict = judge_members(rows[i].members, &event);
        if (verdict != (rows[i].kind ? GATEWAY_accepted : GATEWAY_unused))
            fail_msg("%s: %s", rows[i].members, gateway_verdict_name(verdict));
        assert_int_equal(event.kind, rows[i].kind);
        if (!rows[i].kind)
            continue;
        assert_int_equal(event.amount, rows[i].amount);
        assert_string_equal(event.currency, rows[i].currency);
        assert_string_equal(event.order_id, "ord_7");
    }
}

static void test_additional_data(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(judge_members("\"status\":\"paid\",\"additional_data\":\"{\\\"telegram_id\\\":"
                                 "77,\\\"plan\\\":\\\"core\\\",\\\"order\\\":\\\"x\\\"}\"",
                                 &event),
                   accepted);
    assert_int_equal(event.telegram_id, 77);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "ord_7"); /* the gateway's own word wins */
    assert_verdict(judge_members("\"status\":\"paid\",\"additional_data\":\"any text\"", &event),
                   accepted);
    assert_string_equal(event.plan, "");
}

static void test_payouts(void **state)
{
    static const char body[] = "{\"type\":\"payout\",\"uuid\":\"u\",\"status\":\"paid\"}";
    struct gateway *gateway = open_gateway(&config);
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(gateway_sign_body(gateway, slice_from(body), 0, &out), ERROR_NONE);
    assert_verdict(judge_at(gateway, SLICE(""), buf_slice(&out), now_ms, NULL), unused);
    buf_clear(&out);
    assert_int_equal(gateway_sign_body(gateway, SLICE("[]"), 0, &out), ERROR_INVALID);
    assert_int_equal(gateway_sign_body(gateway, SLICE("no"), 0, &out), ERROR_INVALID);
    assert_int_equal(gateway_sign_body(gateway, slice_from(body), 2, &out), ERROR_INVALID);
    buf_deinit(&out);
    gateway_destroy(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_additional_data),
        cmocka_unit_test(test_payouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
