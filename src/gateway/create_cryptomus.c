/* An invoice (doc.cryptomus.com, "creating an invoice", and Heleket's, which is the same). Who asks
 * again with an order_id that is known gets the invoice that is there, so that it is made once. */
#include "base/json.h"
#include "gateway/create.h"

#include <inttypes.h>

/* Seconds for which an invoice may live. */
#define LIFE_S_MIN UINT64_C(300)
#define LIFE_S_MAX UINT64_C(43200)

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {
    {"url", "/result/url"}, {"id", "/result/uuid"}, {"error", "/message"}, {NULL, NULL}};

const struct checkout_kind checkout_cryptomus = {
    .type = "application/json", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    const char *success_url = checkout->gateway->success_url;
    uint64_t life_s = checkout->life_ms == 0 ? LIFE_S_MAX : checkout->life_ms / 1000;
    struct buf notify;
    if (life_s < LIFE_S_MIN)
        life_s = LIFE_S_MIN;
    if (life_s > LIFE_S_MAX)
        life_s = LIFE_S_MAX;
    buf_init(&notify, 1024);
    create_notify_url(checkout->gateway, checkout->public_url, &notify);
    buf_append_text(path, "/v1/payment");
    buf_printf(body, "{\"amount\":\"%s\",\"currency\":\"%s\",\"order_id\":", checkout->amount,
               checkout->currency);
    json_append_string(body, checkout->order->order_id);
    buf_append_text(body, ",\"url_callback\":");
    json_append_string(body, buf_slice(&notify));
    if (success_url != NULL) {
        buf_append_text(body, ",\"url_success\":");
        json_append_string(body, slice_from(success_url));
    }
    buf_printf(body, ",\"lifetime\":%" PRIu64 "}", life_s);
    body->failed = body->failed || notify.failed;
    buf_deinit(&notify);
    return true;
}
