/* What Crypto Pay is asked for: invoices that are paid, and the invoice of one order
 * (help.crypt.bot/crypto-pay-api, getInvoices). Its callbacks are signed, and say all; they are
 * turned on by hand in @CryptoBot, so that they may never come. */
#include "gateway/check.h"
#include "gateway/create.h"
#include "gateway/crypto_pay.h"

enum { PAGE_INVOICES = 100 };

static void ask_invoices(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask);
static const cJSON *items_of(const cJSON *root);
static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page);
static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);

static const struct check_list lists[] = {
    {.ask = ask_invoices, .items = items_of, .next = next_page, .read = crypto_pay_read_invoice},
    {.ask = NULL},
};

const struct check_kind check_crypto_pay = {.lists = lists, .about = about, .judge = judge};

static void ask_invoices(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask)
{
    (void)config;
    buf_printf(&ask->path, "/api/getInvoices?status=paid&count=%d&offset=%u", PAGE_INVOICES,
               page->number * PAGE_INVOICES);
}

/* {"ok":true,"result":{"items":[...]}}, or the items at once. */
static const cJSON *items_of(const cJSON *root)
{
    const cJSON *result = json_member(root, "result");
    return cJSON_IsArray(result) ? result : json_member(result, "items");
}

static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page)
{
    (void)root;
    (void)page;
    return cJSON_GetArraySize(items) >= PAGE_INVOICES;
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    (void)config;
    if (!check_take_id(id, check->id))
        return false;
    buf_printf(&ask->path, "/api/getInvoices?invoice_ids=%s", check->id);
    return true;
}

static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    const cJSON *invoice;
    (void)config;
    (void)ask;
    cJSON_ArrayForEach(invoice, items_of(answer->root))
    {
        char id[JSON_NUMBER_TEXT_SIZE] = "";
        struct slice text = json_string(json_member(invoice, "invoice_id"));
        if (text.len == 0 && json_number_text(json_member(invoice, "invoice_id"), id, sizeof id))
            text = slice_from(id);
        if (slice_is(text, check->id))
            return crypto_pay_read_invoice(invoice, event);
    }
    return GATEWAY_payment_unknown;
}
