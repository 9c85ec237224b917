#include "people.h"

#include "memory.h"
#include "notify.h"
#include "say.h"
#include "sim.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

enum { USER_CHAT_MS = 300000, LINKS_READ_MAX = 16 };

static enum follow follow_join(struct sim *sim, struct chat *chat, struct member *member,
                               struct link *link);
static enum follow follow_request(struct sim *sim, struct chat *chat, struct member *member,
                                  struct link *link);
static void read_link(struct sim *sim, struct user *user, const struct link *link);
static size_t find_links(const struct sim *sim, const char *text, struct link **links,
                         size_t count);
static void follow_later(struct sim *sim, const struct user *who, const struct user *timing,
                         const struct link *link);
static void follow_run(struct sim *sim, const struct timer *timer);
static void follow_drop(struct sim *sim, const struct timer *timer);

void people_start(struct sim *sim, struct user *user, struct bot *bot, const char *payload)
{
    char text[128];
    snprintf(text, sizeof(text), payload[0] ? "/start %s" : "/start", payload);
    people_block(sim, user, bot, false);
    people_write(sim, user, bot, slice_from(text));
}

void people_write(struct sim *sim, struct user *user, struct bot *bot, struct slice text)
{
    (void)say_private(sim, user, bot, &(struct saying){.text = text});
}

void people_block(struct sim *sim, struct user *user, struct bot *bot, bool blocked)
{
    uint16_t bit = (uint16_t)(1U << bot->index);
    bool was = user->blocked & bit;
    if (was == blocked)
        return;
    user->blocked = blocked ? user->blocked | bit : user->blocked & (uint16_t)~bit;
    notify_blocked(sim, bot, user, blocked);
}

int64_t people_press(struct sim *sim, struct user *user, struct bot *bot,
                     const struct message *message, struct slice data)
{
    struct callback *callback = memory_new(1, sizeof(*callback));
    callback->user_id = user->id;
    callback->at_ms = sim->now_ms;
    callback->data = memory_text(data);
    int64_t id = sim->world.next_callback++;
    map_put(&bot->callbacks, (uint64_t)id, callback);
    notify_press(sim, bot, user, message, id, data);
    return id;
}

enum follow people_follow(struct sim *sim, struct user *user, struct slice url)
{
    enum follow outcome = FOLLOW_unknown;
    struct link *link = world_link(&sim->world, url);
    if (link) {
        struct chat *chat = link->chat;
        struct member *member = chat_member_make(chat, user);
        member_settle(member, sim->now_ms);
        if (link->revoked)
            outcome = FOLLOW_revoked;
        else if (link->expire_date && (uint64_t)link->expire_date * 1000 <= sim->now_ms)
            outcome = FOLLOW_expired;
        else if (member->status == MEMBER_KICKED)
            outcome = FOLLOW_banned;
        else if (member_is_in(member))
            outcome = FOLLOW_already_in;
        else if (link->creates_join_request)
            outcome = follow_request(sim, chat, member, link);
        else
            outcome = follow_join(sim, chat, member, link);
    }
    sim->report.follows[user->stranger][outcome]++;
    return outcome;
}

bool people_join(struct sim *sim, struct user *user, struct chat *chat)
{
    struct member *member = chat_member_make(chat, user);
    member_settle(member, sim->now_ms);
    if (member_is_in(member) || member->status == MEMBER_KICKED)
        return false;
    struct member before = *member;
    member_set(chat, member, MEMBER_IN, NULL, sim->now_ms);
    notify_member(sim, chat, BOTS_MAX, &before, member);
    return true;
}

bool people_leave(struct sim *sim, struct user *user, struct chat *chat)
{
    struct member *member = chat_member(chat, user->id);
    if (!member_is_in(member))
        return false;
    struct member before = *member;
    member_set(chat, member, MEMBER_LEFT, NULL, sim->now_ms);
    notify_member(sim, chat, BOTS_MAX, &before, member);
    return true;
}

void people_read(struct sim *sim, struct user *user, const struct message *message)
{
    struct link *links[LINKS_READ_MAX];
    size_t count = 0;
    count = find_links(sim, message->text, links, count);
    count = find_links(sim, message->reply_markup, links, count);
    for (size_t i = 0; i < count; i++)
        read_link(sim, user, links[i]);
}

static enum follow follow_join(struct sim *sim, struct chat *chat, struct member *member,
                               struct link *link)
{
    if (link->member_limit && link->members >= link->member_limit)
        return FOLLOW_full;
    struct member before = *member;
    member_set(chat, member, MEMBER_IN, link, sim->now_ms);
    notify_member(sim, chat, BOTS_MAX, &before, member);
    return FOLLOW_joined;
}

static enum follow follow_request(struct sim *sim, struct chat *chat, struct member *member,
                                  struct link *link)
{
    if (member->requested)
        return FOLLOW_already_requested;
    member->requested = true;
    member->requested_ms = sim->now_ms;
    member->request_link = link;
    link->pending++;
    struct user *user = member->user;
    user->contact = 0;
    for (uint32_t i = 0; i < sim->world.bot_count; i++)
        if (place_may(&chat->places[i], RIGHT_can_invite_users))
            user->contact |= (uint16_t)(1U << i);
    user->contact_until_ms = sim->now_ms + USER_CHAT_MS;
    notify_join_request(sim, chat, member);
    return FOLLOW_requested;
}

static void read_link(struct sim *sim, struct user *user, const struct link *link)
{
    if (user->behaviour.follow > 0 && sim_chance(sim) < user->behaviour.follow)
        follow_later(sim, user, user, link);
    if (user->behaviour.forward > 0 && user->forwarded < user->behaviour.forward_max &&
        sim_chance(sim) < user->behaviour.forward) {
        user->forwarded++;
        struct user *stranger = world_user_make(&sim->world, sim->world.next_stranger++);
        stranger->stranger = true;
        follow_later(sim, stranger, user, link);
    }
}

/* Adds the live links of ours that stand in text and are not in links yet. A link in JSON has no
 * escapes unless somebody escapes the slash, which nobody has to. */
static size_t find_links(const struct sim *sim, const char *text, struct link **links, size_t count)
{
    static const char prefix[] = "https://t.me/+";
    for (const char *at = text ? strstr(text, prefix) : NULL; at; at = strstr(at + 1, prefix)) {
        size_t len = sizeof(prefix) - 1;
        while ((at[len] >= '0' && at[len] <= '9') || (at[len] >= 'A' && at[len] <= 'Z') ||
               (at[len] >= 'a' && at[len] <= 'z') || at[len] == '-' || at[len] == '_')
            len++;
        struct link *link = world_link(&sim->world, slice_of(at, len));
        bool known = !link;
        for (size_t i = 0; i < count; i++)
            known = known || links[i] == link;
        if (!known && count < LINKS_READ_MAX)
            links[count++] = link;
    }
    return count;
}

static void follow_later(struct sim *sim, const struct user *who, const struct user *timing,
                         const struct link *link)
{
    const struct behaviour *behaviour = &timing->behaviour;
    uint64_t delay_ms = behaviour->delay_ms_min;
    if (behaviour->delay_ms_max > behaviour->delay_ms_min)
        delay_ms += prng_below(&sim->prng, behaviour->delay_ms_max - behaviour->delay_ms_min + 1);
    timers_add(&sim->timers, (struct timer){.due_us = sim->now_us + sim_scaled_us(sim, delay_ms),
                                            .run = follow_run,
                                            .a = who->id,
                                            .data = memory_text(slice_from(link->url)),
                                            .drop = follow_drop});
}

static void follow_run(struct sim *sim, const struct timer *timer)
{
    struct user *user = world_user(&sim->world, timer->a);
    if (user)
        (void)people_follow(sim, user, slice_from(timer->data));
    free(timer->data);
}

static void follow_drop(struct sim *sim, const struct timer *timer)
{
    (void)sim;
    free(timer->data);
}
