#include "objects.h"

#include "base/json.h"

static void member_text(struct buf *out, const char *name, const char *text);
static long long seconds(uint64_t ms);

void object_user(struct buf *out, const struct user *user)
{
    buf_printf(out, "{\"id\":%lld,\"is_bot\":false", (long long)user->id);
    member_text(out, "first_name", user->first_name);
    if (user->last_name[0])
        member_text(out, "last_name", user->last_name);
    if (user->username[0])
        member_text(out, "username", user->username);
    if (user->language_code[0])
        member_text(out, "language_code", user->language_code);
    buf_append_text(out, "}");
}

void object_bot(struct buf *out, const struct bot *bot)
{
    buf_printf(out, "{\"id\":%lld,\"is_bot\":true", (long long)bot->id);
    member_text(out, "first_name", bot->first_name);
    member_text(out, "username", bot->username);
    buf_append_text(out, "}");
}

void object_chat(struct buf *out, const struct chat *chat)
{
    buf_printf(out, "{\"id\":%lld", (long long)chat->id);
    member_text(out, "title", chat->title);
    if (chat->username[0])
        member_text(out, "username", chat->username);
    member_text(out, "type", chat_type_name(chat->type));
    buf_append_text(out, "}");
}

void object_private_chat(struct buf *out, const struct user *user)
{
    buf_printf(out, "{\"id\":%lld", (long long)user->id);
    member_text(out, "first_name", user->first_name);
    if (user->last_name[0])
        member_text(out, "last_name", user->last_name);
    if (user->username[0])
        member_text(out, "username", user->username);
    buf_append_text(out, ",\"type\":\"private\"}");
}

void object_link(struct buf *out, const struct world *world, const struct link *link,
                 uint32_t viewer)
{
    if (link->creator == viewer)
        buf_printf(out, "{\"invite_link\":\"%s\"", link->url);
    else
        buf_printf(out, "{\"invite_link\":\"%.22s...\"", link->url);
    buf_append_text(out, ",\"creator\":");
    object_bot(out, &world->bots[link->creator]);
    buf_printf(out, ",\"creates_join_request\":%s,\"is_primary\":%s,\"is_revoked\":%s",
               link->creates_join_request ? "true" : "false", link->primary ? "true" : "false",
               link->revoked ? "true" : "false");
    if (link->name[0])
        member_text(out, "name", link->name);
    if (link->expire_date)
        buf_printf(out, ",\"expire_date\":%lld", (long long)link->expire_date);
    if (link->member_limit)
        buf_printf(out, ",\"member_limit\":%u", link->member_limit);
    if (link->pending)
        buf_printf(out, ",\"pending_join_request_count\":%u", link->pending);
    buf_append_text(out, "}");
}

void object_member(struct buf *out, const struct user *user, enum member_status status,
                   int64_t until_date)
{
    buf_append_text(out, "{\"user\":");
    object_user(out, user);
    member_text(out, "status", member_status_name(status));
    if (status == MEMBER_KICKED)
        buf_printf(out, ",\"until_date\":%lld", (long long)until_date);
    if (status == MEMBER_CREATOR)
        buf_append_text(out, ",\"is_anonymous\":false");
    buf_append_text(out, "}");
}

void object_bot_member(struct buf *out, const struct bot *bot, const struct chat *chat,
                       const struct place *place)
{
    buf_append_text(out, "{\"user\":");
    object_bot(out, bot);
    member_text(out, "status", member_status_name(place->status));
    if (place->status == MEMBER_KICKED)
        buf_append_text(out, ",\"until_date\":0");
    if (place->status == MEMBER_ADMINISTRATOR) {
        buf_append_text(out, ",\"can_be_edited\":false,\"is_anonymous\":false");
        for (uint32_t right = 0; right < RIGHT_COUNT; right++) {
            bool channel_only =
                right == RIGHT_can_post_messages || right == RIGHT_can_edit_messages;
            bool group_only = right == RIGHT_can_pin_messages || right == RIGHT_can_manage_topics;
            if (chat->type == CHAT_CHANNEL ? group_only : channel_only)
                continue;
            buf_printf(out, ",\"%s\":%s", right_name((enum right)right),
                       place->rights & (1U << right) ? "true" : "false");
        }
    }
    buf_append_text(out, "}");
}

void object_message(struct buf *out, const struct world *world, const struct message *message)
{
    const struct chat *chat = message->chat_id < 0 ? world_chat(world, message->chat_id) : NULL;
    buf_printf(out, "{\"message_id\":%lld,", (long long)message->id);
    if (!chat || chat->type != CHAT_CHANNEL) {
        buf_append_text(out, "\"from\":");
        object_bot(out, &world->bots[message->bot]);
        buf_append_text(out, ",");
    }
    buf_append_text(out, "\"chat\":");
    if (chat)
        object_chat(out, chat);
    else
        object_private_chat(out, world_user(world, message->chat_id));
    buf_printf(out, ",\"date\":%lld", seconds(message->at_ms));
    if (message->edited_ms)
        buf_printf(out, ",\"edit_date\":%lld", seconds(message->edited_ms));
    if (message->document) {
        buf_append_text(out, ",\"document\":{\"file_id\":");
        json_append_string(out, slice_from(message->document));
        buf_printf(out, ",\"file_unique_id\":\"sim%lld\"}", (long long)message->id);
    }
    if (message->text && message->text[0])
        member_text(out, message->document ? "caption" : "text", message->text);
    if (message->reply_markup) {
        buf_append_text(out, ",\"reply_markup\":");
        buf_append_text(out, message->reply_markup);
    }
    buf_append_text(out, "}");
}

static void member_text(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    json_append_string(out, slice_from(text));
}

static long long seconds(uint64_t ms)
{
    return (long long)(ms / 1000);
}
