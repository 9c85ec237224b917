/* What is asked for when a payer taps, and where that leads. */
#include "gateway/tap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config_gateway gateways[] = {
    {.name = "wechat",
     .kind = GATEWAY_WECHAT_PAY,
     .create = CREATE_NATIVE_H5,
     .app_id = "wx1",
     .mch_id = "1900000001"},
    {.name = "scanned",
     .kind = GATEWAY_WECHAT_PAY,
     .create = CREATE_NATIVE,
     .app_id = "wx1",
     .mch_id = "1900000001"},
};
static const struct config config = {
    .http = {.public_url = "https://club.example"}, .gateways = gateways, .gateway_count = 2};
static struct check_ask ask;

static struct message_part_checkout order_at(const char *gateway)
{
    return (struct message_part_checkout){.gateway = slice_from(gateway),
                                          .order_id = SLICE("ord_7"),
                                          .plan = SLICE("core"),
                                          .amount = 2900,
                                          .currency = SLICE("CNY"),
                                          .created_ms = 1700000000000,
                                          .expires_ms = 1700000000000 + 1800000};
}

static void what_is_asked(void **state)
{
    struct message_part_checkout order = order_at("wechat");
    (void)state;
    assert_true(tap_ask(&config, &order, SLICE("2001:db8::1"), &ask));
    assert_string_equal(ask.method, "POST");
    assert_string_equal(ask.type, "application/json");
    assert_true(slice_is(buf_slice(&ask.path), "/v3/pay/transactions/h5"));
    assert_true(slice_is(
        buf_slice(&ask.body),
        "{\"appid\":\"wx1\",\"mchid\":\"1900000001\",\"description\":\"core\",\"out_trade_no\":"
        "\"ord_7_h5\",\"time_expire\":\"2023-11-15T06:43:20+08:00\",\"notify_url\":"
        "\"https://club.example/hooks/wechat\",\"amount\":{\"total\":2900,\"currency\":\"CNY\"},"
        "\"scene_info\":{\"payer_client_ip\":\"2001:db8::1\",\"h5_info\":{\"type\":\"Wap\"}}}"));
}

static void what_is_not_asked(void **state)
{
    struct message_part_checkout order = order_at("scanned");
    (void)state;
    assert_false(tap_ask(&config, &order, SLICE("203.0.113.9"), &ask));
    order = order_at("gone");
    assert_false(tap_ask(&config, &order, SLICE("203.0.113.9"), &ask));
    order = order_at("wechat");
    assert_false(tap_ask(&config, &order, SLICE(""), &ask)); /* nobody knows from where */
    order.currency = SLICE("USD");
    assert_false(tap_ask(&config, &order, SLICE("203.0.113.9"), &ask));
    order = order_at("wechat");
    order.order_id = SLICE("ord_01234567890123456789012345"); /* no room for what is behind it */
    assert_false(tap_ask(&config, &order, SLICE("203.0.113.9"), &ask));
}

static void what_is_answered(void **state)
{
    char url[TAP_URL_MAX + 1], error[256];
    (void)state;
    assert_true(tap_read(200, SLICE("{\"h5_url\":\"https://wx.tenpay.com/x?a=1\"}"), url, error));
    assert_string_equal(url, "https://wx.tenpay.com/x?a=1");
    assert_false(tap_read(200, SLICE("{\"h5_url\":\"javascript:alert(1)\"}"), url, error));
    assert_false(tap_read(200, SLICE("{}"), url, error));
    assert_false(tap_read(200, SLICE("no JSON"), url, error));
    assert_string_equal(error, "");
    assert_false(
        tap_read(403, SLICE("{\"code\":\"NO_AUTH\",\"message\":\"no\\npower\"}"), url, error));
    assert_non_null(strstr(error, "power"));
    assert_null(strchr(error, '\n'));
    assert_string_equal(url, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked),
        cmocka_unit_test(what_is_not_asked),
        cmocka_unit_test(what_is_answered),
    };
    check_ask_init(&ask);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_ask_deinit(&ask);
    return failed;
}
