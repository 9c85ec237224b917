/* Callbacks of any bytes. The first byte of the input chooses the gateway (low bits) and the way:
 *
 *   'A'..  the rest is header lines, an empty line and a body, judged as they are: nobody without
 * the secret may ever be believed; 'a'..  the rest is a body, signed with the gateway's own secret:
 * it must be believed, and what comes out must be clean, whatever the body holds; '0'..  the rest
 * is a template, "signed" of a profile, of which the gateway may only be refused. */
#include "base/json.h"
#include "gateway/gateway.h"
#include "gateway/sign.h"
#include "http/server.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

static const uint64_t now_ms = 1700000000000;

static struct config_value_map kinds[] = {
    {"paid", PAYMENT_PAID}, {"refunded", PAYMENT_REFUNDED}, {"1", PAYMENT_CHARGED_BACK}};

#define MAP                                                                                        \
    .kind_pointer = "/type", .kinds = kinds, .kind_count = 3, .payment_id = "/data/0/id",          \
    .telegram_id = "/data/0/who", .plan = "/data/0/plan", .order_id = "/order",                    \
    .amount = "/data/0/amount", .currency = "/currency", .event_id_pointer = "/event"

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
     .hmac = {.algorithm = HMAC_SHA512,
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
};

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
    MUST(event->kind >= PAYMENT_PAID && event->kind <= PAYMENT_PARTLY_REFUNDED);
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
    const struct gateway_request request = {SLICE("POST"), SLICE("/hooks/x"), headers, count, input,
                                            now_ms};
    enum gateway_verdict verdict = gateway_judge(gateway, &request, &event);

    check_event(verdict, &event);
    MUST(gateway_verdict_status(verdict) == 401);
}

static void judge_friend(struct gateway *gateway, struct slice body)
{
    struct http_header headers[HEADERS_MAX];
    struct payment_event event;
    struct buf lines;

    buf_init(&lines, 8192);
    MUST(gateway_sign(gateway, SLICE("POST"), SLICE("/hooks/x"), body, SLICE("evt"), now_ms, 0,
                      &lines) == ERROR_NONE);
    struct slice rest = buf_slice(&lines);
    size_t count = read_headers(&rest, headers, HEADERS_MAX);
    for (size_t i = 0; i < count; i++) /* behind ": ", before "\r" */
        headers[i].value = slice_of(headers[i].value.data + 1, headers[i].value.len - 2);
    const struct gateway_request request = {SLICE("POST"), SLICE("/hooks/x"), headers, count, body,
                                            now_ms};
    enum gateway_verdict verdict = gateway_judge(gateway, &request, &event);
    check_event(verdict, &event);
    MUST(gateway_verdict_status(verdict) != 401);
    buf_deinit(&lines);
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
    else
        compile(rest);
    return 0;
}
