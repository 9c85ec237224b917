#include "tests/sim/broadcasts.h"

#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/people.h"
#include "tests/sim/terms.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { AGAIN_MS = 5 * SECOND_MS, TEXTS_MAX = 4096 };

struct broadcast {
    size_t plan; /* PLANS: all */
    bool begun, ending, ended;
    bool refused;   /* its plan was not sold when it came */
    uint64_t heard; /* by so many */
    bool *by;       /* each user */
};

struct broadcasts {
    struct broadcast *items;
    size_t count, cap;
    uint64_t heard;
};

static void think(struct sim *sim, struct event *event);
static void begin(struct sim *sim, struct event *event);
static void end(struct sim *sim, struct event *event);
static uint64_t number_of(const cJSON *root, const char *name);

void broadcasts_new(struct sim *sim)
{
    sim->broadcasts = calloc(1, sizeof *sim->broadcasts);
    ASSERT(sim->broadcasts != NULL);
    sim_at(sim, sim->start_ms + sim_below(sim, 20 * DAY_MS), think);
}

void broadcasts_destroy(struct sim *sim)
{
    for (size_t i = 0; i < sim->broadcasts->count; i++)
        free(sim->broadcasts->items[i].by);
    free(sim->broadcasts->items);
    free(sim->broadcasts);
    sim->broadcasts = NULL;
}

void broadcasts_told(struct sim *sim, struct waiter waiter, enum result result)
{
    struct broadcast *broadcast = &sim->broadcasts->items[waiter.id];
    if (waiter.id2 != 0) {
        CHECK(sim, result == RESULT_ok || result == RESULT_not_running,
              "broadcast %" PRIu64 " cannot be cancelled: %s", waiter.id, result_name(result));
        broadcast->ended = true;
    } else {
        bool sold =
            broadcast->begun || broadcast->plan == PLANS || auditor_sold(sim, broadcast->plan);
        CHECK(sim,
              sold ? result == RESULT_ok || result == RESULT_too_many : result == RESULT_invalid,
              "broadcast %" PRIu64 " does not begin: %s", waiter.id, result_name(result));
        broadcast->begun = broadcast->begun || result == RESULT_ok;
        broadcast->refused = !sold;
    }
}

void broadcasts_heard(struct sim *sim, uint64_t user, uint64_t number)
{
    CHECK(sim, number < sim->broadcasts->count, "broadcast %" PRIu64 " is none", number);
    struct broadcast *broadcast = &sim->broadcasts->items[number];
    CHECK(sim, !broadcast->by[user], "user %" PRIu64 " gets broadcast %" PRIu64 " twice", user,
          number);
    broadcast->by[user] = true;
    broadcast->heard++;
    sim->broadcasts->heard++;
}

uint64_t broadcasts_heard_count(const struct sim *sim)
{
    return sim->broadcasts->heard;
}

void broadcasts_check(struct sim *sim)
{
    static const char *const endings[] = {"sent", "failed", "skipped", "unknown", "withdrawn"};
    for (size_t i = 0; i < sim->broadcasts->count; i++) {
        const struct broadcast *broadcast = &sim->broadcasts->items[i];
        if (broadcast->refused)
            continue;
        char id[32];
        int len = snprintf(id, sizeof id, "b-%zu", i);
        const struct message_query query = {.what = QUERY_BROADCAST,
                                            .text = slice_of(id, (size_t)len)};
        struct slice json = usher_ask(sim, &query, 200);
        cJSON *root = cJSON_ParseWithLength(json.data, json.len);
        uint64_t sum = 0;
        for (size_t n = 0; n < sizeof endings / sizeof endings[0]; n++)
            sum += number_of(root, endings[n]);
        const cJSON *state = cJSON_GetObjectItem(root, "state");
        bool cancelled = strcmp(state->valuestring, "cancelled") == 0;
        CHECK(sim, cancelled || strcmp(state->valuestring, "done") == 0,
              "a broadcast does not end: %.*s", SLICE_ARG(json));
        CHECK(sim, number_of(root, "pending") == 0 && sum == number_of(root, "audience"),
              "a broadcast's counts do not fit: %.*s", SLICE_ARG(json));
        CHECK(sim, !cancelled || broadcast->ending, "nobody cancelled it: %.*s", SLICE_ARG(json));
        CHECK(sim,
              broadcast->heard >= number_of(root, "sent") &&
                  broadcast->heard <= number_of(root, "sent") + number_of(root, "unknown"),
              "%" PRIu64 " heard a broadcast: %.*s", broadcast->heard, SLICE_ARG(json));
        cJSON_Delete(root);
    }
}

static void think(struct sim *sim, struct event *event)
{
    struct broadcasts *broadcasts = sim->broadcasts;
    (void)event;
    if (sim->now_ms >= sim->end_ms)
        return;
    broadcasts->items =
        sim_grow(broadcasts->items, &broadcasts->cap, broadcasts->count, sizeof *broadcasts->items);
    struct broadcast *broadcast = &broadcasts->items[broadcasts->count];
    *broadcast = (struct broadcast){.plan = (size_t)sim_below(sim, PLANS + 1),
                                    .ending = sim_chance(sim, 3000),
                                    .by = calloc(people_count(sim), sizeof(bool))};
    ASSERT(broadcast->by != NULL);
    sim_at(sim, sim->now_ms, begin)->a = broadcasts->count;
    if (broadcast->ending)
        sim_at(sim, sim->now_ms + sim_below(sim, MINUTE_MS), end)->a = broadcasts->count;
    broadcasts->count++;
    /* Some follow one another closely. */
    uint64_t pause_ms = sim_chance(sim, 3000) ? 5 * SECOND_MS : 20 * DAY_MS;
    sim_at(sim, sim->now_ms + sim_below(sim, pause_ms), think);
}

/* The operator's program tries again until it is told what became of it. */
static void begin(struct sim *sim, struct event *event)
{
    struct broadcast *broadcast = &sim->broadcasts->items[event->a];
    const char *plan = broadcast->plan < PLANS ? plan_names[broadcast->plan] : "";
    char id[32];
    char text[32];
    struct buf rows;
    if (broadcast->begun || broadcast->refused)
        return;
    (void)snprintf(id, sizeof id, "b-%" PRIu64, event->a);
    (void)snprintf(text, sizeof text, "news-%" PRIu64, event->a);
    buf_init(&rows, TEXTS_MAX);
    const struct message row = {.kind = MESSAGE_broadcast_text,
                                .broadcast_text = {.text = slice_from(text)}};
    wire_encode(&rows, &row);
    const struct message message = {.kind = MESSAGE_cmd_broadcast,
                                    .cmd_broadcast = {.broadcast_id = slice_from(id),
                                                      .plan = slice_from(plan),
                                                      .texts = buf_slice(&rows)}};
    usher_submit(sim, &message, (struct waiter){WAITER_BROADCAST, event->a, 0});
    buf_deinit(&rows);
    sim_at(sim, sim->now_ms + AGAIN_MS, begin)->a = event->a;
}

static void end(struct sim *sim, struct event *event)
{
    const struct broadcast *broadcast = &sim->broadcasts->items[event->a];
    char id[32];
    if (broadcast->ended || broadcast->refused)
        return;
    (void)snprintf(id, sizeof id, "b-%" PRIu64, event->a);
    const struct message message = {.kind = MESSAGE_cmd_broadcast_cancel,
                                    .cmd_broadcast_cancel = {.broadcast_id = slice_from(id)}};
    if (broadcast->begun)
        usher_submit(sim, &message, (struct waiter){WAITER_BROADCAST, event->a, 1});
    sim_at(sim, sim->now_ms + AGAIN_MS, end)->a = event->a;
}

static uint64_t number_of(const cJSON *root, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(root, name);
    ASSERT(cJSON_IsNumber(item));
    return (uint64_t)item->valuedouble;
}
