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

static cJSON *parsed(const char *text)
{
    cJSON *root;
    assert_int_equal(json_parse(slice_from(text), 65536, 16, &root, NULL), ERROR_NONE);
    return root;
}

/* The order that usher made, when its payer says that it is paid. */
static void test_an_order(void **state)
{
#define CAPTURE(status) "{\"id\":\"C1\",\"status\":\"" status "\",\"amount\":" USD("29.00") "}"
#define ORDER_OF(id, status, captures)                                                             \
    "{\"id\":\"" id "\",\"status\":\"" status                                                      \
    "\",\"intent\":\"CAPTURE\",\"purchase_units\":[{\"custom_id\":\"ord_1\",\"amount\":" USD(      \
        "29.00") ",\"payments\":{\"captures\":[" captures "]}}]}"
    static const struct {
        const char *answer, *verdict;
        enum payment_kind kind;
        const char *payment, *event, *alias;
    } rows[] = {
        {ORDER_OF("5O1", "COMPLETED", CAPTURE("DECLINED") "," CAPTURE("COMPLETED")), "accepted",
         PAYMENT_PAID, "C1", "paid:C1", "5O1"},
        {ORDER_OF("5O1", "COMPLETED", CAPTURE("PARTIALLY_REFUNDED")), "accepted", PAYMENT_PAID,
         "C1", "paid:C1", "5O1"},
        {ORDER_OF("5O1", "COMPLETED", CAPTURE("PENDING")), "unused", 0, "", "", ""},
        {ORDER_OF("5O1", "COMPLETED", CAPTURE("REFUNDED")), "unused", 0, "", "", ""},
        {ORDER_OF("5O1", "APPROVED", ""), "accepted", PAYMENT_APPROVED, "5O1", "approved:5O1", ""},
        {ORDER_OF("5O1", "PAYER_ACTION_REQUIRED", ""), "unused", 0, "", "", ""},
        {ORDER_OF("5O2", "APPROVED", ""), "not_answered", 0, "", "", ""},
        {"{\"verification_status\":\"SUCCESS\"}", "not_answered", 0, "", "", ""},
    };
    struct payment_event event;
    struct check_ask ask;
    struct check check;
    (void)state;
    check_ask_init(&ask);
    assert_false(check_about(&config, SLICE("5/1"), &check, &ask));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(check_about(&config, SLICE("5O1"), &check, &ask));
        assert_true(slice_is(buf_slice(&ask.path), "/v2/checkout/orders/5O1"));
        assert_true(ask.token);
        enum gateway_verdict verdict =
            check_judge(&config, &check, 200, slice_from(rows[i].answer), &ask, &event);
        assert_string_equal(gateway_verdict_name(verdict), rows[i].verdict);
        assert_int_equal(event.kind, rows[i].kind);
        assert_string_equal(event.payment_id, rows[i].payment);
        assert_string_equal(event.event_id, rows[i].event);
        assert_string_equal(event.aliases, rows[i].alias);
        assert_string_equal(event.order_id, rows[i].kind == 0 ? "" : "ord_1");
        assert_int_equal(event.amount, rows[i].kind == 0 ? -1 : 2900);
    }
    assert_verdict(check_judge(&config, &check, 404, SLICE(""), &ask, &event), payment_unknown);
    check_ask_deinit(&ask);
}

#define ROW(id, code, status, value, more)                                                         \
    "{\"transaction_info\":{\"transaction_id\":\"" id "\",\"transaction_event_code\":\"" code      \
    "\",\"transaction_status\":\"" status "\",\"transaction_amount\":" USD(                        \
        value) ",\"transaction_initiation_date\":\"2023-11-14T22:13:20+0000\"" more "}}"
#define CUSTOM(text) ",\"custom_field\":\"" text "\""
#define REFERENCE(type, id)                                                                        \
    ",\"paypal_reference_id\":\"" id "\",\"paypal_reference_id_type\":\"" type "\""

static void test_transactions(void **state)
{
    static const struct {
        const char *row;
        enum payment_kind kind; /* 0: unused */
        const char *payment, *event, *part, *order, *subscription, *alias;
        int64_t amount;
    } rows[] = {
        {ROW("C1", "T0006", "S", "29.00", CUSTOM("ord_1") REFERENCE("ODR", "5O1")), PAYMENT_PAID,
         "C1", "paid:C1", "", "ord_1", "", "5O1", 2900},
        {ROW("C1", "T0006", "S", "29.00", CUSTOM("{\\\"telegram_id\\\":42}")), PAYMENT_PAID, "C1",
         "paid:C1", "", "", "", "", 2900},
        {ROW("S1", "T0002", "S", "29.00", REFERENCE("SUB", "I-1")), PAYMENT_PAID, "S1", "paid:S1",
         "", "", "I-1", "", 2900},
        {ROW("R1", "T1107", "S", "-4.00", REFERENCE("TXN", "C1")), PAYMENT_PARTLY_REFUNDED, "C1",
         "R1", "R1", "", "", "", 400},
        {ROW("R1", "T1106", "S", "-4.00", REFERENCE("TXN", "C1")), PAYMENT_PARTLY_REFUNDED, "C1",
         "R1", "R1", "", "", "", 400},
        {ROW("C1", "T0006", "P", "29.00", CUSTOM("ord_1")), 0, "", "", "", "", "", "", 0},
        {ROW("C1", "T0006", "V", "29.00", CUSTOM("ord_1")), 0, "", "", "", "", "", "", 0},
        {ROW("C1", "T0006", "S", "-29.00", CUSTOM("ord_1")), 0, "", "", "", "", "", "", 0},
        {ROW("C1", "T0006", "S", "29.00", CUSTOM("shop-7")), 0, "", "", "", "", "", "", 0},
        {ROW("C1", "T0006", "S", "29.00", ""), 0, "", "", "", "", "", "", 0},
        {ROW("C1", "T0400", "S", "29.00", CUSTOM("ord_1")), 0, "", "", "", "", "", "", 0},
        {ROW("R1", "T1107", "S", "-4.00", REFERENCE("ODR", "5O1")), 0, "", "", "", "", "", "", 0},
        {"7", 0, "", "", "", "", "", "", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct payment_event event = {.amount = -1};
        cJSON *root = parsed(rows[i].row);
        enum gateway_verdict verdict = check_lists(&config)[0].read(root, &event);
        json_free(&root);
        assert_string_equal(gateway_verdict_name(verdict),
                            rows[i].kind == 0 ? "unused" : "accepted");
        if (rows[i].kind == 0)
            continue;
        assert_int_equal(event.kind, rows[i].kind);
        assert_string_equal(event.payment_id, rows[i].payment);
        assert_string_equal(event.event_id, rows[i].event);
        assert_string_equal(event.part_id, rows[i].part);
        assert_string_equal(event.order_id, rows[i].order);
        assert_string_equal(event.subscription, rows[i].subscription);
        assert_string_equal(event.aliases, rows[i].alias);
        assert_int_equal(event.amount, rows[i].amount);
        assert_int_equal(event.occurred_ms, 1700000000000);
        assert_false(event.total);
    }
}

static void test_pages(void **state)
{
    const struct check_list *list = check_lists(&config);
    struct check_page page = {.since_ms = 1699990000000, .until_ms = 1700000000000, .number = 1};
    struct check_ask ask;
    (void)state;
    check_ask_init(&ask);
    list->ask(&config, &page, &ask);
    assert_true(slice_is(buf_slice(&ask.path),
                         "/v1/reporting/transactions?start_date=2023-11-14T19%3A26%3A40Z&end_date="
                         "2023-11-14T22%3A13%3A20Z&transaction_status=S&fields=transaction_info"
                         "&page_size=500&page=2"));
    assert_true(ask.token);
    check_ask_deinit(&ask);
    cJSON *root = parsed("{\"transaction_details\":[],\"page\":2,\"total_pages\":3}");
    assert_true(cJSON_IsArray(list->items(root)));
    assert_true(list->next(root, list->items(root), &page));
    page.number = 2;
    assert_false(list->next(root, list->items(root), &page));
    json_free(&root);
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
        cmocka_unit_test(test_an_order),
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_amounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
