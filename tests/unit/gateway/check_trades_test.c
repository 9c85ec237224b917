/* What WeChat Pay and Alipay are asked about one order, and what their answers mean. */
#include "gateway/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct config_gateway wechat = {.name = "wechat",
                                             .kind = GATEWAY_WECHAT_PAY,
                                             .mch_id = (char *)"1900&1",
                                             .private_key = (char *)"key"};
static const struct config_gateway alipay = {.name = "alipay",
                                             .kind = GATEWAY_ALIPAY,
                                             .app_id = (char *)"2021",
                                             .private_key = (char *)"key"};

static struct check check;
static struct check_ask ask;
static struct payment_event event;

static enum gateway_verdict judged(const struct config_gateway *gateway, unsigned status,
                                   const char *body)
{
    assert_true(check_about(gateway, SLICE("ord_7"), &check, &ask));
    return check_judge(gateway, &check, status, slice_from(body), &ask, &event);
}

static void what_wechat_is_asked(void **state)
{
    (void)state;
    assert_true(check_about(&wechat, SLICE("ord_7"), &check, &ask));
    assert_true(
        slice_is(buf_slice(&ask.path), "/v3/pay/transactions/out-trade-no/ord_7?mchid=1900%261"));
    assert_string_equal(ask.method, "GET");
    assert_null(ask.type);
    assert_false(check_about(&wechat, SLICE("ord/7"), &check, &ask));
    struct config_gateway deaf = wechat;
    deaf.private_key = NULL;
    assert_false(check_about(&deaf, SLICE("ord_7"), &check, &ask));
    assert_false(check_wanted(&wechat)); /* its callbacks say all */
    assert_null(check_lists(&wechat));
}

#define TRADE                                                                                      \
    "{\"transaction_id\":\"4200\",\"out_trade_no\":\"ord_7\",\"trade_state\":\"%s\","              \
    "\"success_time\":\"2023-11-15T06:13:20+08:00\",\"amount\":{\"total\":2900,"                   \
    "\"payer_total\":2800,\"currency\":\"CNY\"}}"

static void what_wechat_answers(void **state)
{
    static const char *const unpaid[] = {"NOTPAY",     "CLOSED",   "REVOKED",
                                         "USERPAYING", "PAYERROR", "REFUND"};
    char text[512];
    (void)state;
    (void)snprintf(text, sizeof text, TRADE, "SUCCESS");
    assert_int_equal(judged(&wechat, 200, text), GATEWAY_accepted);
    assert_string_equal(event.payment_id, "4200");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "CNY");
    assert_int_equal(event.occurred_ms, 1700000000000);
    assert_string_equal(event.event_id, "paid:4200");
    for (size_t i = 0; i < sizeof unpaid / sizeof *unpaid; i++) {
        (void)snprintf(text, sizeof text, TRADE, unpaid[i]);
        assert_int_equal(judged(&wechat, 200, text), GATEWAY_unused);
    }
    assert_int_equal(judged(&wechat, 200, "{\"trade_state\":\"SUCCESS\"}"), GATEWAY_not_answered);
    assert_int_equal(judged(&wechat, 404, "{\"code\":\"ORDER_NOT_EXIST\"}"),
                     GATEWAY_payment_unknown);
    assert_int_equal(judged(&wechat, 401, "{\"code\":\"SIGN_ERROR\"}"), GATEWAY_keys_refused);
    assert_int_equal(judged(&wechat, 429, ""), GATEWAY_not_answered);
    assert_int_equal(judged(&wechat, 500, ""), GATEWAY_not_answered);
}

/* Where a phone may have paid by a number of its own, that is asked about as well. */
static void both_numbers_are_asked_about(void **state)
{
    struct config_gateway both = wechat;
    static const char second[] = "{\"transaction_id\":\"4201\",\"out_trade_no\":\"ord_7_h5\","
                                 "\"trade_state\":\"SUCCESS\",\"amount\":{\"total\":2900}}";
    static const char path[] = "/v3/pay/transactions/out-trade-no/ord_7_h5?mchid=1900%261";
    char text[512];
    (void)state;
    both.create = CREATE_NATIVE_H5;
    (void)snprintf(text, sizeof text, TRADE, "SUCCESS");
    assert_int_equal(judged(&both, 200, text), GATEWAY_accepted);
    (void)snprintf(text, sizeof text, TRADE, "NOTPAY");
    for (unsigned first = 200; first <= 404; first += 204) {
        assert_int_equal(judged(&both, first, text), GATEWAY_unchecked);
        assert_true(slice_is(buf_slice(&ask.path), path));
        assert_int_equal(check_judge(&both, &check, 200, slice_from(second), &ask, &event),
                         GATEWAY_accepted);
        assert_string_equal(event.payment_id, "4201");
        assert_string_equal(event.order_id, "ord_7");
        assert_int_equal(judged(&both, first, text), GATEWAY_unchecked);
        assert_int_equal(check_judge(&both, &check, 200, slice_from(text), &ask, &event),
                         GATEWAY_not_answered);
        assert_int_equal(judged(&both, first, text), GATEWAY_unchecked);
        assert_int_equal(check_judge(&both, &check, 404, SLICE(""), &ask, &event),
                         GATEWAY_payment_unknown);
    }
    assert_int_equal(judged(&both, 500, ""), GATEWAY_not_answered);
}

static void what_alipay_is_asked(void **state)
{
    (void)state;
    assert_true(check_about(&alipay, SLICE("ord_7"), &check, &ask));
    assert_true(slice_is(buf_slice(&ask.path),
                         "?app_id=2021&charset=utf-8&format=JSON&method=alipay.trade.query"
                         "&sign_type=RSA2&version=1.0"));
    assert_true(
        slice_is(buf_slice(&ask.body), "biz_content=%7B%22out_trade_no%22%3A%22ord_7%22%7D"));
    assert_string_equal(ask.method, "POST");
    assert_string_equal(ask.type, "application/x-www-form-urlencoded;charset=utf-8");
    assert_false(check_about(&alipay, SLICE("ord\"7"), &check, &ask));
    struct config_gateway deaf = alipay;
    deaf.private_key = NULL;
    assert_false(check_about(&deaf, SLICE("ord_7"), &check, &ask));
}

#define ALIPAY(code, rest)                                                                         \
    "{\"alipay_trade_query_response\":{\"code\":\"" code "\",\"msg\":\"x\"" rest "},\"sign\":"     \
    "\"x\"}"
#define PAID(status)                                                                               \
    ALIPAY("10000", ",\"trade_no\":\"2026\",\"out_trade_no\":\"ord_7\",\"trade_status\":\"" status \
                    "\",\"total_amount\":\"29.00\",\"send_pay_date\":\"2023-11-15 06:13:20\"")

static void what_alipay_answers(void **state)
{
    (void)state;
    assert_int_equal(judged(&alipay, 200, PAID("TRADE_FINISHED")), GATEWAY_accepted);
    assert_int_equal(judged(&alipay, 200, PAID("TRADE_SUCCESS")), GATEWAY_accepted);
    assert_string_equal(event.payment_id, "2026");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "CNY");
    assert_int_equal(event.occurred_ms, 1700000000000);
    assert_string_equal(event.event_id, "paid:2026");
    assert_int_equal(judged(&alipay, 200, PAID("WAIT_BUYER_PAY")), GATEWAY_unused);
    assert_int_equal(judged(&alipay, 200, PAID("TRADE_CLOSED")), GATEWAY_unused);
    assert_int_equal(judged(&alipay, 200, ALIPAY("10000", "")), GATEWAY_not_answered);
    assert_int_equal(judged(&alipay, 200, ALIPAY("40004", ",\"sub_code\":\"ACQ.TRADE_NOT_EXIST\"")),
                     GATEWAY_payment_unknown);
    assert_int_equal(judged(&alipay, 200, ALIPAY("40004", ",\"sub_code\":\"ACQ.SYSTEM_ERROR\"")),
                     GATEWAY_not_answered);
    assert_int_equal(judged(&alipay, 200, ALIPAY("20000", ",\"sub_code\":\"isp.unknow-error\"")),
                     GATEWAY_not_answered);
    assert_int_equal(judged(&alipay, 200, "{}"), GATEWAY_not_answered);
    assert_int_equal(judged(&alipay, 200,
                            "{\"error_response\":{\"code\":\"40002\",\"sub_code\":"
                            "\"isv.invalid-signature\"}}"),
                     GATEWAY_keys_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_wechat_is_asked),         cmocka_unit_test(what_wechat_answers),
        cmocka_unit_test(both_numbers_are_asked_about), cmocka_unit_test(what_alipay_is_asked),
        cmocka_unit_test(what_alipay_answers),
    };
    check_ask_init(&ask);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_ask_deinit(&ask);
    return failed;
}
