/* Invite links and join requests. Texts of errors: td's DialogInviteLinkManager and MTProto. */
#include "methods.h"

#include "notify.h"
#include "objects.h"
#include "sim.h"

#include "base/utf8.h"

enum { MEMBER_LIMIT_MAX = 99999 };

static const char no_link_right[] = "Bad Request: not enough rights to manage chat invite link";
static const char no_request_right[] =
    "Bad Request: not enough rights to manage chat join requests";

static void link_name(struct call *call, struct link *link);
static void answer_link(struct call *call, const struct link *link);
static struct link *primary_make(struct call *call);
static struct member *request_find(struct call *call, bool approve);
static void request_settle(struct call *call, bool approve);

void method_create_chat_invite_link(struct call *call)
{
    struct sim *sim = call->sim;
    int64_t expire_date = 0;
    int64_t member_limit = 0;
    bool request = params_flag(&call->params, "creates_join_request");
    (void)params_i64(&call->params, "expire_date", &expire_date);
    (void)params_i64(&call->params, "member_limit", &member_limit);
    if (!call_chat_right(call, RIGHT_can_invite_users, no_link_right))
        return;
    if (request && member_limit > 0) {
        call_fail(call, 400,
                  "Bad Request: member limit can't be specified for links requiring administrator "
                  "approval");
        return;
    }
    if (member_limit > MEMBER_LIMIT_MAX) {
        call_fail(call, 400, "Bad Request: USAGE_LIMIT_INVALID");
        return;
    }
    if (expire_date > INT32_MAX ||
        (expire_date > 0 && (uint64_t)expire_date * 1000 <= sim->now_ms)) {
        call_fail(call, 400, "Bad Request: EXPIRE_DATE_INVALID");
        return;
    }
    struct link *link =
        world_link_make(&sim->world, call->chat, call->bot->index, &sim->prng, sim->now_ms);
    link->expire_date = expire_date > 0 ? expire_date : 0;
    link->member_limit = member_limit > 0 ? (uint32_t)member_limit : 0;
    link->creates_join_request = request;
    link_name(call, link);
    answer_link(call, link);
}

void method_export_chat_invite_link(struct call *call)
{
    if (!call_chat_right(call, RIGHT_can_invite_users, no_link_right))
        return;
    const struct link *link = primary_make(call);
    buf_printf(call_begin(call), "\"%s\"", link->url);
    call_finish(call);
}

void method_revoke_chat_invite_link(struct call *call)
{
    if (!call_chat_right(call, RIGHT_can_invite_users, no_link_right))
        return;
    struct link *link = world_link(&call->sim->world, params_text(&call->params, "invite_link"));
    if (!link || link->chat != call->chat || link->creator != call->bot->index) {
        call_fail(call, 400, "Bad Request: INVITE_HASH_EXPIRED");
        return;
    }
    bool was_primary = link->primary && !link->revoked;
    link->revoked = true;
    if (was_primary)
        (void)primary_make(call);
    answer_link(call, link);
}

void method_approve_chat_join_request(struct call *call)
{
    request_settle(call, true);
}

void method_decline_chat_join_request(struct call *call)
{
    request_settle(call, false);
}

/* Telegram cuts a name that is too long; that is worth a warning. */
static void link_name(struct call *call, struct link *link)
{
    struct slice name = params_text(&call->params, "name");
    struct slice cut = utf8_cut_utf16(name, LINK_NAME_CHARS_MAX);
    if (cut.len < name.len)
        report_warning(call->sim, call->method->index,
                       "createChatInviteLink: a name of more than %d characters was cut",
                       LINK_NAME_CHARS_MAX);
    if (!slice_copy(cut, link->name, sizeof(link->name)))
        link->name[0] = '\0';
}

static void answer_link(struct call *call, const struct link *link)
{
    object_link(call_begin(call), &call->sim->world, link, call->bot->index);
    call_finish(call);
}

/* A new primary link of the bot; the old one is revoked. */
static struct link *primary_make(struct call *call)
{
    struct sim *sim = call->sim;
    struct link **primary = &call->chat->primary[call->bot->index];
    if (*primary)
        (*primary)->revoked = true;
    *primary = world_link_make(&sim->world, call->chat, call->bot->index, &sim->prng, sim->now_ms);
    (*primary)->primary = true;
    return *primary;
}

/* The member whose request the call means; NULL when it has been refused. */
static struct member *request_find(struct call *call, bool approve)
{
    int64_t user_id = 0;
    if (!params_i64(&call->params, "user_id", &user_id) || user_id <= 0) {
        call_fail(call, 400, "Bad Request: invalid user_id specified");
        return NULL;
    }
    if (!call_chat_right(call, RIGHT_can_invite_users, no_request_right))
        return NULL;
    const struct user *user = world_user(&call->sim->world, user_id);
    struct member *member = chat_member(call->chat, user_id);
    if (!user)
        call_fail(call, 400, "Bad Request: user not found");
    else if (approve && member_is_in(member))
        call_fail(call, 400, "Bad Request: USER_ALREADY_PARTICIPANT");
    else if (!member || !member->requested)
        call_fail(call, 400, "Bad Request: HIDE_REQUESTER_MISSING");
    else if (approve && user->deactivated)
        call_fail(call, 403, "Forbidden: user is deactivated");
    return call->done ? NULL : member;
}

static void request_settle(struct call *call, bool approve)
{
    struct sim *sim = call->sim;
    struct member *member = request_find(call, approve);
    if (!member)
        return;
    if (approve) {
        struct member before = *member;
        member_set(call->chat, member, MEMBER_IN, member->request_link, sim->now_ms);
        notify_member(sim, call->chat, call->bot->index, &before, member);
    } else {
        member_request_drop(member);
    }
    call_true(call);
}
