#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {
    .name = "btcpay",
    .kind = GATEWAY_BTCPAY,
    .secrets = {"3f2b1c"},
    .secret_count = 1,
    .tolerance_ms = 300000}; /* which BTCPay, having no timestamp, does not use */

static enum gateway_verdict judge_body(const char *body, struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    enum gateway_verdict verdict = judge_signed(gateway, slice_from(body), event);

    gateway_destroy(&gateway);
    return verdict;
}

static void test_settled(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(
        judge_body("{\n  \"deliveryId\": \"D2\",\n  \"webhookId\": \"W1\",\n"
                   "  \"originalDeliveryId\": \"D1\",\n  \"isRedelivery\": false,\n"
                   "  \"type\": \"InvoiceSettled\",\n  \"timestamp\": 1699999990,\n"
                   "  \"storeId\": \"S1\",\n  \"invoiceId\": \"I1\",\n"
                   "  \"metadata\": {\"orderId\": \"ord_7\", \"telegram_id\": 123456789,"
                   " \"plan\": \"core\", \"amount\": \"29.00\", \"currency\": \"USD\"},\n"
                   "  \"manuallyMarked\": false, \"overPaid\": false\n}",
                   &event),
        accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.event_id, "D2");
    assert_string_equal(event.payment_id, "I1");
    assert_int_equal(event.telegram_id, 123456789);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "USD");
    assert_int_equal(event.occurred_ms, 1699999990000);
}

static void test_redelivery(void **state)
{
    static const struct {
        const char *members, *event_id;
    } rows[] = {
        {"\"deliveryId\":\"D2\",\"originalDeliveryId\":\"D1\",\"isRedelivery\":true", "D1"},
        {"\"deliveryId\":\"D2\",\"originalDeliveryId\":\"D1\",\"isRedelivery\":false", "D2"},
        {"\"deliveryId\":\"D2\",\"originalDeliveryId\":\"D1\"", "D2"},
        {"\"deliveryId\":\"D2\",\"isRedelivery\":true", "D2"},
        {"\"deliveryId\":\"D2\",\"originalDeliveryId\":\"\",\"isRedelivery\":true", "D2"},
        {"\"isRedelivery\":true", "paid:I1"},
    };
    struct payment_event event;
    char body[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(body, sizeof(body), "{\"type\":\"InvoiceSettled\",\"invoiceId\":\"I1\",%s}",
                       rows[i].members);
        assert_verdict(judge_body(body, &event), accepted);
        assert_string_equal(event.event_id, rows[i].event_id);
    }
}

static void test_types(void **state)
{
    static const struct {
        const char *type;
        int kind;
        const char *more;
    } rows[] = {
        {"InvoiceSettled", PAYMENT_PAID, ""},
        {"InvoiceSettled", PAYMENT_PAID, ",\"manuallyMarked\":true"},
        {"InvoiceInvalid", PAYMENT_INVALID, ""},
        {"InvoiceRefund", PAYMENT_REFUNDED, ""},
        {"InvoiceCreated", 0, ""},
        {"InvoiceReceivedPayment", 0, ""},
        {"InvoiceReceivedPayment", 0, ",\"afterExpiration\":false"},
        {"InvoiceReceivedPayment", PAYMENT_SHORT, ",\"afterExpiration\":true"},
        {"InvoiceProcessing", 0, ""},
        {"InvoicePaymentSettled", 0, ""},
        {"InvoicePaymentSettled", PAYMENT_SHORT, ",\"afterExpiration\":true"},
        {"InvoiceExpired", 0, ""},
        {"InvoiceExpired", 0, ",\"partiallyPaid\":false"},
        {"InvoiceExpired", PAYMENT_SHORT, ",\"partiallyPaid\":true"},
        {"PayoutCreated", 0, ""},
        {"SubscriberCharged", 0, ""},
        {"", 0, ""},
    };
    struct payment_event event;
    char body[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"type\":\"%s\",\"invoiceId\":\"I1\",\"deliveryId\":\"D1\"%s}",
                       rows[i].type, rows[i].more);
        enum gateway_verdict verdict = judge_body(body, &event);
        if (verdict != (rows[i].kind ? GATEWAY_accepted : GATEWAY_unused))
            fail_msg("%s: %s", rows[i].type, gateway_verdict_name(verdict));
        assert_int_equal(event.kind, rows[i].kind);
    }
    /* what its button "test" sends */
    assert_verdict(judge_body("{\"type\":\"InvoiceSettled\",\"invoiceId\":\"__test__5f0c__test__\","
                              "\"deliveryId\":\"D1\"}",
                              &event),
                   unused);
    assert_verdict(judge_body("{\"type\":\"InvoiceSettled\",\"deliveryId\":\"D1\"}", &event),
                   body_incomplete);
    assert_verdict(judge_body("{\"type\":[\"InvoiceSettled\"],\"invoiceId\":\"I1\"}", &event),
                   unused);
    assert_verdict(judge_body("[]", &event), unused);
}

static void test_money(void **state)
{
    static const struct {
        const char *members;
        long amount;
    } rows[] = {
        {"\"amount\":\"29.00\",\"currency\":\"USD\"", 2900},
        {"\"amount\":29.5,\"currency\":\"USD\"", 2950},
        {"\"metadata\":{\"amount\":\"29.00\",\"currency\":\"USD\"}", 2900},
        {"\"amount\":\"9.00\",\"currency\":\"USD\","
         "\"metadata\":{\"amount\":\"29.00\",\"currency\":\"USD\"}",
         900},
        {"\"metadata\":{\"amount\":\"29.00\"}", -1},
        {"\"metadata\":null", -1},
        {"\"metadata\":\"x\"", -1},
    };
    struct payment_event event;
    char body[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(body, sizeof(body), "{\"type\":\"InvoiceSettled\",\"invoiceId\":\"I1\",%s}",
                       rows[i].members);
        assert_verdict(judge_body(body, &event), accepted);
        assert_int_equal(event.amount, rows[i].amount);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settled),
        cmocka_unit_test(test_redelivery),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
