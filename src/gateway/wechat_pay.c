/* Kind wechat_pay: WeChat Pay, API v3 (pay.weixin.qq.com/doc: time, nonce and body, a line each,
 * signed by RSA with SHA-256; what is told is sealed by AES-256-GCM with the merchant's APIv3 key).
 * The header Wechatpay-Serial says which key signed: a platform certificate by its serial number,
 * or a public key by its id. Wants 200 or 204, whatever the body. */
#include "gateway/wechat_pay.h"

#include "base/encoding.h"
#include "gateway/event.h"
#include "gateway/kind.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { API_KEY_BYTES = 32, NONCE_BYTES_MAX = 32, TAG_BYTES = 16 };

static enum error check(const struct config_gateway *config, struct why *why);
static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_RSA_SHA256,
    .signature_header = "wechatpay-signature",
    .encoding = ENCODING_BASE64,
    .key_id_header = "wechatpay-serial",
    .timestamp_header = "wechatpay-timestamp",
    .timestamp_unit = TIME_UNIT_S,
    .signed_template = "{timestamp}\n{header:wechatpay-nonce}\n{body}\n",
};

const struct kind kind_wechat_pay = {
    .profile = &profile, .check = check, .translate = translate, .ack = ""};

/* What a refund that is no success means: it was closed, or the money lies between the accounts and
 * a person must see to it; either way it is not with the payer. */
static const struct told {
    const char *type;
    const char *state_name, *state; /* a member of what was sealed must say so */
    enum payment_kind kind;
} events[] = {
    {"TRANSACTION.SUCCESS", "trade_state", "SUCCESS", PAYMENT_PAID},
    {"REFUND.SUCCESS", "refund_status", "SUCCESS", PAYMENT_REFUNDED},
    {"REFUND.ABNORMAL", "refund_status", "ABNORMAL", PAYMENT_REFUND_FAILED},
    {"REFUND.CLOSED", "refund_status", "CLOSED", PAYMENT_REFUND_FAILED},
};

static enum gateway_verdict read_told(const struct config_gateway *config, const struct told *row,
                                      const cJSON *told, struct slice event_id,
                                      struct payment_event *event);

static enum error check(const struct config_gateway *config, struct why *why)
{
    if (config->secret_count == 0)
        return why_set(why, ERROR_INVALID, "secrets: expected the APIv3 key");
    for (size_t i = 0; i < config->secret_count; i++)
        if (strlen(config->secrets[i]) != API_KEY_BYTES)
            return why_set(why, ERROR_INVALID, "secrets: number %zu is no APIv3 key of %d bytes",
                           i + 1, API_KEY_BYTES);
    return ERROR_NONE;
}

/* What is sealed by AES-256-GCM: ciphertext with the tag behind it. */
struct sealed {
    struct slice nonce, associated, data;
};

/* False when this key does not open it. out has room for data. */
static bool open_sealed(EVP_CIPHER_CTX *context, const char *key, const struct sealed *sealed,
                        uint8_t *out)
{
    const uint8_t *data = (const uint8_t *)sealed->data.data;
    int len = (int)sealed->data.len - TAG_BYTES;
    int n = 0;
    uint8_t tag[TAG_BYTES];

    memcpy(tag, data + len, sizeof(tag));
    return EVP_CIPHER_CTX_reset(context) == 1 &&
           EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IVLEN, (int)sealed->nonce.len, NULL) ==
               1 &&
           EVP_DecryptInit_ex(context, NULL, NULL, (const uint8_t *)key,
                              (const uint8_t *)sealed->nonce.data) == 1 &&
           (sealed->associated.len == 0 ||
            EVP_DecryptUpdate(context, NULL, &n, (const uint8_t *)sealed->associated.data,
                              (int)sealed->associated.len) == 1) &&
           EVP_DecryptUpdate(context, out, &n, data, len) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
           EVP_DecryptFinal_ex(context, out + n, &n) == 1;
}

/* The tree of what was sealed, by any of the merchant's keys. */
static enum gateway_verdict open_resource(const struct config_gateway *config,
                                          const cJSON *resource, cJSON **out)
{
    struct slice text = json_string(json_member(resource, "ciphertext"));
    struct sealed sealed = {.nonce = json_string(json_member(resource, "nonce")),
                            .associated = json_string(json_member(resource, "associated_data"))};
    enum gateway_verdict verdict = GATEWAY_resource_not_opened;
    size_t len = 0;

    *out = NULL;
    if (text.len == 0 || sealed.nonce.len == 0 || sealed.nonce.len > NONCE_BYTES_MAX)
        return GATEWAY_body_incomplete;
    uint8_t *data = malloc(text.len);
    uint8_t *plain = malloc(text.len);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!data || !plain || !context) {
        verdict = GATEWAY_busy;
        goto done;
    }
    if (!base64_decode(text, data, text.len, &len) || len <= TAG_BYTES)
        goto done;
    sealed.data = slice_of(data, len);
    for (size_t i = 0; i < config->secret_count && verdict == GATEWAY_resource_not_opened; i++)
        if (open_sealed(context, config->secrets[i], &sealed, plain))
            verdict = GATEWAY_accepted;
    if (verdict == GATEWAY_accepted) {
        enum error error = json_parse_mended(slice_of(plain, len - TAG_BYTES), GATEWAY_BODY_MAX,
                                             GATEWAY_JSON_DEPTH_MAX, out, NULL);
        if (error)
            verdict = error == ERROR_MEMORY ? GATEWAY_busy : GATEWAY_body_not_json;
    }
done:
    EVP_CIPHER_CTX_free(context);
    free(plain);
    free(data);
    return verdict;
}

/* Yuan in fen, but for the few merchants who are paid in another currency. */
static void set_amount(struct payment_event *event, const cJSON *amount, const char *member)
{
    cJSON *yuan = cJSON_CreateStringReference("CNY");
    const cJSON *currency = json_member(amount, "currency");

    event_set_minor(event, json_member(amount, member), currency ? currency : yuan, 2);
    cJSON_Delete(yuan);
}

enum gateway_verdict wechat_pay_read_trade(const struct config_gateway *config, const cJSON *trade,
                                           struct slice event_id, struct payment_event *event)
{
    return read_told(config, &events[0], trade, event_id, event);
}

bool wechat_pay_h5_number(struct slice order_id, char out[WECHAT_PAY_NUMBER_SIZE])
{
    int len = snprintf(out, WECHAT_PAY_NUMBER_SIZE, "%.*s" WECHAT_PAY_H5, SLICE_ARG(order_id));
    return len > 0 && len < WECHAT_PAY_NUMBER_SIZE;
}

/* The order's own number, of one that a phone paid. */
static void set_order(const struct config_gateway *config, const cJSON *told,
                      struct payment_event *event)
{
    static const char h5[] = WECHAT_PAY_H5;
    event_set_order(event, json_member(told, "out_trade_no"));
    size_t len = strlen(event->order_id);
    if (config_gateway_taps(config) && len > sizeof h5 - 1 &&
        strcmp(event->order_id + len - (sizeof h5 - 1), h5) == 0)
        event->order_id[len - (sizeof h5 - 1)] = '\0';
}

static enum gateway_verdict read_told(const struct config_gateway *config, const struct told *row,
                                      const cJSON *told, struct slice event_id,
                                      struct payment_event *event)
{
    bool paid = row->kind == PAYMENT_PAID;
    if (!slice_is(json_string(json_member(told, row->state_name)), row->state))
        return GATEWAY_unused;
    set_order(config, told, event);
    (void)event_set_passback(event, json_member(told, "attach"));
    set_amount(event, json_member(told, "amount"), paid ? "total" : "refund");
    if (!paid)
        event_set_part(event, json_string(json_member(told, "refund_id")));
    event_set_occurred_text(event, json_member(told, "success_time"));
    return event_identify(event, row->kind, json_string(json_member(told, "transaction_id")),
                          event_id);
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice type = json_string(json_member(root, "event_type"));
    cJSON *told;
    size_t i = 0;

    (void)request;
    while (i < sizeof(events) / sizeof(events[0]) && !slice_is(type, events[i].type))
        i++;
    if (i == sizeof(events) / sizeof(events[0]))
        return event_unknown(type);
    enum gateway_verdict verdict = open_resource(config, json_member(root, "resource"), &told);
    if (verdict != GATEWAY_accepted)
        return verdict;
    verdict = read_told(config, &events[i], told, json_string(json_member(root, "id")), event);
    json_free(&told);
    return verdict;
}
