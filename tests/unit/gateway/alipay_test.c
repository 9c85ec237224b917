#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"
#include "tests/unit/gateway/rsa.h"

static EVP_PKEY *alipay, *other;
static char alipay_pem[RSA_TEXT_MAX], other_bare[RSA_TEXT_MAX];
static struct config_public_key keys[] = {{.key = other_bare}, {.key = alipay_pem}};
static const struct config_gateway config = {.name = "alipay",
                                             .kind = GATEWAY_ALIPAY,
                                             .public_keys = keys,
                                             .public_key_count = 2,
                                             .app_id = "2021"};

static void append_encoded(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            buf_append_u8(out, (uint8_t)c);
        else if (c == ' ')
            buf_append_u8(out, '+');
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

/* pairs: sorted "a=1&b=2", decoded and without '&' in values, as Alipay signs them. The form has
 * them in the other order, encoded, with the signature among them. */
static void make_form(EVP_PKEY *pair, const char *pairs, struct buf *form)
{
    char signature[RSA_TEXT_MAX];
    size_t end = strlen(pairs);

    rsa_sign(pair, slice_from(pairs), signature);
    while (end > 0) {
        size_t start = end;
        while (start > 0 && pairs[start - 1] != '&')
            start--;
        struct slice one = slice_of(pairs + start, end - start);
        const char *equals = memchr(one.data, '=', one.len);
        buf_append(form, one.data, (size_t)(equals - one.data) + 1);
        append_encoded(form, slice_of(equals + 1, one.len - (size_t)(equals - one.data) - 1));
        buf_append_u8(form, '&');
        end = start > 0 ? start - 1 : 0;
    }
    buf_append_text(form, "sign_type=RSA2&sign=");
    append_encoded(form, slice_from(signature));
}

static enum gateway_verdict judge_pairs(const char *pairs, struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    struct buf form;

    buf_init(&form, 1 << 16);
    make_form(alipay, pairs, &form);
    enum gateway_verdict verdict = judge_at(gateway, SLICE(""), buf_slice(&form), now_ms, event);
    buf_deinit(&form);
    gateway_destroy(&gateway);
    return verdict;
}

#define PAID                                                                                       \
    "app_id=2021&charset=utf-8&gmt_payment=2023-11-15 06:13:20&notify_id=n-1&notify_type="         \
    "trade_status_sync&out_trade_no=ord_7&subject=\xe4\xbc\x9a\xe5\x91\x98 100%+&"                 \
    "total_amount=29.00&trade_no=2023111522001&trade_status=TRADE_SUCCESS"

static void test_paid(void **state)
{
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    assert_verdict(judge_pairs(PAID, &event), accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.event_id, "n-1");
    assert_string_equal(event.payment_id, "2023111522001");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "CNY");
    assert_int_equal(event.occurred_ms, 1700000000000);
    assert_string_equal(event.part_id, "");
    assert_false(event.total);
    assert_string_equal(gateway_ack(gateway), "success");
    assert_true(config_gateway_takes_form(&config));
    gateway_destroy(&gateway);
}

static void test_meanings(void **state)
{
    static const struct {
        const char *pairs;
        int kind;
        int64_t amount;
    } rows[] = {
        {"app_id=2021&total_amount=9.00&trade_no=t&trade_status=TRADE_FINISHED", PAYMENT_PAID, 900},
        {"app_id=2021&gmt_refund=2023-11-15 06:13:20.123&out_biz_no=r-1&refund_fee=2.00&"
         "total_amount=9.00&trade_no=t&trade_status=TRADE_SUCCESS",
         PAYMENT_PARTLY_REFUNDED, 200},
        {"app_id=2021&refund_fee=9.00&total_amount=9.00&trade_no=t&trade_status=TRADE_CLOSED",
         PAYMENT_REFUNDED, 900},
        {"app_id=2021&gmt_refund=2023-11-15 06:13:20&total_amount=9.00&trade_no=t&"
         "trade_status=TRADE_CLOSED",
         PAYMENT_REFUNDED, 900},
        {"app_id=2021&total_amount=9.00&trade_no=t&trade_status=TRADE_CLOSED", 0, 0},
        {"app_id=2021&total_amount=9.00&trade_no=t&trade_status=WAIT_BUYER_PAY", 0, 0},
        {"app_id=2021&total_amount=9.00&trade_no=t", 0, 0},
    };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict verdict = judge_pairs(rows[i].pairs, &event);
        if (verdict != (rows[i].kind ? GATEWAY_accepted : GATEWAY_unused))
            fail_msg("%s: %s", rows[i].pairs, gateway_verdict_name(verdict));
        assert_int_equal(event.kind, rows[i].kind);
        if (!rows[i].kind)
            continue;
        assert_int_equal(event.amount, rows[i].amount);
        assert_int_equal(event.total, rows[i].kind != PAYMENT_PAID);
    }
    assert_verdict(judge_pairs("app_id=2021&trade_status=TRADE_SUCCESS", &event), body_incomplete);
    assert_verdict(judge_pairs("app_id=2022&total_amount=9.00&trade_no=t&trade_status="
                               "TRADE_SUCCESS",
                               &event),
                   other_account);
    assert_verdict(judge_pairs("total_amount=9.00&trade_no=t&trade_status=TRADE_SUCCESS", &event),
                   other_account);
}

static void test_passback(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(judge_pairs("app_id=2021&out_trade_no=ord_7&passback_params=%7B%22telegram_id"
                               "%22%3A77%2C%22plan%22%3A%22core%22%7D&total_amount=9.00&"
                               "trade_no=t&trade_status=TRADE_SUCCESS",
                               &event),
                   accepted);
    assert_int_equal(event.telegram_id, 77);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "ord_7");
}

/* Alipay's own libraries differ in whether a pair without a value is signed. */
static void test_empty_values(void **state)
{
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;
    struct buf form;

    (void)state;
    assert_verdict(judge_pairs("app_id=2021&body=&total_amount=9.00&trade_no=t&trade_status="
                               "TRADE_SUCCESS",
                               &event),
                   accepted);
    buf_init(&form, 1 << 16);
    make_form(alipay, "app_id=2021&total_amount=9.00&trade_no=t&trade_status=TRADE_SUCCESS", &form);
    buf_append_text(&form, "&refund_fee=");
    assert_verdict(judge_at(gateway, SLICE(""), buf_slice(&form), now_ms, &event), accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    buf_deinit(&form);
    gateway_destroy(&gateway);
}

static void test_strangers(void **state)
{
    static const struct {
        const char *append, *verdict;
    } rows[] = {
        {"", "accepted"},
        {"&x=1", "signature_wrong"},
        {"&total_amount=1.00", "signature_missing"}, /* twice: no form at all */
        {"&x=%zz", "signature_missing"},
        {"&x=%00", "signature_missing"},
    };
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;
    struct buf form;

    (void)state;
    buf_init(&form, 1 << 16);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&form);
        make_form(alipay, PAID, &form);
        buf_append_text(&form, rows[i].append);
        assert_string_equal(
            gateway_verdict_name(judge_at(gateway, SLICE(""), buf_slice(&form), now_ms, &event)),
            rows[i].verdict);
    }
    EVP_PKEY *stranger = rsa_make(2048);
    buf_clear(&form);
    make_form(stranger, PAID, &form);
    assert_verdict(judge_at(gateway, SLICE(""), buf_slice(&form), now_ms, &event), signature_wrong);
    EVP_PKEY_free(stranger);
    buf_clear(&form);
    make_form(other, PAID, &form); /* the key before a change */
    assert_verdict(judge_at(gateway, SLICE(""), buf_slice(&form), now_ms, &event), accepted);
    assert_verdict(judge_at(gateway, SLICE(""), SLICE("sign=AAAA&a=1"), now_ms, &event),
                   signature_malformed);
    assert_verdict(judge_at(gateway, SLICE(""), SLICE("{\"a\":1}"), now_ms, &event),
                   signature_missing);
    buf_clear(&form);
    assert_int_equal(gateway_sign_body(gateway, SLICE("a=1"), 0, &form), ERROR_PERMISSION);
    buf_deinit(&form);
    gateway_destroy(&gateway);
}

static void test_refusals(void **state)
{
    struct config_gateway bad = config;
    struct gateway *gateway;
    struct why why;

    (void)state;
    bad.app_id = NULL;
    assert_int_equal(gateway_new(&bad, &gateway, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "app_id"));
    bad = config;
    bad.public_key_count = 0;
    assert_int_equal(gateway_new(&bad, &gateway, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "public_keys: expected 1 to"));
}

static int make_keys(void **state)
{
    (void)state;
    alipay = rsa_make(2048);
    other = rsa_make(2048);
    rsa_public(alipay, alipay_pem);
    rsa_bare(other, other_bare);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(alipay);
    EVP_PKEY_free(other);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paid),      cmocka_unit_test(test_meanings),
        cmocka_unit_test(test_passback),  cmocka_unit_test(test_empty_values),
        cmocka_unit_test(test_strangers), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
