/* Telegram Stars: the currency XTR only. Texts of errors: Client.cpp, and the errors of
 * messages.sendMedia, payments.exportInvoice and payments.refundStarsCharge. */
#include "methods.h"

#include "memory.h"
#include "pay.h"
#include "send.h"
#include "sim.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRANSACTIONS_MAX = 100, INVOICE_JSON_BYTES_MAX = 4096 };

static bool invoice_read(struct call *call, struct invoice *invoice);
static bool price_read(struct call *call, struct invoice *invoice);
static bool period_fits(struct call *call, const struct invoice *invoice);
static void invoice_free(struct invoice *invoice);
static char *invoice_text(const struct invoice *invoice);
static struct payment *charge_find(struct call *call);

void method_send_invoice(struct call *call)
{
    struct message draft = {0};
    struct invoice invoice;
    if (!invoice_read(call, &invoice))
        return;
    if (send_prepare(call, NULL, 0, &draft)) {
        const struct invoice *made = pay_invoice_make(&call->sim->world, &invoice);
        draft.invoice = made->id;
        draft.extra = invoice_text(made);
        if (!draft.reply_markup) {
            char keyboard[128];
            int len =
                snprintf(keyboard, sizeof(keyboard),
                         "{\"inline_keyboard\":[[{\"text\":\"Pay \xE2\xAD\x90\xEF\xB8\x8F%lld\","
                         "\"pay\":true}]]}",
                         (long long)made->stars);
            draft.reply_markup = memory_text(slice_of(keyboard, (size_t)len));
        }
        send_answer(call, send_message(call, draft));
    }
    invoice_free(&invoice);
}

void method_create_invoice_link(struct call *call)
{
    struct invoice invoice;
    if (!invoice_read(call, &invoice))
        return;
    (void)params_i64(&call->params, "subscription_period", &invoice.period_s);
    if (period_fits(call, &invoice)) {
        const struct invoice *made = pay_invoice_make(&call->sim->world, &invoice);
        buf_printf(call_begin(call), "\"https://t.me/$sim%lld\"", (long long)made->id);
        call_finish(call);
    }
    invoice_free(&invoice);
}

void method_answer_pre_checkout_query(struct call *call)
{
    struct sim *sim = call->sim;
    long long id = 0;
    bool ok = params_flag(&call->params, "ok");
    struct slice error = params_text(&call->params, "error_message");
    struct payment *payment = NULL;
    if (!ok && !error.len) {
        call_fail(call, 400, "Bad Request: parameter \"error_message\" is required");
        return;
    }
    if (slice_to_i64(params_text(&call->params, "pre_checkout_query_id"), &id))
        payment = pay_find(&sim->world, id);
    if (!payment || payment->invoice->bot != call->bot->index ||
        !pay_answer(sim, payment, ok ? (struct slice){0} : error))
        call_fail(call, 400,
                  "Bad Request: query is too old and response timeout expired or query ID is "
                  "invalid");
    else
        call_true(call);
}

void method_refund_star_payment(struct call *call)
{
    struct payment *payment = charge_find(call);
    if (!payment)
        return;
    if (payment->refunded) {
        call_fail(call, 400, "Bad Request: CHARGE_ALREADY_REFUNDED");
        return;
    }
    pay_refund(call->sim, payment);
    call_true(call);
}

void method_get_star_transactions(struct call *call)
{
    int64_t offset = 0;
    int64_t limit = TRANSACTIONS_MAX;
    (void)params_i64(&call->params, "offset", &offset);
    (void)params_i64(&call->params, "limit", &limit);
    limit = limit < 1 ? 1 : limit > TRANSACTIONS_MAX ? TRANSACTIONS_MAX : limit;
    pay_transactions(call->sim, call->bot, offset < 0 ? 0 : offset, limit, call_begin(call));
    call_finish(call);
}

void method_edit_user_star_subscription(struct call *call)
{
    struct payment *payment = charge_find(call);
    if (!payment)
        return;
    if (!payment->expires_s) {
        call_fail(call, 400, "Bad Request: CHARGE_ID_INVALID");
        return;
    }
    payment->canceled = params_flag(&call->params, "is_canceled");
    call_true(call);
}

/* The texts are copies, and invoice_free is due when it is true. */
static bool invoice_read(struct call *call, struct invoice *invoice)
{
    struct slice title = params_text(&call->params, "title");
    struct slice description = params_text(&call->params, "description");
    struct slice payload = params_text(&call->params, "payload");
    *invoice = (struct invoice){.bot = call->bot->index};
    if (!price_read(call, invoice))
        return false;
    if (payload.len > PAY_PAYLOAD_BYTES_MAX)
        call_fail(call, 400, "Bad Request: INVOICE_PAYLOAD_INVALID");
    else if (utf8_utf16_length(title) > PAY_TITLE_CHARS_MAX)
        call_fail(call, 400, "Bad Request: TITLE_INVALID");
    else if (utf8_utf16_length(description) > PAY_DESCRIPTION_CHARS_MAX)
        call_fail(call, 400, "Bad Request: DESCRIPTION_INVALID");
    if (call->done)
        return false;
    invoice->title = memory_text(title);
    invoice->description = memory_text(description);
    invoice->payload = memory_text(payload);
    invoice->start_parameter = memory_text(params_text(&call->params, "start_parameter"));
    return true;
}

/* Stars have one price, a whole number, and no provider. */
static bool price_read(struct call *call, struct invoice *invoice)
{
    const cJSON *prices = params_json(&call->params, "prices");
    const cJSON *price = prices ? prices->child : NULL;
    if (!slice_is(params_text(&call->params, "currency"), "XTR"))
        call_fail(call, 400, "Bad Request: PAYMENT_PROVIDER_INVALID");
    else if (!price || price->next || !json_string(json_member(price, "label")).len ||
             params_text(&call->params, "provider_token").len ||
             params_flag(&call->params, "is_flexible") || params_flag(&call->params, "need_name") ||
             params_flag(&call->params, "need_email") ||
             params_flag(&call->params, "need_phone_number") ||
             params_flag(&call->params, "need_shipping_address"))
        call_fail(call, 400, "Bad Request: STARS_INVOICE_INVALID");
    else if (!json_i64(json_member(price, "amount"), &invoice->stars) || invoice->stars < 1 ||
             invoice->stars > PAY_STARS_MAX)
        call_fail(call, 400, "Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID");
    return !call->done;
}

static bool period_fits(struct call *call, const struct invoice *invoice)
{
    if (!invoice->period_s)
        return true;
    if (invoice->period_s != PAY_PERIOD_S)
        call_fail(call, 400, "Bad Request: SUBSCRIPTION_PERIOD_INVALID");
    else if (invoice->stars > PAY_SUBSCRIPTION_STARS_MAX)
        call_fail(call, 400, "Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID");
    return !call->done;
}

static void invoice_free(struct invoice *invoice)
{
    free(invoice->title);
    free(invoice->description);
    free(invoice->payload);
    free(invoice->start_parameter);
}

static char *invoice_text(const struct invoice *invoice)
{
    struct buf json;
    buf_init(&json, INVOICE_JSON_BYTES_MAX);
    buf_append_text(&json, ",\"invoice\":{\"title\":");
    json_append_string(&json, slice_from(invoice->title));
    buf_append_text(&json, ",\"description\":");
    json_append_string(&json, slice_from(invoice->description));
    buf_append_text(&json, ",\"start_parameter\":");
    json_append_string(&json, slice_from(invoice->start_parameter));
    buf_printf(&json, ",\"currency\":\"XTR\",\"total_amount\":%lld}", (long long)invoice->stars);
    char *text = memory_text(buf_slice(&json));
    buf_deinit(&json);
    return text;
}

/* The payment of user_id that telegram_payment_charge_id names. */
static struct payment *charge_find(struct call *call)
{
    int64_t user_id = 0;
    (void)params_i64(&call->params, "user_id", &user_id);
    const struct user *user = user_id > 0 ? world_user(&call->sim->world, user_id) : NULL;
    struct payment *payment =
        pay_charge(&call->sim->world, params_text(&call->params, "telegram_payment_charge_id"));
    if (!user)
        call_fail(call, 400, "Bad Request: %s",
                  user_id > 0 ? "user not found" : "invalid user_id specified");
    else if (!payment || payment->user != user || payment->invoice->bot != call->bot->index)
        call_fail(call, 400, "Bad Request: CHARGE_ID_INVALID");
    return call->done ? NULL : payment;
}
