/* Payments through a bot, as calls: an invoice or the link to one, the answer to who is about to
 * pay it, a refund of Stars, the end of a subscription in Stars, the list of
 * what was paid in them. Parts of modules are put into
 * words already (text/say.h). Pure. */
#ifndef USHER_TEXT_INVOICE_H
#define USHER_TEXT_INVOICE_H

#include "base/error.h"
#include "wire/wire.h"

enum {
    INVOICE_TITLE_UNITS_MAX = 32, /* UTF-16 units: Bot API, sendInvoice */
    INVOICE_DESCRIPTION_UNITS_MAX = 255,
    INVOICE_REFUSAL_UNITS_MAX = 200
};

/* Turns the work of an invoice or of a link to one (its parts: a title, a description,
 * part_invoice), of a subscription's end (part_star_edit; link: its first charge), of a list
 * (part_star_list), of an answer to
 * a pre-checkout question (no part: yes; a text: no, for that reason; link: the question) or of a
 * refund (link: the charge) into the method and the JSON params (appended) that do it, and the chat
 * that the limits count. Texts are cut to what Telegram takes. ERROR_INVALID when something is
 * missing; why says what. */
enum error invoice_render(const struct message_work *work, const char **method, int64_t *chat_id,
                          struct buf *params, struct why *why);

#endif
