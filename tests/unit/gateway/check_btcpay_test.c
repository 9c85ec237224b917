#include "gateway/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {.name = "btcpay",
                                             .kind = GATEWAY_BTCPAY,
                                             .secrets = {"3f2b1c"},
                                             .secret_count = 1,
                                             .api_key = (char *)"k",
                                             .store = (char *)"S/1"};

static struct check check;
static struct check_ask ask;

static enum gateway_verdict begin(const char *type, const char *members)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\"deliveryId\":\"D1\",\"type\":\"%s\",\"timestamp\":1699999990,\"invoiceId\":"
                   "\"I1\"%s}",
                   type, members);
    const struct gateway_request request = {.method = SLICE("POST"), .body = slice_from(body)};
    return check_begin(&config, &request, &check, &ask);
}

/* From the event over the invoice and its payment methods to what they come to. */
static enum gateway_verdict come_to(const char *type, const char *members, const char *status,
                                    const char *methods, struct payment_event *event)
{
    char invoice[512];
    assert_verdict(begin(type, members), unchecked);
    assert_true(slice_is(buf_slice(&ask.path), "/api/v1/stores/S%2F1/invoices/I1"));
    (void)snprintf(invoice, sizeof invoice,
                   "{\"id\":\"I1\",\"amount\":\"29.00\",\"currency\":\"USD\",\"metadata\":"
                   "{\"orderId\":\"ord_7\",\"telegram_id\":77,\"plan\":\"core\"},%s}",
                   status);
    assert_verdict(check_judge(&config, &check, 200, slice_from(invoice), &ask, event), unchecked);
    assert_true(slice_is(buf_slice(&ask.path), "/api/v1/stores/S%2F1/invoices/I1/payment-methods"));
    return check_judge(&config, &check, 200, slice_from(methods), &ask, event);
}

#define STATUS(status, more) "\"status\":\"" status "\",\"additionalStatus\":\"" more "\""
#define METHOD(paid, rate, status)                                                                 \
    "{\"rate\":\"" rate "\",\"paymentMethodPaid\":\"" paid "\",\"payments\":[{\"value\":\"" paid   \
    "\",\"status\":\"" status "\"}]}"
#define UNUSED_METHOD "{\"rate\":\"1.5\",\"paymentMethodPaid\":\"0.0\",\"payments\":[]}"
/* 29.00 to the nearest satoshi, a half more, and a part. */
#define WHOLE   "[" METHOD("0.00096667", "30000.00", "Settled") "," UNUSED_METHOD "]"
#define MORE    "[" METHOD("0.00096667", "30000", "Settled") "," METHOD("10", "1.45", "Settled") "]"
#define PART    "[" METHOD("0.00033333", "30000.0", "Settled") "]"
#define PENDING "[" METHOD("0.00096667", "30000.0", "Processing") "]"
#define LATE    ",\"afterExpiration\":true"

static void test_totals(void **state)
{
    static const struct {
        const char *type, *members, *status, *methods;
        const char *verdict;
        enum payment_kind kind;
        int64_t amount;
        const char *event_id;
    } rows[] = {
        {"InvoiceSettled", "", STATUS("Settled", "None"), WHOLE, "accepted", PAYMENT_PAID, 2900,
         "D1"},
        {"InvoiceSettled", "", STATUS("Settled", "PaidOver"), MORE, "accepted", PAYMENT_PAID, 4350,
         "D1"},
        {"InvoiceSettled", "", STATUS("Settled", "None"), MORE, "accepted", PAYMENT_PAID, 4350,
         "D1"},
        {"InvoiceSettled", "", STATUS("Settled", "Marked"), "[]", "accepted", PAYMENT_PAID, 2900,
         "D1"},
        {"InvoiceSettled", "", STATUS("Settled", "None"), "[{\"paymentMethodPaid\":\"x\"}]",
         "accepted", PAYMENT_PAID, 2900, "D1"},
        {"InvoiceExpired", ",\"partiallyPaid\":true", STATUS("Expired", "PaidPartial"), PART,
         "accepted", PAYMENT_SHORT, 1000, "D1"},
        {"InvoiceExpired", ",\"partiallyPaid\":true", STATUS("Expired", "PaidLate"), WHOLE,
         "accepted", PAYMENT_PAID, 2900, "paid:I1"},
        {"InvoicePaymentSettled", LATE, STATUS("Expired", "PaidLate"), WHOLE, "accepted",
         PAYMENT_PAID, 2900, "paid:I1"},
        {"InvoicePaymentSettled", "", STATUS("Expired", "PaidLate"), MORE, "accepted", PAYMENT_PAID,
         4350, "paid:I1"}, /* which says that it is not late */
        {"InvoicePaymentSettled", "", STATUS("Expired", "PaidPartial"), PART, "accepted",
         PAYMENT_SHORT, 1000, "short:I1"},
        {"InvoiceReceivedPayment", LATE, STATUS("Expired", "PaidLate"), PENDING, "accepted",
         PAYMENT_SHORT, 2900, "D1"},
        {"InvoiceReceivedPayment", "", STATUS("Processing", "None"), PENDING, "unused", 0, -1, ""},
        {"InvoicePaymentSettled", "", STATUS("New", "PaidPartial"), PART, "unused", 0, -1, ""},
        {"InvoicePaymentSettled", "", STATUS("Settled", "None"), WHOLE, "accepted", PAYMENT_PAID,
         2900, "paid:I1"},
        {"InvoicePaymentSettled", "", STATUS("Expired", "None"), "[]", "unused", 0, -1, ""},
        {"InvoiceInvalid", "", STATUS("Invalid", "Marked"), WHOLE, "accepted", PAYMENT_INVALID,
         2900, "D1"},
        {"InvoiceRefund", "", STATUS("Settled", "None"), WHOLE, "accepted", PAYMENT_REFUNDED, 2900,
         "D1"},
        {"InvoiceSettled", "", STATUS("Settled", "None"), "{}", "not_answered", 0, -1, ""},
    };
    struct payment_event event;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(gateway_verdict_name(come_to(rows[i].type, rows[i].members,
                                                         rows[i].status, rows[i].methods, &event)),
                            rows[i].verdict);
        assert_int_equal(event.kind, rows[i].kind);
        assert_int_equal(event.amount, rows[i].amount);
        assert_string_equal(event.event_id, rows[i].event_id);
        if (rows[i].kind == 0)
            continue;
        assert_string_equal(event.payment_id, "I1");
        assert_string_equal(event.order_id, "ord_7");
        assert_string_equal(event.plan, "core");
        assert_int_equal(event.telegram_id, 77);
    }
}

/* Coins have other places than money, and numbers any number of them. */
static void test_sums(void **state)
{
    static const struct {
        const char *paid, *rate;
        int64_t amount;
    } rows[] = {
        {"1", "30.5", 3050},
        {"0.000000000000000001", "30000000000000000000", -1}, /* more digits than a rate has */
        {"100.000000000000000000", "0.5", 5000},
        {"0.001", "40000.004999", 4000},
        {"0.001", "40000.005", 4000},
        {"0.001", "40005.00", 4001},
        {"99999", "99999999999", 999989999990000100},
        {"999999999999", "999999999999", -1},
        {"-1", "40000", -1},
        {"1e3", "1", 100000},
    };
    char methods[256];
    struct payment_event event;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(methods, sizeof methods,
                       "[{\"rate\":\"%s\",\"paymentMethodPaid\":%s%s%s,\"payments\":[{\"status\":"
                       "\"Settled\"}]}]",
                       rows[i].rate, i == COUNT(rows) - 1 ? "" : "\"", rows[i].paid,
                       i == COUNT(rows) - 1 ? "" : "\"");
        assert_verdict(come_to("InvoicePaymentSettled", LATE, STATUS("Expired", "PaidPartial"),
                               methods, &event),
                       accepted);
        assert_int_equal(event.kind, rows[i].amount >= 2900 ? PAYMENT_PAID : PAYMENT_SHORT);
        assert_int_equal(event.amount, rows[i].amount);
    }
}

/* It is signed: where BTCPay says no more of it, it says what it says. */
static void test_without_an_answer(void **state)
{
    struct payment_event event;
    (void)state;
    assert_verdict(begin("InvoiceSettled", ",\"metadata\":{\"amount\":\"5\",\"currency\":\"EUR\"}"),
                   unchecked);
    assert_verdict(check_judge(&config, &check, 403, SLICE(""), &ask, &event), accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_int_equal(event.amount, 500);
    assert_verdict(begin("InvoicePaymentSettled", ""), unchecked);
    assert_verdict(check_judge(&config, &check, 404, SLICE(""), &ask, &event), unused);
    assert_string_equal(event.currency, "");
    assert_verdict(begin("InvoicePaymentSettled", ""), unchecked);
    assert_verdict(check_judge(&config, &check, 200,
                               SLICE("{\"id\":\"I1\",\"amount\":\"9\",\"currency\":\"USD\"}"), &ask,
                               &event),
                   unchecked);
    assert_verdict(check_judge(&config, &check, 404, SLICE(""), &ask, &event), unused);
    assert_string_equal(event.currency, "");
    assert_verdict(begin("InvoiceSettled", ""), unchecked);
    assert_verdict(check_judge(&config, &check, 502, SLICE(""), &ask, &event), not_answered);
    assert_verdict(check_judge(&config, &check, 200, SLICE("{\"id\":\"I2\"}"), &ask, &event),
                   not_answered);
    assert_verdict(begin("InvoiceSettled", ",\"invoiceId2\":1"), unchecked);
    assert_verdict(begin("InvoiceCreated", ""), unused);
    assert_verdict(begin("InvoiceExpired", ""), unused);
}

static void test_who_is_asked(void **state)
{
    struct config_gateway without = config;
    (void)state;
    assert_true(check_wanted(&config));
    without.api_key = NULL;
    assert_false(check_wanted(&without));
    without = config;
    without.store = NULL;
    assert_false(check_wanted(&without));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_without_an_answer),
        cmocka_unit_test(test_who_is_asked),
    };
    check_ask_init(&ask);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_ask_deinit(&ask);
    return failed;
}
