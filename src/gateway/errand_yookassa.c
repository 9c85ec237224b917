/* What YooKassa is told: that money goes back (yookassa.ru/developers/api, POST /v3/refunds), of
 * which it wants the sum also when it is the whole. */
#include "base/json.h"
#include "base/money.h"
#include "base/utf8.h"
#include "gateway/errand.h"

enum { DESCRIPTION_UNITS_MAX = 250 };

static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {
    {"id", "/id"}, {"state", "/status"}, {"error", "/description"}, {NULL, NULL}};

const struct errand_kind errand_yookassa = {
    .type = "application/json", .reads = reads, .writes = {[ERRAND_REFUND] = refund}};

static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body)
{
    const char *currency = currency_find(errand->currency);
    char amount[32];
    (void)to;
    if (currency == NULL || errand->rest <= 0)
        return false;
    money_format(errand->amount != 0 ? errand->amount : errand->rest, currency, amount,
                 sizeof amount);
    buf_append_text(path, "/v3/refunds");
    buf_append_text(body, "{\"payment_id\":");
    json_append_string(body, errand->id);
    buf_printf(body, ",\"amount\":{\"value\":\"%s\",\"currency\":\"%s\"},\"description\":", amount,
               currency);
    json_append_string(body, utf8_cut_utf16(errand->reason, DESCRIPTION_UNITS_MAX));
    buf_append_text(body, "}");
    return true;
}
