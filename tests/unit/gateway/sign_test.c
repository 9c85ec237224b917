#include "gateway/sign.h"

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

static const struct row {
    struct config_gateway config;
    const char *body, *lines;
    size_t secret;
} rows[] = {
    {{.name = "stripe",
      .kind = GATEWAY_STRIPE,
      .secrets = {"other", "whsec_test_secret"},
      .secret_count = 2,
      .tolerance_ms = 300000},
     "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}",
     "stripe-signature: t=1700000000,"
     "v1=4f1cd7feda9826e746b7d482c4badebb657398df1099e1046364f6196a230150\r\n",
     1},
    {{.name = "btcpay", .kind = GATEWAY_BTCPAY, .secrets = {"3f2b1c"}, .secret_count = 1},
     "{\n  \"deliveryId\": \"D1\",\n  \"type\": \"InvoiceSettled\",\n  \"invoiceId\": \"I1\"\n}",
     "btcpay-sig: sha256=13c10bee97a481f7813819f6a815d30f8de9b528298d52201df486258309cc55\r\n",
     0},
    {{.name = "standard",
      .kind = GATEWAY_STANDARD_WEBHOOKS,
      .secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
      .secret_count = 1,
      .tolerance_ms = 300000},
     "{\"test\": 2432232314}",
     /* made by Python's hmac by the rule of the specification */
     "webhook-timestamp: 1700000000\r\nwebhook-id: evt\r\n"
     "webhook-signature: v1,ThiAsb3CQBGcdJa6RuUhb9E15VvFZx4tr1bnhOFpFFc=\r\n",
     0},
    {{.name = "raw",
      .kind = GATEWAY_HMAC,
      .secrets = {"test_secret"},
      .secret_count = 1,
      .hmac = {.signature_header = "x-sig", .signed_template = "{body}", MAP}},
     "{\"obj1\":\"hello\",\"obj2\":\"world\"}",
     "x-sig: bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363\r\n",
     0},
    {{.name = "paddle",
      .kind = GATEWAY_HMAC,
      .secrets = {"k"},
      .secret_count = 1,
      .hmac = {.signature_header = "x-sig",
               .format = SIGNATURE_KV,
               .field = "h1",
               .separator = ';',
               .timestamp_field = "ts",
               .timestamp_unit = TIME_UNIT_MS,
               .tolerance_ms = 1000,
               .signed_template = "{timestamp}:{header:X-Nonce}:{header:x-nonce}:{body}",
               MAP}},
     "{}",
     "x-nonce: 1700000000999\r\nx-sig: "
     "ts=1700000000999;h1=703e28072ce4fe87555563995e714494521ccfe3e029b16d77dd2ba6fe890a6e\r\n",
     0},
    {{.name = "no_time",
      .kind = GATEWAY_HMAC,
      .secrets = {"k"},
      .secret_count = 1,
      .hmac = {.signature_header = "x-sig",
               .format = SIGNATURE_KV,
               .field = "h1",
               .signed_template = "{method} {path} {body}",
               MAP}},
     "{}",
     "x-sig: h1=a3cdd1ccc9638be1088917e1ac8b97d93aa224614884b2ee96fdcf4c90c4f57e\r\n",
     0},
    {{.name = "either_separator",
      .kind = GATEWAY_HMAC,
      .secrets = {"k"},
      .secret_count = 1,
      .hmac = {.signature_header = "x-sig",
               .format = SIGNATURE_KV,
               .field = "h1",
               .timestamp_field = "t",
               .tolerance_ms = 1000,
               .signed_template = "{timestamp}{body}",
               MAP}},
     "{}",
     "x-sig: t=1700000000,h1=cf866ef0655e022af916a24b19d9edd5911d5d1e6f4a66a63530b777863c0eb2\r\n",
     0},
    {{.name = "bare_list",
      .kind = GATEWAY_HMAC,
      .secrets = {"k"},
      .secret_count = 1,
      .hmac = {.signature_header = "x-sig",
               .format = SIGNATURE_LIST,
               .signed_template = "{body}",
               MAP}},
     "{}",
     "x-sig: add853b103fbcc936a194f9eb15e29c4ff08af6e47d5d1bca4f20218e31e4fff\r\n",
     0},
};

static void test_known(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gateway *gateway = open_gateway(&rows[i].config);
        buf_clear(&out);
        assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/x"), slice_from(rows[i].body),
                                      SLICE("evt"), now_ms + 999, rows[i].secret, &out),
                         ERROR_NONE);
        if (!slice_is(buf_slice(&out), rows[i].lines))
            fail_msg("%s: %.*s", rows[i].config.name, SLICE_ARG(buf_slice(&out)));
        gateway_destroy(&gateway);
    }
    buf_deinit(&out);
}

/* What is signed is judged genuine, by every secret, and not when it is changed. */
static void test_judged(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gateway *gateway = open_gateway(&rows[i].config);
        for (size_t s = 0; s < rows[i].config.secret_count; s++) {
            buf_clear(&out);
            assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/hooks/test"), SLICE("{}"),
                                          SLICE("evt"), now_ms, s, &out),
                             ERROR_NONE);
            assert_verdict(judge_at(gateway, buf_slice(&out), SLICE("{}"), now_ms, NULL), unused);
            assert_verdict(judge_at(gateway, buf_slice(&out), SLICE("{ }"), now_ms, NULL),
                           signature_wrong);
        }
        gateway_destroy(&gateway);
    }
    buf_deinit(&out);
}

static void test_refusals(void **state)
{
    struct gateway *gateway = open_gateway(&rows[2].config); /* its signature covers the event id */
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), SLICE("{}"),
                                  slice_of(NULL, 0), now_ms, 0, &out),
                     ERROR_INVALID);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), SLICE("{}"), SLICE("evt"),
                                  now_ms, 1, &out),
                     ERROR_INVALID);
    buf_deinit(&out);
    buf_init(&out, 20);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/"), SLICE("{}"), SLICE("evt"),
                                  now_ms, 0, &out),
                     ERROR_TOO_LARGE);
    buf_deinit(&out);
    gateway_destroy(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_judged),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
