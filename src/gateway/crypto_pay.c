/* Kind crypto_pay: Crypto Pay of @CryptoBot (help.crypt.bot/crypto-pay-api: HMAC-SHA256 of the raw
 * body with the SHA-256 of the app's token as key, hex, in crypto-pay-api-signature; no timestamp).
 * The one kind of update is invoice_paid; update_id is not unique, so the event's id is derived. */
#include "gateway/crypto_pay.h"
#include "gateway/event.h"
#include "gateway/kind.h"

static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_HMAC_SHA256,
    .key = KEY_SHA256,
    .signature_header = "crypto-pay-api-signature",
    .encoding = ENCODING_HEX,
    .signed_template = "{body}",
};

const struct kind kind_crypto_pay = {.profile = &profile, .translate = translate};

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice type = json_string(json_member(root, "update_type"));

    (void)config;
    (void)request;
    return slice_is(type, "invoice_paid")
               ? crypto_pay_read_invoice(json_member(root, "payload"), event)
               : event_unknown(type);
}

/* The invoice's price is in a fiat currency or in a coin. Its payload is what its maker gave it:
 * the order's number alone, or JSON that names member and plan. */
enum gateway_verdict crypto_pay_read_invoice(const cJSON *invoice, struct payment_event *event)
{
    const cJSON *payload = json_member(invoice, "payload");
    bool fiat = slice_is(json_string(json_member(invoice, "currency_type")), "fiat");
    struct slice status = json_string(json_member(invoice, "status"));
    char scratch[JSON_NUMBER_TEXT_SIZE];

    if (!slice_is(status, "paid"))
        return event_unknown(status);
    if (!event_set_passback(event, payload))
        event_set_order(event, payload);
    event_set_money(event, json_member(invoice, "amount"),
                    json_member(invoice, fiat ? "fiat" : "asset"));
    event_set_occurred_text(event, json_member(invoice, "paid_at"));
    return event_identify(event, PAYMENT_PAID,
                          event_text(json_member(invoice, "invoice_id"), scratch),
                          slice_of(NULL, 0));
}
