/* Callbacks of any bytes. The first byte of the input chooses the gateway (low bits) and the way:
 *
 *   'A'..  the rest is header lines, an empty line and a body, judged as they are: nobody without
 * the secret may ever be believed; 'a'..  the rest is a body, signed with the gateway's own secret:
 * it must be believed, and what comes out must be clean, whatever the body holds; '0'..  the rest
 * is a template, "signed" of a profile, of which the gateway may only be refused; below '0'  a
 * gateway that is asked: what comes before the first NUL is a callback, the id of a thing that was
 * made, or (of lists) nothing; what follows, cut at NULs, are the gateway's answers one after the
 * other. */
#include "base/encoding.h"
#include "base/json.h"
#include "base/json_check.h"
#include "gateway/body.h"
#include "gateway/check.h"
#include "gateway/gateway.h"
#include "gateway/kind.h"
#include "gateway/reconcile.h"
#include "gateway/sign.h"
#include "http/server.h"

#include <openssl/evp.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

static const uint64_t now_ms = 1700000000000;

#define PUBLIC_KEY                                                                                 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArwEMaUFCNpZSoKra8LMdJrPTbOXRS3DfKLF+"             \
    "hxDJWqK0uDHjoWNkLKf/EjvSNjP3Sf/61u5FmDRYl+taaPny027015EumLw1hSEMWO2ZZDC7vGL4NkhA"             \
    "iu9jkzHKQ75BIF2woItYCSRFCS8O6cc4V51BYVPpShFoqj61964cre8N0p0ozMulQ7CumMQwNQ9XNuGR"             \
    "DfxwXRGowiitxgumQJeb0U/7qS7I1yWIdglBN7bhBpKMLWxmCheesEfkWSMWgqwl4EhSQ+hx3VoDjClh"             \
    "+LD7V+O/u/8T6HS0y56JQHDtaFLsKlLkeMI03Kv8BbhFgWLDVDbYJZJrgEKpwAO3xwIDAQAB"

static struct config_value_map kinds[] = {
    {"paid", PAYMENT_PAID}, {"refunded", PAYMENT_REFUNDED}, {"1", PAYMENT_CHARGED_BACK}};

#define MAP                                                                                        \
    .kind_pointer = {"/type"}, .kinds = kinds, .kind_count = 3, .payment_id = {"/data/0/id"},      \
    .telegram_id = {"/data/0/who"}, .plan = {"/data/0/plan"}, .order_id = {"/order"},              \
    .amount = {"/data/0/amount"}, .currency = {"/currency"}, .event_id_pointer = "/event"

/* Of a pair whose private half is nowhere: what it would sign cannot be made, so a friend's body
 * goes straight to what is behind the proof. */
static struct config_public_key public_keys[] = {
    {.id = (char *)"PUB_KEY_ID_1", .key = (char *)PUBLIC_KEY}};

static const struct config_gateway configs[] = {
    {.name = "stripe",
     .kind = GATEWAY_STRIPE,
     .secrets = {"whsec_one", "whsec_two"},
     .secret_count = 2,
     .tolerance_ms = 300000},
    {.name = "btcpay", .kind = GATEWAY_BTCPAY, .secrets = {"secret"}, .secret_count = 1},
    {.name = "standard",
     .kind = GATEWAY_STANDARD_WEBHOOKS,
     .secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
     .secret_count = 1,
     .tolerance_ms = 300000},
    {.name = "kv",
     .kind = GATEWAY_HMAC,
     .secrets = {"secret"},
     .secret_count = 1,
     .hmac = {.signature_header = "x-sig",
              .format = SIGNATURE_KV,
              .field = "h1",
              .timestamp_field = "ts",
              .tolerance_ms = 300000,
              .signed_template = "{timestamp}:{body}",
              MAP}},
    {.name = "all",
     .kind = GATEWAY_HMAC,
     .secrets = {"secret"},
     .secret_count = 1,
     .hmac = {.algorithm = SIGNING_HMAC_SHA512,
              .key = KEY_SHA256,
              .signature_header = "x-sig",
              .format = SIGNATURE_LIST,
              .encoding = ENCODING_BASE64,
              .timestamp_header = "x-time",
              .timestamp_unit = TIME_UNIT_MS,
              .event_id_header = "x-id",
              .amount_minor = true,
              .signed_template = "{method}{path}{header:x-n}{id}{timestamp}{body_base64}",
              MAP}},
    {.name = "cryptopay", .kind = GATEWAY_CRYPTO_PAY, .secrets = {"1:A"}, .secret_count = 1},
    {.name = "cryptomus", .kind = GATEWAY_CRYPTOMUS, .secrets = {"key"}, .secret_count = 1},
    {.name = "sorted",
     .kind = GATEWAY_HMAC,
     .secrets = {"secret"},
     .secret_count = 1,
     .hmac = {.algorithm = SIGNING_HMAC_SHA512,
              .signature_header = "x-sig",
              .signed_template = "{json_sorted}",
              .refund_amount = {"/back", "/data/0/back"},
              .refund_total = true,
              .kind_pointer = {"/type /state", "/kind"},
              .kinds = kinds,
              .kind_count = 3,
              .payment_id = {"/a /b", "/id"},
              .order_id = {"/text/order"},
              .telegram_id = {"/text/who"},
              .amount = {"/amount"},
              .currency_fixed = "CNY"}},
    {.name = "epay",
     .kind = GATEWAY_HMAC,
     .secrets = {"secret"},
     .secret_count = 1,
     .hmac = {.algorithm = SIGNING_MD5,
              .body = BODY_FORM,
              .signature_member = "sign",
              .signed_template = "{pairs}",
              .kind_pointer = {"/type"},
              .kinds = kinds,
              .kind_count = 3,
              .payment_id = {"/id"},
              .order_id = {"/order"},
              .amount = {"/money"},
              .currency_fixed = "CNY"}},
    {.name = "wechat",
     .kind = GATEWAY_WECHAT_PAY,
     .secrets = {"0123456789abcdef0123456789abcdef"},
     .secret_count = 1,
     .public_keys = public_keys,
     .public_key_count = 1,
     .tolerance_ms = 300000},
    {.name = "alipay",
     .kind = GATEWAY_ALIPAY,
     .public_keys = public_keys,
     .public_key_count = 1,
     .app_id = "2021"},
};

static struct config_gateway asked[] = {
    {.name = "stripe", .kind = GATEWAY_STRIPE, .secret_key = (char *)"sk_1"},
    {.name = "btcpay", .kind = GATEWAY_BTCPAY, .api_key = (char *)"k", .store = (char *)"S/1"},
    {.name = "cryptopay", .kind = GATEWAY_CRYPTO_PAY, .secrets = {"1:A"}},
    {.name = "kassa", .kind = GATEWAY_YOOKASSA},
};
/* Behind the three that stand before '0'. */
static struct config_gateway paypal = {
    .name = "paypal", .kind = GATEWAY_PAYPAL, .webhook_id = (char *)"W"};
enum { ASKED = sizeof(asked) / sizeof(asked[0]), ANSWERS_MAX = 64 };
static const struct config asked_config = {.gateways = asked,
                                           .gateway_count = ASKED,
                                           .reconcile = {.every_ms = 1000, .back_ms = 86400000}};

enum { CONFIGS = sizeof(configs) / sizeof(configs[0]), HEADERS_MAX = 24 };

static bool is_clean(const char *text)
{
    return slice_is_text(slice_from(text)) && !strpbrk(text, "\n\t");
}

static void check_event(enum gateway_verdict verdict, const struct payment_event *event)
{
    static const struct payment_event nothing = {.amount = -1};

    MUST(gateway_verdict_name(verdict) != NULL);
    if (verdict != GATEWAY_accepted) {
        MUST(memcmp(event, &nothing, sizeof(nothing)) == 0);
        return;
    }
    MUST(event->event_id[0] && is_clean(event->event_id));
    MUST(event->payment_id[0] && is_clean(event->payment_id));
    MUST(is_clean(event->plan) && is_clean(event->order_id) && is_clean(event->currency));
    MUST(event->kind >= PAYMENT_PAID && event->kind <= PAYMENT_APPROVED);
    MUST(event->telegram_id >= 0 && event->telegram_id < (int64_t)1 << 52);
    MUST(event->amount >= -1);
    MUST(event->amount == -1 || currency_find(slice_from(event->currency)));
}

/* Header lines end in '\n', an empty line ends them; a line without ':' is a header without value.
 */
static size_t read_headers(struct slice *rest, struct http_header *out, size_t max)
{
    size_t count = 0;

    while (rest->len > 0 && count < max) {
        const char *end = memchr(rest->data, '\n', rest->len);
        size_t len = end ? (size_t)(end - rest->data) : rest->len;
        struct slice line = slice_of(rest->data, len);
        *rest = slice_of(rest->data + len + (end != NULL), rest->len - len - (end != NULL));
        if (len == 0)
            break;
        const char *colon = memchr(line.data, ':', line.len);
        size_t name = colon ? (size_t)(colon - line.data) : line.len;
        out[count].name = slice_of(line.data, name);
        out[count++].value = colon ? slice_of(colon + 1, line.len - name - 1) : SLICE("");
    }
    return count;
}

static void judge_stranger(struct gateway *gateway, struct slice input)
{
    struct http_header headers[HEADERS_MAX];
    struct payment_event event;
    size_t count = read_headers(&input, headers, HEADERS_MAX);
    const struct gateway_request request = {.method = SLICE("POST"),
                                            .path = SLICE("/hooks/x"),
                                            .headers = headers,
                                            .header_count = count,
                                            .body = input,
                                            .now_ms = now_ms,
                                            .query = input};
    enum gateway_verdict verdict = gateway_judge(gateway, &request, &event);

    check_event(verdict, &event);
    MUST(gateway_verdict_status(verdict) == 401);
}

/* What WeChat would say, sealed as it seals it. */
static cJSON *seal(const char *key, struct slice told)
{
    char *base64 = malloc(2 * told.len + 64);
    unsigned char *data = malloc(told.len + 16);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0, more = 0;
    struct buf text;
    cJSON *root;

    MUST(base64 && data && context);
    MUST(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, (const unsigned char *)key,
                            (const unsigned char *)"nonce-12byte") == 1);
    MUST(EVP_EncryptUpdate(context, data, &len, (const unsigned char *)told.data, (int)told.len) ==
         1);
    MUST(EVP_EncryptFinal_ex(context, data + len, &more) == 1);
    MUST(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, data + len) == 1);
    base64_encode(data, (size_t)len + 16, base64, 2 * told.len + 64);
    buf_init(&text, 2 * told.len + 512);
    buf_printf(&text,
               "{\"event_type\":\"%s\",\"resource\":{\"nonce\":\"nonce-12byte\",\"ciphertext\":"
               "\"%s\"}}",
               told.len % 2 == 0 ? "TRANSACTION.SUCCESS" : "REFUND.SUCCESS", base64);
    MUST(json_parse(buf_slice(&text), text.len, 8, &root, NULL) == ERROR_NONE);
    buf_deinit(&text);
    EVP_CIPHER_CTX_free(context);
    free(data);
    free(base64);
    return root;
}

static void translate_proved(struct gateway *gateway, struct slice body)
{
    const struct gateway_request request = {.method = SLICE("POST"), .body = body};
    struct payment_event event = {.amount = -1};
    cJSON *root = NULL;

    if (gateway->config->kind == GATEWAY_WECHAT_PAY && body.len > 0)
        root = seal(gateway->config->secrets[0], body);
    else if (body_read(BODY_FORM, &request, &root) != GATEWAY_accepted)
        return;
    enum gateway_verdict verdict =
        gateway->kind->translate(gateway->config, &request, root, &event);
    if (verdict == GATEWAY_accepted)
        check_event(verdict, &event);
    MUST(verdict != GATEWAY_resource_not_opened);
    json_free(&root);
}

static void judge_friend(struct gateway *gateway, struct slice body)
{
    struct http_header headers[HEADERS_MAX];
    struct payment_event event;
    struct buf lines, sealed;

    buf_init(&lines, 8192);
    buf_init(&sealed, 2 * body.len + 256);
    enum error error = gateway_sign_body(gateway, body, 0, &sealed);
    if (error == ERROR_NONE)
        error = gateway_sign(gateway, SLICE("POST"), SLICE("/hooks/x"), buf_slice(&sealed),
                             SLICE("evt"), now_ms, 0, &lines);
    if (error != ERROR_NONE) { /* no body that such a signature could be of, or nobody's key */
        MUST(error == ERROR_INVALID || error == ERROR_PERMISSION);
        if (error == ERROR_PERMISSION)
            translate_proved(gateway, body);
        buf_deinit(&sealed);
        buf_deinit(&lines);
        return;
    }
    struct slice rest = buf_slice(&lines);
    size_t count = read_headers(&rest, headers, HEADERS_MAX);
    for (size_t i = 0; i < count; i++) /* behind ": ", before "\r" */
        headers[i].value = slice_of(headers[i].value.data + 1, headers[i].value.len - 2);
    const struct gateway_request request = {.method = SLICE("POST"),
                                            .path = SLICE("/hooks/x"),
                                            .headers = headers,
                                            .header_count = count,
                                            .body = buf_slice(&sealed),
                                            .now_ms = now_ms};
    enum gateway_verdict verdict = gateway_judge(gateway, &request, &event);
    check_event(verdict, &event);
    MUST(gateway_verdict_status(verdict) != 401 || sealed.len != body.len);
    buf_deinit(&sealed);
    buf_deinit(&lines);
}

/* Up to the next NUL, or to the end. */
static struct slice cut(struct slice *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->data, 0, rest->len) : NULL;
    struct slice part = slice_of(rest->data, end ? (size_t)(end - rest->data) : rest->len);
    *rest = slice_of(rest->data + part.len + (end != NULL), rest->len - part.len - (end != NULL));
    return part;
}

/* Nothing of a stranger's goes into a request but what may stand there. */
static void check_path(const struct check_ask *ask)
{
    MUST(!ask->path.failed && ask->path.len > 0 && ask->path.data[0] == '/');
    for (size_t i = 0; i < ask->path.len; i++)
        MUST(ask->path.data[i] > ' ' && ask->path.data[i] < 0x7f);
}

static enum reconcile_taken found(void *context, const struct config_gateway *gateway,
                                  const struct payment_event *event, bool whole)
{
    (void)context;
    (void)gateway;
    check_event(GATEWAY_accepted, event);
    return whole ? RECONCILE_TAKEN : RECONCILE_LATER;
}

static void answer_lists(const struct config_gateway *gateway, struct slice rest,
                         struct check_ask *ask)
{
    const struct reconcile_owner owner = {.found = found};
    struct reconcile *reconcile = reconcile_new(now_ms);
    struct reconcile_run run;
    MUST(reconcile != NULL &&
         reconcile_begin(reconcile, &asked_config, gateway, now_ms + 1000, ask));
    for (int n = 0; n < ANSWERS_MAX; n++) {
        check_path(ask);
        if (!reconcile_answer(reconcile, &asked_config, gateway, 200, cut(&rest), now_ms + 1000,
                              &owner, ask, &run))
            break;
    }
    reconcile_destroy(&reconcile);
}

static void ask_gateway(unsigned char first, struct slice rest)
{
    /* '-' begins its list, '.' the question about its order, '/' a callback. */
    bool pal = first == '-' || first == '.' || first == '/';
    const struct config_gateway *gateway = pal ? &paypal : &asked[first % ASKED];
    struct http_header headers[] = {{SLICE("paypal-auth-algo"), SLICE("a")},
                                    {SLICE("paypal-cert-url"), SLICE("b\"")},
                                    {SLICE("paypal-transmission-id"), SLICE("c")},
                                    {SLICE("paypal-transmission-sig"), SLICE("d\n")},
                                    {SLICE("paypal-transmission-time"), SLICE("e")}};
    char token[CHECK_TOKEN_MAX + 1];
    uint64_t lives_ms;
    struct payment_event event;
    struct check_ask ask;
    struct check check;

    check_ask_init(&ask);
    if (pal ? first == '-' : first / ASKED % 3 == 2) {
        answer_lists(gateway, rest, &ask);
        check_ask_deinit(&ask);
        return;
    }
    struct slice head = cut(&rest);
    const struct gateway_request request = {
        .method = SLICE("POST"), .headers = headers, .header_count = 5, .body = head};
    bool good = (pal ? first == '.' : first / ASKED % 3 == 1)
                    ? check_about(gateway, head, &check, &ask)
                    : check_begin(gateway, &request, &check, &ask) == GATEWAY_unchecked;
    for (int n = 0; good && n < ANSWERS_MAX; n++) {
        check_path(&ask);
        /* What anybody has sent closes nothing of what stands around it. */
        MUST(!pal || ask.body.len == 0 ||
             json_check(buf_slice(&ask.body), GATEWAY_JSON_DEPTH_MAX + 1).problem == NULL);
        unsigned status = n > 0 && rest.len == 0 ? 404 : 200;
        enum gateway_verdict verdict =
            check_judge(gateway, &check, status, cut(&rest), &ask, &event);
        good = verdict == GATEWAY_unchecked;
        if (!good)
            check_event(verdict, &event);
    }
    if (check_read_token(head, token, &lives_ms))
        MUST(token[0] != '\0' && strpbrk(token, " \r\n") == NULL);
    check_ask_deinit(&ask);
}

static void compile(struct slice template)
{
    struct config_gateway config = configs[4];
    struct gateway *gateway = NULL;
    struct why why;
    char text[512];

    if (!slice_copy(template, text, sizeof(text)))
        return;
    config.hmac.signed_template = text;
    if (gateway_new(&config, &gateway, &why) == ERROR_NONE)
        judge_friend(gateway, SLICE("{\"type\":\"paid\",\"data\":[{\"id\":1}]}"));
    gateway_destroy(&gateway);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gateway *gateways[CONFIGS];

    if (size == 0)
        return 0;
    for (size_t i = 0; i < CONFIGS; i++)
        MUST(gateways[i] || gateway_new(&configs[i], &gateways[i], NULL) == ERROR_NONE);
    struct slice rest = slice_of(data + 1, size - 1);
    if (data[0] >= 'a')
        judge_friend(gateways[(size_t)(data[0] - 'a') % CONFIGS], rest);
    else if (data[0] >= 'A')
        judge_stranger(gateways[(size_t)(data[0] - 'A') % CONFIGS], rest);
    else if (data[0] >= '0')
        compile(rest);
    else
        ask_gateway(data[0], rest);
    return 0;
}
