/* What WeChat Pay is told: that money goes back (pay.weixin.qq.com/doc/v3, POST
 * /v3/refund/domestic/refunds). It knows a refund by its out_refund_no, which is ours: asked again
 * for the same one it says how that stands, and makes no second one. */
#include "base/json.h"
#include "gateway/errand.h"

#include <inttypes.h>

enum { REASON_BYTES_MAX = 80 };

static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {
    {"id", "/refund_id"}, {"state", "/status"}, {"error", "/message"}, {NULL, NULL}};

const struct errand_kind errand_wechat_pay = {
    .type = "application/json", .reads = reads, .writes = {[ERRAND_REFUND] = refund}};

/* It wants to know of how much it is a part, also when it is the whole. */
static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body)
{
    struct buf notify;
    if (!slice_is(errand->currency, "CNY") || errand->number.len == 0 || errand->rest <= 0 ||
        errand->total < errand->rest)
        return false;
    buf_init(&notify, 1024);
    create_notify_url(to->gateway, to->public_url, &notify);
    buf_append_text(path, "/v3/refund/domestic/refunds");
    buf_append_text(body, "{\"transaction_id\":");
    json_append_string(body, errand->id);
    buf_append_text(body, ",\"out_refund_no\":");
    json_append_string(body, errand->number);
    if (errand->reason.len > 0) {
        buf_append_text(body, ",\"reason\":");
        json_append_string(body, create_cut(errand->reason, REASON_BYTES_MAX));
    }
    buf_append_text(body, ",\"notify_url\":");
    json_append_string(body, buf_slice(&notify));
    buf_printf(body,
               ",\"amount\":{\"refund\":%" PRId64 ",\"total\":%" PRId64 ",\"currency\":\"CNY\"}}",
               errand->amount != 0 ? errand->amount : errand->rest, errand->total);
    body->failed = body->failed || notify.failed;
    buf_deinit(&notify);
    return true;
}
