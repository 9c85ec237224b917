/* An invoice (BTCPay Server's Greenfield API, CreateInvoice). BTCPay knows no keys: an invoice that
 * was made twice is paid once, by the one whose address was told, and the other expires. */
#include "base/json.h"
#include "gateway/create.h"
#include "http/query.h"

#include <inttypes.h>

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {{"url", "/checkoutLink"},
                                             {"id", "/id"},
                                             {"error", "/message"},
                                             {"error", "/0/message"},
                                             {NULL, NULL}};

const struct checkout_kind checkout_btcpay = {
    .type = "application/json", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    const struct config_gateway *gateway = checkout->gateway;
    buf_append_text(path, "/api/v1/stores/");
    percent_encode(path, slice_from(gateway->store));
    buf_append_text(path, "/invoices");
    buf_printf(body, "{\"amount\":\"%s\",\"currency\":\"%s\",\"metadata\":{\"orderId\":",
               checkout->amount, checkout->currency);
    json_append_string(body, checkout->order->order_id);
    buf_append_text(body, "},\"checkout\":{");
    if (checkout->life_ms > 0)
        buf_printf(body, "\"expirationMinutes\":%" PRIu64, (checkout->life_ms + 59999) / 60000);
    if (gateway->success_url != NULL) {
        buf_append_text(body, checkout->life_ms > 0 ? ",\"redirectURL\":" : "\"redirectURL\":");
        json_append_string(body, slice_from(gateway->success_url));
    }
    buf_append_text(body, "}}");
    return true;
}
