/* A Native order (pay.weixin.qq.com/doc/v3, POST /v3/pay/transactions/native): its code_url, a
 * weixin:// address, is scanned. WeChat knows an order by its out_trade_no, which is ours: asked
 * again for the same one it gives a fresh code_url of the same order, so that it is made once. */
#include "gateway/wechat_pay.h"

#include "base/json.h"

#include <inttypes.h>
#include <string.h>

enum { DESCRIPTION_BYTES_MAX = 127, NUMBER_BYTES_MIN = 6, NUMBER_BYTES_MAX = 32 };

/* An order may be paid for a week; a minute before its end it may not be asked for any more. */
#define LIFE_MS_MIN (UINT64_C(5) * 60 * 1000)
#define LIFE_MS_MAX (UINT64_C(7) * 24 * 60 * 60 * 1000)

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {
    {"url", "/code_url"}, {"error", "/message"}, {NULL, NULL}};

const struct checkout_kind checkout_wechat_pay = {
    .type = "application/json", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    return wechat_pay_order(checkout, "native", checkout->order->order_id, SLICE(""), path, body);
}

bool wechat_pay_order(const struct checkout *checkout, const char *type, struct slice number,
                      struct slice scene, struct buf *path, struct buf *body)
{
    const struct message_part_checkout *order = checkout->order;
    const struct config_gateway *gateway = checkout->gateway;
    char expires[CREATE_TIME_SIZE];
    struct buf notify;
    if (strcmp(checkout->currency, "CNY") != 0 || number.len < NUMBER_BYTES_MIN ||
        number.len > NUMBER_BYTES_MAX)
        return false;
    create_beijing_time(checkout, LIFE_MS_MIN, LIFE_MS_MAX, expires);
    buf_init(&notify, 1024);
    create_notify_url(checkout->gateway, checkout->public_url, &notify);
    buf_printf(path, "/v3/pay/transactions/%s", type);
    buf_append_text(body, "{\"appid\":");
    json_append_string(body, slice_from(gateway->app_id));
    buf_append_text(body, ",\"mchid\":");
    json_append_string(body, slice_from(gateway->mch_id));
    buf_append_text(body, ",\"description\":");
    json_append_string(body, create_cut(checkout->title, DESCRIPTION_BYTES_MAX));
    buf_append_text(body, ",\"out_trade_no\":");
    json_append_string(body, number);
    buf_printf(body, ",\"time_expire\":\"%s+08:00\",\"notify_url\":", expires);
    json_append_string(body, buf_slice(&notify));
    buf_printf(body, ",\"amount\":{\"total\":%" PRId64 ",\"currency\":\"CNY\"}", order->amount);
    buf_append_slice(body, scene);
    buf_append_text(body, "}");
    body->failed = body->failed || notify.failed;
    buf_deinit(&notify);
    return true;
}
