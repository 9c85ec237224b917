#include "tests/sim/telegram.h"

#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram_state.h"
#include "tests/sim/terms.h"

#include <stdio.h>
#include <stdlib.h>

static void let_link_go(struct sim *sim, struct seat *seat);
static void tell_place(struct sim *sim, uint64_t user, size_t group, const char *status,
                       const uint64_t *link);

void telegram_new(struct sim *sim)
{
    struct telegram *telegram = calloc(1, sizeof *telegram);
    ASSERT(telegram != NULL);
    sim->telegram = telegram;
    telegram->users = calloc(sim->options.members, sizeof *telegram->users);
    ASSERT(telegram->users != NULL);
    for (size_t bot = 0; bot < BOTS; bot++)
        telegram->feeds[bot].first_id = UPDATE_ID_FIRST * (bot + 1);
    for (size_t group = 0; group < GROUPS; group++)
        telegram->groups[group].chat_id = GROUP_ID_FIRST - (int64_t)group;
    buf_init(&telegram->json, UPDATES_BYTES_MAX);
    buf_init(&telegram->params, 65536);
    buf_init(&telegram->command, 65536);
}

void telegram_destroy(struct sim *sim)
{
    struct telegram *telegram = sim->telegram;
    for (size_t bot = 0; bot < BOTS; bot++)
        free(telegram->feeds[bot].updates);
    free(telegram->users);
    free(telegram->links);
    buf_deinit(&telegram->json);
    buf_deinit(&telegram->params);
    buf_deinit(&telegram->command);
    free(telegram);
    sim->telegram = NULL;
}

int64_t telegram_user_id(uint64_t user)
{
    return USER_ID_FIRST + (int64_t)user;
}

int64_t telegram_chat_id(const struct sim *sim, size_t group)
{
    return sim->telegram->groups[group].chat_id;
}

bool telegram_group_of(const struct sim *sim, int64_t chat_id, size_t *group)
{
    for (*group = 0; *group < GROUPS; ++*group) {
        const struct group *chat = &sim->telegram->groups[*group];
        if (chat->chat_id == chat_id || (chat->old_id != 0 && chat->old_id == chat_id))
            return true;
    }
    return false;
}

bool telegram_has_moved(const struct sim *sim, size_t group)
{
    return sim->telegram->groups[group].old_id != 0;
}

void telegram_move(struct sim *sim, size_t index)
{
    struct group *group = &sim->telegram->groups[index];
    ASSERT(group->old_id == 0);
    group->old_id = group->chat_id;
    group->chat_id = SUPERGROUP_ID_FIRST - (int64_t)index;
    feed_add(sim, group_bots[index],
             (struct update){.kind = UPDATE_MOVED, .group = index, .chat_id = group->old_id});
    feed_add(sim, group_bots[index], (struct update){.kind = UPDATE_MOVED_HERE, .group = index});
}

void telegram_talk(struct sim *sim, uint64_t user, size_t group)
{
    feed_add(sim, group_bots[group],
             (struct update){.kind = UPDATE_NOISE, .user = user, .group = group});
}

void telegram_call_out(struct sim *sim, uint64_t user, size_t group, const char *word)
{
    struct update update = {.kind = UPDATE_CALL, .user = user, .group = group};
    snprintf(update.text, sizeof update.text, "%s", word);
    feed_add(sim, group_bots[group], update);
}

void telegram_staff(struct sim *sim, uint64_t thread, const char *text)
{
    struct update update = {.kind = UPDATE_STAFF,
                            .user = people_count(sim), /* no member */
                            .chat_id = STAFF_CHAT,
                            .thread = thread};
    snprintf(update.text, sizeof update.text, "%s", text);
    feed_add(sim, 0, update);
}

uint64_t telegram_threads(const struct sim *sim)
{
    return sim->telegram->threads;
}

void telegram_push(struct sim *sim, uint64_t user, size_t bot, const char *data)
{
    struct update update = {.kind = UPDATE_PRESS, .user = user, .press = ++sim->telegram->presses};
    snprintf(update.text, sizeof update.text, "%s", data);
    feed_add(sim, bot, update);
}

void telegram_write(struct sim *sim, uint64_t user, size_t bot, const char *text)
{
    struct user *who = &sim->telegram->users[user];
    struct update update = {.kind = UPDATE_MESSAGE, .user = user};
    telegram_block(sim, user, bot, false);
    who->started[bot] = true;
    snprintf(update.text, sizeof update.text, "%s", text);
    feed_add(sim, bot, update);
}

void telegram_block(struct sim *sim, uint64_t user, size_t bot, bool blocked)
{
    struct user *who = &sim->telegram->users[user];
    if (!who->started[bot] || who->blocked[bot] == blocked)
        return;
    who->blocked[bot] = blocked;
    feed_add(sim, bot, (struct update){.kind = UPDATE_BLOCK, .user = user, .in = blocked});
}

bool telegram_press(struct sim *sim, uint64_t user, uint64_t index)
{
    ASSERT(index < sim->telegram->link_count);
    struct link *link = &sim->telegram->links[index];
    struct seat *seat = &sim->telegram->users[user].seats[link->group];
    if (link->dead || (link->expires_ms != 0 && link->expires_ms <= sim->now_ms))
        return false;
    if (seat->banned || seat->place == PLACE_IN ||
        (link->request && seat->place == PLACE_REQUESTED))
        return true; /* nothing that they could do better */
    if (!link->request && link->taken)
        return false;
    if (!link->request) {
        if (link->owner == user)
            auditor_came(sim, user, link->group);
        telegram_place_changed(sim, user, link->group, PLACE_IN, &index);
        link->taken = true;
        seat->link = index + 1;
        return true;
    }
    seat->place = PLACE_REQUESTED;
    feed_add(sim, group_bots[link->group],
             (struct update){.kind = UPDATE_KNOCK,
                             .user = user,
                             .group = link->group,
                             .link = index,
                             .by_link = true});
    return true;
}

void telegram_leave(struct sim *sim, uint64_t user, size_t group)
{
    if (telegram_place(sim, user, group) == PLACE_IN)
        telegram_place_changed(sim, user, group, PLACE_OUT, NULL);
}

enum place telegram_place(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->telegram->users[user].seats[group].place;
}

void telegram_promote(struct sim *sim, uint64_t user, size_t group, bool promoted)
{
    struct seat *seat = &sim->telegram->users[user].seats[group];
    if (seat->place != PLACE_IN || seat->admin == promoted)
        return;
    seat->admin = promoted;
    seat->role_ms = sim->now_ms;
    tell_place(sim, user, group, promoted ? "administrator" : "member", NULL);
}

void telegram_ban(struct sim *sim, uint64_t user, size_t group, bool banned)
{
    struct seat *seat = &sim->telegram->users[user].seats[group];
    if (seat->banned == banned)
        return;
    seat->banned = banned;
    seat->admin = false;
    let_link_go(sim, seat);
    seat->place = PLACE_OUT;
    seat->since_ms = sim->now_ms;
    tell_place(sim, user, group, banned ? "kicked" : "left", NULL);
}

bool telegram_banned(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->telegram->users[user].seats[group].banned;
}

bool telegram_admin(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->telegram->users[user].seats[group].admin;
}

bool telegram_guest(const struct sim *sim, uint64_t user, size_t group)
{
    const struct seat *seat = &sim->telegram->users[user].seats[group];
    return seat->place == PLACE_IN && seat->link != 0 &&
           sim->telegram->links[seat->link - 1].owner != user;
}

uint64_t telegram_since(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->telegram->users[user].seats[group].since_ms;
}

uint64_t telegram_role_since(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->telegram->users[user].seats[group].role_ms;
}

bool telegram_started(const struct sim *sim, uint64_t user, size_t bot)
{
    return sim->telegram->users[user].started[bot];
}

bool telegram_group_link(const struct sim *sim, size_t group, uint64_t *link)
{
    for (size_t i = 0; i < sim->telegram->link_count && i < 64; i++) {
        const struct link *made = &sim->telegram->links[i];
        if (made->group == group && made->request && !made->dead) {
            *link = i;
            return true;
        }
    }
    return false;
}

uint64_t telegram_calls(const struct sim *sim)
{
    return sim->telegram->calls;
}

void telegram_place_changed(struct sim *sim, uint64_t user, size_t group, enum place place,
                            const uint64_t *link)
{
    struct seat *seat = &sim->telegram->users[user].seats[group];
    seat->place = place;
    seat->admin = false;
    let_link_go(sim, seat);
    seat->since_ms = sim->now_ms;
    /* Some members are restricted; they are members all the same. */
    const char *in = user % 16 == 5 ? "restricted" : "member";
    tell_place(sim, user, group, place == PLACE_IN ? in : "left", link);
}

/* The limit of a link is of members who are in at the same time: who leaves makes room. */
static void let_link_go(struct sim *sim, struct seat *seat)
{
    if (seat->link != 0)
        sim->telegram->links[seat->link - 1].taken = false;
    seat->link = 0;
}

static void tell_place(struct sim *sim, uint64_t user, size_t group, const char *status,
                       const uint64_t *link)
{
    feed_add(sim, group_bots[group],
             (struct update){.kind = UPDATE_PLACE,
                             .user = user,
                             .group = group,
                             .status = status,
                             .link = link != NULL ? *link : 0,
                             .by_link = link != NULL});
}
