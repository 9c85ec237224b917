/* Webhooks: follows the ledger's news for each configured webhook and posts the events that it
 * wants, one at a time and in order (src/webhook/hook.h). A webhook that is slow or gone holds up
 * itself and nothing else: its place in the news is its own, and all requests run side by side.
 * Where each is, a file beside the state says (cursor.h). It also answers what an operator asks
 * about them. */
#include "actors/webhooks.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"
#include "store/directory.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ASK_BYTES = 65536,
    LEVEL_MS = 100,   /* between questions while there is nothing new */
    ANSWER_MS = 3000, /* then the question, or its answer, is lost */
    SEND_MS = 15000,  /* for an answer of the other side */
    ANSWER_BYTES_MAX = 1024 * 1024,
    SAVE_MS = 1000, /* between two writes of one cursor */
    SAY_MS = 60000, /* between lines of the log about the same trouble */
    READ_MS = 30000,
    READ_CHUNKS = 1000, /* of the news go with one command, ledger/ops/news_read.c */
    AGAIN_MS = 1000,
    QUIET_MS = 1000, /* for answers that are under way, at the end */
    MARKS_A_KEEP = 24,
    ASK_QUOTA = 16,
    OUT_BYTES_MAX = 65536,
    VERDICTS_BYTES_MAX = 1024 * 1024,
    COMMAND_BYTES_MAX = 256,
    HEADER_MAX = 160
};

static enum error open_all(struct webhooks *it, struct site *site, struct why *why);
static enum error open_hooks(struct webhooks *it, const struct config *config, struct why *why);
static enum error open_links(struct webhooks *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_news(void *state);
static void take_asks(void *state);
static void client_ready(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static void on_news(struct webhooks *it, const struct message_news *news);
static bool fits(struct webhook *hook, const struct message_news *news);
static void ask(struct webhooks *it, uint64_t now_ms);
static void send_next(struct webhooks *it, struct webhook *webhook, uint64_t now_ms);
static void answered(void *context, const struct http_result *result);
static void say_failed(struct webhook *webhook, enum hook_result result, uint64_t now_ms);
static void keep(struct webhook *webhook, uint64_t now_ms, bool now);
static void tell_read(struct webhooks *it, struct webhook *webhook, uint64_t now_ms);
static uint64_t earlier(uint64_t a, uint64_t b);

enum error webhooks_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct webhooks *it = calloc(1, sizeof *it);
    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "webhooks", run, destroy, it, out, why);
}

static enum error open_all(struct webhooks *it, struct site *site, struct why *why)
{
    const struct http_client_options options = {.connections_max = CONFIG_WEBHOOKS_MAX,
                                                .body_bytes_max = ANSWER_BYTES_MAX};
    buf_init(&it->command, COMMAND_BYTES_MAX);
    buf_init(&it->json, VERDICTS_BYTES_MAX);
    it->number = clock_mono_us(); /* an answer to another run is none to this */
    enum error error = open_hooks(it, site->config, why);
    if (error == ERROR_NONE && http_client_new(&options, answered, it, &it->client) != ERROR_NONE)
        error = why_set(why, ERROR_MEMORY, "webhooks: cannot set up the HTTP client");
    return error == ERROR_NONE ? open_links(it, site, why) : error;
}

static enum error open_hooks(struct webhooks *it, const struct config *config, struct why *why)
{
    char folder[PATH_MAX];
    int n = snprintf(folder, sizeof folder, "%s/webhooks", config->data_dir);
    if (n < 0 || (size_t)n >= sizeof folder)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", config->data_dir);
    enum error error = directory_make(folder, why);
    for (size_t i = 0; error == ERROR_NONE && i < config->webhook_count; i++) {
        struct webhook *webhook = &it->hooks[it->count++];
        const char *name = config->webhooks[i].name;
        uint64_t seed;
        random_bytes(&seed, sizeof seed);
        error = hook_init(&webhook->hook, &config->webhooks[i], seed);
        n = snprintf(webhook->path, sizeof webhook->path, "%s/%s.json", folder, name);
        if (error != ERROR_NONE || (size_t)n >= sizeof webhook->path)
            return why_set(why, ERROR_MEMORY, "webhook %s: %s", name, error_text(ERROR_MEMORY));
        config_webhook_reader(&config->webhooks[i], webhook->reader);
        error = cursor_load(webhook->path, &webhook->hook.cursor);
        webhook->hook.placed = error == ERROR_NONE;
        webhook->saved = webhook->hook.cursor;
        if (error == ERROR_NOT_FOUND)
            error = ERROR_NONE;
        if (error != ERROR_NONE)
            why_set(why, error, "%s cannot be read", webhook->path);
        webhook->sent = metric_series(METRIC_usher_webhook_events_total, name, "sent");
        webhook->failed = metric_series(METRIC_usher_webhook_events_total, name, "failed");
        webhook->behind = metric_series(METRIC_usher_webhook_behind, name, NULL);
        webhook->disabled = metric_series(METRIC_usher_webhook_disabled, name, NULL);
    }
    return error;
}

static enum error open_links(struct webhooks *it, struct site *site, struct why *why)
{
    it->ingress_count = topology_endpoints(site->topology, LINK_verdicts);
    it->verdicts = calloc(it->ingress_count, sizeof *it->verdicts);
    if (it->verdicts == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = inlet_open(&it->news, site->topology, LINK_hook_news, 0, why);
    if (error == ERROR_NONE)
        error = inlet_open(&it->asks, site->topology, LINK_hook_asks, 0, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->news_asks, site->topology, LINK_news_asks, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    for (size_t i = 0; i < it->ingress_count && error == ERROR_NONE; i++)
        error = outlet_open(&it->verdicts[i], site->topology, LINK_verdicts, i, VERDICTS_BYTES_MAX,
                            why);
    return error;
}

static void run(struct actor *actor, void *state)
{
    struct webhooks *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->news, .ready = take_news},
                    {.inlet = &it->asks, .ready = take_asks},
                    {.fd = http_client_fd(it->client), .ready = client_ready}},
        .count = 3,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .quiesce = quiesce,
        .swap = swap,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct webhooks *it = state;
    http_client_destroy(&it->client);
    for (size_t i = 0; i < it->count; i++)
        hook_deinit(&it->hooks[i].hook);
    for (size_t i = 0; it->verdicts != NULL && i < it->ingress_count; i++)
        outlet_deinit(&it->verdicts[i]);
    free(it->verdicts);
    outlet_deinit(&it->commands);
    outlet_deinit(&it->news_asks);
    inlet_deinit(&it->asks);
    inlet_deinit(&it->news);
    buf_deinit(&it->json);
    buf_deinit(&it->command);
    free(it);
}

static void take_news(void *state)
{
    struct webhooks *it = state;
    struct message message;
    if (!inlet_next(&it->news, &message))
        return;
    if (message.kind == MESSAGE_news)
        on_news(it, &message.news);
    else
        log_event(LOG_bad_message, "actor=webhooks kind=%s", message_name(message.kind));
}

static void take_asks(void *state)
{
    struct webhooks *it = state;
    struct message message;
    for (int n = 0; n < ASK_QUOTA && inlet_next(&it->asks, &message); n++) {
        if (message.kind == MESSAGE_read)
            webhooks_answer(it, &message.read);
        else
            log_event(LOG_bad_message, "actor=webhooks kind=%s", message_name(message.kind));
    }
}

/* Readable: the turn, which every round ends with, does the work. */
static void client_ready(void *state)
{
    (void)state;
}

static long timeout_ms(void *state)
{
    struct webhooks *it = state;
    uint64_t now_ms = clock_mono_ms();
    uint64_t at_ms = now_ms + SAVE_MS;
    if (it->quiet || !outlet_empty(&it->commands) || !outlet_empty(&it->news_asks))
        return 1;
    for (size_t i = 0; i < it->ingress_count; i++)
        if (!outlet_empty(&it->verdicts[i]))
            return 1;
    for (size_t i = 0; i < it->count; i++) {
        const struct webhook *webhook = &it->hooks[i];
        at_ms = earlier(at_ms, hook_try_at(&webhook->hook));
        if (!it->asked && (hook_hungry(&webhook->hook) || !webhook->hook.placed))
            at_ms = earlier(at_ms, webhook->ask_at_ms);
    }
    if (it->asked)
        at_ms = earlier(at_ms, it->asked_ms + ANSWER_MS);
    long wait = at_ms > now_ms ? (long)(at_ms - now_ms) : 0;
    long client = http_client_timeout_ms(it->client);
    return client >= 0 && client < wait ? client : wait;
}

static void turn(void *state)
{
    struct webhooks *it = state;
    http_client_run(it->client);
    uint64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < it->count; i++) {
        struct webhook *webhook = &it->hooks[i];
        if (!it->quiet) {
            send_next(it, webhook, now_ms);
            tell_read(it, webhook, now_ms);
        }
        keep(webhook, now_ms, false);
    }
    if (it->asked && now_ms >= it->asked_ms + ANSWER_MS)
        it->asked = false;
    if (!it->asked && !it->quiet)
        ask(it, now_ms);
    outlet_flush(&it->news_asks);
    outlet_flush(&it->commands);
    for (size_t i = 0; i < it->ingress_count; i++)
        outlet_flush(&it->verdicts[i]);
}

static void quiesce(void *state)
{
    struct webhooks *it = state;
    it->quiet = true;
    it->quiet_ms = clock_mono_ms();
}

/* An answer that has not come by then is lost, and its event is sent again. */
static bool drained(void *state, bool idle)
{
    struct webhooks *it = state;
    if (!idle || !outlet_empty(&it->commands) ||
        (http_client_busy(it->client) > 0 && clock_mono_ms() < it->quiet_ms + QUIET_MS))
        return false;
    for (size_t i = 0; i < it->count; i++)
        keep(&it->hooks[i], clock_mono_ms(), true);
    return true;
}

/* They are the same in every key; a reload sees to that. */
static void swap(void *state, struct change *change)
{
    struct webhooks *it = state;
    for (size_t i = 0; i < it->count; i++)
        it->hooks[i].hook.config = &change->config->webhooks[i];
}

/* One answer serves all that stand where it begins. */
static void on_news(struct webhooks *it, const struct message_news *news)
{
    uint64_t now_ms = clock_mono_ms();
    struct webhook *asker = &it->hooks[it->asker];
    if (!it->asked || news->number != it->number || it->quiet)
        return;
    it->asked = false;
    it->tail = news->tail;
    it->kept = news->kept;
    if (!asker->read_known && news->read != UINT64_MAX) {
        asker->read_known = true;
        asker->read = news->read;
    }
    asker->ask_at_ms = now_ms;
    if (news->read == UINT64_MAX) { /* a configuration without it is still in force */
        asker->ask_at_ms = now_ms + LEVEL_MS;
        return;
    }
    if (!asker->hook.placed) {
        hook_place(&asker->hook, news->read);
        log_event(LOG_hook_begins, "webhook=%s position=%llu", asker->hook.config->name,
                  (unsigned long long)news->read);
        return;
    }
    if (!fits(asker, news))
        return;
    for (size_t i = 0; i < it->count; i++) {
        struct webhook *webhook = &it->hooks[i];
        if (!hook_hungry(&webhook->hook) || webhook->hook.cursor.position != news->after)
            continue;
        if (news->upto == news->after)
            webhook->ask_at_ms = now_ms + LEVEL_MS;
        else if (hook_feed(&webhook->hook, news->items, news->upto) != ERROR_NONE)
            webhook->ask_at_ms = now_ms + ANSWER_MS;
    }
}

/* False: what it asked for is not there, and it stands elsewhere now. */
static bool fits(struct webhook *webhook, const struct message_news *news)
{
    struct hook *hook = &webhook->hook;
    uint64_t from = hook->cursor.position;
    if (!hook_hungry(hook) || from != news->after) /* a replay came meanwhile */
        return false;
    if (from >= news->since && from <= news->tail)
        return true;
    uint64_t to = news->archived != 0 ? news->since : news->read;
    hook->cursor.position = to;
    hook->cursor.mark_count = 0;
    log_event(LOG_hook_lost, "webhook=%s from=%llu to=%llu remedy=\"%s\"", hook->config->name,
              (unsigned long long)from, (unsigned long long)to,
              from > news->tail ? "none: the journal is another one now"
                                : "compare what the webhook knows with usher's lists: the events "
                                  "between are gone");
    return false;
}

static void ask(struct webhooks *it, uint64_t now_ms)
{
    for (size_t n = 0; n < it->count; n++) {
        it->asker = (it->asker + 1) % it->count;
        struct webhook *webhook = &it->hooks[it->asker];
        bool placed = webhook->hook.placed;
        if ((placed && !hook_hungry(&webhook->hook)) || now_ms < webhook->ask_at_ms)
            continue;
        const struct message message = {.kind = MESSAGE_news_ask,
                                        .news_ask = {.reader = slice_from(webhook->reader),
                                                     .after = webhook->hook.cursor.position,
                                                     .at = SLICE(""),
                                                     .bytes_max = placed ? ASK_BYTES : 1,
                                                     .number = it->number + 1,
                                                     .facts = 1}};
        if (!outlet_has_room(&it->news_asks) || !outlet_put(&it->news_asks, &message))
            return;
        it->number++;
        it->asked = true;
        it->asked_ms = now_ms;
        return;
    }
}

static void send_next(struct webhooks *it, struct webhook *webhook, uint64_t now_ms)
{
    struct hook *hook = &webhook->hook;
    char signature[WEBHOOK_SIGNATURE_MAX + 1];
    char lines[3][HEADER_MAX];
    if (!hook_next(hook, now_ms))
        return;
    uint64_t seconds = clock_real_ms() / 1000; /* theirs is no test clock */
    struct slice body = buf_slice(&hook->body);
    bool started = webhook_sign(hook->key, hook->id, seconds, body, signature);
    snprintf(lines[0], HEADER_MAX, "webhook-id: %s", hook->id);
    snprintf(lines[1], HEADER_MAX, "webhook-timestamp: %llu", (unsigned long long)seconds);
    snprintf(lines[2], HEADER_MAX, "webhook-signature: %s", started ? signature : "");
    const char *const headers[] = {lines[0], lines[1], lines[2], NULL};
    started =
        started && http_client_start(it->client, "POST", hook->config->url, headers,
                                     "application/json", body, SEND_MS, webhook) == ERROR_NONE;
    if (!started) {
        const struct http_result result = {
            .tag = webhook, .failure = HTTP_NOT_SENT, .error = "no memory to send it"};
        answered(it, &result);
    }
}

static void answered(void *context, const struct http_result *result)
{
    struct webhook *webhook = result->tag;
    uint64_t now_ms = clock_mono_ms();
    bool failing = webhook->hook.cursor.failing_since_ms != 0;
    unsigned status = result->failure == HTTP_ANSWERED ? result->status : 0;
    (void)context;
    enum hook_result became =
        hook_done(&webhook->hook, status, result->error, now_ms, clock_wall_ms());
    switch (became) {
    case HOOK_SENT:
        metric_add(webhook->sent, 1);
        if (failing)
            log_event(LOG_hook_taken, "webhook=%s id=%s", webhook->hook.config->name,
                      webhook->hook.id);
        break;
    case HOOK_AGAIN:
    case HOOK_DISABLED:
        metric_add(webhook->failed, 1);
        say_failed(webhook, became, now_ms);
        break;
    case HOOK_STALE:
        break;
    }
}

static void say_failed(struct webhook *webhook, enum hook_result result, uint64_t now_ms)
{
    const struct hook *hook = &webhook->hook;
    char error[2 * HOOK_ERROR_MAX + 3];
    log_quote(slice_from(hook->error), error, sizeof error);
    if (result == HOOK_DISABLED)
        log_event(LOG_hook_disabled,
                  "webhook=%s id=%s error=%s remedy=\"mend it, then: usher webhooks replay %s "
                  "--from %llu\"",
                  hook->config->name, hook->id, error, hook->config->name,
                  (unsigned long long)hook->cursor.position + 1);
    else if (hook->failures == 1 || now_ms >= webhook->said_ms + SAY_MS)
        log_event(LOG_hook_failed,
                  "webhook=%s id=%s tries=%u error=%s remedy=\"look at its service: usher tries "
                  "again by itself, and what is behind waits\"",
                  hook->config->name, hook->id, hook->failures, error);
    else
        return;
    webhook->said_ms = now_ms;
}

/* Writes its place down. now: not in a while. */
static void keep(struct webhook *webhook, uint64_t now_ms, bool now)
{
    struct hook *hook = &webhook->hook;
    struct why why = {""};
    metric_set(webhook->disabled, hook->cursor.disabled);
    if (!hook->placed)
        return;
    if (!now && now_ms < webhook->save_at_ms)
        return;
    webhook->save_at_ms = now_ms + SAVE_MS;
    if (hook->config->keep_ms > 0)
        cursor_mark(&hook->cursor, clock_wall_ms(), hook->config->keep_ms / MARKS_A_KEEP);
    if (memcmp(&hook->cursor, &webhook->saved, sizeof hook->cursor) == 0 && webhook->on_disk)
        return;
    enum error error = cursor_save(webhook->path, &hook->cursor, &why);
    webhook->on_disk = error == ERROR_NONE;
    if (error == ERROR_NONE)
        webhook->saved = hook->cursor;
    else if (now_ms >= webhook->said_ms + SAY_MS) {
        webhook->said_ms = now_ms;
        log_event(LOG_hook_not_saved,
                  "webhook=%s error=\"%s\" remedy=\"look at the folder, its rights and the disk; "
                  "until then a restart sends events again\"",
                  hook->config->name, why.text);
    }
}

/* What was sent long enough ago, the ledger may let go. It does so a bounded number at a time, so
 * it is told as often as there may be chunks: a command a chunk at most. */
static void tell_read(struct webhooks *it, struct webhook *webhook, uint64_t now_ms)
{
    metric_set(webhook->behind, (int64_t)webhooks_behind(it, webhook));
    if (!webhook->on_disk || !webhook->read_known || now_ms < webhook->read_at_ms ||
        !outlet_has_room(&it->commands))
        return;
    webhook->read_at_ms = now_ms + READ_MS;
    uint64_t left = cursor_left(&webhook->saved, clock_wall_ms(), webhook->hook.config->keep_ms);
    if (left > webhook->read)
        webhook->owed += left - webhook->read;
    if (left < webhook->read || webhook->owed == 0)
        return;
    const struct message read = {
        .kind = MESSAGE_cmd_news_read,
        .cmd_news_read = {.reader = slice_from(webhook->reader), .upto = left}};
    buf_clear(&it->command);
    wire_encode(&it->command, &read);
    const struct message message = {
        .kind = MESSAGE_command,
        .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&it->command)}};
    if (it->command.failed || !outlet_put(&it->commands, &message))
        return;
    webhook->read = left;
    webhook->owed -= webhook->owed < READ_CHUNKS ? webhook->owed : READ_CHUNKS;
    if (webhook->owed > 0)
        webhook->read_at_ms = now_ms + AGAIN_MS;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}
