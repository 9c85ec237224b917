#include "gateway/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static cJSON *parse(const char *text)
{
    cJSON *root;

    assert_int_equal(json_parse(slice_from(text), 4096, 8, &root, NULL), ERROR_NONE);
    return root;
}

static void test_text(void **state)
{
    static const struct {
        const char *json, *text; /* NULL: absent */
    } rows[] = {
        {"\"x\"", "x"},
        {"\"\"", NULL},
        {"5", "5"},
        {"10030477545046015", "10030477545046015"}, /* above 2^53, digit for digit */
        {"1.50", "1.50"},
        {"true", "true"},
        {"false", "false"},
        {"null", NULL},
        {"{}", NULL},
        {"[\"x\"]", NULL},
    };
    char scratch[JSON_NUMBER_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *root = parse(rows[i].json);
        struct slice text = event_text(root, scratch);
        assert_true(rows[i].text ? slice_is(text, rows[i].text) : text.data == NULL);
        json_free(&root);
    }
    assert_null(event_text(NULL, scratch).data);
}

static void test_identify(void **state)
{
    struct payment_event event = {.amount = -1};
    char id[300];

    (void)state;
    memset(id, 'p', sizeof(id));
    assert_verdict(event_identify(&event, PAYMENT_PAID, SLICE("pi_1"), SLICE("evt_1")), accepted);
    assert_string_equal(event.payment_id, "pi_1");
    assert_string_equal(event.event_id, "evt_1");
    assert_int_equal(event.kind, PAYMENT_PAID);

    assert_verdict(event_identify(&event, PAYMENT_CHARGED_BACK, SLICE("pi_1"), slice_of(NULL, 0)),
                   accepted);
    assert_string_equal(event.event_id, "charged_back:pi_1");

    assert_verdict(event_identify(&event, PAYMENT_PAID, slice_of(id, 255), slice_of(NULL, 0)),
                   accepted);
    assert_int_equal(strlen(event.payment_id), 255);
    assert_memory_equal(event.event_id, "paid:sha256:", 12);
    assert_int_equal(strlen(event.event_id), 12 + 64);

    assert_verdict(event_identify(&event, PAYMENT_PAID, slice_of(NULL, 0), SLICE("evt")),
                   body_incomplete);
    assert_verdict(event_identify(&event, PAYMENT_PAID, SLICE(""), SLICE("evt")), body_incomplete);
    static const struct {
        struct slice payment_id, event_id;
    } bad[] = {
        {SLICE("a\nb"), SLICE("evt")},  {SLICE("a\tb"), SLICE("evt")},
        {SLICE("a\x7f"), SLICE("evt")}, {SLICE("a\xff"), SLICE("evt")},
        {SLICE("a\0b"), SLICE("evt")},  {SLICE("\xc2\x85"), SLICE("evt")}, /* C1: NEL */
        {SLICE("pi"), SLICE("e\x01")},  {SLICE("pi"), SLICE("e\xc3")},
        {SLICE("pi"), SLICE("a\rb")},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        if (event_identify(&event, PAYMENT_PAID, bad[i].payment_id, bad[i].event_id) !=
            GATEWAY_id_unusable)
            fail_msg("row %zu was taken", i);
    assert_verdict(event_identify(&event, PAYMENT_PAID, slice_of(id, 256), SLICE("e")),
                   id_unusable);
    assert_verdict(event_identify(&event, PAYMENT_PAID, SLICE("pi"), slice_of(id, 256)),
                   id_unusable);
    assert_verdict(event_identify(&event, PAYMENT_PAID, SLICE("\xe4\xb8\xad"), slice_of(id, 255)),
                   accepted);
}

static void test_member(void **state)
{
    static const struct {
        const char *json;
        int64_t id;
    } rows[] = {
        {"\"123456789\"", 123456789},
        {"123456789", 123456789},
        {"4503599627370495", 4503599627370495}, /* 2^52 - 1 */
        {"\"4503599627370495\"", 4503599627370495},
        {"4503599627370496", 0},
        {"\"4503599627370496\"", 0},
        {"0", 0},
        {"\"0\"", 0},
        {"-1", 0},
        {"\"-1\"", 0},
        {"1.5", 0},
        {"\"1.5\"", 0},
        {"\"+1\"", 0},
        {"\" 1\"", 0},
        {"\"1 \"", 0},
        {"\"0x10\"", 0},
        {"\"\"", 0},
        {"\"@someone\"", 0},
        {"99999999999999999999", 0},
        {"\"99999999999999999999\"", 0},
        {"true", 0},
        {"null", 0},
        {"[1]", 0},
    };
    struct payment_event event = {.amount = -1};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *root = parse(rows[i].json);
        event_set_member(&event, root);
        if (event.telegram_id != rows[i].id)
            fail_msg("%s: %lld", rows[i].json, (long long)event.telegram_id);
        json_free(&root);
    }
    event_set_member(&event, NULL);
    assert_int_equal(event.telegram_id, 0);
}

static void test_names(void **state)
{
    struct payment_event event = {.amount = -1};
    char text[80] = "\"";
    cJSON *root;

    (void)state;
    memset(text + 1, 'x', 64);
    text[65] = '"';
    root = parse(text);
    event_set_plan(&event, root);
    event_set_order(&event, root);
    assert_int_equal(strlen(event.plan), 64);
    assert_int_equal(strlen(event.order_id), 64);
    json_free(&root);
    text[65] = 'x';
    text[66] = '"';
    root = parse(text); /* too long to be one of ours: absent, and the payment is still recorded */
    event_set_plan(&event, root);
    event_set_order(&event, root);
    assert_string_equal(event.plan, "");
    assert_string_equal(event.order_id, "");
    json_free(&root);
    root = parse("[\"a\\u0001b\", 17]");
    event_set_plan(&event, cJSON_GetArrayItem(root, 0));
    event_set_order(&event, cJSON_GetArrayItem(root, 1));
    assert_string_equal(event.plan, "");
    assert_string_equal(event.order_id, "17");
    json_free(&root);
}

static void test_money(void **state)
{
    static const struct {
        const char *amount, *currency;
        int64_t minor;
        const char *kept;
    } rows[] = {
        {"\"29.00\"", "\"USD\"", 2900, "USD"},
        {"\"29\"", "\"usd\"", 2900, "USD"},
        {"29", "\"USD\"", 2900, "USD"},
        {"29.5", "\"USD\"", 2950, "USD"},
        {"29.99", "\"USD\"", 2999, "USD"},
        {"1e-8", "\"BTC\"", 1, "BTC"},
        {"2.9e1", "\"USD\"", 2900, "USD"},
        {"\"0\"", "\"USD\"", 0, "USD"},
        {"\"29.001\"", "\"USD\"", -1, "USD"},
        {"29.001", "\"USD\"", -1, "USD"},
        {"\"-29.00\"", "\"USD\"", -1, "USD"},
        {"-29", "\"USD\"", -1, "USD"},
        {"\"29,00\"", "\"USD\"", -1, "USD"},
        {"\"29.00 USD\"", "\"USD\"", -1, "USD"},
        {"\"\"", "\"USD\"", -1, "USD"},
        {"true", "\"USD\"", -1, "USD"},
        {"{}", "\"USD\"", -1, "USD"},
        {"null", "\"USD\"", -1, "USD"},
        {"\"99999999999999999999\"", "\"USD\"", -1, "USD"},
        {"\"29.00\"", "\"zzz\"", -1, "ZZZ"},
        {"\"29.00\"", "\"longcoinname\"", -1, "LONGCOI"},
        {"\"29.00\"", "\"aZ0.9-_x\"", -1, "AZ0.9-_"},
        {"\"29.00\"", "\"bad code\"", -1, ""},
        {"\"29.00\"", "\"a{\"", -1, ""},
        {"\"29.00\"", "\"a[\"", -1, ""},
        {"\"29.00\"", "\"a:\"", -1, ""},
        {"\"29.00\"", "\"a/\"", -1, ""},
        {"\"29.00\"", "\"a@\"", -1, ""},
        {"\"29.00\"", "\"\\u20ac\"", -1, ""},
        {"\"29.00\"", "\"\"", -1, ""},
        {"\"29.00\"", "840", -1, ""},
        {"\"29.00\"", "null", -1, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct payment_event event = {.amount = 77, .currency = "OLD"};
        cJSON *amount = parse(rows[i].amount);
        cJSON *currency = parse(rows[i].currency);
        event_set_money(&event, amount, currency);
        if (event.amount != rows[i].minor || strcmp(event.currency, rows[i].kept) != 0)
            fail_msg("%s %s: %lld %s", rows[i].amount, rows[i].currency, (long long)event.amount,
                     event.currency);
        json_free(&amount);
        json_free(&currency);
    }
    struct payment_event event = {.amount = 77};
    event_set_money(&event, NULL, NULL);
    assert_int_equal(event.amount, -1);
}

static void test_minor(void **state)
{
    static const struct {
        const char *amount, *currency;
        int decimals;
        int64_t minor;
    } rows[] = {
        {"2900", "\"USD\"", -1, 2900},
        {"\"2900\"", "\"USD\"", -1, 2900},
        {"0", "\"USD\"", -1, 0},
        {"-1", "\"USD\"", -1, -1},
        {"\"-1\"", "\"USD\"", -1, -1},
        {"-5", "\"USD\"", -1, -1},
        {"\"-5\"", "\"USD\"", -1, -1},
        {"\"-0\"", "\"USD\"", -1, -1},
        {"29.5", "\"USD\"", -1, -1},
        {"\"29.00\"", "\"USD\"", -1, -1},
        {"2900", "\"zzz\"", -1, -1},
        {"2900", "\"usd\"", 2, 2900},
        {"500", "\"isk\"", 2, 5},  /* they count hundredths, we whole ones */
        {"505", "\"isk\"", 2, -1}, /* half of our smallest unit */
        {"500", "\"usdt\"", 2, 5000000},
        {"9223372036854775807", "\"USD\"", 2, INT64_MAX},
        {"9223372036854775807", "\"USDT\"", 2, -1}, /* overflow */
        {"null", "\"USD\"", 2, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct payment_event event = {.amount = 77};
        cJSON *amount = parse(rows[i].amount);
        cJSON *currency = parse(rows[i].currency);
        event_set_minor(&event, amount, currency, rows[i].decimals);
        if (event.amount != rows[i].minor)
            fail_msg("%s %s: %lld", rows[i].amount, rows[i].currency, (long long)event.amount);
        json_free(&amount);
        json_free(&currency);
    }
}

static void test_occurred(void **state)
{
    static const struct {
        const char *json;
        uint64_t ms;
    } rows[] = {
        {"1700000000", 1700000000000},
        {"0", 0},
        {"-5", 0},
        {"\"1700000000\"", 0},
        {"1700000000.5", 0},
        {"253402300800", 0},
        {"9223372036854775807", 0},
        {"null", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct payment_event event = {.occurred_ms = 5};
        cJSON *root = parse(rows[i].json);
        event_set_occurred_s(&event, root);
        assert_int_equal(event.occurred_ms, rows[i].ms);
        json_free(&root);
    }
}

static void test_passback(void **state)
{
    static const struct {
        const char *json;
        bool told;
        int64_t member;
        const char *plan, *order;
    } rows[] = {
        {"\"{\\\"telegram_id\\\":7,\\\"plan\\\":\\\"core\\\"}\"", true, 7, "core", ""},
        {"{\"telegram_id\":\"7\",\"order\":\"o\"}", true, 7, "", "o"},
        {"{\"order_id\":\"o\",\"order\":\"x\"}", true, 0, "", "o"},
        {"\"%7B%22plan%22%3A%22core%22%7D\"", true, 0, "core", ""},
        {"\"%7\"", false, 0, "", ""},
        {"\"[1]\"", false, 0, "", ""},
        {"\"\"", false, 0, "", ""},
        {"7", false, 0, "", ""},
        {"null", false, 0, "", ""},
    };
    cJSON *root;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct payment_event event = {.amount = -1};
        assert_int_equal(json_parse(slice_from(rows[i].json), 1024, 8, &root, NULL), ERROR_NONE);
        assert_int_equal(event_set_passback(&event, root), rows[i].told);
        assert_int_equal(event.telegram_id, rows[i].member);
        assert_string_equal(event.plan, rows[i].plan);
        assert_string_equal(event.order_id, rows[i].order);
        json_free(&root);
    }
    struct payment_event event = {.plan = "core", .order_id = "o", .telegram_id = 7};
    assert_int_equal(json_parse(SLICE("{\"telegram_id\":8,\"plan\":\"p\",\"order\":\"q\"}"), 1024,
                                8, &root, NULL),
                     ERROR_NONE);
    assert_true(event_set_passback(&event, root)); /* what is known already stays */
    assert_int_equal(event.telegram_id, 7);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "o");
    json_free(&root);
}

/* Several partial refunds of one payment are several events. */
static void test_parts_without_id(void **state)
{
    struct payment_event event = {.amount = 200};

    (void)state;
    assert_verdict(event_identify(&event, PAYMENT_PARTLY_REFUNDED, SLICE("p"), slice_of(NULL, 0)),
                   accepted);
    assert_string_equal(event.event_id, "partly_refunded:p:200");
    event.amount = -1;
    assert_verdict(event_identify(&event, PAYMENT_PARTLY_REFUNDED, SLICE("p"), slice_of(NULL, 0)),
                   accepted);
    assert_string_equal(event.event_id, "partly_refunded:p");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_identify),
        cmocka_unit_test(test_member),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_minor),
        cmocka_unit_test(test_occurred),
        cmocka_unit_test(test_passback),
        cmocka_unit_test(test_parts_without_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
