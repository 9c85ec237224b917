/* How updates come to usher: the first bot polls for them with the poller that usher uses, the
 * second has a webhook. Telegram sends an update until it is confirmed: by a getUpdates with a
 * higher offset, or by the webhook's 200. */
#include "base/assert.h"
#include "carrier/telegram/update.h"
#include "ledger/words.h"
#include "tests/sim/telegram_state.h"
#include "tests/sim/usher.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    POLLING_BOT = 0,
    WEBHOOK_AT_ONCE = 40,
    WEBHOOK_AGAIN_MS = 2000,
    PARKED_MS = 10000, /* how long usher waits for a command to be durable */
};

static void poller_turn(struct sim *sim);
static void plan_turn(struct sim *sim);
static void turn_again(struct sim *sim, struct event *event);
static void ask(struct sim *sim);
static void serve(struct sim *sim, struct event *event);
static void hold_over(struct sim *sim, struct event *event);
static void reply(struct sim *sim);
static void confirm(struct sim *sim, uint64_t offset);
static void answered(struct sim *sim, struct event *event);
static void take(struct sim *sim, struct slice update, uint64_t id);
static void unpark(struct sim *sim, struct event *event);
static void plan_requests(struct sim *sim, size_t bot, uint64_t at_ms);
static void requests(struct sim *sim, struct event *event);
static bool submit(struct sim *sim, size_t bot, struct slice update, uint64_t id);
static bool overhears(const void *context, const char *bot, int64_t chat_id);

static uint64_t mono(const struct sim *sim)
{
    return sim->now_ms - sim->start_ms + 1000;
}

void feeds_start(struct sim *sim)
{
    struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    poller_init(&feed->poller);
    feed->epoch++;
    feed->held = false;
    feed->parked_count = 0;
    poller_turn(sim);
    for (size_t bot = 0; bot < BOTS; bot++)
        if (bot != POLLING_BOT)
            plan_requests(sim, bot, sim->now_ms);
}

void feed_add(struct sim *sim, size_t bot, struct update update)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    if (update.kind != UPDATE_MESSAGE && update.kind != UPDATE_BLOCK &&
        update.kind != UPDATE_PRESS && update.chat_id == 0)
        update.chat_id = telegram_chat_id(sim, update.group);
    update.date_s = sim->now_ms / 1000;
    feed->updates = sim_grow(feed->updates, &feed->cap, feed->count, sizeof *feed->updates);
    feed->updates[feed->count++] = update;
    if (bot != POLLING_BOT) {
        plan_requests(sim, bot, sim->now_ms + 1 + sim_below(sim, 50));
    } else if (feed->held) {
        struct event *event = sim_at(sim, sim->now_ms + 1 + sim_below(sim, 50), hold_over);
        event->a = feed->epoch;
        event->b = feed->batch;
    }
}

void feeds_durable(struct sim *sim, size_t bot, uint64_t update_id)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    ASSERT(update_id >= feed->first_id && update_id - feed->first_id < feed->count);
    feed->updates[update_id - feed->first_id].durable = true;
}

void feeds_settled(struct sim *sim, size_t bot, uint64_t update_id)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    if (bot != POLLING_BOT) {
        feed->updates[update_id - feed->first_id].confirmed = true;
        while (feed->open < feed->count && feed->updates[feed->open].confirmed)
            feed->open++;
        return;
    }
    for (size_t i = 0; i < feed->parked_count; i++) {
        if (feed->parked[i] != update_id)
            continue;
        feed->parked[i] = feed->parked[--feed->parked_count];
        poller_settled(&feed->poller, mono(sim), true);
        poller_turn(sim);
        return;
    }
}

size_t telegram_updates_waiting(const struct sim *sim)
{
    size_t count = 0;
    for (size_t bot = 0; bot < BOTS; bot++)
        for (size_t i = sim->telegram->feeds[bot].open; i < sim->telegram->feeds[bot].count; i++)
            count += !sim->telegram->feeds[bot].updates[i].confirmed;
    return count;
}

static void poller_turn(struct sim *sim)
{
    struct telegram *telegram = sim->telegram;
    struct feed *feed = &telegram->feeds[POLLING_BOT];
    buf_clear(&telegram->params);
    enum poller_action action = poller_next(&feed->poller, mono(sim), &telegram->params);
    CHECK(sim, action != POLLER_DELETE_WEBHOOK, "a webhook is deleted that nobody set");
    if (action == POLLER_GET_UPDATES)
        ask(sim);
    else
        plan_turn(sim);
}

static void plan_turn(struct sim *sim)
{
    const struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    long wait_ms = poller_timeout_ms(&feed->poller, mono(sim));
    if (wait_ms < 0)
        return;
    struct event *event = sim_at(sim, sim->now_ms + (uint64_t)wait_ms, turn_again);
    event->a = feed->epoch;
}

static void turn_again(struct sim *sim, struct event *event)
{
    if (usher_up(sim) && event->a == sim->telegram->feeds[POLLING_BOT].epoch)
        poller_turn(sim);
}

/* getUpdates leaves. */
static void ask(struct sim *sim)
{
    struct telegram *telegram = sim->telegram;
    struct feed *feed = &telegram->feeds[POLLING_BOT];
    cJSON *params = cJSON_ParseWithLength(telegram->params.data, telegram->params.len);
    const cJSON *offset = cJSON_GetObjectItem(params, "offset");
    const cJSON *limit = cJSON_GetObjectItem(params, "limit");
    CHECK(sim, cJSON_IsNumber(limit) && limit->valueint >= 1 && limit->valueint <= FEED_BATCH,
          "getUpdates has no good limit");
    feed->offset = cJSON_IsNumber(offset) ? (uint64_t)offset->valuedouble : 0;
    feed->limit = (unsigned)limit->valueint;
    cJSON_Delete(params);
    struct event *event =
        sim_at(sim, sim->now_ms + 1 + sim_below(sim, sim->weather.latency_max_ms), serve);
    event->a = feed->epoch;
}

/* The server has it. */
static void serve(struct sim *sim, struct event *event)
{
    struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    if (event->a != feed->epoch || !usher_up(sim))
        return;
    if (sim_fault(sim, sim->weather.not_sent)) {
        sim_at(sim, sim->now_ms + sim_below(sim, 100), answered)->a = feed->epoch;
        return;
    }
    confirm(sim, feed->offset);
    if (feed->open < feed->count) {
        reply(sim);
        return;
    }
    feed->held = true;
    /* Mostly it is held until there is something: an idle year has few empty answers here. */
    if (sim_chance(sim, 100)) {
        struct event *over = sim_at(sim, sim->now_ms + 50 * SECOND_MS, hold_over);
        over->a = feed->epoch;
        over->b = feed->batch;
    }
}

static void hold_over(struct sim *sim, struct event *event)
{
    const struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    if (event->a == feed->epoch && event->b == feed->batch && feed->held)
        reply(sim);
}

/* All that is not confirmed, oldest first, as the Bot API writes it. Or the answer is lost. */
static void reply(struct sim *sim)
{
    struct telegram *telegram = sim->telegram;
    struct feed *feed = &telegram->feeds[POLLING_BOT];
    feed->held = false;
    feed->batch++;
    struct event *event =
        sim_at(sim, sim->now_ms + 1 + sim_below(sim, sim->weather.latency_max_ms), answered);
    event->a = feed->epoch;
    if (sim_fault(sim, sim->weather.in_doubt))
        return;
    struct buf *json = &telegram->json;
    buf_clear(json);
    event->b = sim_fault(sim, sim->weather.failed) ? 502 : 200;
    if (event->b != 200) {
        buf_append_text(json, "{\"ok\":false,\"error_code\":502,\"description\":\"Bad Gateway\"}");
    } else {
        buf_append_text(json, "{\"ok\":true,\"result\":[");
        for (size_t i = feed->open; i < feed->count && i - feed->open < feed->limit; i++) {
            buf_append_text(json, i > feed->open ? "," : "");
            feed_write(&feed->updates[i], feed->first_id + i, json);
        }
        buf_append_text(json, "]}");
    }
    ASSERT(!json->failed);
    event->bytes = malloc(json->len);
    ASSERT(event->bytes != NULL);
    memcpy(event->bytes, json->data, json->len);
    event->len = json->len;
}

/* Telegram forgets what the offset says is safe: by then it must be. */
static void confirm(struct sim *sim, uint64_t offset)
{
    struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    for (; feed->open < feed->count && feed->first_id + feed->open < offset; feed->open++) {
        struct update *update = &feed->updates[feed->open];
        bool used = update->kind != UPDATE_NOISE && update->kind != UPDATE_MOVED_HERE &&
                    update->kind != UPDATE_STAFF; /* which may be about no ticket any more */
        CHECK(sim, update->durable || !used,
              "update %" PRIu64 " is confirmed and not in the journal",
              feed->first_id + feed->open);
        update->confirmed = true;
    }
}

static void answered(struct sim *sim, struct event *event)
{
    struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    struct slice updates[FEED_BATCH];
    uint64_t ids[FEED_BATCH];
    size_t count;
    if (event->a != feed->epoch || !usher_up(sim))
        return;
    enum error error =
        poller_answered(&feed->poller, mono(sim), event->bytes != NULL, (unsigned)event->b,
                        slice_of(event->bytes, event->len), updates, ids, FEED_BATCH, &count);
    CHECK(sim, error == ERROR_NONE || event->b != 200, "updates are not understood: %.*s",
          (int)event->len, event->bytes);
    memcpy(feed->parked, ids, count * sizeof ids[0]);
    feed->parked_count = count;
    for (size_t i = 0; i < count; i++)
        take(sim, updates[i], ids[i]);
    struct event *late = sim_at(sim, sim->now_ms + PARKED_MS, unpark);
    late->a = feed->epoch;
    late->b = feed->batch;
    poller_turn(sim);
}

static void take(struct sim *sim, struct slice update, uint64_t id)
{
    struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    if (submit(sim, POLLING_BOT, update, id))
        return;
    for (size_t i = 0; i < feed->parked_count; i++)
        if (feed->parked[i] == id)
            feed->parked[i] = feed->parked[--feed->parked_count];
    poller_settled(&feed->poller, mono(sim), true);
}

/* Whoever has not been told by now takes it for lost. */
static void unpark(struct sim *sim, struct event *event)
{
    struct feed *feed = &sim->telegram->feeds[POLLING_BOT];
    if (event->a != feed->epoch || event->b != feed->batch || !usher_up(sim) ||
        feed->parked_count == 0)
        return;
    for (; feed->parked_count > 0; feed->parked_count--)
        poller_settled(&feed->poller, mono(sim), false);
    poller_turn(sim);
}

static void plan_requests(struct sim *sim, size_t bot, uint64_t at_ms)
{
    struct feed *feed = &sim->telegram->feeds[bot];
    if (feed->planned || feed->open == feed->count)
        return;
    feed->planned = true;
    sim_at(sim, at_ms, requests)->a = bot;
}

/* What is not confirmed goes again, each in a request of its own. What follows a group's move waits
 * for it, so that usher knows the new id (docs/RELIABILITY.md, known limits). */
static void requests(struct sim *sim, struct event *event)
{
    struct telegram *telegram = sim->telegram;
    size_t bot = (size_t)event->a;
    struct feed *feed = &telegram->feeds[bot];
    feed->planned = false;
    if (!usher_up(sim))
        return; /* it goes on when that is back */
    for (size_t i = feed->open, sent = 0; i < feed->count && sent < WEBHOOK_AT_ONCE; i++) {
        struct update *update = &feed->updates[i];
        if (update->confirmed)
            continue;
        buf_clear(&telegram->json);
        feed_write(update, feed->first_id + i, &telegram->json);
        if (!submit(sim, bot, buf_slice(&telegram->json), feed->first_id + i))
            feeds_settled(sim, bot, feed->first_id + i);
        sent++;
        if (update->kind == UPDATE_MOVED)
            break;
    }
    plan_requests(sim, bot, sim->now_ms + WEBHOOK_AGAIN_MS);
}

/* False when usher has no use for it. */
static bool submit(struct sim *sim, size_t bot, struct slice update, uint64_t id)
{
    struct telegram *telegram = sim->telegram;
    struct message message;
    const char *kind;
    buf_clear(&telegram->command);
    char seed[16];
    usher_seed(sim, seed);
    const struct update_reader reader = {.bot = sim->config->bots[bot].name,
                                         .words = &module_words,
                                         .seed = slice_of(seed, sizeof seed),
                                         .overhears = overhears};
    enum update_verdict verdict = update_translate(&reader, update, &telegram->command, &kind);
    CHECK(sim, verdict == UPDATE_COMMAND || verdict == UPDATE_TEXT || verdict == UPDATE_UNUSED,
          "an update is not understood: %.*s", SLICE_ARG(update));
    if (verdict == UPDATE_UNUSED)
        return false;
    enum error error = wire_decode_one(buf_slice(&telegram->command), &message, NULL);
    ASSERT(error == ERROR_NONE);
    /* As the ledger's actor does it: words that nobody listens to are not kept. */
    if (verdict == UPDATE_TEXT && !usher_listens(sim, &message.cmd_said)) {
        if (message.cmd_said.origin == SAID_GROUP)
            return false;
        message.cmd_said.text = SLICE("");
    }
    usher_submit(sim, &message, (struct waiter){WAITER_UPDATE, bot, id});
    return true;
}

static bool overhears(const void *context, const char *bot, int64_t chat_id)
{
    (void)context;
    return chat_id == STAFF_CHAT && strcmp(bot, "main") == 0;
}
