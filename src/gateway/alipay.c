/* Kind alipay: notifications of Alipay's trade interfaces (opendocs.alipay.com: a form whose pairs,
 * decoded, without sign and sign_type, sorted and joined, are signed by RSA with SHA-256). An
 * application's notifications come from a key that other merchants' come from as well, so app_id
 * must be ours. Anything but the text "success" makes Alipay try again. */
#include "gateway/alipay.h"
#include "gateway/create.h"
#include "gateway/event.h"
#include "gateway/kind.h"
#include "http/query.h"

static enum error check(const struct config_gateway *config, struct why *why);
static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_RSA_SHA256,
    .body = BODY_FORM,
    .signature_member = "sign",
    .encoding = ENCODING_BASE64,
    .signed_template = "{pairs}",
};

const struct kind kind_alipay = {
    .profile = &profile, .check = check, .translate = translate, .ack = "success"};

void alipay_call(const struct config_gateway *gateway, const char *method, struct slice notify_url,
                 struct buf *path)
{
    buf_append_text(path, "?app_id=");
    percent_encode(path, slice_from(gateway->app_id));
    create_pair(path, "charset", SLICE("utf-8"));
    create_pair(path, "format", SLICE("JSON"));
    create_pair(path, "method", slice_from(method));
    if (notify_url.len > 0)
        create_pair(path, "notify_url", notify_url);
    create_pair(path, "sign_type", SLICE("RSA2"));
    create_pair(path, "version", SLICE("1.0"));
}

static enum error check(const struct config_gateway *config, struct why *why)
{
    return config->app_id ? ERROR_NONE
                          : why_set(why, ERROR_INVALID,
                                    "app_id: missing; expected your application's at Alipay");
}

/* A trade that is closed was given back as a whole, or was never paid: then it names no refund.
 * TRADE_FINISHED says the same as TRADE_SUCCESS, later, or at once for what cannot be refunded. */
static enum payment_kind meaning_of(const cJSON *root)
{
    struct slice status = json_string(json_member(root, "trade_status"));
    bool refund = json_string(json_member(root, "refund_fee")).len > 0 ||
                  json_string(json_member(root, "gmt_refund")).len > 0;

    if (slice_is(status, "TRADE_SUCCESS") || slice_is(status, "TRADE_FINISHED"))
        return refund ? PAYMENT_PARTLY_REFUNDED : PAYMENT_PAID;
    return slice_is(status, "TRADE_CLOSED") && refund ? PAYMENT_REFUNDED : 0;
}

/* "2026-01-31 20:00:00", in Beijing, which keeps no summer time. */
static void set_occurred(struct payment_event *event, struct slice text)
{
    char zoned[32];

    if (text.len != 19 || !slice_copy(text, zoned, sizeof(zoned)))
        return;
    zoned[10] = 'T';
    memcpy(zoned + 19, "+08:00", sizeof("+08:00"));
    cJSON *time = cJSON_CreateStringReference(zoned);
    event_set_occurred_text(event, time);
    cJSON_Delete(time);
}

enum gateway_verdict alipay_read_trade(const cJSON *trade, struct payment_event *event)
{
    struct slice status = json_string(json_member(trade, "trade_status"));
    char scratch[JSON_NUMBER_TEXT_SIZE];
    if (!slice_is(status, "TRADE_SUCCESS") && !slice_is(status, "TRADE_FINISHED"))
        return GATEWAY_unused;
    cJSON *yuan = cJSON_CreateStringReference("CNY");
    event_set_order(event, json_member(trade, "out_trade_no"));
    event_set_money(event, json_member(trade, "total_amount"), yuan);
    set_occurred(event, json_string(json_member(trade, "send_pay_date")));
    cJSON_Delete(yuan);
    return event_identify(event, PAYMENT_PAID, event_text(json_member(trade, "trade_no"), scratch),
                          SLICE(""));
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    enum payment_kind kind = meaning_of(root);
    const cJSON *refund = json_member(root, "refund_fee");
    bool paid = kind == PAYMENT_PAID;

    (void)request;
    if (!slice_is(json_string(json_member(root, "app_id")), config->app_id))
        return GATEWAY_other_account;
    if (kind == 0)
        return event_unknown(json_string(json_member(root, "trade_status")));
    cJSON *yuan = cJSON_CreateStringReference("CNY");
    event_set_order(event, json_member(root, "out_trade_no"));
    (void)event_set_passback(event, json_member(root, "passback_params"));
    event_set_money(event, paid || !refund ? json_member(root, "total_amount") : refund, yuan);
    event->total = !paid; /* refund_fee is all that went back so far */
    set_occurred(event, json_string(json_member(root, paid ? "gmt_payment" : "gmt_refund")));
    cJSON_Delete(yuan);
    return event_identify(event, kind, json_string(json_member(root, "trade_no")),
                          json_string(json_member(root, "notify_id")));
}
