#include "text/invoice.h"

#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>

/* What the parts say. */
struct parts {
    struct slice first, second; /* texts */
    struct message_part_invoice invoice;
    bool priced;
    struct message_part_star_edit edit;
    struct message_part_star_list list;
};

static enum error read_parts(const struct message_work *work, struct parts *out, struct why *why);
static enum error invoice(const struct message_work *work, const struct parts *parts,
                          struct buf *params, struct why *why);
static enum error pre_checkout(const struct message_work *work, const struct parts *parts,
                               struct buf *params, struct why *why);
static enum error refund(const struct message_work *work, struct buf *params, struct why *why);
static enum error edit(const struct message_work *work, const struct parts *parts,
                       struct buf *params, struct why *why);
static enum error put_charge(const struct message_work *work, struct buf *params, struct why *why);

enum error invoice_render(const struct message_work *work, const char **method, int64_t *chat_id,
                          struct buf *params, struct why *why)
{
    struct parts parts = {.priced = false};
    enum error error = read_parts(work, &parts, why);
    *chat_id = 0;
    if (error != ERROR_NONE)
        return error;
    if (work->kind == DELIVERY_invoice) {
        *method = "sendInvoice";
        *chat_id = work->chat_id;
        return invoice(work, &parts, params, why);
    }
    if (work->kind == DELIVERY_invoice_link) {
        *method = "createInvoiceLink";
        return invoice(work, &parts, params, why);
    }
    if (work->kind == DELIVERY_star_edit) {
        *method = "editUserStarSubscription";
        return edit(work, &parts, params, why);
    }
    if (work->kind == DELIVERY_star_list) {
        if (parts.list.limit == 0)
            return why_set(why, ERROR_INVALID, "it asks for no transactions");
        *method = "getStarTransactions";
        buf_printf(params, "{\"offset\":%" PRIu64 ",\"limit\":%" PRIu64 "}", parts.list.offset,
                   parts.list.limit);
        return ERROR_NONE;
    }
    if (work->kind == DELIVERY_pre_checkout) {
        *method = "answerPreCheckoutQuery";
        return pre_checkout(work, &parts, params, why);
    }
    *method = "refundStarPayment";
    return refund(work, params, why);
}

static enum error read_parts(const struct message_work *work, struct parts *out, struct why *why)
{
    struct message part;
    for (struct slice rest = work->parts; rest.len > 0;) {
        if (wire_decode(&rest, &part, NULL) != ERROR_NONE)
            return why_set(why, ERROR_INVALID, "its parts cannot be read");
        if (part.kind == MESSAGE_part_invoice) {
            out->invoice = part.part_invoice;
            out->priced = true;
        } else if (part.kind == MESSAGE_part_star_edit) {
            out->edit = part.part_star_edit;
        } else if (part.kind == MESSAGE_part_star_list) {
            out->list = part.part_star_list;
        } else if (part.kind == MESSAGE_part_text) {
            *(out->first.data == NULL ? &out->first : &out->second) = part.part_text.text;
        }
    }
    return ERROR_NONE;
}

/* With an empty start_parameter forwarded copies could be paid by everybody; so it is the payload,
 * and a copy's button leads to the bot. A link is for no chat. */
static enum error invoice(const struct message_work *work, const struct parts *parts,
                          struct buf *params, struct why *why)
{
    const struct message_part_invoice *asked = &parts->invoice;
    bool link = work->kind == DELIVERY_invoice_link;
    if (work->chat_id == 0 && !link)
        return why_set(why, ERROR_INVALID, "it names no chat");
    if (parts->first.len == 0 || parts->second.len == 0)
        return why_set(why, ERROR_INVALID, "it has no title, or no description");
    if (!parts->priced || asked->payload.len == 0 || asked->amount <= 0)
        return why_set(why, ERROR_INVALID, "it asks for nothing");
    struct slice title = utf8_cut_utf16(parts->first, INVOICE_TITLE_UNITS_MAX);
    buf_append_text(params, "{");
    if (!link)
        buf_printf(params, "\"chat_id\":%" PRId64 ",", work->chat_id);
    buf_append_text(params, "\"title\":");
    json_append_string(params, title);
    buf_append_text(params, ",\"description\":");
    json_append_string(params, utf8_cut_utf16(parts->second, INVOICE_DESCRIPTION_UNITS_MAX));
    buf_append_text(params, ",\"payload\":");
    json_append_string(params, asked->payload);
    buf_append_text(params, ",\"provider_token\":\"\",\"currency\":");
    json_append_string(params, asked->currency);
    buf_append_text(params, ",\"prices\":[{\"label\":");
    json_append_string(params, title);
    buf_printf(params, ",\"amount\":%" PRId64 "}]", asked->amount);
    if (!link) {
        buf_append_text(params, ",\"start_parameter\":");
        json_append_string(params, asked->payload);
    }
    if (asked->period_s != 0)
        buf_printf(params, ",\"subscription_period\":%" PRIu64, asked->period_s);
    buf_append_text(params, "}");
    return ERROR_NONE;
}

static enum error pre_checkout(const struct message_work *work, const struct parts *parts,
                               struct buf *params, struct why *why)
{
    if (work->link.len == 0)
        return why_set(why, ERROR_INVALID, "it answers nothing");
    buf_append_text(params, "{\"pre_checkout_query_id\":");
    json_append_string(params, work->link);
    if (parts->first.len == 0) {
        buf_append_text(params, ",\"ok\":true}");
        return ERROR_NONE;
    }
    buf_append_text(params, ",\"ok\":false,\"error_message\":");
    json_append_string(params, utf8_cut_utf16(parts->first, INVOICE_REFUSAL_UNITS_MAX));
    buf_append_text(params, "}");
    return ERROR_NONE;
}

static enum error refund(const struct message_work *work, struct buf *params, struct why *why)
{
    enum error error = put_charge(work, params, why);
    buf_append_text(params, "}");
    return error;
}

static enum error edit(const struct message_work *work, const struct parts *parts,
                       struct buf *params, struct why *why)
{
    enum error error = put_charge(work, params, why);
    buf_printf(params, ",\"is_canceled\":%s}", parts->edit.canceled != 0 ? "true" : "false");
    return error;
}

/* The beginning of the params: who paid, and by which charge. */
static enum error put_charge(const struct message_work *work, struct buf *params, struct why *why)
{
    if (work->chat_id <= 0)
        return why_set(why, ERROR_INVALID, "it names nobody who paid");
    if (work->link.len == 0)
        return why_set(why, ERROR_INVALID, "it names no charge");
    buf_printf(params, "{\"user_id\":%" PRId64 ",\"telegram_payment_charge_id\":", work->chat_id);
    json_append_string(params, work->link);
    return ERROR_NONE;
}
