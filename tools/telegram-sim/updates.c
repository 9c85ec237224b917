#include "updates.h"

#include "memory.h"
#include "sim.h"
#include "webhook.h"

#include "base/assert.h"
#include "base/json.h"

#include <stdlib.h>

enum { CONFLICT_MS = 3000 };

struct type {
    const char *name;
    bool by_default;
    uint64_t life_ms;
};

static const struct type types[] = {
#define UPDATE(name, by_default, life_ms) {#name, by_default, life_ms},
    UPDATE_LIST(UPDATE)
#undef UPDATE
};

static uint32_t default_types(void);
static void update_free(struct update *update);
static struct update *updates_oldest(const struct updates *updates);
static void updates_pop(struct updates *updates);

void updates_init(struct updates *updates, int64_t first_id)
{
    *updates = (struct updates){.next_id = first_id, .allowed = default_types()};
}

void updates_deinit(struct updates *updates)
{
    webhook_destroy(&updates->webhook);
    while (updates->count)
        updates_pop(updates);
    free(updates->ring);
    free(updates->allowed_text);
    *updates = (struct updates){0};
}

void updates_push(struct sim *sim, struct bot *bot, enum update_type type, int64_t queue_id,
                  struct slice json)
{
    struct updates *updates = &bot->updates;
    if (!updates_wants(bot, type))
        return;
    if (updates->count == updates->cap) {
        size_t cap = updates->cap ? updates->cap * 2 : 64;
        struct update **ring = memory_new(cap, sizeof(struct update *));
        for (size_t i = 0; i < updates->count; i++)
            ring[i] = updates->ring[(updates->head + i) % updates->cap];
        free(updates->ring);
        updates->ring = ring;
        updates->head = 0;
        updates->cap = cap;
    }
    struct update *update = memory_new(1, sizeof(*update));
    update->id = updates->next_id++;
    /* One order a chat for messages, one a user for everything else. */
    update->queue_key = (uint64_t)queue_id * 2 + (type <= UPDATE_message_reaction_count);
    update->expires_ms = sim->now_ms + types[type].life_ms;
    update->json = memory_text(json);
    update->json_len = json.len;
    updates->ring[(updates->head + updates->count) % updates->cap] = update;
    updates->count++;
    updates->created++;
    if (updates->webhook)
        webhook_add(sim, bot, update);
}

bool updates_wants(const struct bot *bot, enum update_type type)
{
    return bot->updates.allowed & (1U << type);
}

size_t updates_pending(const struct updates *updates)
{
    size_t pending = 0;
    for (size_t i = 0; i < updates->count; i++)
        pending += !updates->ring[(updates->head + i) % updates->cap]->done;
    return pending;
}

void updates_trim(struct sim *sim, struct updates *updates)
{
    while (updates->count) {
        struct update *oldest = updates_oldest(updates);
        /* A webhook drops what is over by itself, because it may be under way. */
        bool over = !updates->webhook && oldest->expires_ms <= sim->now_ms;
        if (!oldest->done && !over)
            return;
        if (!oldest->done)
            updates->expired++;
        updates_pop(updates);
    }
}

void updates_confirm(struct updates *updates, int64_t id)
{
    while (updates->count && updates_oldest(updates)->id < id) {
        updates->confirmed += !updates_oldest(updates)->done;
        updates_pop(updates);
    }
}

void updates_flush(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->world.bot_count; i++) {
        struct updates *updates = &sim->world.bots[i].updates;
        if (!updates->poll.waiting || !updates->count)
            continue;
        updates->poll.waiting = false;
        updates_answer(sim, updates, &updates->poll.reply, updates->poll.offset,
                       updates->poll.limit);
    }
}

void updates_allow(struct updates *updates, const cJSON *list)
{
    uint32_t allowed = 0;
    struct buf text;
    buf_init(&text, 4096);
    for (const cJSON *item = list->child; item; item = item->next)
        for (size_t i = 0; i < UPDATE_TYPE_COUNT; i++)
            if (slice_is(json_string(item), types[i].name) && !(allowed & (1U << i))) {
                allowed |= 1U << i;
                buf_printf(&text, "%s\"%s\"", text.len ? "," : "", types[i].name);
            }
    free(updates->allowed_text);
    updates->allowed_text = allowed ? memory_text(buf_slice(&text)) : NULL;
    updates->allowed = allowed ? allowed : default_types();
    buf_deinit(&text);
}

void updates_answer(struct sim *sim, struct updates *updates, const struct reply *reply,
                    int64_t offset, uint32_t limit)
{
    struct buf *out = &sim->out;
    buf_clear(out);
    buf_append_text(out, "{\"ok\":true,\"result\":[");
    uint32_t given = 0;
    for (size_t i = 0; i < updates->count && given < limit; i++) {
        const struct update *update = updates->ring[(updates->head + i) % updates->cap];
        if (update->done || update->id < offset)
            continue;
        buf_printf(out, "%s{\"update_id\":%lld,", given ? "," : "", (long long)update->id);
        buf_append(out, update->json, update->json_len);
        buf_append_text(out, "}");
        given++;
    }
    buf_append_text(out, "]}");
    ASSERT(!out->failed);
    reply_send(sim, reply, 200, 0, buf_slice(out), NULL);
}

void updates_abort_poll(struct sim *sim, struct updates *updates, const char *description)
{
    if (!updates->poll.waiting)
        return;
    updates->poll.waiting = false;
    updates_conflict(sim, updates, &updates->poll.reply, description);
}

void updates_conflict(struct sim *sim, struct updates *updates, const struct reply *reply,
                      const char *description)
{
    if (sim->now_us >= updates->conflict_free_us) {
        updates->conflict_free_us = sim->now_us + sim_scaled_us(sim, CONFLICT_MS);
        reply_error(sim, reply, 409, description);
        return;
    }
    struct reply slow = *reply;
    if (slow.mode == REPLY_NOW) {
        slow.mode = REPLY_SLOW;
        slow.delay_ms = CONFLICT_MS;
    }
    reply_error(sim, &slow, 409, description);
}

const char *update_type_name(enum update_type type)
{
    return types[type].name;
}

static uint32_t default_types(void)
{
    uint32_t set = 0;
    for (size_t i = 0; i < UPDATE_TYPE_COUNT; i++)
        set |= types[i].by_default ? 1U << i : 0;
    return set;
}

static void update_free(struct update *update)
{
    free(update->json);
    free(update);
}

static struct update *updates_oldest(const struct updates *updates)
{
    ASSERT(updates->count > 0);
    return updates->ring[updates->head];
}

static void updates_pop(struct updates *updates)
{
    update_free(updates_oldest(updates));
    updates->head = (updates->head + 1) % updates->cap;
    updates->count--;
}
