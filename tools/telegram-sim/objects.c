#include "objects.h"

#include "base/json.h"

static void member_text(struct buf *out, const char *name, const char *text);
static void append_rights(struct buf *out, const struct chat *chat, uint32_t rights);
static void append_restrictions(struct buf *out, const struct member *member);

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
    if (chat->is_forum)
        buf_append_text(out, ",\"is_forum\":true");
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

void object_member(struct buf *out, const struct chat *chat, const struct member *member)
{
    enum member_status status = member->status;
    buf_append_text(out, "{\"user\":");
    object_user(out, member->user);
    member_text(out, "status", member_status_name(status));
    if (status == MEMBER_KICKED)
        buf_printf(out, ",\"until_date\":%lld", (long long)member->until_date);
    if (status == MEMBER_RESTRICTED)
        append_restrictions(out, member);
    if (member->tag[0] && (status == MEMBER_IN || status == MEMBER_RESTRICTED))
        member_text(out, "tag", member->tag);
    if (status == MEMBER_ADMINISTRATOR)
        buf_append_text(out, ",\"can_be_edited\":false");
    if (status == MEMBER_CREATOR || status == MEMBER_ADMINISTRATOR) {
        buf_printf(out, ",\"is_anonymous\":%s", member->anonymous ? "true" : "false");
        if (member->title[0])
            member_text(out, "custom_title", member->title);
    }
    if (status == MEMBER_ADMINISTRATOR)
        append_rights(out, chat, member->rights);
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
        append_rights(out, chat, place->rights);
    }
    buf_append_text(out, "}");
}

static void append_rights(struct buf *out, const struct chat *chat, uint32_t rights)
{
    for (uint32_t right = 0; right < RIGHT_COUNT; right++) {
        bool channel_only = right == RIGHT_can_post_messages || right == RIGHT_can_edit_messages ||
                            right == RIGHT_can_manage_direct_messages;
        bool group_only = right == RIGHT_can_pin_messages || right == RIGHT_can_manage_topics ||
                          right == RIGHT_can_manage_tags;
        if (chat->type == CHAT_CHANNEL ? group_only : channel_only)
            continue;
        buf_printf(out, ",\"%s\":%s", right_name((enum right)right),
                   rights & (1U << right) ? "true" : "false");
    }
}

static void append_restrictions(struct buf *out, const struct member *member)
{
    buf_printf(out, ",\"is_member\":%s,\"until_date\":%lld", member->away ? "false" : "true",
               (long long)member->until_date);
    for (uint32_t i = 0; i < PERMISSION_COUNT; i++)
        buf_printf(out, ",\"%s\":%s", permission_name((enum permission)i),
                   member->permissions & (1U << i) ? "true" : "false");
}

static void member_text(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    json_append_string(out, slice_from(text));
}
