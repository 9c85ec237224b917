#include "actors/webhooks.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "http/route.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUSY_RETRY_S = 2 };

static unsigned list(struct webhooks *it);
static void add(const struct webhooks *it, const struct webhook *webhook, cJSON *out);
static const char *state_of(const struct webhook *webhook);
static unsigned replay(struct webhooks *it, const char *name, uint64_t from);
static uint64_t least(const struct webhooks *it, const struct webhook *webhook);
static unsigned refuse(struct webhooks *it, unsigned status, const char *code, const char *detail);
static void put(struct webhooks *it, const struct message_read *read, unsigned status);

uint64_t webhooks_behind(const struct webhooks *it, const struct webhook *webhook)
{
    uint64_t position = webhook->hook.cursor.position;
    return webhook->hook.placed && it->tail > position ? it->tail - position : 0;
}

void webhooks_answer(struct webhooks *it, const struct message_read *read)
{
    char thing[65];
    char name[CONFIG_NAME_MAX + 1];
    unsigned long long from;
    unsigned status;
    buf_clear(&it->json);
    if (slice_is(read->thing, "webhooks"))
        status = list(it);
    else if (slice_copy(read->thing, thing, sizeof thing) &&
             sscanf(thing, "replay %31s %llu", name, &from) == 2)
        status = replay(it, name, from);
    else
        status = refuse(it, 404, "not_found", "no such resource");
    if (it->json.failed) {
        buf_clear(&it->json);
        status = refuse(it, 503, "busy", "no memory for the answer, try again");
    }
    put(it, read, status);
}

static unsigned list(struct webhooks *it)
{
    json_build();
    cJSON *root = cJSON_CreateObject();
    cJSON *all = cJSON_AddArrayToObject(root, "webhooks");
    for (size_t i = 0; i < it->count; i++) {
        cJSON *one = cJSON_CreateObject();
        add(it, &it->hooks[i], one);
        cJSON_AddItemToArray(all, one);
    }
    char *text = cJSON_PrintUnformatted(root);
    bool good = json_complete() && text != NULL;
    if (good)
        buf_append_text(&it->json, text);
    cJSON_free(text);
    cJSON_Delete(root);
    return good ? 200 : refuse(it, 503, "busy", "no memory for the answer, try again");
}

/* Not the address: in a query of it there may be a key. */
static void add(const struct webhooks *it, const struct webhook *webhook, cJSON *out)
{
    const struct hook *hook = &webhook->hook;
    cJSON_AddStringToObject(out, "name", hook->config->name);
    cJSON_AddStringToObject(out, "state", state_of(webhook));
    cJSON_AddNumberToObject(out, "position", (double)hook->cursor.position);
    cJSON_AddNumberToObject(out, "behind", (double)webhooks_behind(it, webhook));
    if (webhook->read_known)
        cJSON_AddNumberToObject(out, "replay_from", (double)least(it, webhook) + 1);
    else
        cJSON_AddNullToObject(out, "replay_from");
    json_add_time_or_null(out, "failing_since", hook->cursor.failing_since_ms);
    if (hook->error[0] != '\0')
        cJSON_AddStringToObject(out, "last_error", hook->error);
    else
        cJSON_AddNullToObject(out, "last_error");
    cJSON_AddNumberToObject(out, "sent", (double)metric_value(webhook->sent));
    cJSON *events = cJSON_AddArrayToObject(out, "events");
    for (size_t i = 0; i < hook->config->event_count; i++)
        cJSON_AddItemToArray(events, cJSON_CreateString(hook->config->events[i]));
}

static const char *state_of(const struct webhook *webhook)
{
    return webhook->hook.cursor.disabled                ? "disabled"
           : webhook->hook.cursor.failing_since_ms != 0 ? "failing"
                                                        : "ok";
}

static unsigned replay(struct webhooks *it, const char *name, uint64_t from)
{
    char detail[160];
    size_t i = 0;
    while (i < it->count && strcmp(it->hooks[i].hook.config->name, name) != 0)
        i++;
    if (i == it->count)
        return refuse(it, 404, "not_found", "no such webhook");
    struct webhook *webhook = &it->hooks[i];
    if (!webhook->read_known)
        return refuse(it, 503, "busy", "the ledger has not said yet what it keeps, try again");
    if (from <= least(it, webhook) || from > it->tail + 1) {
        snprintf(detail, sizeof detail,
                 "from must be a command of %llu to %llu: what was told before is gone",
                 (unsigned long long)least(it, webhook) + 1, (unsigned long long)it->tail + 1);
        return refuse(it, 400, "refused", detail);
    }
    hook_replay(&webhook->hook, from - 1);
    webhook->ask_at_ms = 0;
    log_event(LOG_hook_replay, "webhook=%s from=%llu", name, (unsigned long long)from);
    buf_printf(&it->json, "{\"webhook\":\"%s\",\"from\":%llu}", name, (unsigned long long)from);
    return 200;
}

/* Facts behind this can be had. */
static uint64_t least(const struct webhooks *it, const struct webhook *webhook)
{
    return it->kept < webhook->read ? it->kept : webhook->read;
}

static unsigned refuse(struct webhooks *it, unsigned status, const char *code, const char *detail)
{
    problem_json(&it->json, status, code, detail);
    return status;
}

static void put(struct webhooks *it, const struct message_read *read, unsigned status)
{
    const struct message message = {
        .kind = MESSAGE_verdict,
        .verdict = {.id = read->id,
                    .status = status,
                    .retry_after = status == 503 ? BUSY_RETRY_S : 0,
                    .content_type = status == 200 ? SLICE("application/json")
                                                  : SLICE("application/problem+json"),
                    .reason = SLICE("webhooks"),
                    .body = buf_slice(&it->json)}};
    if (read->origin < 1 || read->origin > it->ingress_count)
        log_event(LOG_bad_message, "actor=webhooks origin=%llu", (unsigned long long)read->origin);
    else if (!outlet_put(&it->verdicts[read->origin - 1], &message))
        log_event(LOG_verdict_lost, "origin=%llu", (unsigned long long)read->origin);
}
