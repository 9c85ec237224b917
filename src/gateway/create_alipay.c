/* A trade that is scanned (opendocs.alipay.com, alipay.trade.precreate): its qr_code, an https
 * address that Alipay's app opens too. Alipay knows a trade by its out_trade_no, which is ours, so
 * that it is made once. */
#include "base/json.h"
#include "gateway/alipay.h"
#include "gateway/create.h"

#include <string.h>

#define RESPONSE "/alipay_trade_precreate_response"

enum { SUBJECT_BYTES_MAX = 250 };

/* A trade may live for a minute to fifteen days. */
#define LIFE_MS_MIN (UINT64_C(5) * 60 * 1000)
#define LIFE_MS_MAX (UINT64_C(15) * 24 * 60 * 60 * 1000)

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);
static void put_subject(struct slice title, struct buf *out);

static const struct checkout_read reads[] = {
    {"url", RESPONSE "/qr_code"}, ALIPAY_REFUSALS(RESPONSE), {NULL, NULL}};

const struct checkout_kind checkout_alipay = {.type = ALIPAY_FORM, .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    char expires[CREATE_TIME_SIZE];
    struct buf notify, trade;
    if (strcmp(checkout->currency, "CNY") != 0)
        return false;
    create_beijing_time(checkout, LIFE_MS_MIN, LIFE_MS_MAX, expires);
    buf_init(&notify, 1024);
    buf_init(&trade, 4096);
    create_notify_url(checkout->gateway, checkout->public_url, &notify);
    alipay_call(checkout->gateway, "alipay.trade.precreate", buf_slice(&notify), path);
    buf_append_text(&trade, "{\"out_trade_no\":");
    json_append_string(&trade, checkout->order->order_id);
    buf_printf(&trade, ",\"total_amount\":\"%s\",\"time_expire\":\"%.10s %.8s\",\"subject\":",
               checkout->amount, expires, expires + 11);
    put_subject(checkout->title, &trade);
    buf_append_text(&trade, "}");
    create_pair(body, "biz_content", buf_slice(&trade));
    body->failed = body->failed || notify.failed || trade.failed;
    buf_deinit(&notify);
    buf_deinit(&trade);
    return true;
}

/* Alipay takes no /, = and & there. */
static void put_subject(struct slice title, struct buf *out)
{
    char subject[SUBJECT_BYTES_MAX];
    struct slice text = create_cut(title, sizeof subject);
    for (size_t i = 0; i < text.len; i++)
        subject[i] = strchr("/=&", text.data[i]) != NULL ? ' ' : text.data[i];
    json_append_string(out, slice_of(subject, text.len));
}
