/* Kind cryptomus, and Heleket, which signs the same way (doc.cryptomus.com, payments/webhook: the
 * member sign is the MD5 of the base64 of the other members as PHP's JSON, with the payment key
 * behind it; no timestamp). order_id is the number that the invoice's maker gave. */
#include "gateway/event.h"
#include "gateway/kind.h"

static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_MD5,
    .key = KEY_UTF8,
    .signature_member = "sign",
    .encoding = ENCODING_HEX,
    .signed_template = "{json_php_base64}",
};

const struct kind kind_cryptomus = {.profile = &profile, .translate = translate};

/* All others are on the way to one of these (confirm_check, refund_process), or no money moved
 * (cancel, fail, system_fail). */
static const struct {
    const char *status;
    enum payment_kind kind;
    bool other_amount; /* not the invoice's */
} statuses[] = {
    {"paid", PAYMENT_PAID, false},
    {"paid_over", PAYMENT_PAID, false},
    {"wrong_amount", PAYMENT_PAID, true},
    {"refund_paid", PAYMENT_REFUNDED, false},
    {"refund_fail", PAYMENT_REFUND_FAILED, false},
};

/* Too little was paid, and no more can come: how much, in the payer's coin, or in dollars when that
 * is one we do not know. Never as if no amount were known, which for an order is the whole. */
static void set_other_amount(struct payment_event *event, const cJSON *root)
{
    cJSON *dollars = cJSON_CreateStringReference("USD");

    event_set_money(event, json_member(root, "payment_amount"),
                    json_member(root, "payer_currency"));
    if (event->amount < 0)
        event_set_money(event, json_member(root, "payment_amount_usd"), dollars);
    if (event->amount < 0) {
        event->amount = 0;
        (void)slice_copy(SLICE("USD"), event->currency, sizeof(event->currency));
    }
    cJSON_Delete(dollars);
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice status = json_string(json_member(root, "status"));
    size_t i = 0;

    (void)config;
    (void)request;
    while (i < sizeof(statuses) / sizeof(statuses[0]) && !slice_is(status, statuses[i].status))
        i++;
    if (i == sizeof(statuses) / sizeof(statuses[0]))
        return event_unknown(status);
    if (slice_is(json_string(json_member(root, "type")), "payout"))
        return GATEWAY_unused;
    event_set_order(event, json_member(root, "order_id"));
    (void)event_set_passback(event, json_member(root, "additional_data"));
    if (statuses[i].other_amount)
        set_other_amount(event, root);
    else
        event_set_money(event, json_member(root, "amount"), json_member(root, "currency"));
    event->total = true; /* a refund is of the whole invoice */
    return event_identify(event, statuses[i].kind, json_string(json_member(root, "uuid")),
                          slice_of(NULL, 0));
}
