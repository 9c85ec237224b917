/* A payment by redirect (yookassa.ru/developers/api, POST /v3/payments), captured by itself. Where
 * the shop's contract wants a receipt with each payment (54-FZ), YooKassa refuses one without. */
#include "base/json.h"
#include "base/utf8.h"
#include "gateway/create.h"

enum { DESCRIPTION_UNITS_MAX = 128 };

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {{"url", "/confirmation/confirmation_url"},
                                             {"id", "/id"},
                                             {"error", "/description"},
                                             {NULL, NULL}};

const struct checkout_kind checkout_yookassa = {
    .type = "application/json", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    buf_append_text(path, "/v3/payments");
    buf_printf(body, "{\"amount\":{\"value\":\"%s\",\"currency\":\"%s\"},\"capture\":true,",
               checkout->amount, checkout->currency);
    buf_append_text(body, "\"confirmation\":{\"type\":\"redirect\",\"return_url\":");
    json_append_string(body, slice_from(checkout->gateway->success_url));
    buf_append_text(body, "},\"description\":");
    json_append_string(body, utf8_cut_utf16(checkout->title, DESCRIPTION_UNITS_MAX));
    buf_append_text(body, ",\"metadata\":{\"order\":");
    json_append_string(body, checkout->order->order_id);
    buf_append_text(body, "}}");
    return true;
}
