#include "gateway/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static struct config_value_map confirmed[] = {{"charge:confirmed", PAYMENT_PAID}};

/* A profile whose map finds nothing in most bodies: only the proof is of interest here. */
#define MAP                                                                                        \
    .kind_pointer = {"/event/type"}, .kinds = confirmed, .kind_count = 1,                          \
    .payment_id = {"/event/data/code"}, .telegram_id = {"/event/data/metadata/telegram_id"},       \
    .plan = {"/event/data/metadata/plan"}, .amount = {"/event/data/pricing/local/amount"},         \
    .currency = {"/event/data/pricing/local/currency"}, .event_id_pointer = "/event/id"

#define STRIPE_BODY "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}"
#define COINBASE_BODY                                                                              \
    "{\"id\":1,\"event\":{\"id\":\"24934862-d980-46cb-9402-43c81b0cdba6\","                        \
    "\"type\":\"charge:confirmed\",\"data\":{\"code\":\"66BEOV2A\","                               \
    "\"id\":\"f765421f2-1451-fafb-c4ac\",\"metadata\":{\"telegram_id\":\"123456789\","             \
    "\"plan\":\"core\"},\"pricing\":{\"local\":{\"amount\":\"29.00\",\"currency\":\"USD\"}}}}}"
#define PADDLE_BODY                                                                                \
    "{\"event_id\":\"evt_01\",\"event_type\":\"transaction.completed\","                           \
    "\"occurred_at\":\"2024-04-12T10:18:49.738972Z\",\"data\":{\"id\":\"txn_01\","                 \
    "\"currency_code\":\"USD\",\"details\":{\"totals\":{\"grand_total\":\"2900\"}},"               \
    "\"custom_data\":{\"telegram_id\":\"123456789\",\"plan\":\"core\"}}}"
#define CRYPTOPAY_BODY                                                                             \
    "{\"update_id\":1,\"update_type\":\"invoice_paid\",\"request_date\":"                          \
    "\"2024-01-01T00:00:00.000Z\",\"payload\":{\"invoice_id\":528890,\"status\":\"paid\","         \
    "\"asset\":\"TON\",\"amount\":\"125.50\"}}"

static struct config_value_map completed[] = {{"transaction.completed", PAYMENT_PAID}};
static struct config_value_map invoice_paid[] = {{"invoice_paid", PAYMENT_PAID}};

/* Signatures that others made: by a project's own tests or helper, or with Python's hmac by the
 * rule in a gateway's documentation. */
static const struct vector {
    const char *source;
    struct config_gateway config;
    const char *method, *path, *headers, *body;
    uint64_t at_ms;
    enum gateway_verdict verdict;
    const char *payment_id; /* of an accepted one */
    int64_t amount;
} vectors[] = {
    {
        .source = "github.com/standard-webhooks/standard-webhooks, libraries/*/ tests",
        .config = {.name = "standard",
                   .kind = GATEWAY_STANDARD_WEBHOOKS,
                   .secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                   .secret_count = 1,
                   .tolerance_ms = 300000},
        .headers = "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"
                   "webhook-timestamp: 1614265330\r\n"
                   "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n",
        .body = "{\"test\": 2432232314}",
        .at_ms = 1614265330000,
        .verdict = GATEWAY_unused,
    },
    {
        .source = "npm stripe, webhooks.generateTestHeaderString",
        .config = {.name = "stripe",
                   .kind = GATEWAY_STRIPE,
                   .secrets = {"whsec_test_secret"},
                   .secret_count = 1,
                   .tolerance_ms = 300000},
        .headers = "Stripe-Signature: t=1700000000,"
                   "v1=4f1cd7feda9826e746b7d482c4badebb657398df1099e1046364f6196a230150\r\n",
        .body = STRIPE_BODY,
        .at_ms = 1700000000000,
        .verdict = GATEWAY_unused,
    },
    {
        .source = "github.com/stripe/stripe-node, test/crypto/helpers.ts: empty payload",
        .config = {.name = "core",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"test_secret"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "x-signature", .signed_template = "{body}", MAP}},
        .headers = "X-Signature: "
                   "f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd\r\n",
        .body = "",
        .verdict = GATEWAY_body_not_json,
    },
    {
        .source = "github.com/stripe/stripe-node, test/crypto/helpers.ts: two members",
        .config = {.name = "core",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"test_secret"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "x-signature", .signed_template = "{body}", MAP}},
        .headers = "X-Signature: "
                   "bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363\r\n",
        .body = "{\"obj1\":\"hello\",\"obj2\":\"world\"}",
        .verdict = GATEWAY_unused,
    },
    {
        .source = "github.com/stripe/stripe-node, test/crypto/helpers.ts: an emoji",
        .config = {.name = "core",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"test_secret"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "x-signature", .signed_template = "{body}", MAP}},
        .headers = "X-Signature: "
                   "837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43\r\n",
        .body = "\xf0\x9f\x98\x80",
        .verdict = GATEWAY_body_not_json,
    },
    {
        .source = "rule of btcpayserver/btcpayserver, WebhookSender.cs",
        .config =
            {.name = "btcpay", .kind = GATEWAY_BTCPAY, .secrets = {"3f2b1c"}, .secret_count = 1},
        .headers = "BTCPay-Sig: sha256="
                   "13c10bee97a481f7813819f6a815d30f8de9b528298d52201df486258309cc55\r\n",
        .body = "{\n  \"deliveryId\": \"D1\",\n  \"type\": \"InvoiceSettled\",\n"
                "  \"invoiceId\": \"I1\"\n}",
        .verdict = GATEWAY_accepted,
        .payment_id = "I1",
        .amount = -1,
    },
    {
        .source = "rule of docs.lemonsqueezy.com, help/webhooks/signing-requests",
        .config = {.name = "lemon",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"lemon_secret"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "x-signature", .signed_template = "{body}", MAP}},
        .headers = "X-Signature: "
                   "d25cffb3f9841dbd86bf1ee6c0c716717d647da28622cc808e8b7b2ae4e7ff3c\r\n",
        .body = "{\"meta\":{\"event_name\":\"order_created\"},"
                "\"data\":{\"type\":\"orders\",\"id\":\"1\"}}",
        .verdict = GATEWAY_unused,
    },
    {
        .source = "rule of docs.cdp.coinbase.com, Commerce webhooks security",
        .config = {.name = "coinbase",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"coinbase_shared_secret"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "x-cc-webhook-signature",
                            .signed_template = "{body}",
                            MAP}},
        .headers = "X-CC-Webhook-Signature: "
                   "477b53bfd61471c6f7b62bf2f0132818b9e471911d96c55d847bc485fd86a9b0\r\n",
        .body = COINBASE_BODY,
        .verdict = GATEWAY_accepted,
        .payment_id = "66BEOV2A",
        .amount = 2900,
    },
    {
        .source = "rule of developer.paddle.com, webhooks/signature-verification",
        .config = {.name = "paddle",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"pdl_ntfset_secret"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "paddle-signature",
                            .format = SIGNATURE_KV,
                            .field = "h1",
                            .separator = ';',
                            .timestamp_field = "ts",
                            .tolerance_ms = 300000,
                            .signed_template = "{timestamp}:{body}",
                            .kind_pointer = {"/event_type"},
                            .kinds = completed,
                            .kind_count = 1,
                            .payment_id = {"/data/id"},
                            .telegram_id = {"/data/custom_data/telegram_id"},
                            .amount = {"/data/details/totals/grand_total"},
                            .amount_minor = true,
                            .currency = {"/data/currency_code"}}},
        .headers = "Paddle-Signature: ts=1700000000;"
                   "h1=24eaf2c447f0cd62aaa3bc80b863bc29c9c9d4f4760d2a7a590068b5e8e0c27e\r\n",
        .body = PADDLE_BODY,
        .at_ms = 1700000005000,
        .verdict = GATEWAY_accepted,
        .payment_id = "txn_01",
        .amount = 2900,
    },
    {
        .source = "rule of help.crypt.bot/crypto-pay-api: the key is the token's SHA-256",
        .config = {.name = "cryptopay",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"12345:AAzQcZWQqQAbsfgPnOLr4FHC8Doa4L7KryC"},
                   .secret_count = 1,
                   .hmac = {.key = KEY_SHA256,
                            .signature_header = "crypto-pay-api-signature",
                            .signed_template = "{body}",
                            .kind_pointer = {"/update_type"},
                            .kinds = invoice_paid,
                            .kind_count = 1,
                            .payment_id = {"/payload/invoice_id"},
                            .telegram_id = {"/payload/payload"},
                            .amount = {"/payload/amount"},
                            .currency = {"/payload/asset"}}},
        .headers = "crypto-pay-api-signature: "
                   "041ff9d49ce12fee220f16615af253de8ec598889a1dd100317430ddb1ce99eb\r\n",
        .body = CRYPTOPAY_BODY,
        .verdict = GATEWAY_accepted,
        .payment_id = "528890",
        .amount = 125500000000,
    },
    {
        .source = "rule of github.com/Olegt0rr/TelegramWalletPay, tools/signature.py",
        .config = {.name = "walletpay",
                   .kind = GATEWAY_HMAC,
                   .secrets = {"STORE_KEY"},
                   .secret_count = 1,
                   .hmac = {.signature_header = "walletpay-signature",
                            .encoding = ENCODING_BASE64,
                            .timestamp_header = "walletpay-timestamp",
                            .signed_template = "{method}.{path}.{timestamp}.{body_base64}",
                            MAP}},
        .path = "/webhook/",
        .headers = "WalletPay-Timestamp: 168824905680291\r\n"
                   "WalletPay-Signature: TvM4BpiN9Gm6HcleNOKd2LuNUw7l8wXAzEWWC5ugkuw=\r\n",
        .body = "[{\"eventId\":10030477545046015,\"type\":\"ORDER_PAID\"}]",
        .verdict = GATEWAY_unused,
    },
};

static enum gateway_verdict judge_vector(struct gateway *gateway, const struct vector *vector,
                                         struct slice headers, struct slice body,
                                         struct payment_event *event)
{
    struct http_header items[8];
    const struct gateway_request request = {
        .method = SLICE("POST"),
        .path = slice_from(vector->path ? vector->path : "/hooks/x"),
        .headers = items,
        .header_count = split_headers(headers, items, COUNT(items)),
        .body = body,
        .now_ms = vector->at_ms,
    };
    return gateway_judge(gateway, &request, event);
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        struct gateway *gateway = open_gateway(&vectors[i].config);
        struct payment_event event;
        enum gateway_verdict verdict =
            judge_vector(gateway, &vectors[i], slice_from(vectors[i].headers),
                         slice_from(vectors[i].body), &event);
        if (verdict != vectors[i].verdict)
            fail_msg("%s: %s", vectors[i].source, gateway_verdict_name(verdict));
        if (verdict == GATEWAY_accepted) {
            assert_string_equal(event.payment_id, vectors[i].payment_id);
            assert_int_equal(event.amount, vectors[i].amount);
            assert_int_equal(event.kind, PAYMENT_PAID);
        }
        gateway_destroy(&gateway);
        assert_null(gateway);
    }
}

/* No byte of a signed body, nor of the signature, can be another. */
static void test_every_byte_counts(void **state)
{
    char body[1024], headers[512];
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct vector *vector = &vectors[i];
        struct gateway *gateway = open_gateway(&vector->config);
        size_t body_len = strlen(vector->body), headers_len = strlen(vector->headers);
        memcpy(body, vector->body, body_len);
        memcpy(headers, vector->headers, headers_len);
        for (size_t k = 0; k < body_len; k++) {
            body[k] ^= 1;
            assert_verdict(judge_vector(gateway, vector, slice_of(headers, headers_len),
                                        slice_of(body, body_len), &event),
                           signature_wrong);
            body[k] ^= 1;
        }
        assert_verdict(judge_vector(gateway, vector, slice_of(headers, headers_len),
                                    slice_of(body, body_len + 1), &event),
                       signature_wrong);
        /* The last four characters of a signature: before "\r\n", and before a base64 '='. */
        for (size_t k = headers_len - 7; k < headers_len - 3; k++) {
            headers[k] ^= 2;
            enum gateway_verdict verdict = judge_vector(
                gateway, vector, slice_of(headers, headers_len), slice_of(body, body_len), &event);
            assert_int_equal(gateway_verdict_status(verdict), 401);
            headers[k] ^= 2;
        }
        assert_verdict(
            judge_vector(gateway, vector, slice_of(NULL, 0), slice_of(body, body_len), &event),
            signature_missing);
        gateway_destroy(&gateway);
    }
}

static void test_verdicts(void **state)
{
    (void)state;
    assert_int_equal(gateway_verdict_status(GATEWAY_accepted), 200);
    assert_int_equal(gateway_verdict_status(GATEWAY_unused), 200);
    assert_int_equal(gateway_verdict_status(GATEWAY_signature_missing), 401);
    assert_int_equal(gateway_verdict_status(GATEWAY_timestamp_ahead), 401);
    assert_int_equal(gateway_verdict_status(GATEWAY_body_not_json), 400);
    assert_int_equal(gateway_verdict_status(GATEWAY_body_incomplete), 400);
    assert_int_equal(gateway_verdict_status(GATEWAY_busy), 503);
    assert_string_equal(gateway_verdict_name(GATEWAY_timestamp_stale), "timestamp_stale");
}

static void test_new_refusals(void **state)
{
    static const struct config_gateway good = {
        .name = "lemon",
        .kind = GATEWAY_HMAC,
        .secrets = {"lemon secret!"},
        .secret_count = 1,
        .hmac = {.signature_header = "x-signature", .signed_template = "{body}", MAP}};
    struct config_gateway bad;
    struct gateway *gateway;
    struct why why;

    (void)state;
#define assert_refused(change, says)                                                               \
    do {                                                                                           \
        bad = good;                                                                                \
        change;                                                                                    \
        gateway = (struct gateway *)&why;                                                          \
        assert_int_equal(gateway_new(&bad, &gateway, &why), ERROR_INVALID);                        \
        assert_null(gateway);                                                                      \
        assert_null(strstr(why.text, "lemon secret!"));                                            \
        if (!strstr(why.text, says) || !strstr(why.text, "gateway lemon: "))                       \
            fail_msg("%s", why.text);                                                              \
    } while (0)

    assert_refused(bad.secret_count = 0, "secrets");
    assert_refused(bad.secret_count = CONFIG_SECRETS_MAX + 1, "expected 1 to");
    assert_refused(bad.hmac.key = KEY_HEX, "number 1");
    assert_refused((bad.hmac.key = KEY_HEX, bad.secrets[0] = ""), "number 1");
    assert_refused(bad.hmac.key = KEY_BASE64, "base64");
    assert_refused(bad.hmac.key = KEY_WHSEC, "whsec_");
    assert_refused(bad.secrets[0] = "", "empty");
    assert_refused((bad.secrets[1] = "", bad.secret_count = 2), "number 2");
    assert_refused((bad.hmac.key = KEY_SHA256, bad.secrets[0] = ""), "empty");
    assert_refused(bad.hmac.signature_header = NULL, "signature.header");
    assert_refused(bad.hmac.signature_header = "", "signature.header");
    assert_refused(bad.hmac.signature_member = "sign", "signature.header");
    assert_refused((bad.hmac.signature_header = NULL, bad.hmac.signature_member = "sign"),
                   "cannot cover itself");
    assert_refused(bad.hmac.signed_template = "{pairs}", "needs body: form");
    assert_refused(bad.hmac.currency_fixed = "NOPE", "currency_fixed");
    assert_refused(bad.hmac.signed_template = NULL, "hmac.signed");
    assert_refused(bad.hmac.signed_template = "{boby}", "{boby}");
    assert_refused(bad.hmac.signed_template = "{path}", "body");
    assert_refused(bad.hmac.signed_template = "{body}{header:X-Signature}", "its own");
    assert_refused(bad.hmac.signed_template = "{id}{body}", "event_id.header");
    assert_refused(bad.hmac.signed_template = "{timestamp}{body}", "timestamp.header");
    assert_refused(bad.hmac.tolerance_ms = 1, "timestamp.header");
    assert_refused((bad.hmac.tolerance_ms = 1, bad.hmac.timestamp_header = "x-time"), "proves");
    assert_refused(bad.hmac.timestamp_field = "t", "kv");
    assert_refused(
        (bad.hmac.format = SIGNATURE_KV, bad.hmac.field = "t", bad.hmac.timestamp_field = "t"),
        "field");
    assert_refused((bad.hmac.format = SIGNATURE_KV, bad.hmac.field = "v1",
                    bad.hmac.timestamp_field = "t", bad.hmac.timestamp_header = "x-time"),
                   "not both");
    assert_refused(bad.hmac.format = SIGNATURE_KV, "signature.field");
    assert_refused((bad.hmac.format = SIGNATURE_KV, bad.hmac.field = ""), "signature.field");
    assert_refused(bad.hmac.format = SIGNATURE_PREFIX, "signature.prefix");
    assert_refused((bad.hmac.format = SIGNATURE_PREFIX, bad.hmac.prefix = ""), "signature.prefix");
    assert_refused(bad.hmac.kind_pointer[0] = NULL, "map.kind");
    assert_refused(bad.hmac.kind_count = 0, "values");
    assert_refused(bad.hmac.payment_id[0] = NULL, "map.payment_id");
    assert_refused(bad.hmac.payment_id[0] = "data/id", "RFC 6901");
    assert_refused(bad.hmac.telegram_id[0] = NULL, "map.telegram_id");
    assert_refused(bad.hmac.amount[0] = "/a~", "map.amount");
    assert_refused(bad.hmac.event_id_pointer = "id", "event_id.pointer");

    bad = good;
    bad.hmac.telegram_id[0] = NULL;
    bad.hmac.order_id[0] = "/order";
    gateway = open_gateway(&bad);
    assert_string_equal(gateway_ack(gateway), "ok");
    gateway_destroy(&gateway);
    bad.hmac.ack = "success";
    gateway = open_gateway(&bad);
    assert_string_equal(gateway_ack(gateway), "success");
    gateway_destroy(&gateway);
    gateway_destroy(&gateway); /* nothing to do */
}

/* What is not accepted leaves nothing behind, also when parts of it had been read. */
static void test_event_is_cleared(void **state)
{
    struct config_gateway config = vectors[0].config;
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event, nothing = {.amount = -1};
    static const char *const bodies[] = {
        ("{\"type\":\"payment.succeeded\",\"data\":{\"amount\":\"29.00\",\"currency\":\"USD\","
         "\"metadata\":{\"telegram_id\":5,\"plan\":\"core\"}}}"),
        "{\"type\":\"payment.succeeded\"",
        "{}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        memset(&event, 'x', sizeof(event));
        assert_int_not_equal(judge_signed(gateway, slice_from(bodies[i]), &event),
                             GATEWAY_accepted);
        assert_memory_equal(&event, &nothing, sizeof(event));
    }
    gateway_destroy(&gateway);
}

/* What a gateway signs and only strict readers mind, in fields that nobody reads, is no reason to
 * refuse a payment for ever; in one that is read it says nothing. */
static void test_odd_bodies(void **state)
{
#define PAYMENT(before, metadata)                                                                  \
    before "{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"data\":{\"object\":{"      \
           "\"payment_intent\":\"pi_1\",\"payment_status\":\"paid\",\"amount_total\":2900,"        \
           "\"currency\":\"usd\",\"metadata\":{" metadata "}}}}"
#define FIVE(x) x x x x x
    static const struct {
        const char *body, *verdict, *plan;
    } rows[] = {
        {PAYMENT("", "\"plan\":\"core\",\"note\":\"\\ud800\""), "accepted", "core"},
        {PAYMENT("", "\"plan\":\"core\",\"note\":\"a\\u0000b\""), "accepted", "core"},
        {PAYMENT("\xef\xbb\xbf", "\"plan\":\"core\""), "accepted", "core"},
        {PAYMENT("", "\"plan\":\"core\",\"x\":1,\"x\":[2]"), "accepted", "core"},
        {PAYMENT("", "\"plan\":\"core\",\"x\":" FIVE(FIVE("[")) "[[[[" FIVE(FIVE("]")) "]]]]"),
         "accepted", "core"},
        {PAYMENT("", "\"plan\":\"core\",\"x\":" FIVE(FIVE(FIVE("[{\"y\":"))) "1" FIVE(
                         FIVE(FIVE("}]")))),
         "accepted", "core"},
        {PAYMENT("", "\"plan\":\"core\",\"note\":\"\xff\x01\""), "accepted", "core"},
        {PAYMENT("", "\"plan\":\"co\\u0000re\""), "accepted", ""},
        {PAYMENT("", "\"plan\":\"core\",\"plan\":\"pro\""), "accepted", ""},
        {PAYMENT("", "\"plan\":\"core\"}"), "body_not_json", ""},
        {"{\"type\":\"checkout.session.completed\",\"data\":{\"object\":{\"payment_status\":"
         "\"paid\",\"payment_intent\":\"pi_\\ud83d\"}}}",
         "id_unusable", ""},
        {"{\"type\":\"checkout.session.\xed\xa0\x80\"}", "type_unreadable", ""},
        {"{\"type\":\"a\",\"type\":\"checkout.session.completed\"}", "type_unreadable", ""},
    };
    const struct config_gateway config = {.name = "stripe",
                                          .kind = GATEWAY_STRIPE,
                                          .secrets = {"whsec_test_secret"},
                                          .secret_count = 1,
                                          .tolerance_ms = 300000};
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict verdict = judge_signed(gateway, slice_from(rows[i].body), &event);
        if (strcmp(gateway_verdict_name(verdict), rows[i].verdict) != 0)
            fail_msg("row %zu: %s", i, gateway_verdict_name(verdict));
        assert_string_equal(event.plan, rows[i].plan);
        if (verdict == GATEWAY_accepted) {
            assert_string_equal(event.payment_id, "pi_1");
            assert_int_equal(event.amount, 2900);
        } else {
            assert_int_equal(gateway_verdict_status(verdict), 400);
            assert_string_not_equal(gateway_verdict_remedy(verdict), "");
        }
    }
    gateway_destroy(&gateway);
}

/* What is told of a judgement: where the signature is, what it is of, and how far the time is. */
static void test_explained(void **state)
{
    const struct config_gateway config = {.name = "stripe",
                                          .kind = GATEWAY_STRIPE,
                                          .secrets = {"other", "whsec_test_secret"},
                                          .secret_count = 2,
                                          .tolerance_ms = 300000};
    struct http_header headers[1] = {
        {SLICE("Stripe-Signature"),
         SLICE("t=1700000000,"
               "v1=4f1cd7feda9826e746b7d482c4badebb657398df1099e1046364f6196a230150")}};
    struct gateway_request request = {.method = SLICE("POST"),
                                      .path = SLICE("/hooks/stripe"),
                                      .headers = headers,
                                      .header_count = 1,
                                      .body = SLICE(STRIPE_BODY),
                                      .now_ms = 1700000400000};
    struct gateway *gateway = open_gateway(&config);
    struct gateway_trace trace;
    struct payment_event event;
    uint8_t digest[32];

    (void)state;
    assert_verdict(gateway_explain(gateway, &request, &event, &trace), timestamp_stale);
    assert_string_equal(trace.signature_place, "stripe-signature");
    assert_false(trace.signature_in_body);
    assert_int_equal(trace.signature_count, 1);
    assert_string_equal(trace.timestamp_place, "t");
    assert_true(slice_is(trace.timestamp, "1700000000"));
    assert_int_equal(trace.stamped_ms, 1700000000000);
    assert_int_equal(trace.tolerance_ms, 300000);
    assert_true(trace.proved);
    assert_int_equal(trace.key_index, 1);
    assert_false(trace.read);
    assert_int_equal(trace.signed_len, strlen("1700000000.") + request.body.len);
    sha256(SLICE("1700000000." STRIPE_BODY), digest);
    assert_memory_equal(trace.signed_sha256, digest, sizeof(digest));
    request.now_ms = 1700000000000;
    assert_verdict(gateway_explain(gateway, &request, &event, &trace), unused);
    assert_true(trace.read);
    request.header_count = 0;
    assert_verdict(gateway_explain(gateway, &request, &event, &trace), signature_missing);
    assert_int_equal(trace.signature_count, 0);
    assert_false(trace.signed_known);
    gateway_destroy(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),          cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_verdicts),         cmocka_unit_test(test_new_refusals),
        cmocka_unit_test(test_event_is_cleared), cmocka_unit_test(test_odd_bodies),
        cmocka_unit_test(test_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
