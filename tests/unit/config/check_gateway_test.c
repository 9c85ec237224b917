#include "config/check.h"

#include "example.h"

#include "base/encoding.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define SIGNATURE "{header: X-iMe-Signature, format: kv, field: v1, encoding: hex}"
#define TIMESTAMP "      timestamp: {field: t, unit: s, tolerance: 5 minutes}\n"
#define HMAC      "gateways[3].hmac"

static void kinds(void **state)
{
    (void)state;
    expect_errors("kind: btcpay", "kind: hmac",
                  ":27: gateways[1].hmac: is missing; expected the profile of a gateway of kind "
                  "hmac");
    expect_errors("kind: hmac", "kind: btcpay",
                  ":32: " HMAC ": is of no use here; expected it with kind hmac only");
}

static void tolerances(void **state)
{
    (void)state;
    struct config *config = parse_example("kind: stripe,", "kind: stripe, tolerance: 90 seconds,");
    assert_int_equal(config->gateways[0].tolerance_ms, 90000);
    config_destroy(&config);
    expect_errors("kind: btcpay,", "kind: btcpay, tolerance: 1 hour,",
                  ":27: gateways[1].tolerance: is of no use here; expected it with kind stripe, "
                  "standard_webhooks or wechat_pay only");
    expect_errors("kind: hmac", "kind: hmac\n    tolerance: 1 hour",
                  ":31: gateways[3].tolerance: is of no use here; expected it in hmac.timestamp");
}

static void keys(void **state)
{
    static const struct {
        const char *form;
        const char *secret;
        const char *expected; /* NULL: it is a key */
    } cases[] = {
        {"utf8", "anything, not hex", NULL},
        {"sha256", "anything, not hex", NULL},
        {"hex", "00ffAB", NULL},
        {"hex", "00ffA", "hex digits"},
        {"hex", "xx", "hex digits"},
        {"base64", "c2VjcmV0", NULL},
        {"base64", "c2Vj*cmV0", "base64"},
        {"base64", "whsec_c2VjcmV0*", "base64"},
        {"whsec", "whsec_c2VjcmV0", NULL},
        {"whsec", "c2VjcmV0", NULL},
        {"whsec", "whsec_", "base64 with or without \"whsec_\" before it"},
        {"whsec", "whsec_?", "base64 with or without \"whsec_\" before it"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char key[32];
        char error[256] = "";
        snprintf(key, sizeof(key), "key: %s ", cases[i].form);
        if (cases[i].expected != NULL)
            snprintf(error, sizeof(error),
                     ":31: gateways[3].secrets[1]: the value is no key; expected %s",
                     cases[i].expected);
        assert_int_equal(setenv("IME_SECRET", "c2VjcmV0c2VjcmV0", 1), 0);
        if (strcmp(cases[i].form, "hex") == 0)
            assert_int_equal(setenv("IME_SECRET", "00", 1), 0);
        assert_int_equal(setenv("IME_OLD_SECRET", cases[i].secret, 1), 0);
        expect_errors("key: utf8 ", key, error);
    }
    assert_int_equal(setenv("STANDARD_SECRET", "c2VjcmV0", 1), 0);
    expect_errors("bots:", "bots:", "");
    assert_int_equal(example_environment(NULL), 0);
    /* Stripe's secret is text, whatever it looks like. */
    assert_int_equal(setenv("STANDARD_SECRET", "whsec_not base64", 1), 0);
    assert_int_equal(setenv("STRIPE_SECRET", "whsec_not base64 either", 1), 0);
    expect_errors("bots:", "bots:",
                  ":28: gateways[2].secrets[0]: the value is no key; expected base64 with or "
                  "without \"whsec_\" before it");
    assert_int_equal(example_environment(NULL), 0);
}

static void signatures(void **state)
{
    static const struct {
        const char *signature;
        const char *error; /* behind the path; several lines apart by '|' */
    } cases[] = {
        {"{header: X}",
         ".timestamp: has a field, but only a signature of format kv has fields; expected header "
         "in place of field, or format kv"},
        {"{header: X, format: prefix}",
         ".signature.prefix: is missing; expected what stands before the signature, as format is "
         "prefix"},
        {"{header: X, format: kv}",
         ".signature.field: is missing; expected the signature's field, as format is kv"},
        {"{header: X, format: kv, field: v1, prefix: a}",
         ".signature.prefix: is of no use with format kv; expected format prefix"},
        {"{header: X, format: raw, field: v1}",
         ".signature.field: is of no use with format raw; expected format kv or list"},
        {"{header: X, format: raw, separator: \",\"}",
         ".signature.separator: is of no use with format raw; expected \",\" or \";\" for kv, \" "
         "\" or \",\" for list"},
        {"{header: X, format: kv, field: v1, separator: \" \"}",
         ".signature.separator: is of no use with format kv; expected \",\" or \";\" for kv, \" \" "
         "or \",\" for list"},
        {"{header: X, format: list, field: v1, separator: \",\"}",
         ".signature.separator: the comma already stands between tag and signature; expected \" "
         "\""},
        {"{header: X, format: kv, field: t}",
         ".timestamp: its field is the signature's field; expected two fields"},
        {"{format: kv, field: v1}", ".signature.header: is missing; expected the name of a header"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *yaml = example_with(SIGNATURE, cases[i].signature);
        char *errors = errors_of(yaml);
        if (strstr(errors, cases[i].error) == NULL)
            fail_msg("%s: %s", cases[i].signature, errors);
        free(errors);
        free(yaml);
    }
    char *timeless = example_with(TIMESTAMP, "");
    char *without_time = text_with(timeless, "{timestamp}.", "");
    free(timeless);
    static const char *const good[] = {
        "{header: X}",
        "{header: X, format: prefix, prefix: \"sha256=\", encoding: base64}",
        "{header: X, format: list, field: v1}",
        "{header: X, format: list, separator: \",\"}",
        "{header: X, format: kv, field: v1, separator: \";\"}",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char *yaml = text_with(without_time, SIGNATURE, good[i]);
        char *errors = errors_of(yaml);
        assert_string_equal(errors, "");
        free(errors);
        free(yaml);
    }
    free(without_time);
}

static void timestamps(void **state)
{
    (void)state;
    expect_errors(TIMESTAMP, "",
                  ":36: " HMAC ".signed: names {timestamp}, but there is none; expected the key "
                  "timestamp beside it");
    expect_errors("{timestamp}.", "",
                  ":36: " HMAC ".timestamp: is not signed, so anybody could change it; expected "
                  "{timestamp} in signed, or no timestamp");
    expect_errors("{field: t, unit: s", "{unit: s",
                  ":36: " HMAC ".timestamp: has neither header nor field; expected one of header "
                  "and field");
    expect_errors("{field: t, unit: s", "{field: t, header: X-Time, unit: s",
                  ":36: " HMAC ".timestamp: has both header and field; expected one of header and "
                  "field");
    struct config *config = parse_example("{field: t, unit: s", "{header: X-Time, unit: ms");
    assert_string_equal(config->gateways[3].hmac.timestamp_header, "x-time");
    assert_int_equal(config->gateways[3].hmac.timestamp_unit, TIME_UNIT_MS);
    config_destroy(&config);
}

static void templates(void **state)
{
    static const char *const good[] = {
        "{timestamp}{body}", "{timestamp}\\n{body_base64}\\n", "{id}.{timestamp}.{body}",
        "{method}.{path}.{timestamp}.{body}", "{header:X-Nonce}{timestamp}{body}"};
    static const char *const unknown[] = {"{timestamp}{bdy}{body}", "{}{timestamp}{body}",
                                          "{header:}{timestamp}{body}",
                                          "{header:a b}{timestamp}{body}"};
    static const char *const unbalanced[] = {"{timestamp}.{body", "{timestamp}.body}",
                                             "{{timestamp}}.{body}", "{timestamp}{body}}"};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        expect_errors("{timestamp}.{body}", good[i], "");
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        expect_errors("{timestamp}.{body}", unknown[i],
                      ":37: " HMAC ".signed: has braces around something unknown; expected "
                      "{timestamp}, {body}, {body_base64}, {pairs}, {json_sorted}, "
                      "{json_php_base64}, {id}, {method}, {path} or {header:Name}");
    for (size_t i = 0; i < sizeof(unbalanced) / sizeof(unbalanced[0]); i++)
        expect_errors("{timestamp}.{body}", unbalanced[i],
                      ":37: " HMAC
                      ".signed: the braces do not match; expected {body} and the like");
    expect_errors("{timestamp}.{body}", "{timestamp}.",
                  ":37: " HMAC ".signed: does not hold the body, so anybody could change it; "
                  "expected {body} or {body_base64} in it");
    char name[128];
    snprintf(name, sizeof(name), "{header:%064d}{timestamp}{body}", 0);
    char *yaml = example_with("{timestamp}.{body}", name);
    char *errors = errors_of(yaml);
    assert_non_null(strstr(errors, "something unknown"));
    free(errors);
    free(yaml);
}

static void event_ids(void **state)
{
    (void)state;
    expect_errors("{header: X-iMe-Event-Id}", "{}",
                  ":38: " HMAC ".event_id: has neither header nor pointer; expected one of header "
                  "and pointer");
    expect_errors("{header: X-iMe-Event-Id}", "{header: X, pointer: /id}",
                  ":38: " HMAC ".event_id: has both header and pointer; expected one of header and "
                  "pointer");
    expect_errors("{header: X-iMe-Event-Id}", "{pointer: /id}", "");
    expect_errors("\"{timestamp}.{body}\"\n      event_id: {header: X-iMe-Event-Id}",
                  "\"{id}{timestamp}.{body}\"",
                  ":37: " HMAC ".signed: names {id}, but there is none; expected event_id.header");
    expect_errors("      event_id: {header: X-iMe-Event-Id}\n", "", "");
}

static void maps(void **state)
{
    (void)state;
    expect_errors("        telegram_id: /data/telegram_id\n        plan: /data/plan\n", "",
                  ":39: " HMAC ".map.telegram_id: is missing; expected a JSON pointer here, or "
                  "order_id to find the order that says it\n"
                  ":39: " HMAC
                  ".map.plan: is missing; expected a JSON pointer here, or order_id to "
                  "find the order that says it");
    expect_errors("        telegram_id: /data/telegram_id\n        plan: /data/plan\n",
                  "        order_id: /data/order\n", "");
    expect_errors("        amount: /data/amount", "        amount_minor: true",
                  ":39: " HMAC ".map.amount: is missing; expected a JSON pointer, such as "
                  "/data/amount, or a list of 1 to 4 of them");
}

static void new_kinds(void **state)
{
    static const struct {
        const char *gateway; /* in place of the second one */
        const char *error;   /* "": it is good */
    } cases[] = {
        {"kind: crypto_pay, secrets: [\"1:A\"]", ""},
        {"kind: cryptomus, secrets: [key]", ""},
        {"kind: cryptomus, secrets: [key], tolerance: 1 hour",
         "tolerance: is of no use here; expected it with kind stripe, standard_webhooks or "
         "wechat_pay only"},
        {"kind: crypto_pay", "secrets: is missing; expected a list of 1 to 8 secrets"},
        {"kind: alipay, app_id: \"1\", public_keys: [{key: AAAA}]", ""},
        {"kind: alipay, app_id: \"1\", public_keys: [{key: \"no key\"}]",
         "public_keys[0].key: the value is not valid; expected a public key or a certificate as "
         "PEM, such as \"${file:key.pem}\", or its base64 alone"},
        {"kind: alipay, app_id: \"1\", public_keys: [{key: \"-----BEGIN PRIVATE KEY-----\"}]",
         "public_keys[0].key: is a private key; expected"},
        {"kind: alipay, public_keys: [{key: AAAA}]",
         "app_id: is missing; expected the number of your application there"},
        {"kind: alipay, app_id: \"1\"", "public_keys: is missing; expected the keys that alipay"},
        {"kind: alipay, app_id: \"1\", secrets: [a], public_keys: [{key: AAAA}]",
         "secrets: is of no use here; alipay signs with its public key alone"},
        {"kind: wechat_pay, secrets: [0123456789abcdef0123456789abcdef], public_keys: [{id: "
         "PUB_1, key: \"-----BEGIN PUBLIC KEY-----\\r\\nAA\"}], tolerance: 1 minute",
         ""},
        {"kind: wechat_pay, secrets: [short], public_keys: [{key: AAAA}]",
         "secrets[0]: the value is no APIv3 key; expected the 32 characters"},
        {"kind: wechat_pay, secrets: [0123456789abcdef0123456789abcdef]",
         "public_keys: is missing"},
        {"kind: stripe, secrets: [a], public_keys: [{key: AAAA}]",
         "public_keys: is of no use here; expected it with kind wechat_pay or alipay only"},
        {"kind: stripe, secrets: [a], app_id: \"1\"",
         "app_id: is of no use here; expected it with kind alipay, or create, of kind wechat_pay"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *yaml =
            example_with("kind: btcpay, secrets: [\"${BTCPAY_SECRET}\"]", cases[i].gateway);
        char *errors = errors_of(yaml);
        if (cases[i].error[0] == '\0' ? errors[0] != '\0' : strstr(errors, cases[i].error) == NULL)
            fail_msg("%s: %s", cases[i].gateway, errors);
        free(errors);
        free(yaml);
    }
    struct config *config = parse_example(
        "kind: btcpay, secrets: [\"${BTCPAY_SECRET}\"]",
        "kind: alipay, app_id: \"1\", public_keys: [{key: \"-----BEGIN X-----\\r\\nAA\\r\\n\"}]");
    assert_string_equal(config->gateways[1].public_keys[0].key, "-----BEGIN X-----\nAA\n");
    assert_true(config_gateway_takes_form(&config->gateways[1]));
    assert_false(config_gateway_takes_form(&config->gateways[0]));
    config_destroy(&config);
}

static void places(void **state)
{
    (void)state;
    struct config *config =
        parse_example("payment_id: /data/payment_id", "payment_id: [/a, /b/c, \"/d /e\"]");
    char *const *pointers = config->gateways[3].hmac.payment_id;
    assert_string_equal(pointers[0], "/a");
    assert_string_equal(pointers[1], "/b/c");
    assert_string_equal(pointers[2], "/d /e");
    assert_null(pointers[3]);
    config_destroy(&config);
    expect_errors("payment_id: /data/payment_id", "payment_id: [/a, b]",
                  ":41: " HMAC ".map.payment_id[1]: \"b\" is not valid; expected a JSON pointer, "
                  "such as /data/amount");
    expect_errors("payment_id: /data/payment_id", "payment_id: []",
                  ":41: " HMAC ".map.payment_id: has 0 items; expected a JSON pointer, such as "
                  "/data/amount, or a list of 1 to 4 of them");
    expect_errors("payment_id: /data/payment_id", "payment_id: [/a, /b, /c, /d, /e]",
                  ":41: " HMAC ".map.payment_id: has 5 items; expected a JSON pointer, such as "
                  "/data/amount, or a list of 1 to 4 of them");
    expect_errors("payment_id: /data/payment_id", "payment_id: {a: b}",
                  ":41: " HMAC ".map.payment_id: is not a list; expected a JSON pointer, such as "
                  "/data/amount, or a list of 1 to 4 of them");
    expect_errors("{header: X-iMe-Signature,", "{header: X, member: sign,",
                  ":35: " HMAC ".signature: has both header and member; expected one of them");
    expect_errors("        currency: /data/currency", "        amount_minor: true",
                  ":39: " HMAC ".map.currency: is missing; expected a JSON pointer, such as "
                  "/data/currency, or currency_fixed, such as CNY");
}

static void makers(void **state)
{
    static const char session[] =
        "kind: stripe, create: session, secret_key: sk_1, success_url: \"https://t.me/bot\",";
    (void)state;
    struct config *config = parse_example("kind: stripe,", session);
    assert_int_equal(config->gateways[0].create, CREATE_SESSION);
    config_destroy(&config);
    expect_errors("kind: stripe,", "kind: stripe, create: session, secret_key: sk_1,",
                  ":26: gateways[0].success_url: is missing; expected it, as usher is to make the "
                  "session");
    expect_errors("kind: stripe,", "kind: stripe, create: invoice,",
                  ":26: gateways[0].create: is nothing that this kind makes; expected session");
    expect_errors("kind: stripe,", "kind: stripe, success_url: \"https://t.me/bot\",",
                  ":26: gateways[0].success_url: is of no use here; expected it with create, of "
                  "kind stripe, btcpay, crypto_pay, yookassa, paypal or cryptomus");
    expect_errors("kind: stripe,", "kind: stripe, api_key: k,",
                  ":26: gateways[0].api_key: is of no use here; expected it with kind btcpay");
    expect_errors("kind: btcpay,", "kind: btcpay, api_key: k,",
                  ":27: gateways[1].store: is missing; expected it beside api_key");
    expect_errors(
        "kind: btcpay,",
        "kind: btcpay, create: invoice, api_key: k, store: S1, cancel_url: \"https://a.example\",",
        ":27: gateways[1].cancel_url: is of no use here; expected it with create, of "
        "kind stripe or paypal");
    expect_errors(
        "kind: hmac", "kind: hmac\n    create: invoice",
        ":31: gateways[3].create: is nothing that usher can have of a gateway of this "
        "kind; expected it with kind stripe, btcpay, crypto_pay, yookassa, paypal, cryptomus, "
        "wechat_pay or alipay only");
}

/* What begins with begin, then with a private key in quotes, then with end. */
static const char *with_key(const char *begin, const char *end)
{
    static char gateway[8192];
    char key[4096];
    unsigned char *der = NULL;
    EVP_PKEY *pair = EVP_RSA_gen(2048);
    int len = i2d_PrivateKey(pair, &der);
    assert_true(len > 0);
    base64_encode(der, (size_t)len, key, sizeof key);
    OPENSSL_free(der);
    EVP_PKEY_free(pair);
    (void)snprintf(gateway, sizeof gateway, "%s\"%s\"%s", begin, key, end);
    return gateway;
}

#define WECHAT                                                                                     \
    "gateways:\n  - {name: wechat, kind: wechat_pay, secrets: "                                    \
    "[0123456789abcdef0123456789abcdef], public_keys: [{id: PUB_1, key: AAAA}]"
#define UNUSED_KEY                                                                                 \
    ":26: gateways[0].private_key: is of no use here; expected it with create, of kind "           \
    "wechat_pay "                                                                                  \
    "or alipay"
#define UNREACHED                                                                                  \
    ":26: gateways[0].create: needs an address to which wechat_pay can tell of payments; "         \
    "expected "                                                                                    \
    "http.public_url"
#define WECHAT_KEYS ", mch_id: \"1900000001\", app_id: wx1, serial: 5157F0, private_key: "

static void signers(void **state)
{
    (void)state;
    const char *gateway = with_key(WECHAT WECHAT_KEYS, ", create: native_h5}\n");
    expect_errors("gateways:\n", gateway, UNREACHED);
    gateway = with_key(WECHAT WECHAT_KEYS, ", create: precreate}\n");
    expect_errors("gateways:\n", gateway,
                  ":26: gateways[0].create: is nothing that this kind makes; expected native or "
                  "native_h5\n" UNREACHED);
    gateway = with_key(WECHAT WECHAT_KEYS, ", create: native}\n");
    expect_errors("gateways:\n", gateway, UNREACHED);
    char *yaml = example_with("gateways:\n", gateway);
    char *reached = text_with(yaml, "8080\"}", "8080\", public_url: \"https://club.example\"}");
    struct config *config = NULL;
    struct buf errors;
    buf_init(&errors, 65536);
    assert_int_equal(config_parse(slice_from(reached), EXAMPLE_NAME, &config, &errors), ERROR_NONE);
    const struct config_lane way = config_gateway_way(&config->gateways[0]);
    assert_string_equal(way.url, "https://api.mch.weixin.qq.com");
    assert_int_equal(way.sign, LANE_SIGN_WECHAT_PAY);
    assert_string_equal(way.user, "1900000001");
    assert_string_equal(way.serial, "5157F0");
    assert_string_equal(way.secret, config->gateways[0].private_key);
    config_destroy(&config);
    buf_deinit(&errors);
    free(reached);
    free(yaml);
    expect_errors(
        "gateways:\n",
        "gateways:\n  - {name: cm, kind: cryptomus, secrets: [key], create: invoice}\n",
        ":26: gateways[0].merchant: is missing; expected it, as usher is to make the "
        "invoice\n:26: gateways[0].create: needs an address to which cryptomus can tell of "
        "payments; expected http.public_url");
    expect_errors("gateways:\n",
                  "gateways:\n  - {name: cm, kind: cryptomus, secrets: [key], merchant: \"1\"}\n",
                  ":26: gateways[0].merchant: is of no use here; expected it with create, of kind "
                  "cryptomus");
    expect_errors(
        "gateways:\n",
        "gateways:\n  - {name: ali, kind: alipay, app_id: \"1\", public_keys: [{key: AAAA}], "
        "create: precreate}\n",
        ":26: gateways[0].private_key: is missing; expected it, as usher is to make the "
        "trade\n:26: gateways[0].create: needs an address to which alipay can tell of "
        "payments; expected http.public_url");
    expect_errors(
        "gateways:\n", WECHAT ", private_key: AAAA}\n",
        ":26: gateways[0].private_key: the value is not valid; expected an RSA private key "
        "of 2048 to 4096 bits without a passphrase, such as "
        "\"${file:apiclient_key.pem}\"\n" UNUSED_KEY);
    expect_errors("gateways:\n", WECHAT ", private_key: \"-----BEGIN PUBLIC KEY-----\"}\n",
                  ":26: gateways[0].private_key: is no private key; expected an RSA private key of "
                  "2048 to 4096 bits without a passphrase, such as "
                  "\"${file:apiclient_key.pem}\"\n" UNUSED_KEY);
    expect_errors("gateways:\n", WECHAT ", mch_id: \"1\"}\n",
                  ":26: gateways[0].mch_id: is of no use here; expected it with create, of kind "
                  "wechat_pay");
    expect_errors(
        "gateways:\n",
        with_key(WECHAT ", private_key: ", ", mch_id: \"1\", serial: S, create: native}\n"),
        ":26: gateways[0].app_id: is missing; expected it, as usher is to make the "
        "order\n" UNREACHED);
}

#define PAYPAL                                                                                     \
    "gateways:\n  - {name: pp, kind: paypal, client_id: c, secret_key: secret_1, webhook_id: w"

static void paypal(void **state)
{
    (void)state;
    struct config *config = parse_example("gateways:\n", PAYPAL ", create: order}\n");
    const struct config_gateway *gateway = &config->gateways[0];
    const struct config_lane way = config_gateway_way(gateway);
    assert_string_equal(way.url, "https://api-m.paypal.com");
    assert_string_equal(way.key, "PayPal-Request-Id");
    assert_string_equal(way.user, "c");
    assert_string_equal(way.secret, "secret_1");
    assert_true(config_gateway_does(gateway, ERRAND_CAPTURE));
    assert_false(config_gateway_does(gateway, ERRAND_END));
    assert_true(config_gateway_tells_parts(gateway));
    config_destroy(&config);
    expect_errors("gateways:\n",
                  "gateways:\n  - {name: pp, kind: paypal, client_id: c, "
                  "secret_key: secret_1}\n",
                  ":26: gateways[0].webhook_id: is missing; expected it, as usher asks paypal "
                  "about payments");
    expect_errors("gateways:\n", PAYPAL ", create: order, keys: false}\n",
                  ":26: gateways[0].keys: is of no use here; expected it with create, of kind "
                  "stripe, btcpay, crypto_pay, yookassa, cryptomus, wechat_pay or alipay");
}

#define YOOKASSA "gateways:\n  - {name: kassa, kind: yookassa, shop_id: \"1\", secret_key: live_1"

static void asked(void **state)
{
    (void)state;
    struct config *config = parse_example("gateways:\n", YOOKASSA "}\n");
    const struct config_lane way = config_gateway_way(&config->gateways[0]);
    assert_string_equal(way.url, "https://api.yookassa.ru");
    assert_string_equal(way.scheme, "Authorization: Basic ");
    assert_string_equal(way.user, "1");
    assert_string_equal(way.secret, "live_1");
    assert_null(config_gateway_way(&config->gateways[3]).url); /* standard webhooks */
    config_destroy(&config);
    config = parse_example("kind: stripe,", "kind: stripe, secret_key: sk_1, api_url: "
                                            "\"http://127.0.0.1:1\",");
    assert_string_equal(config_gateway_way(&config->gateways[0]).secret, "sk_1");
    assert_string_equal(config_gateway_way(&config->gateways[0]).url, "http://127.0.0.1:1");
    assert_null(config_gateway_way(&config->gateways[0]).user);
    config_destroy(&config);
    expect_errors("gateways:\n", "gateways:\n  - {name: kassa, kind: yookassa, secret_key: k}\n",
                  ":26: gateways[0].shop_id: is missing; expected it, as usher asks yookassa about "
                  "payments");
    expect_errors(
        "gateways:\n", YOOKASSA ", secrets: [secret]}\n",
        ":26: gateways[0].secrets: is of no use here; yookassa signs nothing, and is asked "
        "by its other keys");
    expect_errors("gateways:\n", YOOKASSA ", create: payment}\n",
                  ":26: gateways[0].success_url: is missing; expected it, as usher is to make the "
                  "payment");
    expect_errors("gateways:\n", YOOKASSA ", create: invoice}\n",
                  ":26: gateways[0].create: is nothing that this kind makes; expected payment");
}

static void reconciled(void **state)
{
    (void)state;
    struct config *config = parse_example("kind: stripe,", "kind: stripe, secret_key: sk_1, "
                                                           "reconcile: {back: 2 days},");
    struct config_reconcile when = config_reconcile_of(config, &config->gateways[0]);
    assert_int_equal(when.every_ms, 300000);
    assert_int_equal(when.back_ms, 2 * 86400000);
    when = config_reconcile_of(config, &config->gateways[1]);
    assert_int_equal(when.every_ms, 300000);
    assert_int_equal(when.back_ms, 86400000);
    config_destroy(&config);
    config = parse_example("gateways:\n", "reconcile: {every: 0 seconds}\ngateways:\n");
    assert_int_equal(config_reconcile_of(config, &config->gateways[0]).every_ms, 0);
    config_destroy(&config);
    expect_errors("gateways:\n", "reconcile: {every: 2 days}\ngateways:\n",
                  ":25: reconcile.every: \"2 days\" is not valid; expected a duration such as "
                  "\"5 minutes\", from 0 to 1 day");
}

#define STARS "  - {name: stars, kind: stars, bot: main}\n"

static void stars(void **state)
{
    (void)state;
    struct config *config = parse_example("gateways:\n", "gateways:\n" STARS);
    assert_int_equal(config->gateways[0].kind, GATEWAY_STARS);
    assert_ptr_equal(config->gateways[0].bot, &config->bots[0]);
    assert_false(config_gateway_calls(&config->gateways[0]));
    assert_true(config_gateway_calls(&config->gateways[1]));
    config_destroy(&config);
    expect_errors("gateways:\n", "gateways:\n  - {name: stars, kind: stars}\n",
                  ":26: gateways[0].bot: is missing; expected the name of the bot that is paid");
    expect_errors("gateways:\n", "gateways:\n  - {name: stars, kind: stars, bot: other}\n",
                  ":26: gateways[0].bot: \"other\" is not in bots; expected a name from there");
    expect_errors("gateways:\n",
                  "gateways:\n  - {name: stars, kind: stars, bot: main, secrets: [abcdefgh]}\n",
                  ":26: gateways[0].secrets: is of no use here; stars comes through its bot");
    expect_errors("gateways:\n",
                  "gateways:\n  - {name: stars, kind: stars, bot: main, currencies: [USD]}\n",
                  ":26: gateways[0].currencies: is of no use here; stars takes XTR");
    expect_errors("kind: stripe,", "kind: stripe, bot: main,",
                  ":26: gateways[0].bot: is of no use here; expected it with kind stars only");
    expect_errors("gateways:\n", "gateways:\n" STARS "  - {name: more, kind: stars, bot: main}\n",
                  ":27: gateways[1].bot: is the bot of gateways[0] too; expected one of its own");
    expect_errors("{amount: \"9.00\", currency: USD", "{amount: \"100001\", currency: XTR",
                  ":18: plans[0].prices: item 0 asks for more Stars than an invoice may; expected "
                  "at most 100000");
    expect_errors("{amount: \"9.00\", currency: USD", "{amount: \"9.50\", currency: XTR",
                  ":18: plans[0].prices[0].amount: \"9.50\" is not valid; expected a plain amount "
                  "with at most 0 decimals in XTR, such as \"29\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),      cmocka_unit_test(tolerances), cmocka_unit_test(keys),
        cmocka_unit_test(signatures), cmocka_unit_test(timestamps), cmocka_unit_test(templates),
        cmocka_unit_test(event_ids),  cmocka_unit_test(maps),       cmocka_unit_test(new_kinds),
        cmocka_unit_test(places),     cmocka_unit_test(makers),     cmocka_unit_test(asked),
        cmocka_unit_test(reconciled), cmocka_unit_test(paypal),     cmocka_unit_test(signers),
        cmocka_unit_test(stars),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
