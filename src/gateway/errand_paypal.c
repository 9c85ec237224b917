/* What PayPal is told: that an order whose payer has agreed is captured
 * (developer.paypal.com/docs/api/orders/v2, orders_capture), and that a capture is given back
 * (docs/api/payments/v2, captures_refund), or a sale, as which it knows a subscription's payments
 * (docs/api/payments/v1, sale_refund). */
#include "base/json.h"
#include "base/utf8.h"
#include "gateway/errand.h"
#include "gateway/paypal.h"
#include "http/query.h"

enum { NOTE_UNITS_MAX = 255 };

static bool capture(const struct errand_to *to, const struct message_part_errand *errand,
                    struct buf *path, struct buf *body);
static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body);

/* Of captures and of sales, which count amounts by other names. */
static const struct refund_words {
    const char *path;
    const char *value, *currency; /* of an amount */
    const char *note;
} words[] = {
    {"/v2/payments/captures/", "value", "currency_code", "note_to_payer"},
    {"/v1/payments/sale/", "total", "currency", "description"},
};

#define CAPTURED "/purchase_units/0/payments/captures/0"

static const struct checkout_read reads[] = {{"capture", CAPTURED "/id"},
                                             {"capture_state", CAPTURED "/status"},
                                             {"amount", CAPTURED "/amount/value"},
                                             {"currency", CAPTURED "/amount/currency_code"},
                                             {"id", "/id"},
                                             {"state", "/status"},
                                             {"state", "/state"},
                                             {"issue", "/details/0/issue"},
                                             {"error", "/details/0/description"},
                                             {"error", "/details/0/issue"},
                                             {"error", "/message"},
                                             {"error", "/error_description"},
                                             {NULL, NULL}};

const struct errand_kind errand_paypal = {
    .type = "application/json",
    .reads = reads,
    .writes = {[ERRAND_CAPTURE] = capture, [ERRAND_REFUND] = refund}};

static bool capture(const struct errand_to *to, const struct message_part_errand *errand,
                    struct buf *path, struct buf *body)
{
    (void)to;
    buf_append_text(path, "/v2/checkout/orders/");
    percent_encode(path, errand->id);
    buf_append_text(path, "/capture");
    buf_append_text(body, "{}");
    return true;
}

static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body)
{
    (void)to;
    const struct refund_words *word = &words[errand->recurring != 0];
    char amount[PAYPAL_AMOUNT_SIZE];
    buf_append_text(path, word->path);
    percent_encode(path, errand->id);
    buf_append_text(path, "/refund");
    buf_append_text(body, "{");
    if (errand->amount != 0) {
        if (!paypal_amount(errand->amount, errand->currency, amount))
            return false;
        buf_printf(body, "\"amount\":{\"%s\":\"%.*s\",\"%s\":\"%s\"},", word->currency,
                   SLICE_ARG(errand->currency), word->value, amount);
    }
    buf_printf(body, "\"%s\":", word->note);
    json_append_string(body, utf8_cut_utf16(errand->reason, NOTE_UNITS_MAX));
    buf_append_text(body, "}");
    return true;
}
