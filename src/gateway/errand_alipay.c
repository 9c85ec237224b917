/* What Alipay is told: that money goes back (opendocs.alipay.com, alipay.trade.refund). It knows a
 * refund by its out_request_no, which is ours: asked again for the same one it moves nothing more.
 * fund_change says whether money has moved by this very call, refund_fee what has gone back of the
 * trade so far. */
#include "base/json.h"
#include "base/money.h"
#include "gateway/alipay.h"
#include "gateway/errand.h"

#define RESPONSE "/alipay_trade_refund_response"

enum { REASON_BYTES_MAX = 256 };

static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {{"moved", RESPONSE "/fund_change"},
                                             {"back", RESPONSE "/refund_fee"},
                                             ALIPAY_REFUSALS(RESPONSE),
                                             {NULL, NULL}};

const struct errand_kind errand_alipay = {
    .type = ALIPAY_FORM, .reads = reads, .writes = {[ERRAND_REFUND] = refund}};

static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body)
{
    char amount[32];
    struct buf trade;
    if (!slice_is(errand->currency, "CNY") || errand->number.len == 0 || errand->rest <= 0)
        return false;
    money_format(errand->amount != 0 ? errand->amount : errand->rest, "CNY", amount, sizeof amount);
    alipay_call(to->gateway, "alipay.trade.refund", SLICE(""), path);
    buf_init(&trade, 4096);
    buf_append_text(&trade, "{\"trade_no\":");
    json_append_string(&trade, errand->id);
    buf_append_text(&trade, ",\"out_request_no\":");
    json_append_string(&trade, errand->number);
    buf_printf(&trade, ",\"refund_amount\":\"%s\"", amount);
    if (errand->reason.len > 0) {
        buf_append_text(&trade, ",\"refund_reason\":");
        json_append_string(&trade, create_cut(errand->reason, REASON_BYTES_MAX));
    }
    buf_append_text(&trade, "}");
    create_pair(body, "biz_content", buf_slice(&trade));
    body->failed = body->failed || trade.failed;
    buf_deinit(&trade);
    return true;
}
