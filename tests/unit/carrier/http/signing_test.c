/* What a gateway sees of a signed request, verified by OpenSSL with the public half of a key made
 * here. */
#include "carrier/http/signing.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static EVP_PKEY *pair;
static char private_half[8192];
static struct buf out;

static int make_key(void **state)
{
    (void)state;
    pair = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL), 1);
    int len = BIO_read(bio, private_half, sizeof private_half - 1);
    assert_true(len > 0);
    BIO_free(bio);
    buf_init(&out, 65536);
    return 0;
}

static int drop_key(void **state)
{
    (void)state;
    EVP_PKEY_free(pair);
    buf_deinit(&out);
    return 0;
}

static bool right(const char *text, struct slice base64)
{
    uint8_t signature[512];
    size_t len = 0;
    assert_true(base64_decode(base64, signature, sizeof signature, &len));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    int verdict =
        EVP_DigestVerify(context, signature, len, (const unsigned char *)text, strlen(text));
    EVP_MD_CTX_free(context);
    return verdict == 1;
}

static const char *header(const struct signed_request *signing, size_t n)
{
    buf_clear(&out);
    if (!http_sign_header(&out, n, signing))
        return NULL;
    assert_false(out.failed);
    buf_append_u8(&out, 0);
    return out.data;
}

/* The value of name="value" in a header. */
static const char *field(const char *text, const char *name, char value[1024])
{
    char begin[64];
    (void)snprintf(begin, sizeof begin, "%s=\"", name);
    const char *at = strstr(text, begin);
    assert_non_null(at);
    at += strlen(begin);
    assert_true(slice_copy(slice_of(at, strcspn(at, "\"")), value, 1024));
    return value;
}

static void a_secret_in_a_header(void **state)
{
    (void)state;
    struct endpoint endpoint = {.scheme = "Authorization: Bearer ", .secret = "sk_1"};
    const struct signed_request signing = {.endpoint = &endpoint, .method = "POST"};
    assert_string_equal(header(&signing, 0), "Authorization: Bearer sk_1");
    assert_null(header(&signing, 1));
    buf_clear(&out);
    http_sign_address(&out, &signing);
    assert_int_equal(out.len, 0);
    endpoint.secret = "";
    assert_null(header(&signing, 0));
    endpoint.secret = NULL;
    assert_null(header(&signing, 0));
}

static void wechat_pay(void **state)
{
    (void)state;
    char text[2048], value[1024], nonce[1024], first[1024];
    const struct endpoint endpoint = {.url = "https://api.mch.weixin.qq.com/base",
                                      .secret = private_half,
                                      .user = "1900000001",
                                      .serial = "5157F09EFDC096DE15EBE81A47057A72",
                                      .sign = LANE_SIGN_WECHAT_PAY};
    struct signed_request signing = {.endpoint = &endpoint,
                                     .method = "POST",
                                     .path = SLICE("/v3/x?a=1"),
                                     .body = SLICE("{\"a\":1}"),
                                     .delivery = 7,
                                     .at_ms = 1700000000999};
    const char *said = header(&signing, 0);
    static const char begin[] = "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",";
    assert_memory_equal(said, begin, sizeof begin - 1);
    assert_string_equal(field(said, "timestamp", value), "1700000000");
    assert_string_equal(field(said, "serial_no", value), endpoint.serial);
    assert_int_equal(strlen(field(said, "nonce_str", nonce)), 32);
    (void)snprintf(text, sizeof text, "POST\n/base/v3/x?a=1\n1700000000\n%s\n{\"a\":1}\n", nonce);
    assert_true(right(text, slice_from(field(said, "signature", value))));
    memcpy(first, nonce, sizeof first);
    assert_string_equal(header(&signing, 1), "Accept: application/json");
    assert_null(header(&signing, 2));
    /* Another attempt is signed anew. */
    signing.at_ms += 1;
    assert_string_not_equal(field(header(&signing, 0), "nonce_str", nonce), first);
}

static void alipay(void **state)
{
    (void)state;
    char signature[1024];
    size_t n = 0;
    const struct endpoint endpoint = {.secret = private_half, .sign = LANE_SIGN_ALIPAY};
    const struct signed_request signing = {
        .endpoint = &endpoint,
        .method = "POST",
        .path = SLICE("?app_id=2021&charset=utf-8&sign_type=RSA2&version=1.0"),
        .body = SLICE("biz_content=%7B%22subject%22%3A%22a+b%26%E4%BC%9A%22%7D"),
        .at_ms = 1700000000999};
    buf_clear(&out);
    http_sign_address(&out, &signing);
    assert_false(out.failed);
    buf_append_u8(&out, 0);
    static const char begin[] = "&timestamp=2023-11-15+06:13:20&sign=";
    assert_memory_equal(out.data, begin, sizeof begin - 1);
    for (const char *at = out.data + sizeof begin - 1; *at != '\0'; at++) {
        uint8_t byte = (uint8_t)*at;
        size_t len;
        assert_null(strchr("+/=", *at));
        if (*at == '%') {
            assert_true(hex_decode(slice_of(at + 1, 2), &byte, 1, &len));
            at += 2;
        }
        signature[n++] = (char)byte;
    }
    assert_true(
        right("app_id=2021&biz_content={\"subject\":\"a b&会\"}&charset=utf-8&sign_type=RSA2"
              "&timestamp=2023-11-15 06:13:20&version=1.0",
              slice_of(signature, n)));
    assert_null(header(&signing, 0));
}

static void cryptomus(void **state)
{
    (void)state;
    const struct endpoint endpoint = {
        .secret = "KEY", .user = "8b03432e-385b", .sign = LANE_SIGN_CRYPTOMUS};
    const struct signed_request signing = {
        .endpoint = &endpoint, .method = "POST", .body = SLICE("{\"amount\":\"15\"}")};
    assert_string_equal(header(&signing, 0), "merchant: 8b03432e-385b");
    /* printf '{"amount":"15"}' | base64, KEY behind it | md5sum */
    assert_string_equal(header(&signing, 1), "sign: 273c6267c2de56f76f67128e32be25c6");
    assert_null(header(&signing, 2));
}

/* A key that is none, a query that is none of ours, a body that is too long: nothing goes out. */
static void what_cannot_be_signed(void **state)
{
    (void)state;
    static char body[70000];
    memset(body, 'x', sizeof body);
    struct endpoint endpoint = {
        .url = "https://a.example", .secret = "no key", .sign = LANE_SIGN_WECHAT_PAY};
    struct signed_request signing = {.endpoint = &endpoint, .method = "POST", .path = SLICE("/")};
    buf_clear(&out);
    assert_true(http_sign_header(&out, 0, &signing));
    assert_true(out.failed && out.starved);
    endpoint.secret = private_half;
    signing.body = slice_of(body, sizeof body);
    buf_clear(&out);
    assert_true(http_sign_header(&out, 0, &signing));
    assert_true(out.failed);
    endpoint.sign = LANE_SIGN_ALIPAY;
    static const char *const queries[] = {"?a=%4", "?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        signing.path = slice_from(queries[i]);
        signing.body = SLICE("");
        buf_clear(&out);
        http_sign_address(&out, &signing);
        assert_true(out.failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_in_a_header),
        cmocka_unit_test(wechat_pay),
        cmocka_unit_test(alipay),
        cmocka_unit_test(cryptomus),
        cmocka_unit_test(what_cannot_be_signed),
    };
    return cmocka_run_group_tests(tests, make_key, drop_key);
}
