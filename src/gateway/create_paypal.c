/* An order that is captured when its payer has agreed (developer.paypal.com/docs/api/orders/v2).
 * The payer agrees at the link that PayPal calls payer-action, or approve. */
#include "base/json.h"
#include "base/utf8.h"
#include "gateway/create.h"
#include "gateway/paypal.h"

enum { DESCRIPTION_UNITS_MAX = 127 };

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);
static void put_url(struct buf *body, const char *name, const char *url);

static const struct checkout_read reads[] = {{"url", "/links/{rel=payer-action}/href"},
                                             {"url", "/links/{rel=approve}/href"},
                                             {"id", "/id"},
                                             {"error", "/details/0/description"},
                                             {"error", "/message"},
                                             {"error", "/error_description"},
                                             {NULL, NULL}};

const struct checkout_kind checkout_paypal = {
    .type = "application/json", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    const struct config_gateway *gateway = checkout->gateway;
    char amount[PAYPAL_AMOUNT_SIZE];
    if (!paypal_amount(checkout->order->amount, slice_from(checkout->currency), amount))
        return false;
    buf_append_text(path, "/v2/checkout/orders");
    buf_append_text(body, "{\"intent\":\"CAPTURE\",\"purchase_units\":[{\"custom_id\":");
    json_append_string(body, checkout->order->order_id);
    buf_append_text(body, ",\"description\":");
    json_append_string(body, utf8_cut_utf16(checkout->title, DESCRIPTION_UNITS_MAX));
    buf_printf(body, ",\"amount\":{\"currency_code\":\"%s\",\"value\":\"%s\"}}]",
               checkout->currency, amount);
    buf_append_text(body, ",\"payment_source\":{\"paypal\":{\"experience_context\":{"
                          "\"shipping_preference\":\"NO_SHIPPING\",\"user_action\":\"PAY_NOW\"");
    put_url(body, "return_url", gateway->success_url);
    put_url(body, "cancel_url",
            gateway->cancel_url != NULL ? gateway->cancel_url : gateway->success_url);
    buf_append_text(body, "}}}}");
    return true;
}

static void put_url(struct buf *body, const char *name, const char *url)
{
    if (url == NULL)
        return;
    buf_printf(body, ",\"%s\":", name);
    json_append_string(body, slice_from(url));
}
