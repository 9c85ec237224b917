/* An invoice (help.crypt.bot/crypto-pay-api, createInvoice). Crypto Pay knows no keys: of an
 * invoice that was made twice the one is paid whose address was told, and the other expires. */
#include "base/json.h"
#include "gateway/create.h"

#include <inttypes.h>
#include <string.h>

#define EXPIRES_S_MAX UINT64_C(2678400)

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);
static bool is_coin(const char *currency);

static const struct checkout_read reads[] = {{"url", "/result/bot_invoice_url"},
                                             {"url", "/result/mini_app_invoice_url"},
                                             {"url", "/result/web_app_invoice_url"},
                                             {"url", "/result/pay_url"},
                                             {"id", "/result/invoice_id"},
                                             {"error", "/error/name"},
                                             {NULL, NULL}};

const struct checkout_kind checkout_crypto_pay = {
    .type = "application/json", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    bool coin = is_coin(checkout->currency);
    uint64_t expires_s = checkout->life_ms / 1000;
    if (expires_s > EXPIRES_S_MAX)
        expires_s = EXPIRES_S_MAX;
    buf_append_text(path, "/api/createInvoice");
    buf_printf(body, "{\"currency_type\":\"%s\",\"%s\":\"%s\",\"amount\":\"%s\",\"payload\":",
               coin ? "crypto" : "fiat", coin ? "asset" : "fiat", checkout->currency,
               checkout->amount);
    json_append_string(body, checkout->order->order_id);
    buf_append_text(body, ",\"description\":");
    json_append_string(body, checkout->title);
    if (expires_s > 0)
        buf_printf(body, ",\"expires_in\":%" PRIu64, expires_s);
    if (checkout->gateway->success_url != NULL) {
        buf_append_text(body, ",\"paid_btn_name\":\"openBot\",\"paid_btn_url\":");
        json_append_string(body, slice_from(checkout->gateway->success_url));
    }
    buf_append_text(body, "}");
    return true;
}

/* What an invoice can be made out in besides ordinary money. */
static bool is_coin(const char *currency)
{
    static const char *const coins[] = {"USDT", "TON", "BTC", "ETH", "LTC", "BNB", "TRX", "USDC"};
    for (size_t i = 0; i < sizeof coins / sizeof *coins; i++)
        if (strcmp(currency, coins[i]) == 0)
            return true;
    return false;
}
