/* Control of chats, and their messages. */
#include "control_answer.h"

#include "notify.h"

static void render_message(const struct sim *sim, const struct message *message, struct buf *out);

void control_chat_members(struct control *control)
{
    struct chat *chat = control_chat(control, control->id);
    if (!chat)
        return;
    for (size_t i = 0; i < chat->members.count; i++)
        member_settle(chat->members.entries[i].value, control->sim->now_ms);
    struct buf *out = &control->sim->out;
    buf_printf(out, "{\"ok\":true,\"chat_id\":%lld,\"member_count\":%u", (long long)chat->id,
               chat->member_count);
    report_render_members(chat, out);
    buf_append_text(out, "}");
}

void control_chat_rights(struct control *control)
{
    struct chat *chat = control_chat(control, control->id);
    struct bot *bot = chat ? control_bot(control) : NULL;
    if (!bot)
        return;
    struct place before = chat->places[bot->index];
    struct place after = before;
    const cJSON *status = json_member(control->body, "status");
    const cJSON *rights = json_member(control->body, "rights");
    if (status && (!member_status_parse(json_string(status), &after.status) ||
                   after.status == MEMBER_CREATOR)) {
        control_refuse(control, 400, "status is administrator, member, left or kicked");
        return;
    }
    if (rights && !rights_read(rights, &after.rights, &control->why)) {
        control->status = 400;
        return;
    }
    if (after.status == before.status && after.rights == before.rights)
        return;
    chat->places[bot->index] = after;
    notify_place(control->sim, bot, chat, &before);
}

void control_chat_migrate(struct control *control)
{
    int64_t new_id = 0;
    struct chat *made = NULL;
    struct chat *chat = control_chat(control, control->id);
    if (!chat ||
        !control_i64(control, control->body, "new_id", 0, -(INT64_C(1) << 52) + 1, -1, &new_id))
        return;
    if (world_migrate(&control->sim->world, chat, new_id, &made)) {
        control_refuse(control, 409, "only a group migrates, once, to an id that is free");
        return;
    }
    notify_migrated(control->sim, chat, made);
}

void control_messages(struct control *control)
{
    static const char key[] = "chat=";
    long long id = 0;
    struct slice query = control->query;
    if (query.len <= sizeof(key) - 1 || memcmp(query.data, key, sizeof(key) - 1) != 0 ||
        !slice_to_i64(slice_of(query.data + sizeof(key) - 1, query.len - sizeof(key) + 1), &id)) {
        control_refuse(control, 400, "ask for /sim/messages?chat=ID");
        return;
    }
    const struct user *user = world_user(&control->sim->world, id);
    const struct chat *chat = world_chat(&control->sim->world, id);
    const struct room *room = user ? &user->room : chat ? &chat->room : NULL;
    struct buf *out = &control->sim->out;
    buf_append_text(out, "{\"ok\":true,\"messages\":[");
    for (const struct message *message = room ? room->oldest : NULL; message;
         message = message->newer)
        render_message(control->sim, message, out);
    buf_append_text(out, "]}");
}

static void render_message(const struct sim *sim, const struct message *message, struct buf *out)
{
    buf_printf(out, "%s{\"message_id\":%lld,\"bot\":\"%s\",\"at_ms\":%llu,\"deleted\":%s",
               message->older ? "," : "", (long long)message->id,
               sim->world.bots[message->bot].username, (unsigned long long)message->at_ms,
               message->deleted ? "true" : "false");
    if (message->edited_ms)
        buf_printf(out, ",\"edited_ms\":%llu", (unsigned long long)message->edited_ms);
    buf_append_text(out, ",\"text\":");
    json_append_string(out, slice_from(message->text));
    if (message->document) {
        buf_append_text(out, ",\"document\":");
        json_append_string(out, slice_from(message->document));
    }
    if (message->reply_markup) {
        buf_append_text(out, ",\"reply_markup\":");
        buf_append_text(out, message->reply_markup);
    }
    buf_append_text(out, "}");
}
