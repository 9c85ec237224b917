/* getMe, and how a bot gets its updates. Facts: Client.cpp of the Bot API server. */
#include "methods.h"

#include "objects.h"
#include "sim.h"
#include "webhook.h"

#include "base/json.h"

#include <stdlib.h>
#include <strings.h>

enum {
    POLL_S_MAX = 50,
    POLL_AGAIN_S = 3,    /* the same offset asked again this soon: no short polling */
    POLL_AGAIN_MS = 500, /* this soon: one update only */
    OFFSET_AHEAD_MAX = 10,
    SET_WEBHOOK_MS = 1000,
    CONNECTIONS_USUAL = 40,
    CONNECTIONS_MAX = 100
};

static int64_t clamped(const struct call *call, const char *name, int64_t usual, int64_t least,
                       int64_t most);
static void allow_updates(struct call *call);
static void poll_timeout(struct sim *sim, const struct timer *timer);
static const char *webhook_url_problem(struct slice url);
static bool is_loopback(struct slice host);

void method_get_me(struct call *call)
{
    const struct bot *bot = call->bot;
    struct buf *out = call_begin(call);
    object_bot(out, bot);
    out->len--; /* its closing brace comes last */
    buf_append_text(out, ",\"can_join_groups\":true,\"can_read_all_group_messages\":false,"
                         "\"supports_inline_queries\":false,\"can_connect_to_business\":false,"
                         "\"has_main_web_app\":false}");
    call_finish(call);
}

void method_get_updates(struct call *call)
{
    struct sim *sim = call->sim;
    struct updates *updates = &call->bot->updates;
    if (updates->webhook) {
        call->done = true;
        updates_conflict(sim, updates, &call->reply,
                         "Conflict: can't use getUpdates method while webhook is active; use "
                         "deleteWebhook to delete the webhook first");
        return;
    }
    int64_t offset = clamped(call, "offset", 0, INT32_MIN, INT32_MAX);
    uint32_t limit = (uint32_t)clamped(call, "limit", 100, 1, 100);
    uint64_t timeout_us = (uint64_t)clamped(call, "timeout", 0, 0, POLL_S_MAX) * 1000000;
    allow_updates(call);
    uint64_t since_us = updates->previous_us ? sim->now_us - updates->previous_us : UINT64_MAX;
    if (offset == updates->previous_offset) {
        uint64_t again_us = sim_scaled_us(sim, POLL_AGAIN_S * 1000);
        if (timeout_us < again_us && since_us < again_us)
            timeout_us = again_us;
        if (since_us < sim_scaled_us(sim, POLL_AGAIN_MS))
            limit = 1;
    }
    updates->previous_offset = offset;
    updates->previous_us = sim->now_us;

    if (offset < 0 && updates->count > (uint64_t)-offset)
        updates_confirm(updates, updates->next_id + offset);
    if (offset > 0 && offset <= updates->next_id + OFFSET_AHEAD_MAX)
        updates_confirm(updates, offset);
    if (offset < 0 || offset > updates->next_id + OFFSET_AHEAD_MAX)
        offset = 0;
    updates_trim(sim, updates);
    call->done = true;
    if (updates->count || !timeout_us) {
        updates_answer(sim, updates, &call->reply, offset, limit);
        return;
    }
    updates_abort_poll(sim, updates,
                       "Conflict: terminated by other getUpdates request; make sure that only one "
                       "bot instance is running");
    struct poll *poll = &updates->poll;
    poll->waiting = true;
    poll->reply = call->reply;
    poll->offset = offset;
    poll->limit = limit;
    poll->generation++;
    timers_add(&sim->timers, (struct timer){.due_us = sim->now_us + timeout_us,
                                            .run = poll_timeout,
                                            .a = call->bot->index,
                                            .b = (int64_t)poll->generation});
}

void method_set_webhook(struct call *call)
{
    struct sim *sim = call->sim;
    struct updates *updates = &call->bot->updates;
    struct slice url = params_text(&call->params, "url");
    struct slice secret = params_text(&call->params, "secret_token");
    if (!url.len) {
        method_delete_webhook(call);
        return;
    }
    if (sim->now_us < updates->webhook_allowed_us) {
        call->done = true;
        reply_flood(sim, &call->reply, 1);
        return;
    }
    updates->webhook_allowed_us = sim->now_us + sim_scaled_us(sim, SET_WEBHOOK_MS);
    const char *problem = webhook_url_problem(url);
    bool unallowed = false;
    for (size_t i = 0; i < secret.len; i++) {
        char c = secret.data[i];
        unallowed = unallowed || !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                                   (c >= 'a' && c <= 'z') || c == '-' || c == '_');
    }
    if (!problem && secret.len >= WEBHOOK_SECRET_SIZE)
        problem = "secret token is too long";
    if (!problem && unallowed)
        problem = "secret token contains unallowed characters";
    if (problem) {
        call_fail(call, 400, "Bad Request: %s", problem);
        return;
    }
    if (params_flag(&call->params, "drop_pending_updates"))
        updates_confirm(updates, updates->next_id);
    allow_updates(call);
    updates_abort_poll(sim, updates, "Conflict: terminated by setWebhook request");
    webhook_set(sim, call->bot, url.data, secret.len ? secret.data : "",
                (uint32_t)clamped(call, "max_connections", CONNECTIONS_USUAL, 1, CONNECTIONS_MAX));
    struct buf *out = call_begin(call);
    buf_append_text(out, "true,\"description\":\"Webhook was set\"");
    call_finish(call);
}

void method_delete_webhook(struct call *call)
{
    struct updates *updates = &call->bot->updates;
    bool was_set = updates->webhook;
    webhook_destroy(&updates->webhook);
    if (params_flag(&call->params, "drop_pending_updates"))
        updates_confirm(updates, updates->next_id);
    struct buf *out = call_begin(call);
    buf_printf(out, "true,\"description\":\"Webhook %s deleted\"", was_set ? "was" : "is already");
    call_finish(call);
}

void method_get_webhook_info(struct call *call)
{
    const struct updates *updates = &call->bot->updates;
    const struct webhook *webhook = updates->webhook;
    struct buf *out = call_begin(call);
    buf_append_text(out, "{\"url\":");
    json_append_string(out, slice_from(webhook ? webhook->url : ""));
    buf_printf(out, ",\"has_custom_certificate\":false,\"pending_update_count\":%zu",
               updates_pending(updates));
    if (webhook)
        buf_printf(out, ",\"max_connections\":%u,\"ip_address\":\"127.0.0.1\"",
                   webhook->max_connections);
    if (webhook && webhook->last_error_ms) {
        buf_printf(out, ",\"last_error_date\":%llu,\"last_error_message\":",
                   (unsigned long long)(webhook->last_error_ms / 1000));
        json_append_string(out, slice_from(webhook->last_error));
    }
    if (updates->allowed_text)
        buf_printf(out, ",\"allowed_updates\":[%s]", updates->allowed_text);
    buf_append_text(out, "}");
    call_finish(call);
}

static int64_t clamped(const struct call *call, const char *name, int64_t usual, int64_t least,
                       int64_t most)
{
    int64_t value = usual;
    if (!params_i64(&call->params, name, &value))
        return usual;
    return value < least ? least : value > most ? most : value;
}

static void allow_updates(struct call *call)
{
    const cJSON *list = params_json(&call->params, "allowed_updates");
    if (list)
        updates_allow(&call->bot->updates, list);
}

static void poll_timeout(struct sim *sim, const struct timer *timer)
{
    struct updates *updates = &sim->world.bots[timer->a].updates;
    if (!updates->poll.waiting || updates->poll.generation != (uint64_t)timer->b)
        return;
    updates->poll.waiting = false;
    updates_answer(sim, updates, &updates->poll.reply, updates->poll.offset, updates->poll.limit);
}

/* NULL when it is good. The simulator lets a loopback address do without TLS and with any port. */
static const char *webhook_url_problem(struct slice url)
{
    bool tls = url.len > 8 && strncasecmp(url.data, "https://", 8) == 0;
    bool plain = url.len > 7 && strncasecmp(url.data, "http://", 7) == 0;
    if (url.len >= WEBHOOK_URL_SIZE || (!tls && !plain) || memchr(url.data, '\0', url.len))
        return "invalid webhook URL specified";
    size_t start = tls ? 8 : 7;
    size_t end = start;
    while (end < url.len && !strchr(":/?#", url.data[end]))
        end++;
    if (is_loopback(slice_of(url.data + start, end - start)))
        return NULL;
    if (plain)
        return "bad webhook: An HTTPS URL must be provided for webhook";
    unsigned long port =
        end < url.len && url.data[end] == ':' ? strtoul(url.data + end + 1, NULL, 10) : 443;
    if (port != 443 && port != 80 && port != 88 && port != 8443)
        return "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443";
    return NULL;
}

static bool is_loopback(struct slice host)
{
    return slice_is(host, "localhost") || (host.len > 4 && memcmp(host.data, "127.", 4) == 0);
}
