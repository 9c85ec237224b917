/* What the kinds ask lists for, and what they read of them. */
#include "gateway/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway stripe = {
    .name = "stripe", .kind = GATEWAY_STRIPE, .secret_key = (char *)"sk_1"};
static const struct config_gateway btcpay = {
    .name = "btcpay", .kind = GATEWAY_BTCPAY, .api_key = (char *)"k", .store = (char *)"S/1"};
static const struct config_gateway crypto = {
    .name = "crypto", .kind = GATEWAY_CRYPTO_PAY, .secrets = {"1:A"}};
static const struct config_gateway kassa = {.name = "kassa", .kind = GATEWAY_YOOKASSA};

static struct check_ask ask;
static struct check_page page;

static enum gateway_verdict read_one(const struct config_gateway *gateway, size_t list,
                                     const char *item, struct payment_event *event)
{
    cJSON *root;
    *event = (struct payment_event){.amount = -1};
    assert_int_equal(json_parse(slice_from(item), 65536, 16, &root, NULL), ERROR_NONE);
    enum gateway_verdict verdict = check_lists(gateway)[list].read(root, event);
    json_free(&root);
    return verdict;
}

static void expect_ask(const struct config_gateway *gateway, size_t list, const char *path)
{
    check_ask_clear(&ask);
    check_lists(gateway)[list].ask(gateway, &page, &ask);
    buf_append_u8(&ask.path, 0);
    assert_string_equal(ask.path.data, path);
    assert_string_equal(ask.method, "GET");
}

/* Does another page follow this one? */
static bool follows(const struct config_gateway *gateway, size_t list, const char *body)
{
    const struct check_list *row = &check_lists(gateway)[list];
    cJSON *root;
    assert_int_equal(json_parse(slice_from(body), 65536, 16, &root, NULL), ERROR_NONE);
    bool more = row->next(root, row->items(root), &page);
    json_free(&root);
    return more;
}

static void test_stripe(void **state)
{
    static const char session[] =
        "{\"id\":\"cs_1\",\"created\":1699999999,\"payment_status\":\"%s\",\"payment_intent\":"
        "\"pi_1\",\"amount_total\":900,\"currency\":\"usd\",\"client_reference_id\":\"ord_7\"}";
    char text[512];
    struct payment_event event;
    (void)state;
    page = (struct check_page){.since_ms = 1700000000000};
    expect_ask(&stripe, 1,
               "/v1/checkout/sessions?status=complete&limit=100&created%5Bgte%5D=1699913600");
    assert_false(follows(&stripe, 1, "{\"data\":[{\"id\":\"cs_9\"}],\"has_more\":false}"));
    assert_false(follows(&stripe, 1, "{\"data\":[],\"has_more\":true}"));
    assert_true(follows(&stripe, 1, "{\"data\":[{\"id\":\"cs_9\"}],\"has_more\":true}"));
    expect_ask(
        &stripe, 2,
        "/v1/invoices?status=paid&limit=100&created%5Bgte%5D=1700000000&starting_after=cs_9");
    (void)snprintf(text, sizeof text, session, "paid");
    assert_verdict(read_one(&stripe, 1, text, &event), accepted);
    assert_string_equal(event.payment_id, "pi_1");
    assert_string_equal(event.event_id, "paid:pi_1");
    assert_string_equal(event.order_id, "ord_7");
    assert_string_equal(event.aliases, "cs_1");
    assert_int_equal(event.amount, 900);
    (void)snprintf(text, sizeof text, session, "unpaid");
    assert_verdict(read_one(&stripe, 1, text, &event), unused);
    assert_verdict(
        read_one(&stripe, 2,
                 "{\"id\":\"in_1\",\"status\":\"paid\",\"amount_paid\":2900,\"currency\":"
                 "\"usd\",\"created\":1,\"status_transitions\":{\"paid_at\":1700000000},"
                 "\"subscription\":\"sub_1\",\"subscription_details\":{\"metadata\":"
                 "{\"telegram_id\":\"77\",\"plan\":\"core\"}}}",
                 &event),
        accepted);
    assert_string_equal(event.payment_id, "in_1");
    assert_string_equal(event.subscription, "sub_1");
    assert_int_equal(event.telegram_id, 77);
    assert_int_equal(event.occurred_ms, 1700000000000);
}

#define EVENT(type, object)                                                                        \
    "{\"id\":\"evt_1\",\"type\":\"" type "\",\"created\":1700000000,\"data\":{\"object\":{" object \
    "}}}"

/* The events are those of callbacks, under the same ids. */
static void test_stripe_went_back(void **state)
{
    struct payment_event event;
    (void)state;
    page = (struct check_page){.since_ms = 1700000000000, .cursor = "evt_9"};
    expect_ask(&stripe, 0,
               "/v1/events?types%5B%5D=invoice_payment.paid"
               "&types%5B%5D=customer.subscription.updated"
               "&types%5B%5D=customer.subscription.deleted&types%5B%5D=charge.refunded"
               "&types%5B%5D=refund.failed&types%5B%5D=refund.updated"
               "&types%5B%5D=charge.refund.updated&types%5B%5D=charge.dispute.created"
               "&types%5B%5D=charge.dispute.funds_withdrawn&types%5B%5D=charge.dispute.closed"
               "&types%5B%5D=charge.dispute.funds_reinstated"
               "&limit=100&created%5Bgte%5D=1700000000&starting_after=evt_9");
    assert_verdict(read_one(&stripe, 0,
                            EVENT("charge.refunded",
                                  "\"id\":\"ch_1\",\"payment_intent\":\"pi_1\",\"amount\":900,"
                                  "\"amount_refunded\":200,\"refunded\":false,\"currency\":"
                                  "\"usd\""),
                            &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_PARTLY_REFUNDED);
    assert_string_equal(event.event_id, "evt_1");
    assert_string_equal(event.payment_id, "pi_1");
    assert_int_equal(event.amount, 200);
    assert_true(event.total);
    assert_int_equal(event.occurred_ms, 1700000000000);
    assert_verdict(read_one(&stripe, 0,
                            EVENT("refund.failed",
                                  "\"id\":\"re_1\",\"payment_intent\":\"pi_1\",\"amount\":200,"
                                  "\"status\":\"failed\",\"currency\":\"usd\""),
                            &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_REFUND_FAILED);
    assert_string_equal(event.part_id, "re_1");
    assert_verdict(read_one(&stripe, 0,
                            EVENT("charge.dispute.created",
                                  "\"id\":\"du_1\",\"payment_intent\":\"pi_1\",\"amount\":900,"
                                  "\"status\":\"needs_response\",\"currency\":\"usd\""),
                            &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_CHARGED_BACK);
    assert_string_equal(event.part_id, "du_1");
    assert_verdict(
        read_one(&stripe, 0, EVENT("refund.updated", "\"status\":\"succeeded\""), &event), unused);
    assert_verdict(read_one(&stripe, 0, "{\"type\":\"charge.updated\"}", &event), unused);
    assert_verdict(read_one(&stripe, 0, "7", &event), unused);
}

static void test_btcpay(void **state)
{
    struct payment_event event;
    (void)state;
    page = (struct check_page){.since_ms = 1700000000000, .number = 2};
    expect_ask(&btcpay, 0,
               "/api/v1/stores/S%2F1/invoices?status=Settled&status=Expired&status=Invalid&"
               "startDate=1700000000&skip=200&take=100");
    assert_false(follows(&btcpay, 0, "[{}]"));
#define INVOICE(status, more)                                                                      \
    "{\"id\":\"I1\",\"status\":\"" status "\",\"additionalStatus\":\"" more                        \
    "\",\"amount\":\"9.00\","                                                                      \
    "\"currency\":\"USD\",\"createdTime\":1699999999,\"metadata\":{\"orderId\":\"ord_7\"}}"
    assert_verdict(read_one(&btcpay, 0, INVOICE("Settled", "None"), &event), accepted);
    assert_int_equal(event.amount, 900);
    assert_string_equal(event.order_id, "ord_7");
    assert_verdict(read_one(&btcpay, 0, INVOICE("Settled", "PaidOver"), &event), unchecked);
    assert_verdict(read_one(&btcpay, 0, INVOICE("Expired", "PaidLate"), &event), unchecked);
    assert_verdict(read_one(&btcpay, 0, INVOICE("Expired", "PaidPartial"), &event), unused);
    assert_verdict(read_one(&btcpay, 0, INVOICE("Invalid", "Marked"), &event), accepted);
    assert_int_equal(event.kind, PAYMENT_INVALID);
    assert_string_equal(event.event_id, "invalid:I1");
    assert_true(event.total);
    assert_verdict(read_one(&btcpay, 0, INVOICE("Processing", "None"), &event), unused);
    assert_verdict(read_one(&btcpay, 0, "7", &event), unused);
}

static void test_crypto_pay(void **state)
{
    struct payment_event event;
    (void)state;
    page = (struct check_page){.number = 1};
    expect_ask(&crypto, 0, "/api/getInvoices?status=paid&count=100&offset=100");
    assert_false(follows(&crypto, 0, "{\"result\":{\"items\":[{}]}}"));
    assert_verdict(read_one(&crypto, 0,
                            "{\"invoice_id\":7,\"status\":\"paid\",\"asset\":\"USDT\",\"amount\":"
                            "\"9\",\"payload\":\"ord_7\"}",
                            &event),
                   accepted);
    assert_string_equal(event.event_id, "paid:7");
    assert_string_equal(event.order_id, "ord_7");
    assert_verdict(read_one(&crypto, 0, "{\"invoice_id\":7,\"status\":\"active\"}", &event),
                   unused);
}

static void test_yookassa(void **state)
{
    struct payment_event event;
    (void)state;
#define PAYMENT(status, back)                                                                      \
    "{\"id\":\"p1\",\"status\":\"" status                                                          \
    "\",\"amount\":{\"value\":\"9.00\",\"currency\":\"RUB\"},"                                     \
    "\"refunded_amount\":{\"value\":\"" back "\",\"currency\":\"RUB\"}}"
    assert_verdict(read_one(&kassa, 0, PAYMENT("succeeded", "0.00"), &event), accepted);
    assert_int_equal(event.amount, 900);
    assert_verdict(read_one(&kassa, 0, PAYMENT("succeeded", "4.00"), &event), accepted);
    assert_verdict(read_one(&kassa, 0, PAYMENT("succeeded", "9.00"), &event), unused);
    assert_verdict(read_one(&kassa, 0, PAYMENT("pending", "0.00"), &event), unused);
    assert_verdict(
        read_one(&kassa, 1,
                 "{\"id\":\"r1\",\"payment_id\":\"p1\",\"status\":\"succeeded\",\"amount\":"
                 "{\"value\":\"4.00\",\"currency\":\"RUB\"}}",
                 &event),
        accepted);
    assert_int_equal(event.kind, PAYMENT_REFUNDED);
    assert_verdict(read_one(&kassa, 1, "{\"id\":\"r1\",\"status\":\"canceled\"}", &event), unused);
}

/* The one thing that was made for an order. */
static void test_about(void **state)
{
    static const struct {
        const struct config_gateway *gateway;
        const char *id, *path, *answer, *payment_id;
    } rows[] = {
        {&stripe, "cs_1", "/v1/checkout/sessions/cs_1",
         "{\"id\":\"cs_1\",\"payment_status\":\"paid\",\"payment_intent\":\"pi_1\"}", "pi_1"},
        {&crypto, "7", "/api/getInvoices?invoice_ids=7",
         "{\"result\":{\"items\":[{\"invoice_id\":6,\"status\":\"paid\"},{\"invoice_id\":7,"
         "\"status\":\"paid\"}]}}",
         "7"},
        {&kassa, "p-1", "/v3/payments/p-1", "{\"id\":\"p-1\",\"status\":\"succeeded\"}", "p-1"},
    };
    struct check check;
    struct payment_event event;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(check_about(rows[i].gateway, slice_from(rows[i].id), &check, &ask));
        assert_true(slice_is(buf_slice(&ask.path), rows[i].path));
        assert_verdict(
            check_judge(rows[i].gateway, &check, 200, slice_from(rows[i].answer), &ask, &event),
            accepted);
        assert_string_equal(event.payment_id, rows[i].payment_id);
        assert_verdict(check_judge(rows[i].gateway, &check, 404, SLICE(""), &ask, &event),
                       payment_unknown);
        assert_false(check_about(rows[i].gateway, SLICE(""), &check, &ask));
    }
    assert_true(check_about(&btcpay, SLICE("I1"), &check, &ask));
    assert_true(slice_is(buf_slice(&ask.path), "/api/v1/stores/S%2F1/invoices/I1"));
    assert_verdict(check_judge(&btcpay, &check, 200, SLICE(INVOICE("New", "None")), &ask, &event),
                   unchecked);
    assert_verdict(check_judge(&btcpay, &check, 200, SLICE("[]"), &ask, &event), unused);
    assert_true(check_about(&btcpay, SLICE("I1"), &check, &ask));
    assert_verdict(check_judge(&btcpay, &check, 403, SLICE(""), &ask, &event), keys_refused);
    assert_verdict(check_judge(&crypto, &check, 200, SLICE("{}"), &ask, &event), payment_unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stripe),   cmocka_unit_test(test_stripe_went_back),
        cmocka_unit_test(test_btcpay),   cmocka_unit_test(test_crypto_pay),
        cmocka_unit_test(test_yookassa), cmocka_unit_test(test_about),
    };
    check_ask_init(&ask);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_ask_deinit(&ask);
    return failed;
}
