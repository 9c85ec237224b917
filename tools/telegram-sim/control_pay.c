/* Users who pay with Telegram Stars. */
#include "control_answer.h"

#include "pay.h"

static bool read_flag(struct control *control, const char *name, bool *out);
static const struct invoice *invoice_named(struct control *control, const struct user *user,
                                           const struct bot *bot);

/* By a link, or by the newest invoice in the private chat or in the chat that is named, or by a
 * copy that somebody else forwarded from theirs. */
void control_user_pay(struct control *control)
{
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    const struct invoice *invoice = user ? invoice_named(control, user, bot) : NULL;
    bool lost = false;
    if (!invoice || !read_flag(control, "lost", &lost))
        return;
    const struct payment *payment = pay_begin(control->sim, user, invoice, lost);
    buf_printf(&control->sim->out, "{\"ok\":true,\"pre_checkout_query_id\":\"%lld\"}",
               (long long)payment->id);
}

/* The next payment of a subscription; or, with "cancel", the user's end of it. */
void control_user_renew(struct control *control)
{
    struct user *user = control_user(control);
    struct slice charge = json_string(json_member(control->body, "charge_id"));
    bool cancel = false, lost = false;
    if (!user || !read_flag(control, "cancel", &cancel) || !read_flag(control, "lost", &lost))
        return;
    struct payment *first = pay_charge(&control->sim->world, charge);
    if (!first || first->user != user || !first->expires_s)
        control_refuse(control, 404, "charge_id names no subscription of the user");
    else if (cancel)
        first->canceled = true;
    else if (!pay_renew(control->sim, first, lost))
        control_refuse(control, 409, "the subscription is canceled");
}

void control_payments(struct control *control)
{
    int64_t user_id = 0;
    if (!control_query_i64(control, "user", &user_id))
        return;
    const struct user *user = user_id ? world_user(&control->sim->world, user_id) : NULL;
    if (user_id && !user) {
        control_refuse(control, 404, "no user %lld", (long long)user_id);
        return;
    }
    buf_append_text(&control->sim->out, "{\"ok\":true");
    pay_render(control->sim, user, &control->sim->out);
    buf_append_text(&control->sim->out, "}");
}

/* False when it has refused. */
static bool read_flag(struct control *control, const char *name, bool *out)
{
    const cJSON *item = json_member(control->body, name);
    if (!item || json_bool(item, out))
        return true;
    control_refuse(control, 400, "%s is a boolean", name);
    return false;
}

/* NULL when it has refused. */
static const struct invoice *invoice_named(struct control *control, const struct user *user,
                                           const struct bot *bot)
{
    const struct world *world = &control->sim->world;
    struct slice link = json_string(json_member(control->body, "link"));
    const struct invoice *invoice = link.len ? pay_invoice_find(world, link) : NULL;
    int64_t message_id = 0;
    int64_t chat_id = 0;
    int64_t from_id = 0;
    if (!control_i64(control, control->body, "message_id", 0, 0, INT64_MAX, &message_id) ||
        !control_i64(control, control->body, "chat_id", user->id, INT64_MIN, INT64_MAX, &chat_id) ||
        !control_i64(control, control->body, "forwarded_from", 0, 0, INT64_MAX, &from_id))
        return NULL;
    const struct user *owner = from_id ? world_user(world, from_id) : user;
    const struct chat *chat = chat_id < 0 ? control_chat(control, chat_id) : NULL;
    if (control->status != 200)
        return NULL;
    const struct message *message = link.len ? NULL
                                    : chat   ? chat->room.newest
                                    : owner  ? owner->room.newest
                                             : NULL;
    for (; message && !invoice; message = message->older)
        if (message->invoice && !message->deleted && message->bot == bot->index &&
            (!message_id || message->id == message_id))
            invoice = map_get(&world->invoices, (uint64_t)message->invoice);
    if (!invoice)
        control_refuse(control, 404, "there is no such invoice");
    if (invoice && from_id && from_id != user->id && invoice->start_parameter[0]) {
        control_refuse(control, 409,
                       "a copy of this invoice cannot be paid: it has a start_parameter, and its "
                       "button leads to the bot");
        return NULL;
    }
    return invoice;
}
