#include "gateway/proof.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static struct config_value_map kinds[] = {{"paid", PAYMENT_PAID}};

#define MAP                                                                                        \
    .kind_pointer = {"/type"}, .kinds = kinds, .kind_count = 1, .payment_id = {"/id"},             \
    .telegram_id = {"/who"}

static const struct config_gateway stripe = {.name = "stripe",
                                             .kind = GATEWAY_STRIPE,
                                             .secrets = {"whsec_old", "whsec_new"},
                                             .secret_count = 2,
                                             .tolerance_ms = 300000};
static const struct config_gateway by_header = {
    .name = "header",
    .kind = GATEWAY_HMAC,
    .secrets = {"secret"},
    .secret_count = 1,
    .hmac = {.signature_header = "x-sig",
             .timestamp_header = "x-time",
             .timestamp_unit = TIME_UNIT_MS,
             .tolerance_ms = 2500,
             .event_id_header = "x-id",
             .signed_template = "{header:X-Nonce}|{timestamp}|{id}|{body}",
             MAP}};

/* HMAC-SHA256 in hex, without the code under test. */
static void sign(const char *secret, const char *text, char hex[65])
{
    struct hmac *hmac = hmac_new(HMAC_SHA256, secret, strlen(secret));
    struct slice piece = slice_from(text);
    uint8_t digest[64];

    assert_non_null(hmac);
    assert_int_equal(hmac_compute(hmac, &piece, 1, digest), 32);
    hex_encode(digest, 32, hex, 65);
    hmac_destroy(&hmac);
}

/* Stripe's header for body "{}" stamped with these digits. */
static void stripe_header(const char *secret, const char *stamp, char *out, size_t size)
{
    char text[128], hex[65];

    (void)snprintf(text, sizeof(text), "%s.{}", stamp);
    sign(secret, text, hex);
    (void)snprintf(out, size, "Stripe-Signature: t=%s,v1=%s\r\n", stamp, hex);
}

static void test_tolerance(void **state)
{
    static const struct {
        const char *stamp;
        uint64_t at_ms;
        enum gateway_verdict verdict;
    } rows[] = {
        {"1700000000", 1700000000000, GATEWAY_unused},
        {"1700000000", 1700000299999, GATEWAY_unused},
        {"1700000000", 1700000300000, GATEWAY_unused}, /* exactly the tolerance */
        {"1700000000", 1700000300999, GATEWAY_unused}, /* still, in whole seconds */
        {"1700000000", 1700000301000, GATEWAY_timestamp_stale},
        {"1700000300", 1700000000000, GATEWAY_unused},
        {"1700000300", 1700000000999, GATEWAY_unused},
        {"1700000301", 1700000000999, GATEWAY_timestamp_ahead},
        {"1700000301", 1700000001000, GATEWAY_unused},
        {"1", 1700000000000, GATEWAY_timestamp_stale},
        {"999999999999999", 1700000000000, GATEWAY_timestamp_ahead},
        {"1000000000000000", 1700000000000, GATEWAY_timestamp_malformed},
        {"18446744073709551617", 1700000000000, GATEWAY_timestamp_malformed},
        {"01700000000", 1700000000000, GATEWAY_timestamp_malformed},
        {"+1700000000", 1700000000000, GATEWAY_timestamp_malformed},
        {"-1700000000", 1700000000000, GATEWAY_timestamp_malformed},
        {"1700000000.0", 1700000000000, GATEWAY_timestamp_malformed},
        {"0x6553f100", 1700000000000, GATEWAY_timestamp_malformed},
        {"1 700000000", 1700000000000, GATEWAY_timestamp_malformed},
        {"0", 1700000000000, GATEWAY_timestamp_malformed},
    };
    struct gateway *gateway = open_gateway(&stripe);
    char header[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stripe_header("whsec_old", rows[i].stamp, header, sizeof(header));
        enum gateway_verdict verdict =
            judge_at(gateway, slice_from(header), SLICE("{}"), rows[i].at_ms, NULL);
        if (verdict != rows[i].verdict)
            fail_msg("%s at %llu: %s", rows[i].stamp, (unsigned long long)rows[i].at_ms,
                     gateway_verdict_name(verdict));
    }
    gateway_destroy(&gateway);
}

/* What comes first when several things are wrong; the body is looked at last of all. */
static void test_order(void **state)
{
    struct gateway *gateway = open_gateway(&stripe);
    char hex[65], wrong[65], header[512];

    (void)state;
    sign("whsec_old", "1600000000.{", hex);
    memset(wrong, 'a', 64);
    wrong[64] = '\0';

    assert_verdict(judge(gateway, "", "{"), signature_missing);
    assert_verdict(judge(gateway, "X-Other: 1\r\n", "{"), signature_missing);
    assert_verdict(judge(gateway, "Stripe-Signature: \r\n", "{"), signature_missing);
    assert_verdict(judge(gateway, "Stripe-Signature: t=x\r\n", "{"), signature_missing);
    assert_verdict(judge(gateway, "Stripe-Signature: rubbish\r\n", "{"), signature_malformed);
    assert_verdict(judge(gateway, "Stripe-Signature: v1=zz\r\n", "{"), timestamp_missing);
    assert_verdict(judge(gateway, "Stripe-Signature: t=,v1=zz\r\n", "{"), timestamp_missing);
    assert_verdict(judge(gateway, "Stripe-Signature: t=x,v1=zz\r\n", "{"), timestamp_malformed);
    assert_verdict(judge(gateway, "Stripe-Signature: t=1,v1=zz\r\n", "{"), signature_malformed);
    (void)snprintf(header, sizeof(header), "Stripe-Signature: t=1600000000,v1=%s\r\n", wrong);
    assert_verdict(judge(gateway, header, "{"), signature_wrong);
    (void)snprintf(header, sizeof(header), "Stripe-Signature: t=1600000000,v1=%s\r\n", hex);
    assert_verdict(judge(gateway, header, "{"), timestamp_stale);
    sign("whsec_old", "1700000000.{", hex);
    (void)snprintf(header, sizeof(header), "Stripe-Signature: t=1700000000,v1=%s\r\n", hex);
    assert_verdict(judge(gateway, header, "{"), body_not_json);

    /* Given twice is given not at all, the same or not. */
    (void)snprintf(
        header, sizeof(header),
        "Stripe-Signature: t=1700000000,v1=%s\r\nstripe-signature: t=1700000000,v1=%s\r\n", hex,
        hex);
    assert_verdict(judge(gateway, header, "{"), signature_malformed);
    gateway_destroy(&gateway);
}

static void test_rotation(void **state)
{
    struct gateway *gateway = open_gateway(&stripe);
    char old_hex[65], new_hex[65], other_hex[65], header[1024];

    (void)state;
    sign("whsec_old", "1700000000.{}", old_hex);
    sign("whsec_new", "1700000000.{}", new_hex);
    sign("whsec_other", "1700000000.{}", other_hex);
    static const struct {
        const char *format;
        int order[3]; /* 0 old, 1 new, 2 another's */
        enum gateway_verdict verdict;
    } rows[] = {
        {"Stripe-Signature: t=1700000000,v1=%s\r\n", {0}, GATEWAY_unused},
        {"Stripe-Signature: t=1700000000,v1=%s\r\n", {1}, GATEWAY_unused},
        {"Stripe-Signature: t=1700000000,v1=%s\r\n", {2}, GATEWAY_signature_wrong},
        {"Stripe-Signature: t=1700000000,v1=%s,v1=%s\r\n", {2, 1}, GATEWAY_unused},
        {"Stripe-Signature: t=1700000000,v1=%s,v1=%s\r\n", {1, 2}, GATEWAY_unused},
        {"Stripe-Signature: v1=%s,v1=%s,v1=%s,t=1700000000\r\n", {2, 2, 0}, GATEWAY_unused},
        {"Stripe-Signature: t=1700000000,v1=abcd,v1=%s\r\n", {0}, GATEWAY_unused},
        {"Stripe-Signature: t=1700000000,v1=abcd,v1=%s\r\n", {2}, GATEWAY_signature_wrong},
        {"Stripe-Signature: t=1700000000,v0=%s\r\n", {0}, GATEWAY_signature_missing},
        {"Stripe-Signature: t=1700000000,v1=%s00\r\n", {0}, GATEWAY_signature_malformed},
        {"Stripe-Signature: t=1700000000,v1=%.62s\r\n", {0}, GATEWAY_signature_malformed},
        {"Stripe-Signature: t=1700000000,v1=%.63s\r\n", {0}, GATEWAY_signature_malformed},
        {"Stripe-Signature: t=1700000000,v1=%.63sg\r\n", {0}, GATEWAY_signature_malformed},
        {"Stripe-Signature: t=1700000001,v1=%s\r\n", {0}, GATEWAY_signature_wrong},
    };
    const char *const hexes[] = {old_hex, new_hex, other_hex};
    for (size_t i = 0; i < COUNT(rows); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(header, sizeof(header), rows[i].format, hexes[rows[i].order[0]],
                       hexes[rows[i].order[1]], hexes[rows[i].order[2]]);
#pragma GCC diagnostic pop
        enum gateway_verdict verdict = judge(gateway, header, "{}");
        if (verdict != rows[i].verdict)
            fail_msg("row %zu: %s", i, gateway_verdict_name(verdict));
    }
    for (char *c = old_hex; *c; c++)
        if (*c >= 'a' && *c <= 'f')
            *c = (char)(*c - 'a' + 'A');
    (void)snprintf(header, sizeof(header), "Stripe-Signature: t=1700000000,v1=%s\r\n", old_hex);
    assert_verdict(judge(gateway, header, "{}"), unused);
    gateway_destroy(&gateway);
}

static void test_headers(void **state)
{
    struct gateway *gateway = open_gateway(&by_header);
    char hex[65], header[512];
    static const struct {
        const char *rest;
        enum gateway_verdict verdict;
    } rows[] = {
        {"X-Nonce: n\r\nX-Time: 1700000000000\r\nX-Id: i\r\n", GATEWAY_unused},
        {"x-nonce: n\r\nx-time: 1700000000000\r\nx-id: i\r\n", GATEWAY_unused},
        {"X-Time: 1700000000000\r\nX-Id: i\r\n", GATEWAY_signature_missing},
        {"X-Nonce: n\r\nX-Time: 1700000000000\r\n", GATEWAY_signature_missing},
        {"X-Nonce: n\r\nX-Id: i\r\n", GATEWAY_timestamp_missing},
        {"X-Nonce: n\r\nX-Time: \r\nX-Id: i\r\n", GATEWAY_timestamp_missing},
        {"X-Nonce: n\r\nX-Nonce: n\r\nX-Time: 1700000000000\r\nX-Id: i\r\n",
         GATEWAY_signature_malformed},
        {"X-Nonce: n\r\nX-Time: 1700000000000\r\nX-Id: i\r\nX-Id: i\r\n",
         GATEWAY_signature_malformed},
        {"X-Nonce: n\r\nX-Time: 1700000000000\r\nX-Time: 1700000000000\r\nX-Id: i\r\n",
         GATEWAY_timestamp_malformed},
        {"X-Nonce: m\r\nX-Time: 1700000000000\r\nX-Id: i\r\n", GATEWAY_signature_wrong},
        {"X-Nonce: n\r\nX-Time: 1700000000000\r\nX-Id: j\r\n", GATEWAY_signature_wrong},
        {"X-Nonce: n\r\nX-Time: 1700000000001\r\nX-Id: i\r\n", GATEWAY_signature_wrong},
    };

    (void)state;
    sign("secret", "n|1700000000000|i|{}", hex);
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(header, sizeof(header), "%sX-Sig: %s\r\n", rows[i].rest, hex);
        enum gateway_verdict verdict = judge(gateway, header, "{}");
        if (verdict != rows[i].verdict)
            fail_msg("row %zu: %s", i, gateway_verdict_name(verdict));
    }
    /* Milliseconds are compared to the millisecond. */
    (void)snprintf(header, sizeof(header), "%sX-Sig: %s\r\n", rows[0].rest, hex);
    assert_verdict(judge_at(gateway, slice_from(header), SLICE("{}"), now_ms + 2500, NULL), unused);
    assert_verdict(judge_at(gateway, slice_from(header), SLICE("{}"), now_ms + 2501, NULL),
                   timestamp_stale);
    assert_verdict(judge_at(gateway, slice_from(header), SLICE("{}"), now_ms - 2500, NULL), unused);
    assert_verdict(judge_at(gateway, slice_from(header), SLICE("{}"), now_ms - 2501, NULL),
                   timestamp_ahead);
    gateway_destroy(&gateway);
}

/* The same 32 key bytes, written in each form, sign alike. */
static void test_key_forms(void **state)
{
    static const struct {
        enum hmac_key_form form;
        const char *secret;
    } rows[] = {
        {KEY_UTF8, "key"},    {KEY_HEX, "6b6579"},       {KEY_HEX, "6B6579"},
        {KEY_BASE64, "a2V5"}, {KEY_WHSEC, "whsec_a2V5"}, {KEY_WHSEC, "a2V5"},
    };
    struct config_gateway config = {
        .name = "keys",
        .kind = GATEWAY_HMAC,
        .secret_count = 1,
        .hmac = {.signature_header = "x-sig", .signed_template = "{body}", MAP}};
    char hex[65], header[128];

    (void)state;
    sign("key", "{}", hex);
    (void)snprintf(header, sizeof(header), "X-Sig: %s\r\n", hex);
    for (size_t i = 0; i < COUNT(rows); i++) {
        config.secrets[0] = (char *)rows[i].secret;
        config.hmac.key = rows[i].form;
        struct gateway *gateway = open_gateway(&config);
        assert_verdict(judge(gateway, header, "{}"), unused);
        gateway_destroy(&gateway);
    }
}

/* Without a tolerance a time is only signed over, as text of whatever form, but not of any length.
 */
static void test_unread_timestamp(void **state)
{
    struct config_gateway config = by_header;
    char stamp[66], text[128], hex[65], header[512];

    (void)state;
    config.hmac.tolerance_ms = 0;
    config.hmac.event_id_header = NULL;
    config.hmac.signed_template = "{timestamp}|{body}";
    struct gateway *gateway = open_gateway(&config);
    for (size_t len = 64; len <= 65; len++) {
        memset(stamp, 't', len);
        stamp[len] = '\0';
        (void)snprintf(text, sizeof(text), "%s|{}", stamp);
        sign("secret", text, hex);
        (void)snprintf(header, sizeof(header), "X-Time: %s\r\nX-Sig: %s\r\n", stamp, hex);
        enum gateway_verdict verdict = judge(gateway, header, "{}");
        if (len == 64)
            assert_verdict(verdict, unused);
        else
            assert_verdict(verdict, timestamp_malformed);
    }
    gateway_destroy(&gateway);
}

/* SHA-512 and a large body through {body_base64}, which needs memory of its own. */
static void test_sha512_base64(void **state)
{
    struct config_gateway config = {.name = "big",
                                    .kind = GATEWAY_HMAC,
                                    .secrets = {"k"},
                                    .secret_count = 1,
                                    .hmac = {.algorithm = SIGNING_HMAC_SHA512,
                                             .signature_header = "x-sig",
                                             .encoding = ENCODING_BASE64,
                                             .signed_template = "{body_base64}{body}",
                                             MAP}};
    const size_t size = 100001;
    struct gateway *gateway = open_gateway(&config);
    char *body = malloc(size);
    struct buf lines;

    (void)state;
    assert_non_null(body);
    memset(body, ' ', size);
    memcpy(body, "{}", 2);
    assert_verdict(judge_signed(gateway, slice_of(body, size), NULL), unused);
    assert_verdict(judge_signed(gateway, slice_of(body, 2), NULL), unused);
    buf_init(&lines, 1024);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), slice_of(body, size),
                                  slice_of(NULL, 0), now_ms, 0, &lines),
                     ERROR_NONE);
    body[size - 1] = '\n';
    assert_verdict(judge_at(gateway, buf_slice(&lines), slice_of(body, size), now_ms, NULL),
                   signature_wrong);
    buf_deinit(&lines);
    free(body);

    /* What the HTTP server never lets through has no room here, and the next callback has. */
    struct slice huge = {calloc(1, GATEWAY_BODY_MAX + 4), GATEWAY_BODY_MAX + 4};
    assert_non_null(huge.data);
    buf_init(&lines, 1024);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), huge, slice_of(NULL, 0),
                                  now_ms, 0, &lines),
                     ERROR_MEMORY);
    buf_deinit(&lines);
    assert_verdict(judge_at(gateway, SLICE("X-Sig: YWJj\r\n"), huge, now_ms, NULL), busy);
    free((void *)huge.data);
    assert_verdict(judge_signed(gateway, SLICE("{}"), NULL), unused);
    gateway_destroy(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tolerance),        cmocka_unit_test(test_order),
        cmocka_unit_test(test_rotation),         cmocka_unit_test(test_headers),
        cmocka_unit_test(test_key_forms),        cmocka_unit_test(test_sha512_base64),
        cmocka_unit_test(test_unread_timestamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
