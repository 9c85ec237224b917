#include "gateway/wechat_pay.h"

#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"
#include "tests/unit/gateway/rsa.h"

#define API_KEY  "0123456789abcdef0123456789abcdef"
#define OLD_KEY  "fedcba9876543210fedcba9876543210"
#define KEY_NAME "PUB_KEY_ID_0114232134912410000000000000"

static EVP_PKEY *platform, *newer;
static char platform_pem[RSA_TEXT_MAX], newer_pem[RSA_TEXT_MAX];
static struct config_public_key keys[] = {{.key = platform_pem},
                                          {.id = (char *)KEY_NAME, .key = newer_pem}};
static const struct config_gateway config = {.name = "wechat",
                                             .kind = GATEWAY_WECHAT_PAY,
                                             .secrets = {OLD_KEY, API_KEY},
                                             .secret_count = 2,
                                             .public_keys = keys,
                                             .public_key_count = 2,
                                             .tolerance_ms = 300000};

/* AES-256-GCM, the tag behind the ciphertext, in base64. */
static void seal(const char *key, const char *nonce, const char *associated, const char *text,
                 char out[RSA_TEXT_MAX])
{
    unsigned char sealed[4096];
    int len = 0, more = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL,
                                        (const unsigned char *)key, (const unsigned char *)nonce),
                     1);
    assert_int_equal(EVP_EncryptUpdate(context, NULL, &len, (const unsigned char *)associated,
                                       (int)strlen(associated)),
                     1);
    assert_int_equal(
        EVP_EncryptUpdate(context, sealed, &len, (const unsigned char *)text, (int)strlen(text)),
        1);
    assert_int_equal(EVP_EncryptFinal_ex(context, sealed + len, &more), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, sealed + len), 1);
    EVP_CIPHER_CTX_free(context);
    base64_encode(sealed, (size_t)len + 16, out, RSA_TEXT_MAX);
}

/* What WeChat would post: type and, sealed with key, told. */
static void make_body(const char *type, const char *key, const char *told, struct buf *body)
{
    char sealed[RSA_TEXT_MAX];

    seal(key, "nonce-12byte", "transaction", told, sealed);
    buf_printf(body,
               "{\"id\":\"EV-1\",\"create_time\":\"2023-11-15T06:13:20+08:00\",\"resource_type\":"
               "\"encrypt-resource\",\"event_type\":\"%s\",\"summary\":\"\","
               "\"resource\":{\"original_type\":\"transaction\",\"algorithm\":"
               "\"AEAD_AES_256_GCM\",\"ciphertext\":\"%s\",\"associated_data\":\"transaction\","
               "\"nonce\":\"nonce-12byte\"}}",
               type, sealed);
}

static void make_headers(EVP_PKEY *pair, const char *serial, uint64_t at_s, struct slice body,
                         struct buf *lines)
{
    char signature[RSA_TEXT_MAX];
    struct buf text;

    buf_init(&text, 1 << 16);
    buf_printf(&text, "%llu\nn0nce\n%.*s\n", (unsigned long long)at_s, SLICE_ARG(body));
    rsa_sign(pair, buf_slice(&text), signature);
    buf_deinit(&text);
    buf_printf(lines,
               "Wechatpay-Timestamp: %llu\r\nWechatpay-Nonce: n0nce\r\nWechatpay-Serial: %s\r\n"
               "Wechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048\r\n"
               "Wechatpay-Signature: %s\r\n",
               (unsigned long long)at_s, serial, signature);
}

static enum gateway_verdict judge_told(const char *type, const char *key, const char *told,
                                       struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    struct buf body, lines;

    buf_init(&body, 1 << 16);
    buf_init(&lines, 1 << 16);
    make_body(type, key, told, &body);
    make_headers(platform, "7A01", now_ms / 1000, buf_slice(&body), &lines);
    enum gateway_verdict verdict =
        judge_at(gateway, buf_slice(&lines), buf_slice(&body), now_ms, event);
    buf_deinit(&lines);
    buf_deinit(&body);
    gateway_destroy(&gateway);
    return verdict;
}

#define PAID                                                                                       \
    "{\"transaction_id\":\"420000\",\"out_trade_no\":\"ord_7\",\"trade_state\":\"SUCCESS\","       \
    "\"mchid\":\"1900\",\"appid\":\"wx1\",\"trade_type\":\"NATIVE\","                              \
    "\"attach\":\"{\\\"telegram_id\\\":77,\\\"plan\\\":\\\"core\\\"}\","                           \
    "\"success_time\":\"2023-11-15T06:13:20+08:00\","                                              \
    "\"amount\":{\"total\":2900,\"payer_total\":2400,\"currency\":\"CNY\","                        \
    "\"payer_currency\":\"CNY\"}}"

static void test_paid(void **state)
{
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    assert_verdict(judge_told("TRANSACTION.SUCCESS", API_KEY, PAID, &event), accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.event_id, "EV-1");
    assert_string_equal(event.payment_id, "420000");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.telegram_id, 77);
    assert_string_equal(event.plan, "core");
    assert_int_equal(event.amount, 2900); /* what was asked, whatever a coupon of theirs paid */
    assert_string_equal(event.currency, "CNY");
    assert_int_equal(event.occurred_ms, 1700000000000);
    assert_verdict(judge_told("TRANSACTION.SUCCESS", OLD_KEY, PAID, &event), accepted);
    assert_string_equal(gateway_ack(gateway), "");
    gateway_destroy(&gateway);
}

/* What a phone paid is the order's, by its own number. */
static void test_paid_by_phone(void **state)
{
    static const char told[] = "{\"transaction_id\":\"420000\",\"out_trade_no\":\"%s\","
                               "\"trade_state\":\"SUCCESS\",\"amount\":{\"total\":2900}}";
    struct payment_event event;
    char text[512], number[WECHAT_PAY_NUMBER_SIZE];
    cJSON *root;
    struct config_gateway both = config;
    (void)state;
    assert_true(wechat_pay_h5_number(SLICE("ord_7"), number));
    assert_string_equal(number, "ord_7_h5");
    assert_false(wechat_pay_h5_number(SLICE("123456789012345678901234567890"), number));
    for (int taps = 0; taps < 2; taps++) {
        both.create = taps ? CREATE_NATIVE_H5 : CREATE_NATIVE;
        (void)snprintf(text, sizeof text, told, "ord_7_h5");
        event = (struct payment_event){.amount = -1};
        assert_int_equal(json_parse(slice_from(text), sizeof text, 8, &root, NULL), ERROR_NONE);
        assert_verdict(wechat_pay_read_trade(&both, root, SLICE(""), &event), accepted);
        assert_string_equal(event.order_id, taps ? "ord_7" : "ord_7_h5");
        json_free(&root);
    }
}

static void test_meanings(void **state)
{
#define REFUND(status)                                                                             \
    "{\"transaction_id\":\"420000\",\"out_trade_no\":\"ord_7\",\"refund_id\":\"50\","              \
    "\"out_refund_no\":\"r-1\",\"refund_status\":\"" status "\",\"amount\":{\"total\":2900,"       \
    "\"refund\":200,\"payer_total\":2900,\"payer_refund\":200}}"
    static const struct {
        const char *type, *told, *verdict;
        int kind;
    } rows[] = {
        {"REFUND.SUCCESS", REFUND("SUCCESS"), "accepted", PAYMENT_REFUNDED},
        {"REFUND.ABNORMAL", REFUND("ABNORMAL"), "accepted", PAYMENT_REFUND_FAILED},
        {"REFUND.CLOSED", REFUND("CLOSED"), "accepted", PAYMENT_REFUND_FAILED},
        {"REFUND.SUCCESS", REFUND("PROCESSING"), "unused", 0},
        {"TRANSACTION.SUCCESS", "{\"transaction_id\":\"4\",\"trade_state\":\"NOTPAY\"}", "unused",
         0},
        {"TRANSACTION.SUCCESS", "{\"trade_state\":\"SUCCESS\"}", "body_incomplete", 0},
        {"TRANSACTION.SUCCESS", "no JSON", "body_not_json", 0},
        {"PAYSCORE.USER_PAID", "{}", "unused", 0},
    };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(
            gateway_verdict_name(judge_told(rows[i].type, API_KEY, rows[i].told, &event)),
            rows[i].verdict);
        assert_int_equal(event.kind, rows[i].kind);
        if (!rows[i].kind)
            continue;
        assert_int_equal(event.amount, 200);
        assert_string_equal(event.currency, "CNY");
        assert_string_equal(event.part_id, "50");
        assert_string_equal(event.payment_id, "420000");
        assert_false(event.total);
    }
}

/* Signed by WeChat, but what is in it does not open: not the body's fault, and not the signature's.
 */
static void test_sealed(void **state)
{
    static const struct {
        const char *from, *to, *verdict;
    } rows[] = {
        {"nonce-12byte", "nonce-12bytE", "resource_not_opened"},
        {"\"associated_data\":\"transaction\"", "\"associated_data\":\"refund\"",
         "resource_not_opened"},
        {"\"ciphertext\":\"", "\"ciphertext\":\"AAAA", "resource_not_opened"},
        {"\"ciphertext\":\"", "\"ciphertext\":\"!", "resource_not_opened"},
        {"\"ciphertext\":\"", "\"ciphertext\":\"AAAA\",\"x\":\"", "resource_not_opened"},
        {"\"ciphertext\"", "\"other\"", "body_incomplete"},
        {"\"nonce\"", "\"other\"", "body_incomplete"},
        {"\"resource\"", "\"other\"", "body_incomplete"},
    };
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;
    struct buf body, changed, lines;

    (void)state;
    assert_verdict(
        judge_told("TRANSACTION.SUCCESS", "another key of thirty-two bytes.", PAID, &event),
        resource_not_opened);
    buf_init(&body, 1 << 16);
    buf_init(&changed, 1 << 16);
    buf_init(&lines, 1 << 16);
    make_body("TRANSACTION.SUCCESS", API_KEY, PAID, &body);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *at = memmem(body.data, body.len, rows[i].from, strlen(rows[i].from));
        size_t before = (size_t)(at - body.data), len = strlen(rows[i].from);
        buf_clear(&changed);
        buf_append(&changed, body.data, before);
        buf_append_text(&changed, rows[i].to);
        buf_append(&changed, at + len, body.len - before - len);
        buf_clear(&lines);
        make_headers(platform, "7A01", now_ms / 1000, buf_slice(&changed), &lines);
        assert_string_equal(gateway_verdict_name(judge_at(gateway, buf_slice(&lines),
                                                          buf_slice(&changed), now_ms, &event)),
                            rows[i].verdict);
    }
    buf_deinit(&lines);
    buf_deinit(&changed);
    buf_deinit(&body);
    gateway_destroy(&gateway);
}

static void test_signatures(void **state)
{
    const uint64_t now_s = now_ms / 1000;
    const struct {
        EVP_PKEY *pair;
        const char *serial;
        uint64_t at_s;
        const char *verdict;
    } rows[] = {
        {platform, "7A01", now_s, "unused"},
        {platform, "007a01", now_s, "unused"},
        {newer, KEY_NAME, now_s, "unused"},
        {newer, "7A01", now_s, "signature_wrong"},
        {platform, KEY_NAME, now_s, "signature_wrong"},
        {platform, "7A02", now_s, "key_unknown"},
        {platform, "7A01", now_s - 300, "unused"},
        {platform, "7A01", now_s - 301, "timestamp_stale"},
        {platform, "7A01", now_s + 300, "unused"},
        {platform, "7A01", now_s + 301, "timestamp_ahead"},
    };
    struct gateway *gateway = open_gateway(&config);
    struct buf lines;

    (void)state;
    buf_init(&lines, 1 << 16);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&lines);
        make_headers(rows[i].pair, rows[i].serial, rows[i].at_s, SLICE("{}"), &lines);
        assert_string_equal(
            gateway_verdict_name(judge_at(gateway, buf_slice(&lines), SLICE("{}"), now_ms, NULL)),
            rows[i].verdict);
        if (strcmp(rows[i].verdict, "unused") == 0)
            assert_verdict(judge_at(gateway, buf_slice(&lines), SLICE("{ }"), now_ms, NULL),
                           signature_wrong);
    }
    assert_verdict(judge(gateway, "", "{}"), signature_missing);
    assert_verdict(judge(gateway, "Wechatpay-Signature: AAAA\r\nWechatpay-Timestamp: 1\r\n", "{}"),
                   signature_missing); /* no serial */
    /* How WeChat tries whether a merchant looks at signatures at all. */
    assert_verdict(judge(gateway,
                         "Wechatpay-Signature: WECHATPAY/SIGNTEST/AAAA\r\nWechatpay-Timestamp: "
                         "1700000000\r\nWechatpay-Nonce: n\r\nWechatpay-Serial: 7A01\r\n",
                         "{}"),
                   signature_malformed);
    buf_clear(&lines);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), SLICE("{}"),
                                  slice_of(NULL, 0), now_ms, 0, &lines),
                     ERROR_PERMISSION);
    buf_deinit(&lines);
    gateway_destroy(&gateway);
}

static void test_refusals(void **state)
{
    struct config_public_key no_id = {.key = newer_pem};
    struct config_gateway bad = config;
    struct gateway *gateway;
    struct why why;

    (void)state;
    bad.secrets[1] = "short";
    assert_int_equal(gateway_new(&bad, &gateway, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "secrets: number 2 is no APIv3 key"));
    bad = config;
    bad.secret_count = 0;
    assert_int_equal(gateway_new(&bad, &gateway, &why), ERROR_INVALID);
    bad = config;
    bad.public_keys = &no_id;
    bad.public_key_count = 1;
    assert_int_equal(gateway_new(&bad, &gateway, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "public_keys: number 1 has no id"));
}

static int make_keys(void **state)
{
    (void)state;
    platform = rsa_make(2048);
    newer = rsa_make(2048);
    rsa_certificate(platform, 0x7a01, platform_pem);
    rsa_public(newer, newer_pem);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(platform);
    EVP_PKEY_free(newer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paid),          cmocka_unit_test(test_meanings),
        cmocka_unit_test(test_paid_by_phone), cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_signatures),    cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
