/* What PayPal's events mean, how it is asked whether they are its own, and how it counts. */
#include "gateway/paypal.h"

#include "gateway/check.h"
#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {.name = "paypal",
                                             .kind = GATEWAY_PAYPAL,
                                             .client_id = (char *)"client",
                                             .webhook_id = (char *)"WEB\"1",
                                             .secret_key = (char *)"secret"};

static const char signature[] = "PayPal-Auth-Algo: SHA256withRSA\r\n"
                                "PayPal-Cert-Url: https://api.paypal.com/cert\r\n"
                                "PayPal-Transmission-Id: t-\"1\r\n"
                                "PayPal-Transmission-Sig: c2ln\r\n"
                                "PayPal-Transmission-Time: 2023-11-14T22:13:20Z\r\n";

static enum gateway_verdict begin(const char *lines, struct slice body, struct check *check,
                                  struct check_ask *ask)
{
    struct http_header headers[16];
    const struct gateway_request request = {
        .method = SLICE("POST"),
        .headers = headers,
        .header_count = split_headers(slice_from(lines), headers, COUNT(headers)),
        .body = body};
    return check_begin(&config, &request, check, ask);
}

/* The event of this resource, once PayPal has said that it is its own. */
static enum gateway_verdict meant(const char *type, const char *resource, struct payment_event *out)
{
    char body[2048];
    struct check_ask ask;
    struct check check;
    struct gateway *gateway = open_gateway(&config);
    int len =
        snprintf(body, sizeof body,
                 "{\"id\":\"WH-1\",\"event_type\":\"%s\",\"create_time\":\"2023-11-14T22:13:20Z\","
                 "\"resource\":%s}",
                 type, resource);
    struct slice text = slice_of(body, (size_t)len);
    check_ask_init(&ask);
    enum gateway_verdict judged = judge_at(gateway, slice_from(signature), text, now_ms, out);
    gateway_destroy(&gateway);
    if (judged == GATEWAY_unchecked) {
        assert_verdict(begin(signature, text, &check, &ask), unchecked);
        judged = check_judge(&config, &check, 200, SLICE("{\"verification_status\":\"SUCCESS\"}"),
                             &ask, out);
    }
    check_ask_deinit(&ask);
    return judged;
}

#define USD(value) "{\"value\":\"" value "\",\"currency_code\":\"USD\"}"
#define ORDER      "\"supplementary_data\":{\"related_ids\":{\"order_id\":\"5O1\"}}"
#define UP                                                                                         \
    "\"links\":[{\"rel\":\"self\",\"href\":\"https://api.paypal.com/v2/payments/refunds/R1\"},"    \
    "{\"rel\":\"up\",\"href\":\"https://api.paypal.com/v2/payments/captures/C1\"}]"
#define DISPUTE(outcome)                                                                           \
    "{\"dispute_id\":\"PP-D-1\",\"disputed_transactions\":[{\"seller_transaction_id\":\"C1\"}],"   \
    "\"dispute_amount\":" USD("29.00") ",\"dispute_outcome\":{\"outcome_code\":\"" outcome "\"}}"

static void test_events(void **state)
{
    static const struct {
        const char *type, *resource;
        enum payment_kind kind; /* 0: unused */
        const char *payment, *event, *part, *order;
        int64_t amount;
    } rows[] = {
        {"CHECKOUT.ORDER.APPROVED",
         "{\"id\":\"5O1\",\"intent\":\"CAPTURE\",\"purchase_units\":[{\"custom_id\":\"ord_1\","
         "\"amount\":" USD("29.00") "}]}",
         PAYMENT_APPROVED, "5O1", "WH-1", "", "ord_1", 2900},
        {"CHECKOUT.ORDER.APPROVED", "{\"id\":\"5O1\",\"intent\":\"AUTHORIZE\"}", 0, "", "", "", "",
         0},
        {"PAYMENT.CAPTURE.COMPLETED",
         "{\"id\":\"C1\",\"amount\":" USD("29.00") ",\"custom_id\":\"ord_1\"," ORDER "}",
         PAYMENT_PAID, "C1", "WH-1", "", "ord_1", 2900},
        {"PAYMENT.CAPTURE.PENDING", "{\"id\":\"C1\"}", 0, "", "", "", "", 0},
        {"PAYMENT.CAPTURE.DENIED", "{\"id\":\"C1\"}", 0, "", "", "", "", 0},
        {"PAYMENT.CAPTURE.REFUNDED", "{\"id\":\"R1\",\"amount\":" USD("4.00") "," UP "}",
         PAYMENT_REFUNDED, "C1", "R1", "R1", "", 400},
        {"PAYMENT.CAPTURE.REVERSED", "{\"id\":\"R1\",\"amount\":" USD("-4.00") "," UP "}",
         PAYMENT_REFUNDED, "C1", "R1", "R1", "", 400},
        {"PAYMENT.SALE.COMPLETED",
         "{\"id\":\"S1\",\"billing_agreement_id\":\"I-1\",\"custom\":\"ord_1\","
         "\"amount\":{\"total\":\"29.00\",\"currency\":\"USD\"}}",
         PAYMENT_PAID, "S1", "WH-1", "", "ord_1", 2900},
        {"PAYMENT.SALE.REFUNDED",
         "{\"id\":\"R1\",\"sale_id\":\"S1\",\"amount\":{\"total\":\"29.00\",\"currency\":\"USD\"}}",
         PAYMENT_REFUNDED, "S1", "R1", "R1", "", 2900},
        {"CUSTOMER.DISPUTE.CREATED", DISPUTE("NONE"), PAYMENT_CHARGED_BACK, "C1", "WH-1", "PP-D-1",
         "", 2900},
        {"CUSTOMER.DISPUTE.RESOLVED", DISPUTE("RESOLVED_SELLER_FAVOUR"), PAYMENT_REINSTATED, "C1",
         "WH-1", "PP-D-1", "", 2900},
        {"CUSTOMER.DISPUTE.RESOLVED", DISPUTE("CANCELED_BY_BUYER"), PAYMENT_REINSTATED, "C1",
         "WH-1", "PP-D-1", "", 2900},
        {"CUSTOMER.DISPUTE.RESOLVED", DISPUTE("RESOLVED_BUYER_FAVOUR"), PAYMENT_CHARGED_BACK, "C1",
         "WH-1", "PP-D-1", "", 2900},
        {"CUSTOMER.DISPUTE.RESOLVED", DISPUTE("NONE"), 0, "", "", "", "", 0},
        {"BILLING.SUBSCRIPTION.CANCELLED", "{\"id\":\"I-1\"}", 0, "", "", "", "", 0},
    };
    struct payment_event event;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict verdict = meant(rows[i].type, rows[i].resource, &event);
        assert_string_equal(gateway_verdict_name(verdict),
                            rows[i].kind == 0 ? "unused" : "accepted");
        if (rows[i].kind == 0)
            continue;
        assert_int_equal(event.kind, rows[i].kind);
        assert_string_equal(event.payment_id, rows[i].payment);
        assert_string_equal(event.event_id, rows[i].event);
        assert_string_equal(event.part_id, rows[i].part);
        assert_string_equal(event.order_id, rows[i].order);
        assert_int_equal(event.amount, rows[i].amount);
        assert_string_equal(event.currency, "USD");
        assert_int_equal(event.occurred_ms, 1700000000000);
        assert_false(event.total);
    }
}

static void test_who_and_what(void **state)
{
    struct payment_event event;
    (void)state;
    assert_verdict(meant("PAYMENT.CAPTURE.COMPLETED",
                         "{\"id\":\"C1\",\"custom_id\":\"{\\\"telegram_id\\\":42,\\\"plan\\\":"
                         "\\\"core\\\"}\"," ORDER "}",
                         &event),
                   accepted);
    assert_int_equal(event.telegram_id, 42);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "");
    assert_string_equal(event.aliases, "5O1");
    assert_verdict(
        meant("PAYMENT.SALE.COMPLETED", "{\"id\":\"S1\",\"billing_agreement_id\":\"I-1\"}", &event),
        accepted);
    assert_string_equal(event.subscription, "I-1");
}

static void test_what_cannot_be_read(void **state)
{
    struct payment_event event;
    (void)state;
    assert_verdict(meant("PAYMENT.CAPTURE.COMPLETED", "{}", &event), body_incomplete);
    assert_verdict(meant("PAYMENT.CAPTURE.REFUNDED", "{\"id\":\"R1\"}", &event), body_incomplete);
    assert_verdict(meant("CUSTOMER.DISPUTE.CREATED",
                         "{\"disputed_transactions\":[{\"seller_transaction_id\":\"C1\"},"
                         "{\"seller_transaction_id\":\"C2\"}]}",
                         &event),
                   several_events);
}

/* The event byte for byte, and nothing that came can close what stands around it. */
static void test_what_is_asked(void **state)
{
    static const char body[] = "{ \"id\":\"WH-1\",\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\","
                               "\"resource\":{\"id\":\"C\\u0031\"} }";
    struct check_ask ask;
    struct check check;
    (void)state;
    check_ask_init(&ask);
    assert_verdict(begin(signature, slice_from(body), &check, &ask), unchecked);
    assert_true(slice_is(buf_slice(&ask.path), "/v1/notifications/verify-webhook-signature"));
    assert_string_equal(ask.method, "POST");
    assert_true(ask.token);
    assert_true(slice_is(
        buf_slice(&ask.body),
        "{\"auth_algo\":\"SHA256withRSA\",\"cert_url\":\"https://api.paypal.com/cert\","
        "\"transmission_id\":\"t-\\\"1\",\"transmission_sig\":\"c2ln\",\"transmission_time\":"
        "\"2023-11-14T22:13:20Z\",\"webhook_id\":\"WEB\\\"1\",\"webhook_event\":"
        "{ \"id\":\"WH-1\",\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\","
        "\"resource\":{\"id\":\"C\\u0031\"} }}"));
    const struct check_token *token = check_token_of(&config);
    assert_string_equal(token->path, "/v1/oauth2/token");
    assert_string_equal(token->body, "grant_type=client_credentials");

    static const char *const strange[] = {
        "{\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\",\"resource\":{\"id\":\"C1\"}},\"webhook_"
        "id\":"
        "\"mine\",\"x\":{}",
        "{\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\",\"resource\":{\"id\":\"C1\"}}}", ""};
    for (size_t i = 0; i < COUNT(strange); i++)
        assert_verdict(begin(signature, slice_from(strange[i]), &check, &ask), body_not_json);
    assert_verdict(begin("PayPal-Auth-Algo: SHA256withRSA\r\n", slice_from(body), &check, &ask),
                   signature_missing);
    char twice[1024];
    (void)snprintf(twice, sizeof twice, "%sPayPal-Auth-Algo: none\r\n", signature);
    assert_verdict(begin(twice, slice_from(body), &check, &ask), signature_malformed);
    check_ask_deinit(&ask);
}

static void test_what_it_answers(void **state)
{
    static const struct {
        unsigned status;
        const char *body, *verdict;
    } rows[] = {
        {200, "{\"verification_status\":\"SUCCESS\"}", "accepted"},
        {200, "{\"verification_status\":\"FAILURE\"}", "signature_wrong"},
        {200, "{\"verification_status\":\"success\"}", "not_answered"},
        {200, "{}", "not_answered"},
        {500, "{}", "not_answered"},
        {401, "{}", "keys_refused"},
    };
    static const char body[] =
        "{\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\",\"resource\":{\"id\":\"C1\"}}";
    struct payment_event event;
    struct check_ask ask;
    struct check check;
    (void)state;
    check_ask_init(&ask);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_verdict(begin(signature, slice_from(body), &check, &ask), unchecked);
        enum gateway_verdict verdict =
            check_judge(&config, &check, rows[i].status, slice_from(rows[i].body), &ask, &event);
        assert_string_equal(gateway_verdict_name(verdict), rows[i].verdict);
        assert_string_equal(event.payment_id, verdict == GATEWAY_accepted ? "C1" : "");
    }
    check_ask_deinit(&ask);
}

static void test_amounts(void **state)
{
    char text[PAYPAL_AMOUNT_SIZE];
    (void)state;
    assert_true(paypal_amount(2900, SLICE("USD"), text));
    assert_string_equal(text, "29.00");
    assert_true(paypal_amount(1200, SLICE("JPY"), text));
    assert_string_equal(text, "1200");
    assert_true(paypal_amount(30000, SLICE("TWD"), text));
    assert_string_equal(text, "300");
    assert_false(paypal_amount(30050, SLICE("TWD"), text));
    assert_false(paypal_amount(0, SLICE("USD"), text));
    assert_false(paypal_amount(100, SLICE("ZZZ"), text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_who_and_what),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_what_is_asked),
        cmocka_unit_test(test_what_it_answers),
        cmocka_unit_test(test_amounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
