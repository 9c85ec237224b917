#include "tests/sim/telegram.h"

#include "base/assert.h"
#include "telegram/update.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram_state.h"
#include "tests/sim/usher.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLL_BATCH = 100 };

static void add_update(struct sim *sim, size_t bot, struct update update);
static void plan_poll(struct sim *sim, size_t bot, uint64_t at_ms);
static void poll(struct sim *sim, struct event *event);
static void write_update(struct sim *sim, const struct update *update, struct buf *out);

void telegram_new(struct sim *sim)
{
    struct telegram *telegram = calloc(1, sizeof *telegram);
    ASSERT(telegram != NULL);
    sim->telegram = telegram;
    telegram->users = calloc(people_count(sim), sizeof *telegram->users);
    ASSERT(telegram->users != NULL);
    for (size_t bot = 0; bot < BOTS; bot++)
        telegram->feeds[bot].next_id = 1000 * (bot + 1);
    buf_init(&telegram->json, 65536);
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
    buf_deinit(&telegram->command);
    free(telegram);
    sim->telegram = NULL;
}

int64_t telegram_user_id(uint64_t user)
{
    return USER_ID_FIRST + (int64_t)user;
}

int64_t telegram_chat_id(size_t group)
{
    return -INT64_C(1001000000001) - (int64_t)group;
}

size_t group_bot(const struct sim *sim, size_t group)
{
    return (size_t)(sim->config->groups[group].bot - sim->config->bots);
}

void telegram_write(struct sim *sim, uint64_t user, size_t bot, const char *text)
{
    struct user *who = &sim->telegram->users[user];
    struct update update = {.kind = UPDATE_MESSAGE, .user = user};
    telegram_block(sim, user, bot, false);
    who->started[bot] = true;
    snprintf(update.text, sizeof update.text, "%s", text);
    add_update(sim, bot, update);
}

void telegram_block(struct sim *sim, uint64_t user, size_t bot, bool blocked)
{
    struct user *who = &sim->telegram->users[user];
    if (!who->started[bot] || who->blocked[bot] == blocked)
        return;
    who->blocked[bot] = blocked;
    add_update(sim, bot, (struct update){.kind = UPDATE_BLOCK, .user = user, .in = blocked});
}

bool telegram_press(struct sim *sim, uint64_t user, uint64_t index)
{
    ASSERT(index < sim->telegram->link_count);
    struct link *link = &sim->telegram->links[index];
    struct seat *seat = &sim->telegram->users[user].seats[link->group];
    if (link->dead || (link->expires_ms != 0 && link->expires_ms <= sim->now_ms))
        return false;
    if (seat->place == PLACE_IN || (link->request && seat->place == PLACE_REQUESTED))
        return true;
    if (!link->request) {
        link->dead = true;
        telegram_place_changed(sim, user, link->group, PLACE_IN, &index);
        return true;
    }
    seat->place = PLACE_REQUESTED;
    add_update(sim, group_bot(sim, link->group),
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

uint64_t telegram_since(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->telegram->users[user].seats[group].since_ms;
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

size_t telegram_updates_waiting(const struct sim *sim)
{
    size_t count = 0;
    for (size_t bot = 0; bot < BOTS; bot++)
        count += sim->telegram->feeds[bot].count;
    return count;
}

void telegram_place_changed(struct sim *sim, uint64_t user, size_t group, enum place place,
                            const uint64_t *link)
{
    struct seat *seat = &sim->telegram->users[user].seats[group];
    seat->place = place;
    seat->since_ms = sim->now_ms;
    add_update(sim, group_bot(sim, group),
               (struct update){.kind = UPDATE_PLACE,
                               .user = user,
                               .group = group,
                               .in = place == PLACE_IN,
                               .link = link != NULL ? *link : 0,
                               .by_link = link != NULL});
}

static void add_update(struct sim *sim, size_t bot, struct update update)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    update.id = feed->next_id++;
    update.date_s = sim->now_ms / 1000;
    feed->updates = sim_grow(feed->updates, &feed->cap, feed->count, sizeof *feed->updates);
    feed->updates[feed->count++] = update;
    plan_poll(sim, bot, sim->now_ms + 1 + sim_below(sim, 50));
}

void telegram_poll(struct sim *sim)
{
    for (size_t bot = 0; bot < BOTS; bot++)
        plan_poll(sim, bot, sim->now_ms);
}

static void plan_poll(struct sim *sim, size_t bot, uint64_t at_ms)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    if (feed->polling || feed->count == 0)
        return;
    feed->polling = true;
    sim_at(sim, at_ms, poll)->a = bot;
}

/* getUpdates: all that is not confirmed, oldest first. What does not become durable comes again. */
static void poll(struct sim *sim, struct event *event)
{
    struct telegram *telegram = sim->telegram;
    size_t bot = (size_t)event->a;
    struct feed *feed = &telegram->feeds[bot];
    const char *kind;
    feed->polling = false;
    if (!usher_up(sim))
        return; /* it polls again when it is back */
    for (size_t i = 0; i < feed->count && i < POLL_BATCH; i++) {
        const struct update *update = &feed->updates[i];
        struct message message;
        buf_clear(&telegram->json);
        buf_clear(&telegram->command);
        write_update(sim, update, &telegram->json);
        enum update_verdict verdict = update_translate(
            sim->config->bots[bot].name, buf_slice(&telegram->json), &telegram->command, &kind);
        CHECK(sim, verdict == UPDATE_COMMAND, "an update is not understood: %.*s",
              SLICE_ARG(buf_slice(&telegram->json)));
        enum error error = wire_decode_one(buf_slice(&telegram->command), &message, NULL);
        ASSERT(error == ERROR_NONE);
        usher_submit(sim, &message, (struct waiter){WAITER_UPDATE, bot, update->id});
    }
    plan_poll(sim, bot, sim->now_ms + 2000);
}

void telegram_settled(struct sim *sim, size_t bot, uint64_t update_id)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    for (size_t i = 0; i < feed->count && feed->updates[i].id <= update_id; i++) {
        if (feed->updates[i].id != update_id)
            continue;
        feed->count--;
        memmove(&feed->updates[i], &feed->updates[i + 1],
                (feed->count - i) * sizeof *feed->updates);
        return;
    }
}

static void write_person(const struct update *update, struct buf *out)
{
    static const char *const languages[] = {"en", "zh-hans", "zh-TW", "de"};
    buf_printf(out,
               "{\"id\":%" PRId64 ",\"is_bot\":false,\"first_name\":\"U%" PRIu64
               "\",\"language_code\":\"%s\"}",
               telegram_user_id(update->user), update->user, languages[update->user % 4]);
}

static void write_link(const struct update *update, struct buf *out)
{
    if (update->by_link)
        buf_printf(out, ",\"invite_link\":{\"invite_link\":\"https://t.me/+%" PRIu64 "\"}",
                   update->link);
}

static void write_update(struct sim *sim, const struct update *update, struct buf *out)
{
    (void)sim;
    buf_printf(out, "{\"update_id\":%" PRIu64 ",", update->id);
    switch (update->kind) {
    case UPDATE_MESSAGE:
        buf_printf(out,
                   "\"message\":{\"message_id\":1,\"date\":%" PRIu64 ",\"chat\":{\"id\":%" PRId64
                   ",\"type\":\"private\"},\"text\":\"%s\",\"from\":",
                   update->date_s, telegram_user_id(update->user), update->text);
        write_person(update, out);
        break;
    case UPDATE_KNOCK:
        buf_printf(out,
                   "\"chat_join_request\":{\"date\":%" PRIu64 ",\"chat\":{\"id\":%" PRId64
                   ",\"type\":\"supergroup\"},\"user_chat_id\":1,\"from\":",
                   update->date_s, telegram_chat_id(update->group));
        write_person(update, out);
        write_link(update, out);
        break;
    case UPDATE_PLACE:
        buf_printf(out,
                   "\"chat_member\":{\"date\":%" PRIu64 ",\"chat\":{\"id\":%" PRId64
                   ",\"type\":\"supergroup\"},\"new_chat_member\":{\"status\":\"%s\",\"user\":",
                   update->date_s, telegram_chat_id(update->group), update->in ? "member" : "left");
        write_person(update, out);
        buf_append_text(out, "},\"from\":");
        write_person(update, out);
        write_link(update, out);
        break;
    case UPDATE_BLOCK:
        buf_printf(out,
                   "\"my_chat_member\":{\"date\":%" PRIu64 ",\"chat\":{\"id\":%" PRId64
                   ",\"type\":\"private\"},\"new_chat_member\":{\"status\":\"%s\"},\"from\":",
                   update->date_s, telegram_user_id(update->user),
                   update->in ? "kicked" : "member");
        write_person(update, out);
        break;
    }
    buf_append_text(out, "}}");
}
