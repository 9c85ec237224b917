#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static struct config_value_map kinds[] = {{"payment.succeeded", PAYMENT_PAID},
                                          {"payment.refunded", PAYMENT_REFUNDED},
                                          {"payment.disputed", PAYMENT_CHARGED_BACK},
                                          {"true", PAYMENT_REINSTATED},
                                          {"3", PAYMENT_PARTLY_REFUNDED}};

/* The example of the configuration's documentation. */
static const struct config_gateway ime = {.name = "ime",
                                          .kind = GATEWAY_HMAC,
                                          .secrets = {"new", "old"},
                                          .secret_count = 2,
                                          .hmac = {.signature_header = "x-ime-signature",
                                                   .format = SIGNATURE_KV,
                                                   .field = "v1",
                                                   .timestamp_field = "t",
                                                   .tolerance_ms = 300000,
                                                   .signed_template = "{timestamp}.{body}",
                                                   .event_id_header = "x-ime-event-id",
                                                   .kind_pointer = {"/type"},
                                                   .kinds = kinds,
                                                   .kind_count = COUNT(kinds),
                                                   .payment_id = {"/data/payment_id"},
                                                   .telegram_id = {"/data/telegram_id"},
                                                   .plan = {"/data/plan"},
                                                   .amount = {"/data/amount"},
                                                   .currency = {"/data/currency"}}};

static enum gateway_verdict judge_body(const struct config_gateway *config, const char *body,
                                       struct payment_event *event)
{
    struct gateway *gateway = open_gateway(config);
    enum gateway_verdict verdict = judge_signed(gateway, slice_from(body), event);

    gateway_destroy(&gateway);
    return verdict;
}

static void test_map(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(judge_body(&ime,
                              "{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"p-1\","
                              "\"telegram_id\":\"123456789\",\"plan\":\"core\","
                              "\"amount\":\"29.00\",\"currency\":\"usd\",\"order\":\"o-1\"}}",
                              &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.event_id, "evt-in-header");
    assert_string_equal(event.payment_id, "p-1");
    assert_int_equal(event.telegram_id, 123456789);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "");
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "USD");
    assert_int_equal(event.occurred_ms, 0);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *type;
        int kind;
    } rows[] = {
        {"\"payment.refunded\"", PAYMENT_REFUNDED},
        {"\"payment.disputed\"", PAYMENT_CHARGED_BACK},
        {"true", PAYMENT_REINSTATED},
        {"\"true\"", PAYMENT_REINSTATED},
        {"3", PAYMENT_PARTLY_REFUNDED},
        {"false", 0},
        {"3.0", 0},
        {"null", 0},
        {"\"Payment.Refunded\"", 0},
        {"\"\"", 0},
        {"{}", 0},
    };
    struct payment_event event;
    char body[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(body, sizeof(body), "{\"type\":%s,\"data\":{\"payment_id\":5}}",
                       rows[i].type);
        enum gateway_verdict verdict = judge_body(&ime, body, &event);
        if (verdict != (rows[i].kind ? GATEWAY_accepted : GATEWAY_unused))
            fail_msg("%s: %s", rows[i].type, gateway_verdict_name(verdict));
        assert_int_equal(event.kind, rows[i].kind);
    }
    assert_verdict(judge_body(&ime, "{\"type\":\"payment.succeeded\",\"data\":{}}", &event),
                   body_incomplete);
    assert_verdict(judge_body(&ime, "{}", &event), unused);
}

static void test_event_id(void **state)
{
    static const char body[] =
        "{\"event\":77,\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"p\"}}";
    struct config_gateway config = ime;
    struct payment_event event;

    (void)state;
    config.hmac.event_id_pointer = "/event";
    assert_verdict(judge_body(&config, body, &event), accepted);
    assert_string_equal(event.event_id, "evt-in-header");
    config.hmac.event_id_header = NULL;
    assert_verdict(judge_body(&config, body, &event), accepted);
    assert_string_equal(event.event_id, "77");
    config.hmac.event_id_pointer = "/nothing";
    assert_verdict(judge_body(&config, body, &event), accepted);
    assert_string_equal(event.event_id, "paid:p");
    config.hmac.event_id_pointer = NULL;
    assert_verdict(judge_body(&config, body, &event), accepted);
    assert_string_equal(event.event_id, "paid:p");
}

/* An event id header that the signature does not cover may be anything. */
static void test_event_id_header(void **state)
{
    static const struct slice body =
        SLICE("{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"p\"}}");
    static const struct {
        const char *lines;
        enum gateway_verdict verdict;
        const char *event_id;
    } rows[] = {
        {"", GATEWAY_accepted, "paid:p"},
        {"X-iMe-Event-Id: e1\r\n", GATEWAY_accepted, "e1"},
        {"X-iMe-Event-Id: e1\r\nX-iMe-Event-Id: e2\r\n", GATEWAY_accepted, "paid:p"},
        {"X-iMe-Event-Id: e\xff\r\n", GATEWAY_id_unusable, ""},
        {"X-iMe-Event-Id: \r\n", GATEWAY_accepted, "paid:p"},
    };
    struct gateway *gateway = open_gateway(&ime);
    struct payment_event event;
    struct buf lines;

    (void)state;
    buf_init(&lines, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&lines);
        buf_append_text(&lines, rows[i].lines);
        assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), body, slice_of(NULL, 0),
                                      now_ms, 1, &lines),
                         ERROR_NONE);
        enum gateway_verdict verdict = judge_at(gateway, buf_slice(&lines), body, now_ms, &event);
        if (verdict != rows[i].verdict)
            fail_msg("row %zu: %s", i, gateway_verdict_name(verdict));
        assert_string_equal(event.event_id, rows[i].event_id);
    }
    buf_deinit(&lines);
    gateway_destroy(&gateway);
}

static void test_orders_and_minor(void **state)
{
    struct config_gateway config = ime;
    struct payment_event event;

    (void)state;
    config.hmac.telegram_id[0] = NULL;
    config.hmac.plan[0] = NULL;
    config.hmac.order_id[0] = "/0/order";
    config.hmac.kind_pointer[0] = "/0/type";
    config.hmac.payment_id[0] = "/0/id";
    config.hmac.amount[0] = "/0/cents";
    config.hmac.amount_minor = true;
    config.hmac.currency[0] = "/0/cur~1rency";
    assert_verdict(judge_body(&config,
                              "[{\"type\":\"payment.succeeded\",\"id\":9,\"order\":\"ord_7\","
                              "\"cents\":2900,\"cur/rency\":\"USD\"}]",
                              &event),
                   accepted);
    assert_string_equal(event.order_id, "ord_7");
    assert_string_equal(event.payment_id, "9");
    assert_int_equal(event.amount, 2900);
    assert_int_equal(event.telegram_id, 0);
    config.hmac.amount[0] = NULL;
    config.hmac.currency[0] = NULL;
    assert_verdict(judge_body(&config, "[{\"type\":\"payment.succeeded\",\"id\":9}]", &event),
                   accepted);
    assert_int_equal(event.amount, -1);
    assert_string_equal(event.currency, "");
}

/* What the shipped profiles need: several places, joined texts, texts that are JSON, amounts of
 * refunds. */
static void test_places(void **state)
{
    static struct config_value_map joined[] = {{"sale done", PAYMENT_PAID},
                                               {"sale", PAYMENT_PAID},
                                               {"back", PAYMENT_REFUNDED},
                                               {"back part", PAYMENT_PARTLY_REFUNDED}};
    static const struct {
        const char *body, *verdict, *payment_id, *event_id, *plan;
        int64_t amount;
        const char *part_id;
    } rows[] = {
        {"{\"type\":\"sale\",\"state\":\"done\",\"id\":7,\"sum\":\"9\",\"note\":"
         "\"{\\\"plan\\\":\\\"core\\\"}\"}",
         "accepted", "7", "paid:7", "core", 900, ""},
        {"{\"type\":\"sale\",\"state\":null,\"ref\":\"r\",\"id\":7,\"total\":8}", "accepted", "r",
         "paid:r", "", 800, ""},
        {"{\"type\":\"sale\",\"sub\":5,\"who\":\"x\",\"note\":{\"plan\":\"pro\"}}", "accepted",
         "5:x", "paid:5:x", "pro", -1, ""},
        {"{\"type\":\"sale\",\"sub\":5,\"note\":\"{broken\"}", "body_incomplete", "", "", "", -1,
         ""},
        {"{\"type\":\"sale\",\"state\":\"other\",\"id\":7}", "unused", "", "", "", -1, ""},
        {"{\"state\":\"done\",\"id\":7}", "unused", "", "", "", -1, ""},
        {"{\"type\":\"back\",\"state\":\"part\",\"id\":7,\"sum\":\"9\",\"back\":\"2\"}", "accepted",
         "7", "partly_refunded:7:200", "", 200, ""},
        {"{\"type\":\"back\",\"id\":7,\"sum\":\"9\"}", "accepted", "7", "refunded:7", "", -1, ""},
        {"[{\"type\":\"sale\"},{\"type\":\"sale\"}]", "several_events", "", "", "", -1, ""},
        {"[]", "unused", "", "", "", -1, ""},
    };
    struct config_gateway config = ime;
    struct payment_event event;

    (void)state;
    config.hmac.kind_pointer[0] = "/type /state";
    config.hmac.kinds = joined;
    config.hmac.kind_count = COUNT(joined);
    config.hmac.event_id_header = NULL;
    config.hmac.payment_id[0] = "/ref";
    config.hmac.payment_id[1] = "/id";
    config.hmac.payment_id[2] = "/sub /who";
    config.hmac.plan[0] = "/note/plan";
    config.hmac.amount[0] = "/sum";
    config.hmac.amount[1] = "/total";
    config.hmac.refund_amount[0] = "/back";
    config.hmac.refund_total = true;
    config.hmac.currency[0] = NULL;
    config.hmac.currency_fixed = "USD";
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = gateway_verdict_name(judge_body(&config, rows[i].body, &event));
        if (strcmp(name, rows[i].verdict) != 0)
            fail_msg("row %zu: %s", i, name);
        assert_string_equal(event.payment_id, rows[i].payment_id);
        assert_string_equal(event.event_id, rows[i].event_id);
        assert_string_equal(event.plan, rows[i].plan);
        assert_int_equal(event.amount, rows[i].amount);
        assert_string_equal(event.part_id, rows[i].part_id);
        assert_int_equal(event.total,
                         event.kind == PAYMENT_REFUNDED || event.kind == PAYMENT_PARTLY_REFUNDED);
    }
}

/* One of the two readings of a signature over sorted JSON leaves nested members out, so they are
 * never read; what is in a text is signed with it. */
static void test_nested_under_sorted(void **state)
{
    struct config_gateway config = ime;
    struct payment_event event;

    (void)state;
    config.hmac.format = SIGNATURE_RAW;
    config.hmac.field = config.hmac.timestamp_field = NULL;
    config.hmac.tolerance_ms = 0;
    config.hmac.signed_template = "{json_sorted}";
    config.hmac.payment_id[0] = "/id";
    assert_verdict(judge_body(&config,
                              "{\"type\":\"payment.succeeded\",\"id\":1,\"data\":{\"plan\":"
                              "\"core\"}}",
                              &event),
                   accepted);
    assert_string_equal(event.plan, "");
    assert_verdict(judge_body(&config,
                              "{\"type\":\"payment.succeeded\",\"id\":1,\"data\":\"{\\\"plan"
                              "\\\":\\\"core\\\"}\"}",
                              &event),
                   accepted);
    assert_string_equal(event.plan, "core");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_event_id),
        cmocka_unit_test(test_event_id_header),
        cmocka_unit_test(test_orders_and_minor),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_nested_under_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
