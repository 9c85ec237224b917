/* Kind btcpay: BTCPay Server's webhooks (btcpayserver/btcpayserver, WebhookSender.cs: HMAC-SHA256
 * of the raw body in the header BTCPay-Sig, no timestamp). */
#include "gateway/check.h"
#include "gateway/event.h"
#include "gateway/kind.h"

static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_HMAC_SHA256,
    .key = KEY_UTF8,
    .signature_header = "btcpay-sig",
    .format = SIGNATURE_PREFIX,
    .prefix = "sha256=",
    .encoding = ENCODING_HEX,
    .signed_template = "{body}",
};

const struct kind kind_btcpay = {.profile = &profile, .translate = translate};

/* What an event means; 0: nothing for us. */
typedef enum payment_kind btcpay_meaning(const cJSON *root);

static enum payment_kind settled(const cJSON *root)
{
    (void)root;
    return PAYMENT_PAID;
}

static enum payment_kind refunded(const cJSON *root)
{
    (void)root;
    return PAYMENT_REFUNDED;
}

/* Money which had been seen did not arrive after all, on chain or by the operator's mark; when it
 * is marked settled afterwards, InvoiceSettled follows. */
static enum payment_kind invalid(const cJSON *root)
{
    (void)root;
    return PAYMENT_INVALID;
}

/* Some money came, and not all of it in time. */
static enum payment_kind expired(const cJSON *root)
{
    bool some = false;
    return json_bool(json_member(root, "partiallyPaid"), &some) && some ? PAYMENT_SHORT : 0;
}

static enum payment_kind arrived(const cJSON *root)
{
    bool late = false;
    return json_bool(json_member(root, "afterExpiration"), &late) && late ? PAYMENT_SHORT : 0;
}

/* All others are on the way to one of these (InvoiceCreated, InvoiceProcessing). */
static const struct {
    const char *type;
    btcpay_meaning *meaning;
} events[] = {
    {"InvoiceSettled", settled},         {"InvoiceRefund", refunded},
    {"InvoiceInvalid", invalid},         {"InvoiceExpired", expired},
    {"InvoiceReceivedPayment", arrived}, {"InvoicePaymentSettled", arrived},
};

/* What the button "test" of its settings sends is about an invoice that there is not. */
static bool is_test(struct slice invoice_id)
{
    static const char mark[] = "__test__";
    return invoice_id.len >= sizeof(mark) - 1 &&
           memcmp(invoice_id.data, mark, sizeof(mark) - 1) == 0;
}

/* What BTCPay itself says about the money wins over what the invoice's maker wrote into its
 * metadata. */
static const cJSON *money_holder(const cJSON *root, const cJSON *metadata)
{
    return json_member(root, "amount") ? root : metadata;
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice type = json_string(json_member(root, "type"));
    const cJSON *metadata = json_member(root, "metadata");
    const cJSON *money = money_holder(root, metadata);
    struct slice event_id = json_string(json_member(root, "deliveryId"));
    struct slice original = json_string(json_member(root, "originalDeliveryId"));
    struct slice invoice_id = json_string(json_member(root, "invoiceId"));
    bool redelivery = false;
    size_t i = 0;

    (void)request;
    while (i < sizeof(events) / sizeof(events[0]) && !slice_is(type, events[i].type))
        i++;
    if (i == sizeof(events) / sizeof(events[0]))
        return event_unknown(type);
    if (is_test(invoice_id))
        return GATEWAY_unused;
    enum payment_kind kind = events[i].meaning(root);
    if (kind == 0) /* that money came in time may be wrong: the invoice knows */
        return events[i].meaning == arrived && check_wanted(config) ? GATEWAY_unchecked
                                                                    : GATEWAY_unused;
    /* A redelivery has a delivery id of its own; the first one's names the event. */
    if (json_bool(json_member(root, "isRedelivery"), &redelivery) && redelivery && original.len > 0)
        event_id = original;
    event_set_member(event, json_member(metadata, "telegram_id"));
    event_set_plan(event, json_member(metadata, "plan"));
    event_set_order(event, json_member(metadata, "orderId"));
    /* Of what fell short, a payment names its coins, which are none of the invoice's currency. */
    if (kind != PAYMENT_SHORT)
        event_set_money(event, json_member(money, "amount"), json_member(money, "currency"));
    event->total = true; /* it is the invoice's amount, whatever the event is about */
    event_set_occurred_s(event, json_member(root, "timestamp"));
    return event_identify(event, kind, invoice_id, event_id);
}
