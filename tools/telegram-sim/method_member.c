/* Members and chats. Texts of errors: Client.cpp and td's DialogParticipantManager. */
#include "methods.h"

#include "memory.h"
#include "notify.h"
#include "objects.h"
#include "restrict.h"
#include "sim.h"

#include <stdlib.h>

enum {
    BAN_S_MIN = 30, /* a shorter or a longer ban is for ever */
    BAN_S_MAX = 366 * 86400,
    KICK_BAN_S = 60,
    KICK_MS = 1000
};

/* The second half of unbanChatMember on a member, a second after the first. */
struct kick {
    struct reply reply;
    int64_t chat_id;
    int64_t user_id;
};

static void member_change(struct call *call, struct member *member, enum member_status status,
                          int64_t until_date);
static void kick_begin(struct call *call, struct member *member);
static void kick_end(struct sim *sim, const struct timer *timer);
static void kick_drop(struct sim *sim, const struct timer *timer);

void method_ban_chat_member(struct call *call)
{
    struct user *user = NULL;
    struct member *member = NULL;
    int64_t until_date = 0;
    int64_t now_s = (int64_t)(call->sim->now_ms / 1000);
    if (!call_chat_right(call, RIGHT_can_restrict_members, no_restrict_right) ||
        !member_target(call, &user, &member))
        return;
    (void)params_i64(&call->params, "until_date", &until_date);
    if (until_date < now_s + BAN_S_MIN || until_date > now_s + BAN_S_MAX ||
        call->chat->type == CHAT_GROUP)
        until_date = 0;
    member_change(call, chat_member_make(call->chat, user), MEMBER_KICKED, until_date);
    call_true(call);
}

void method_unban_chat_member(struct call *call)
{
    struct user *user = NULL;
    struct member *member = NULL;
    if (!call_chat(call, ACCESS_WRITE))
        return;
    if (!call->chat || call->chat->type == CHAT_GROUP) {
        call_fail(call, 400,
                  "Bad Request: method is available for supergroup and channel chats only");
        return;
    }
    if (!member_target(call, &user, &member))
        return;
    bool banned = member && member->status == MEMBER_KICKED;
    if (params_flag(&call->params, "only_if_banned") && !banned) {
        call_true(call);
        return;
    }
    if (!place_may(&call->chat->places[call->bot->index], RIGHT_can_restrict_members)) {
        call_fail(call, 400, "%s", no_restrict_right);
        return;
    }
    if (member_is_in(member)) {
        kick_begin(call, member);
        return;
    }
    if (banned)
        member_change(call, member, MEMBER_LEFT, 0);
    call_true(call);
}

void method_get_chat_member(struct call *call)
{
    int64_t user_id = 0;
    if (!params_i64(&call->params, "user_id", &user_id) || user_id <= 0) {
        call_fail(call, 400, "Bad Request: invalid user_id specified");
        return;
    }
    if (!call_chat(call, ACCESS_WRITE))
        return;
    struct world *world = &call->sim->world;
    struct user *user = world_user(world, user_id);
    for (uint32_t i = 0; i < world->bot_count && call->chat; i++)
        if (world->bots[i].id == user_id) {
            object_bot_member(call_begin(call), &world->bots[i], call->chat,
                              &call->chat->places[i]);
            call_finish(call);
            return;
        }
    if (!user || (call->user && user != call->user)) {
        call_fail(call, 400, "Bad Request: member not found");
        return;
    }
    struct member *member = call->chat ? chat_member(call->chat, user_id) : NULL;
    member_settle(member, call->sim->now_ms);
    struct member nobody = {.user = user, .status = call->user ? MEMBER_IN : MEMBER_LEFT};
    object_member(call_begin(call), call->chat, member ? member : &nobody);
    call_finish(call);
}

void method_get_chat_member_count(struct call *call)
{
    if (!call_chat(call, ACCESS_WRITE))
        return;
    uint32_t count = 2;
    if (call->chat) {
        count = call->chat->member_count;
        for (uint32_t i = 0; i < call->sim->world.bot_count; i++)
            count += place_is_in(&call->chat->places[i]);
    }
    buf_printf(call_begin(call), "%u", count);
    call_finish(call);
}

void method_get_chat(struct call *call)
{
    if (!call_chat(call, ACCESS_READ))
        return;
    const struct chat *chat = call->chat;
    struct buf *out = call_begin(call);
    if (chat)
        object_chat(out, chat);
    else
        object_private_chat(out, call->user);
    out->len--; /* its closing brace comes last */
    buf_append_text(out,
                    ",\"accent_color_id\":1,\"max_reaction_count\":11,\"accepted_gift_types\":{"
                    "\"unlimited_gifts\":false,\"limited_gifts\":false,\"unique_gifts\":false,"
                    "\"premium_subscription\":false,\"gifts_from_channels\":false}");
    const struct link *primary = chat ? chat->primary[call->bot->index] : NULL;
    if (primary)
        buf_printf(out, ",\"invite_link\":\"%s\"", primary->url);
    buf_append_text(out, "}");
    call_finish(call);
}

static void member_change(struct call *call, struct member *member, enum member_status status,
                          int64_t until_date)
{
    struct member before = *member;
    member_set(call->chat, member, status, NULL, call->sim->now_ms);
    member->until_date = until_date;
    if (before.status != status)
        notify_member(call->sim, call->chat, call->bot->index, &before, member);
}

/* The server bans for a minute, waits a second, and then lets the ban go: out, and free to return.
 */
static void kick_begin(struct call *call, struct member *member)
{
    struct sim *sim = call->sim;
    member_change(call, member, MEMBER_KICKED, (int64_t)(sim->now_ms / 1000) + KICK_BAN_S);
    struct kick *kick = memory_new(1, sizeof(*kick));
    kick->reply = call->reply;
    kick->chat_id = call->chat->id;
    kick->user_id = member->user->id;
    call->done = true;
    timers_add(&sim->timers, (struct timer){.due_us = sim->now_us + sim_scaled_us(sim, KICK_MS),
                                            .run = kick_end,
                                            .data = kick,
                                            .drop = kick_drop});
}

static void kick_end(struct sim *sim, const struct timer *timer)
{
    struct kick *kick = timer->data;
    struct chat *chat = world_chat(&sim->world, kick->chat_id);
    struct member *member = chat ? chat_member(chat, kick->user_id) : NULL;
    if (member && member->status == MEMBER_KICKED) {
        struct member before = *member;
        member_set(chat, member, MEMBER_LEFT, NULL, sim->now_ms);
        notify_member(sim, chat, kick->reply.bot, &before, member);
    }
    reply_send(sim, &kick->reply, 200, 0, SLICE("{\"ok\":true,\"result\":true}"), NULL);
    free(kick);
}

static void kick_drop(struct sim *sim, const struct timer *timer)
{
    struct kick *kick = timer->data;
    kick->reply.mode = REPLY_DROP;
    reply_error(sim, &kick->reply, 500, "the simulator was reset");
    free(kick);
}
