/* Restricted members, banned channels, tags, administrators. Texts of errors: Client.cpp and td's
 * DialogParticipantManager. */
#include "methods.h"

#include "notify.h"
#include "objects.h"
#include "restrict.h"
#include "sim.h"

#include "base/utf8.h"

enum {
    RESTRICTION_S_MIN = 30, /* a shorter or a longer one is for ever */
    RESTRICTION_S_MAX = 366 * 86400,
    TAG_CHARS_MAX = 16
};

static bool permissions_of(struct call *call, uint32_t *permissions);

const char no_restrict_right[] =
    "Bad Request: not enough rights to restrict/unrestrict chat member";

void method_restrict_chat_member(struct call *call)
{
    struct user *user = NULL;
    struct member *member = NULL;
    uint32_t permissions = 0;
    int64_t until_date = 0;
    int64_t now_s = (int64_t)(call->sim->now_ms / 1000);
    if (!permissions_of(call, &permissions) || !call_chat(call, ACCESS_WRITE))
        return;
    if (!call->chat || call->chat->type != CHAT_SUPERGROUP) {
        call_fail(call, 400, "Bad Request: method is available only for supergroups");
        return;
    }
    if (!call_chat_right(call, RIGHT_can_restrict_members, no_restrict_right) ||
        !member_target(call, &user, &member))
        return;
    (void)params_i64(&call->params, "until_date", &until_date);
    if (until_date < now_s + RESTRICTION_S_MIN || until_date > now_s + RESTRICTION_S_MAX)
        until_date = 0;
    member = chat_member_make(call->chat, user);
    struct member before = *member;
    member_restrict(member, permissions, until_date);
    notify_member(call->sim, call->chat, call->bot->index, &before, member);
    call_true(call);
}

void method_ban_chat_sender_chat(struct call *call)
{
    int64_t id = 0;
    if (!call_chat(call, ACCESS_WRITE))
        return;
    if (!call->chat || call->chat->type == CHAT_GROUP) {
        call_fail(call, 400,
                  "Bad Request: method is available for supergroup and channel chats only");
        return;
    }
    (void)params_i64(&call->params, "sender_chat_id", &id);
    struct chat *sender = world_chat(&call->sim->world, id);
    if (!place_may(&call->chat->places[call->bot->index], RIGHT_can_restrict_members)) {
        call_fail(call, 400, "%s", no_restrict_right);
    } else if (!sender || sender == call->chat) {
        call_fail(call, 400, "Bad Request: PARTICIPANT_ID_INVALID");
    } else {
        map_put(&call->chat->banned_senders, (uint64_t)id, sender);
        call_true(call);
    }
}

void method_set_chat_member_tag(struct call *call)
{
    struct user *user = NULL;
    struct member *member = NULL;
    struct slice tag = params_text(&call->params, "tag");
    if (!call_chat(call, ACCESS_WRITE))
        return;
    if (!call->chat || call->chat->type == CHAT_CHANNEL) {
        call_fail(call, 400, "Bad Request: method is available only for groups and supergroups");
        return;
    }
    if (!call_chat_right(call, RIGHT_can_manage_tags,
                         "Bad Request: not enough rights to change the member's tag") ||
        !member_target(call, &user, &member))
        return;
    if (!member_is_in(member)) {
        call_fail(call, 400, "Bad Request: user not found");
        return;
    }
    if (utf8_utf16_length(tag) > TAG_CHARS_MAX || tag.len >= sizeof(member->tag)) {
        call_fail(call, 400, "Bad Request: TAG_INVALID");
        return;
    }
    struct member before = *member;
    (void)slice_copy(tag.data ? tag : SLICE(""), member->tag, sizeof(member->tag));
    notify_member(call->sim, call->chat, call->bot->index, &before, member);
    call_true(call);
}

void method_get_chat_administrators(struct call *call)
{
    if (!call_chat(call, ACCESS_READ))
        return;
    if (!call->chat) {
        call_fail(call, 400, "Bad Request: there are no administrators in the private chat");
        return;
    }
    const struct world *world = &call->sim->world;
    const struct chat *chat = call->chat;
    bool bots = params_flag(&call->params, "return_bots");
    bool first = true;
    struct buf *out = call_begin(call);
    buf_append_text(out, "[");
    for (size_t i = 0; i < chat->members.count; i++) {
        const struct member *member = chat->members.entries[i].value;
        if (member->status != MEMBER_CREATOR && member->status != MEMBER_ADMINISTRATOR)
            continue;
        buf_append_text(out, first ? "" : ",");
        object_member(out, chat, member);
        first = false;
    }
    for (uint32_t i = 0; i < world->bot_count; i++) {
        if (chat->places[i].status != MEMBER_ADMINISTRATOR || (!bots && i != call->bot->index))
            continue;
        buf_append_text(out, first ? "" : ",");
        object_bot_member(out, &world->bots[i], chat, &chat->places[i]);
        first = false;
    }
    buf_append_text(out, "]");
    call_finish(call);
}

bool member_target(struct call *call, struct user **user, struct member **member)
{
    struct world *world = &call->sim->world;
    int64_t user_id = 0;
    if (!params_i64(&call->params, "user_id", &user_id) || user_id <= 0) {
        call_fail(call, 400, "Bad Request: invalid user_id specified");
        return false;
    }
    if (user_id == call->bot->id) {
        call_fail(call, 400, "Bad Request: can't restrict self");
        return false;
    }
    for (uint32_t i = 0; i < world->bot_count; i++)
        if (world->bots[i].id == user_id) {
            call_fail(call, 400, "Bad Request: user is an administrator of the chat");
            return false;
        }
    *user = world_user(world, user_id);
    if (!*user) {
        call_fail(call, 400, "Bad Request: member not found");
        return false;
    }
    *member = chat_member(call->chat, user_id);
    member_settle(*member, call->sim->now_ms);
    if (*member && (*member)->status == MEMBER_CREATOR)
        call_fail(call, 400, "Bad Request: can't remove chat owner");
    else if (*member && (*member)->status == MEMBER_ADMINISTRATOR)
        call_fail(call, 400, "Bad Request: user is an administrator of the chat");
    return !call->done;
}

/* Without use_independent_chat_permissions some of them imply others. */
static bool permissions_of(struct call *call, uint32_t *permissions)
{
    const uint32_t media = 1U << PERMISSION_can_send_messages | 1U << PERMISSION_can_send_audios |
                           1U << PERMISSION_can_send_documents | 1U << PERMISSION_can_send_photos |
                           1U << PERMISSION_can_send_videos |
                           1U << PERMISSION_can_send_video_notes |
                           1U << PERMISSION_can_send_voice_notes;
    const uint32_t others =
        1U << PERMISSION_can_send_other_messages | 1U << PERMISSION_can_add_web_page_previews;
    if (!permissions_read(params_json(&call->params, "permissions"), permissions)) {
        call_fail(call, 400, "Bad Request: can't parse chat permissions");
        return false;
    }
    if (params_flag(&call->params, "use_independent_chat_permissions"))
        return true;
    if (*permissions & others)
        *permissions |= media;
    if (*permissions & (1U << PERMISSION_can_send_polls))
        *permissions |= 1U << PERMISSION_can_send_messages;
    return true;
}
