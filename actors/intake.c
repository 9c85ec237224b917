#include "actors/intake.h"

#include "actors/trouble.h"
#include "base/alert.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/prng.h"
#include "http/client.h"
#include "http/parked.h"
#include "carrier/telegram/error.h"
#include "carrier/telegram/poller.h"
#include "carrier/telegram/update.h"

#include <stdlib.h>

enum {
    URL_BYTES_MAX = 2048,
    PARAMS_BYTES_MAX = 8192,
    ANSWER_BYTES_MAX = 16 * 1024 * 1024,
    POLL_TIMEOUT_MS = (POLLER_TIMEOUT_S + 20) * 1000,
    CALL_TIMEOUT_MS = 15000,
    VERDICT_TIMEOUT_MS = 30000,
    RETRY_MS_MIN = 1000,
    RETRY_MS_MAX = 60000,
    HOOK_GRACE_MS = 15000,     /* after the start a webhook has so long to show that it is there */
    HOOK_SEEN_MS = 600 * 1000, /* and so long after it last did */
    CONFLICT_MS_MAX = 60000    /* a conflict is over when none was seen for so long */
};

enum call { CALL_GET_ME, CALL_GET_UPDATES, CALL_DELETE_WEBHOOK, CALL_SET_WEBHOOK, CALL_COUNT };

static const char *const methods[CALL_COUNT] = {
    [CALL_GET_ME] = "getMe",
    [CALL_GET_UPDATES] = "getUpdates",
    [CALL_DELETE_WEBHOOK] = "deleteWebhook",
    [CALL_SET_WEBHOOK] = "setWebhook",
};

struct bot;

/* What a transfer's tag points to. */
struct flight {
    struct bot *bot;
    enum call call;
};

struct bot {
    const struct config_bot *config;
    size_t index;
    struct intake *intake;
    struct flight flights[CALL_COUNT];
    struct poller poller;
    bool asked;                 /* getMe is sent or answered */
    bool known;                 /* Telegram answered, or failed to */
    bool reachable;             /* as last logged */
    uint64_t no_poll_until_ms;  /* mono: a webhook set by other means brings the updates */
    uint64_t conflict_until_ms; /* mono; 0: no other program fetches this bot's updates */
    bool hooked;                /* setWebhook is done, or under way, or not wanted */
    uint64_t hook_at_ms;
    uint32_t hook_failures;
    char username[USERNAME_SIZE]; /* "" until getMe tells it */
};

struct intake {
    const struct config *config;
    struct outlet *requests;
    uint64_t origin;
    struct http_client *client;
    struct parked *parked; /* updates without a verdict; tag: the bot's index */
    struct bot *bots;
    struct buf params;
    bool quiet;
};

typedef void answered_fn(struct bot *bot, const struct http_result *result, uint64_t now_ms);
static answered_fn me_answered, updates_answered, webhook_deleted, webhook_set;

static answered_fn *const handlers[CALL_COUNT] = {
    [CALL_GET_ME] = me_answered,
    [CALL_GET_UPDATES] = updates_answered,
    [CALL_DELETE_WEBHOOK] = webhook_deleted,
    [CALL_SET_WEBHOOK] = webhook_set,
};

static bool polls(const struct bot *bot);
static void bot_init(struct bot *bot, struct intake *intake, size_t index);
static void answered(void *context, const struct http_result *result);
static bool start_call(struct bot *bot, enum call call, uint32_t timeout_ms);
static void bot_turn(struct bot *bot, uint64_t now_ms);
static void put_webhook(struct bot *bot, uint64_t now_ms);
static bool forward_update(struct bot *bot, struct slice update, uint64_t now_ms);
static void note_answer(struct bot *bot, const struct http_result *result, uint64_t now_ms);
static void note_reachable(struct bot *bot, bool reachable, const char *error);
static uint64_t backoff_ms(uint32_t failures);

enum error intake_new(const struct config *config, struct outlet *requests, uint64_t origin,
                      struct intake **out, struct why *why)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    enum error error = ERROR_MEMORY;
    uint32_t epoch;

    *out = NULL;
    if (intake == NULL)
        goto done;
    intake->config = config;
    intake->requests = requests;
    intake->origin = origin;
    buf_init(&intake->params, PARAMS_BYTES_MAX);
    random_bytes(&epoch, sizeof(epoch));
    intake->parked =
        parked_new((uint32_t)(config->bot_count + 1) * POLLER_BATCH, VERDICT_TIMEOUT_MS, epoch);
    intake->bots = calloc(config->bot_count + 1, sizeof(*intake->bots));
    if (intake->parked == NULL || intake->bots == NULL)
        goto done;
    for (size_t i = 0; i < config->bot_count; i++)
        bot_init(&intake->bots[i], intake, i);
    const struct http_client_options options = {
        .connections_max = (uint32_t)config->bot_count * 2 + 2, .body_bytes_max = ANSWER_BYTES_MAX};
    error = http_client_new(&options, answered, intake, &intake->client);
done:
    if (error == ERROR_NONE) {
        *out = intake;
        return ERROR_NONE;
    }
    intake_destroy(&intake);
    return why_set(why, error, "cannot set up the calls to Telegram: %s", error_text(error));
}

void intake_use(struct intake *intake, const struct config *config)
{
    ASSERT(config->bot_count == intake->config->bot_count);
    intake->config = config;
    for (size_t i = 0; i < config->bot_count; i++)
        intake->bots[i].config = &config->bots[i];
}

void intake_destroy(struct intake **intake)
{
    struct intake *it = *intake;
    if (it == NULL)
        return;
    http_client_destroy(&it->client);
    parked_destroy(&it->parked);
    free(it->bots);
    buf_deinit(&it->params);
    free(it);
    *intake = NULL;
}

int intake_fd(const struct intake *intake)
{
    return http_client_fd(intake->client);
}

long intake_timeout_ms(struct intake *intake)
{
    uint64_t now_ms = clock_mono_ms();
    uint64_t at_ms = parked_deadline_ms(intake->parked);
    long least = at_ms == UINT64_MAX ? -1 : at_ms <= now_ms ? 0 : (long)(at_ms - now_ms);
    long timeout = http_client_timeout_ms(intake->client);

    if (timeout >= 0 && (least < 0 || timeout < least))
        least = timeout;
    for (size_t i = 0; !intake->quiet && i < intake->config->bot_count; i++) {
        const struct bot *bot = &intake->bots[i];
        if (polls(bot))
            timeout = bot->no_poll_until_ms <= now_ms ? poller_timeout_ms(&bot->poller, now_ms)
                                                      : (long)(bot->no_poll_until_ms - now_ms);
        else
            timeout = bot->hooked                 ? -1
                      : bot->hook_at_ms <= now_ms ? 0
                                                  : (long)(bot->hook_at_ms - now_ms);
        if (timeout >= 0 && (least < 0 || timeout < least))
            least = timeout;
    }
    return least;
}

void intake_turn(struct intake *intake)
{
    uint64_t now_ms = clock_mono_ms();
    struct parked_entry entry;

    http_client_run(intake->client);
    while (parked_expire(intake->parked, now_ms, &entry))
        poller_settled(&intake->bots[entry.tag].poller, now_ms, false);
    for (size_t i = 0; !intake->quiet && i < intake->config->bot_count; i++)
        bot_turn(&intake->bots[i], now_ms);
}

void intake_settled(struct intake *intake, uint64_t id, bool durable)
{
    struct parked_entry entry;
    if (parked_take(intake->parked, id, &entry))
        poller_settled(&intake->bots[entry.tag].poller, clock_mono_ms(), durable);
}

void intake_quiesce(struct intake *intake)
{
    intake->quiet = true;
}

void intake_hooked(struct intake *intake, const char *name)
{
    for (size_t i = 0; i < intake->config->bot_count; i++) {
        struct bot *bot = &intake->bots[i];
        if (bot->poller.keeps_webhook && strcmp(bot->config->name, name) == 0)
            bot->no_poll_until_ms = clock_mono_ms() + HOOK_SEEN_MS;
    }
}

bool intake_knows(const struct intake *intake)
{
    if (intake->quiet)
        return true;
    for (size_t i = 0; i < intake->config->bot_count; i++)
        if (!intake->bots[i].known)
            return false;
    return true;
}

struct slice intake_username(const struct intake *intake, struct slice name)
{
    for (size_t i = 0; i < intake->config->bot_count; i++)
        if (slice_is(name, intake->config->bots[i].name))
            return slice_from(intake->bots[i].username);
    return SLICE("");
}

static void bot_init(struct bot *bot, struct intake *intake, size_t index)
{
    bot->config = &intake->config->bots[index];
    bot->index = index;
    bot->intake = intake;
    for (enum call call = 0; call < CALL_COUNT; call++)
        bot->flights[call] = (struct flight){bot, call};
    poller_init(&bot->poller);
    bot->reachable = true;
    trouble_token(bot->config->name, false, "");
    trouble_conflict(bot->config->name, false, "");
    bot->hooked = polls(bot);
    if (bot->config->updates != UPDATES_POLLING && polls(bot)) {
        bot->poller.keeps_webhook = true;
        bot->no_poll_until_ms = clock_mono_ms() + HOOK_GRACE_MS;
        alert(LOG_webhook_nowhere, bot->config->name,
              "set http.public_url to the address under which Telegram reaches this server, or "
              "updates to polling; until then it polls, unless a webhook was set by other means",
              "bot=%s", bot->config->name);
    }
}

/* A webhook needs an address. Without one the operator may have set it by other means; if that is
 * so, Telegram says so to who polls. */
static bool polls(const struct bot *bot)
{
    return bot->config->updates == UPDATES_POLLING || bot->intake->config->http.public_url == NULL;
}

static void answered(void *context, const struct http_result *result)
{
    struct flight *flight = result->tag;
    struct intake *intake = context;
    if (!intake->quiet)
        handlers[flight->call](flight->bot, result, clock_mono_ms());
}

static void bot_turn(struct bot *bot, uint64_t now_ms)
{
    static const struct http_result not_started = {.failure = HTTP_NOT_SENT,
                                                   .error = "the call could not be started"};
    struct buf *params = &bot->intake->params;

    if (!bot->asked) {
        buf_clear(params);
        bot->asked = true;
        bot->known = !start_call(bot, CALL_GET_ME, CALL_TIMEOUT_MS);
    }
    if (!bot->hooked && bot->hook_at_ms <= now_ms)
        put_webhook(bot, now_ms);
    if (!polls(bot) || now_ms < bot->no_poll_until_ms)
        return;
    buf_clear(params);
    switch (poller_next(&bot->poller, now_ms, params)) {
    case POLLER_WAIT:
        break;
    case POLLER_GET_UPDATES:
        if (!start_call(bot, CALL_GET_UPDATES, POLL_TIMEOUT_MS))
            updates_answered(bot, &not_started, now_ms);
        break;
    case POLLER_DELETE_WEBHOOK:
        if (!start_call(bot, CALL_DELETE_WEBHOOK, CALL_TIMEOUT_MS))
            poller_webhook_deleted(&bot->poller, now_ms, false);
        break;
    }
}

/* Calls a method of the Bot API with intake->params as its body. */
static bool start_call(struct bot *bot, enum call call, uint32_t timeout_ms)
{
    struct intake *intake = bot->intake;
    struct slice body = intake->params.len > 0 ? buf_slice(&intake->params) : SLICE("{}");
    struct buf url;

    if (intake->params.failed)
        return false;
    buf_init(&url, URL_BYTES_MAX);
    buf_printf(&url, "%s/bot%s/%s", bot->config->api_url, bot->config->token, methods[call]);
    buf_append_u8(&url, 0);
    enum error error =
        url.failed ? ERROR_TOO_LARGE
                   : http_client_start(intake->client, "POST", url.data, NULL, "application/json",
                                       body, timeout_ms, &bot->flights[call]);
    buf_deinit(&url);
    return error == ERROR_NONE;
}

static void put_webhook(struct bot *bot, uint64_t now_ms)
{
    struct buf *params = &bot->intake->params;
    struct buf url;

    buf_init(&url, URL_BYTES_MAX);
    buf_printf(&url, "%s/telegram/%s", bot->intake->config->http.public_url, bot->config->name);
    buf_clear(params);
    buf_append_text(params, "{\"url\":");
    json_append_string(params, buf_slice(&url));
    buf_append_text(params, ",\"secret_token\":");
    json_append_string(params, slice_from(bot->config->webhook_secret));
    buf_append_text(params, ",\"allowed_updates\":");
    updates_allowed(params);
    buf_append_text(params, "}");
    bool ok = !url.failed && start_call(bot, CALL_SET_WEBHOOK, CALL_TIMEOUT_MS);
    buf_deinit(&url);
    bot->hooked = ok;
    if (!ok)
        bot->hook_at_ms = now_ms + backoff_ms(++bot->hook_failures);
}

static void me_answered(struct bot *bot, const struct http_result *result, uint64_t now_ms)
{
    bot->known = true;
    if (result->failure == HTTP_ANSWERED && result->status == 200)
        me_username(result->body, bot->username);
    note_answer(bot, result, now_ms);
}

static void updates_answered(struct bot *bot, const struct http_result *result, uint64_t now_ms)
{
    struct slice updates[POLLER_BATCH];
    uint64_t ids[POLLER_BATCH];
    size_t count = 0;
    (void)poller_answered(&bot->poller, now_ms, result->failure == HTTP_ANSWERED, result->status,
                          result->body, updates, ids, POLLER_BATCH, &count);
    bot->known = true;
    note_answer(bot, result, now_ms);
    for (size_t i = 0; i < count; i++)
        if (!forward_update(bot, updates[i], now_ms))
            poller_settled(&bot->poller, now_ms, false);
}

static void webhook_deleted(struct bot *bot, const struct http_result *result, uint64_t now_ms)
{
    bool ok = result->failure == HTTP_ANSWERED && result->status == 200;
    log_event(LOG_webhook_deleted, "bot=%s ok=%d status=%u", bot->config->name, ok, result->status);
    poller_webhook_deleted(&bot->poller, now_ms, ok);
}

static void webhook_set(struct bot *bot, const struct http_result *result, uint64_t now_ms)
{
    struct telegram_answer answer = {.ok = false};
    char quoted[600];

    if (result->failure == HTTP_ANSWERED)
        telegram_answer_parse(result->status, result->retry_after_s, result->body, &answer);
    bot->known = true;
    note_answer(bot, result, now_ms);
    if (answer.ok) {
        log_event(LOG_webhook_set, "bot=%s", bot->config->name);
        return;
    }
    uint64_t wait_ms = backoff_ms(++bot->hook_failures);
    if (wait_ms < (uint64_t)answer.retry_after_s * 1000)
        wait_ms = (uint64_t)answer.retry_after_s * 1000 + RETRY_MS_MIN;
    bot->hooked = false;
    bot->hook_at_ms = now_ms + wait_ms;
    const char *error = result->failure == HTTP_ANSWERED ? answer.description : result->error;
    log_event(LOG_webhook_failed, "bot=%s error=%s retry_ms=%llu", bot->config->name,
              log_quote(slice_from(error), quoted, sizeof(quoted)), (unsigned long long)wait_ms);
}

/* Parks one update and sends it to a verifier; false when there is no room. */
static bool forward_update(struct bot *bot, struct slice update, uint64_t now_ms)
{
    struct intake *intake = bot->intake;
    const struct parked_entry entry = {.tag = bot->index};
    struct parked_entry dropped;

    uint64_t id = parked_add(intake->parked, &entry, now_ms);
    if (id == 0)
        return false;
    const struct message message = {.kind = MESSAGE_request,
                                    .request = {.origin = intake->origin,
                                                .id = id,
                                                .source = SOURCE_POLL,
                                                .name = slice_from(bot->config->name),
                                                .method = SLICE("POST"),
                                                .path = SLICE("/"),
                                                .query = slice_from(bot->username),
                                                .received_ms = clock_wall_ms(),
                                                .headers = SLICE(""),
                                                .body = update}};
    if (message_fits(&message, NULL) && outlet_put(intake->requests, &message))
        return true;
    ASSERT(parked_take(intake->parked, id, &dropped));
    return false;
}

/* What an answer of Telegram says of the bot: a refused token and a second poller are the
 * operator's to mend, and no outage. A webhook that we are about to take away is none. Two pollers
 * end each other's calls in turn, so one good answer does not mean that the other is gone. */
static void note_answer(struct bot *bot, const struct http_result *result, uint64_t now_ms)
{
    struct telegram_answer answer = {.ok = false};
    const char *name = bot->config->name;

    if (result->failure != HTTP_ANSWERED) {
        note_reachable(bot, false, result->error);
        return;
    }
    telegram_answer_parse(result->status, result->retry_after_s, result->body, &answer);
    bool refused = !answer.ok && (answer.code == 401 || answer.code == 404);
    bool conflict = !answer.ok && answer.code == 409;
    if (refused || answer.ok)
        trouble_token(name, refused, answer.description);
    if (conflict && !bot->poller.delete_webhook && !bot->poller.hooked) {
        bot->conflict_until_ms = now_ms + CONFLICT_MS_MAX;
        trouble_conflict(name, true, answer.description);
    } else if (answer.ok && now_ms >= bot->conflict_until_ms) {
        trouble_conflict(name, false, "");
    }
    note_reachable(bot, answer.ok || refused || conflict || answer.code == 429, answer.description);
}

static void note_reachable(struct bot *bot, bool reachable, const char *error)
{
    char quoted[300];
    if (reachable == bot->reachable)
        return;
    bot->reachable = reachable;
    if (reachable)
        log_event(LOG_telegram_reachable, "bot=%s", bot->config->name);
    else
        log_event(LOG_telegram_unreachable, "bot=%s error=%s", bot->config->name,
                  log_quote(slice_from(error), quoted, sizeof(quoted)));
}

static uint64_t backoff_ms(uint32_t failures)
{
    uint64_t wait = RETRY_MS_MIN;
    while (--failures > 0 && wait < RETRY_MS_MAX)
        wait *= 2;
    return wait < RETRY_MS_MAX ? wait : RETRY_MS_MAX;
}
