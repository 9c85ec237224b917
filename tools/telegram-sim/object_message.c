/* A message as the Bot API shows it. */
#include "objects.h"

#include "base/json.h"

/* Whom the server names as the author of what a group or a channel wrote. */
static const char group_bot[] = "{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\","
                                "\"username\":\"GroupAnonymousBot\"}";
static const char channel_bot[] = "{\"id\":136817688,\"is_bot\":true,\"first_name\":\"Channel\","
                                  "\"username\":\"Channel_Bot\"}";

static void append_message(struct buf *out, const struct world *world,
                           const struct message *message, bool reply);
static void append_sender(struct buf *out, const struct world *world, const struct chat *chat,
                          const struct message *message);
static void append_reply(struct buf *out, const struct world *world, const struct chat *chat,
                         const struct message *message);
static void append_content(struct buf *out, const struct message *message);

void object_message(struct buf *out, const struct world *world, const struct message *message)
{
    append_message(out, world, message, true);
}

long long object_date(const struct world *world, uint64_t ms)
{
    return (long long)(ms / 1000) + world->date_offset_s;
}

static void append_message(struct buf *out, const struct world *world,
                           const struct message *message, bool reply)
{
    const struct chat *chat = message->chat_id < 0 ? world_chat(world, message->chat_id) : NULL;
    buf_printf(out, "{\"message_id\":%lld,", (long long)message->id);
    append_sender(out, world, chat, message);
    buf_append_text(out, "\"chat\":");
    if (chat)
        object_chat(out, chat);
    else
        object_private_chat(out, world_user(world, message->chat_id));
    buf_printf(out, ",\"date\":%lld", object_date(world, message->at_ms));
    if (message->edited_ms)
        buf_printf(out, ",\"edit_date\":%lld", object_date(world, message->edited_ms));
    if (message->thread_id)
        buf_printf(out, ",\"message_thread_id\":%lld,\"is_topic_message\":true",
                   (long long)message->thread_id);
    if (message->origin) {
        buf_append_text(out, ",\"forward_origin\":");
        buf_append_text(out, message->origin);
    }
    if (reply && (message->reply_to || message->thread_id))
        append_reply(out, world, chat, message);
    append_content(out, message);
    buf_append_text(out, "}");
}

static void append_sender(struct buf *out, const struct world *world, const struct chat *chat,
                          const struct message *message)
{
    const struct chat *as =
        message->anonymous
            ? chat
            : (message->sender_chat ? world_chat(world, message->sender_chat) : NULL);
    if (chat && chat->type == CHAT_CHANNEL)
        return;
    buf_append_text(out, "\"from\":");
    if (!message->from_user)
        object_bot(out, &world->bots[message->bot]);
    else if (as)
        buf_append_text(out, message->anonymous ? group_bot : channel_bot);
    else
        object_user(out, message->sender);
    buf_append_text(out, ",");
    const struct member *member =
        message->from_user && chat && !as ? chat_member(chat, message->sender->id) : NULL;
    if (member && member->tag[0]) {
        buf_append_text(out, "\"sender_tag\":");
        json_append_string(out, slice_from(member->tag));
        buf_append_text(out, ",");
    }
    if (!as)
        return;
    buf_append_text(out, "\"sender_chat\":");
    object_chat(out, as);
    buf_append_text(out, ",");
}

static void append_reply(struct buf *out, const struct world *world, const struct chat *chat,
                         const struct message *message)
{
    const struct user *user = chat ? NULL : world_user(world, message->chat_id);
    /* In a topic what replies to nothing replies to the message that opened the topic. */
    int64_t id = message->reply_to ? message->reply_to : message->thread_id;
    const struct message *to =
        chat ? chat_message(chat, id) : room_find(&user->room, message->bot, id);
    if (!to || to == message || to->deleted)
        return;
    buf_append_text(out, ",\"reply_to_message\":");
    append_message(out, world, to, false);
}

static void append_content(struct buf *out, const struct message *message)
{
    struct slice text = slice_from(message->text);
    if (message->document) {
        buf_append_text(out, message->photo ? ",\"photo\":[{\"file_id\":"
                                            : ",\"document\":{\"file_id\":");
        json_append_string(out, slice_from(message->document));
        buf_printf(out, ",\"file_unique_id\":\"sim%lld\"", (long long)message->id);
        buf_append_text(out, message->photo ? ",\"width\":640,\"height\":640}]" : "}");
    }
    if (text.len) {
        buf_append_text(out, message->document ? ",\"caption\":" : ",\"text\":");
        json_append_string(out, text);
    }
    if (message->from_user && !message->document && text.len > 1 && text.data[0] == '/') {
        size_t command = 1;
        while (command < text.len && text.data[command] != ' ' && text.data[command] != '\n')
            command++;
        buf_printf(out, ",\"entities\":[{\"offset\":0,\"length\":%zu,\"type\":\"bot_command\"}]",
                   command);
    }
    if (message->extra)
        buf_append_text(out, message->extra);
    if (message->reply_markup) {
        buf_append_text(out, ",\"reply_markup\":");
        buf_append_text(out, message->reply_markup);
    }
}
