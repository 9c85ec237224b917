#include "webhook.h"

#include "call.h"
#include "memory.h"
#include "sim.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TRANSFER_MS = 60000,
    BUSY_MS = 10,
    RESEND_S_MAX = 60,
    RETRY_AFTER_S_MAX = 3600,
    GONE_S_MAX = 23 * 3600,
    ANSWER_JSON_BYTES = 1 << 16
};

struct webhook_queue {
    struct update *first;
    struct update *last;
    struct webhook_queue *next_ready;
};

/* One transfer under way. */
struct delivery {
    uint32_t bot;
    uint64_t generation;
    struct webhook_queue *queue; /* good while the generation is */
    struct delivery *next;
};

static void queue_ready(struct webhook *webhook, struct webhook_queue *queue);
static struct webhook_queue *queue_take(struct webhook *webhook);
static bool queue_send(struct sim *sim, struct bot *bot, struct webhook_queue *queue);
static void queue_done(struct sim *sim, struct bot *bot, struct webhook_queue *queue, bool expired);
static void queue_failed(struct sim *sim, struct bot *bot, struct webhook_queue *queue,
                         uint32_t retry_after_s);
static void queue_later(struct sim *sim, const struct bot *bot, struct webhook_queue *queue,
                        uint64_t delay_us);
static void queue_again(struct sim *sim, const struct timer *timer);
static void delivery_unlink(struct sim *sim, const struct delivery *delivery);
static void answer_call(struct sim *sim, struct bot *bot, struct slice body);
static bool webhook_gone(struct sim *sim, struct webhook *webhook, unsigned status);

void webhook_set(struct sim *sim, struct bot *bot, const char *url, const char *secret,
                 uint32_t max_connections)
{
    struct updates *updates = &bot->updates;
    webhook_destroy(&updates->webhook);
    struct webhook *webhook = memory_new(1, sizeof(*webhook));
    snprintf(webhook->url, sizeof(webhook->url), "%s", url);
    snprintf(webhook->secret, sizeof(webhook->secret), "%s", secret);
    webhook->max_connections = max_connections;
    webhook->generation = ++sim->webhook_generation;
    map_init(&webhook->queues);
    updates->webhook = webhook;
    for (size_t i = 0; i < updates->count; i++) {
        struct update *update = updates->ring[(updates->head + i) % updates->cap];
        if (!update->done)
            webhook_add(sim, bot, update);
    }
}

void webhook_destroy(struct webhook **webhook)
{
    if (!*webhook)
        return;
    for (size_t i = 0; i < (*webhook)->queues.count; i++)
        free((*webhook)->queues.entries[i].value);
    map_deinit(&(*webhook)->queues);
    free(*webhook);
    *webhook = NULL;
}

void webhook_add(struct sim *sim, struct bot *bot, struct update *update)
{
    (void)sim;
    struct webhook *webhook = bot->updates.webhook;
    struct webhook_queue *queue = map_get(&webhook->queues, update->queue_key);
    if (!queue) {
        queue = memory_new(1, sizeof(*queue));
        map_put(&webhook->queues, update->queue_key, queue);
    }
    update->next = NULL;
    update->fail_count = 0;
    update->delay_s = 1;
    if (queue->first) {
        queue->last->next = update;
        queue->last = update;
        return;
    }
    queue->first = queue->last = update;
    queue_ready(webhook, queue);
}

void webhook_run(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->world.bot_count; i++) {
        struct bot *bot = &sim->world.bots[i];
        struct webhook *webhook = bot->updates.webhook;
        while (webhook && webhook->ready_first && webhook->in_flight < webhook->max_connections)
            if (!queue_send(sim, bot, queue_take(webhook)))
                break;
    }
}

void webhook_done(void *context, const struct http_result *result)
{
    struct sim *sim = context;
    struct delivery *delivery = result->tag;
    struct bot *bot = delivery->bot < sim->world.bot_count ? &sim->world.bots[delivery->bot] : NULL;
    struct webhook *webhook = bot ? bot->updates.webhook : NULL;
    bool current = webhook && webhook->generation == delivery->generation;
    struct webhook_queue *queue = delivery->queue;
    delivery_unlink(sim, delivery);
    free(delivery);
    if (!current)
        return;
    webhook->in_flight--;
    bool answered = result->failure == HTTP_ANSWERED;
    if (answered && result->status >= 200 && result->status <= 299) {
        webhook->first_410_us = 0;
        sim->report.webhook_sent++;
        queue_done(sim, bot, queue, false);
        answer_call(sim, bot, result->body);
        return;
    }
    sim->report.webhook_failed++;
    webhook->last_error_ms = sim->now_ms;
    if (answered)
        snprintf(webhook->last_error, sizeof(webhook->last_error),
                 "Wrong response from the webhook: %u", result->status);
    else
        snprintf(webhook->last_error, sizeof(webhook->last_error), "%s", result->error);
    if (webhook_gone(sim, webhook, answered ? result->status : 0))
        webhook_destroy(&bot->updates.webhook);
    else
        queue_failed(sim, bot, queue, result->retry_after_s);
}

void webhook_forget(struct sim *sim)
{
    while (sim->deliveries) {
        struct delivery *next = sim->deliveries->next;
        free(sim->deliveries);
        sim->deliveries = next;
    }
}

static void queue_ready(struct webhook *webhook, struct webhook_queue *queue)
{
    queue->next_ready = NULL;
    if (webhook->ready_last)
        webhook->ready_last->next_ready = queue;
    else
        webhook->ready_first = queue;
    webhook->ready_last = queue;
}

static struct webhook_queue *queue_take(struct webhook *webhook)
{
    struct webhook_queue *queue = webhook->ready_first;
    webhook->ready_first = queue->next_ready;
    if (!webhook->ready_first)
        webhook->ready_last = NULL;
    return queue;
}

/* False when nothing more can be sent now. */
static bool queue_send(struct sim *sim, struct bot *bot, struct webhook_queue *queue)
{
    struct webhook *webhook = bot->updates.webhook;
    struct update *update = queue->first;
    if (update->expires_ms <= sim->now_ms) {
        queue_done(sim, bot, queue, true);
        return true;
    }
    struct delivery *delivery = memory_new(1, sizeof(*delivery));
    *delivery =
        (struct delivery){.bot = bot->index, .generation = webhook->generation, .queue = queue};
    char secret[WEBHOOK_SECRET_SIZE + 40];
    snprintf(secret, sizeof(secret), "X-Telegram-Bot-Api-Secret-Token: %s", webhook->secret);
    const char *headers[] = {webhook->secret[0] ? secret : NULL, NULL};
    buf_clear(&sim->out);
    buf_printf(&sim->out, "{\"update_id\":%lld,", (long long)update->id);
    buf_append(&sim->out, update->json, update->json_len);
    buf_append_text(&sim->out, "}");
    enum error error =
        http_client_start(sim->client, "POST", webhook->url, headers, "application/json",
                          buf_slice(&sim->out), TRANSFER_MS, delivery);
    if (error) {
        free(delivery);
        queue_later(sim, bot, queue, BUSY_MS * 1000);
        return error != ERROR_BUSY;
    }
    delivery->next = sim->deliveries;
    sim->deliveries = delivery;
    webhook->in_flight++;
    return true;
}

/* The first update of the queue is delivered, or over. */
static void queue_done(struct sim *sim, struct bot *bot, struct webhook_queue *queue, bool expired)
{
    struct update *update = queue->first;
    update->done = true;
    if (expired)
        bot->updates.expired++;
    else
        bot->updates.confirmed++;
    queue->first = update->next;
    if (queue->first)
        queue_ready(bot->updates.webhook, queue);
    updates_trim(sim, &bot->updates);
}

static void queue_failed(struct sim *sim, struct bot *bot, struct webhook_queue *queue,
                         uint32_t retry_after_s)
{
    struct update *update = queue->first;
    if (retry_after_s > RETRY_AFTER_S_MAX)
        retry_after_s = RETRY_AFTER_S_MAX;
    uint64_t delay_us = retry_after_s * UINT64_C(1000000);
    if (!retry_after_s && update->fail_count > 0) {
        uint32_t most = RESEND_S_MAX + (uint32_t)prng_below(&sim->prng, RESEND_S_MAX + 1);
        update->delay_s = update->delay_s * 2 < most ? update->delay_s * 2 : most;
        delay_us = sim_scaled_us(sim, update->delay_s * UINT64_C(1000));
    }
    update->fail_count++;
    if (sim->now_ms + delay_us / 1000 > update->expires_ms)
        queue_done(sim, bot, queue, true);
    else
        queue_later(sim, bot, queue, delay_us);
}

static void queue_later(struct sim *sim, const struct bot *bot, struct webhook_queue *queue,
                        uint64_t delay_us)
{
    timers_add(&sim->timers, (struct timer){.due_us = sim->now_us + delay_us,
                                            .run = queue_again,
                                            .a = bot->index,
                                            .b = (int64_t)bot->updates.webhook->generation,
                                            .data = queue});
}

static void queue_again(struct sim *sim, const struct timer *timer)
{
    struct webhook *webhook = sim->world.bots[timer->a].updates.webhook;
    if (webhook && webhook->generation == (uint64_t)timer->b)
        queue_ready(webhook, timer->data);
}

static void delivery_unlink(struct sim *sim, const struct delivery *delivery)
{
    struct delivery **at = &sim->deliveries;
    while (*at != delivery)
        at = &(*at)->next;
    *at = delivery->next;
}

/* The body of a webhook's answer may be a call; its result goes nowhere. */
static void answer_call(struct sim *sim, struct bot *bot, struct slice body)
{
    cJSON *object = NULL;
    if (!body.len || body.data[0] != '{' ||
        json_parse(body, ANSWER_JSON_BYTES, PARAMS_JSON_DEPTH, &object, NULL))
        return;
    call_from_webhook(sim, bot, object);
}

static bool webhook_gone(struct sim *sim, struct webhook *webhook, unsigned status)
{
    if (status != 410) {
        webhook->first_410_us = 0;
        return false;
    }
    if (!webhook->first_410_us) {
        webhook->first_410_us = sim->now_us;
        return false;
    }
    return sim->now_us - webhook->first_410_us > sim_scaled_us(sim, GONE_S_MAX * UINT64_C(1000));
}
