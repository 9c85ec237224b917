/* Control of chats: rights of bots and people, forums, migration. */
#include "control_answer.h"

#include "forum.h"
#include "notify.h"

static bool member_read(struct control *control, struct member *member);

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
                   after.status == MEMBER_CREATOR || after.status == MEMBER_RESTRICTED)) {
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

/* Makes somebody a member or an administrator, in the chat or not. */
void control_chat_member(struct control *control)
{
    struct chat *chat = control_chat(control, control->id);
    int64_t user_id = 0;
    if (!chat || !control_i64(control, control->body, "user_id", 0, 1, INT64_C(1) << 52, &user_id))
        return;
    struct member *member = chat_member_make(chat, world_user_make(&control->sim->world, user_id));
    struct member before = *member;
    struct member wish = *member;
    if (!member_read(control, &wish))
        return;
    member_set(chat, member, wish.status, NULL, control->sim->now_ms);
    member->rights = wish.rights;
    member->anonymous = wish.anonymous;
    memcpy(member->title, wish.title, sizeof(member->title));
    if (before.status != member->status || before.rights != member->rights)
        notify_member(control->sim, chat, BOTS_MAX, &before, member);
}

/* Turns topics on or off. */
void control_chat_forum(struct control *control)
{
    struct chat *chat = control_chat(control, control->id);
    bool is_forum = true;
    const cJSON *item = json_member(control->body, "is_forum");
    if (!chat)
        return;
    if (item && !json_bool(item, &is_forum)) {
        control_refuse(control, 400, "is_forum is a boolean");
        return;
    }
    if (chat->type != CHAT_SUPERGROUP) {
        control_refuse(control, 409, "only a supergroup can be a forum");
        return;
    }
    chat->is_forum = is_forum;
    if (chat->next_message_id == TOPIC_GENERAL)
        chat->next_message_id++;
}

void control_chat_topics(struct control *control)
{
    struct chat *chat = control_chat(control, control->id);
    struct buf *out = &control->sim->out;
    if (!chat)
        return;
    buf_printf(out, "{\"ok\":true,\"is_forum\":%s,\"topics\":[", chat->is_forum ? "true" : "false");
    for (size_t i = 0; i < chat->topics.count; i++) {
        const struct topic *topic = chat->topics.entries[i].value;
        buf_append_text(out, i ? "," : "");
        object_topic(out, topic);
        out->len--; /* its closing brace comes last */
        buf_printf(out, ",\"closed\":%s,\"deleted\":%s}", topic->closed ? "true" : "false",
                   topic->deleted ? "true" : "false");
    }
    buf_append_text(out, "]}");
}

/* status, rights, anonymous and title, each as it is when absent. */
static bool member_read(struct control *control, struct member *member)
{
    const cJSON *status = json_member(control->body, "status");
    const cJSON *rights = json_member(control->body, "rights");
    const cJSON *anonymous = json_member(control->body, "anonymous");
    const cJSON *title = json_member(control->body, "title");
    if (status && (!member_status_parse(json_string(status), &member->status) ||
                   member->status == MEMBER_RESTRICTED)) {
        control_refuse(control, 400, "status is creator, administrator, member, left or kicked");
        return false;
    }
    if (rights && !rights_read(rights, &member->rights, &control->why)) {
        control->status = 400;
        return false;
    }
    if ((anonymous && !json_bool(anonymous, &member->anonymous)) ||
        (title && (!json_string(title).data ||
                   !slice_copy(json_string(title), member->title, sizeof(member->title))))) {
        control_refuse(control, 400, "anonymous is a boolean, title a short text");
        return false;
    }
    return true;
}
