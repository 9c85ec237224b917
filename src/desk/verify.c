#include "desk/verify.h"

#include "base/assert.h"
#include "base/prng.h"
#include "config/module.h"
#include "gateway/gateway.h"
#include "desk/api.h"
#include "desk/callback.h"
#include "desk/ops.h"
#include "ledger/words.h"
#include "carrier/telegram/update.h"

#include <stdlib.h>

enum { SEED_BYTES = 16 };

struct verifier {
    const struct config *config;
    struct gateway **gateways; /* in the order of the configuration */
    struct pace *pace;         /* NULL: everybody is heard */
};

typedef void source_fn(struct verifier *verifier, const struct message_request *request,
                       uint64_t now_ms, struct judgement *judgement);
static source_fn judge_hook, judge_telegram, judge_poll, judge_api, judge_page, judge_tap;

static source_fn *const sources[] = {
    [SOURCE_HOOK] = judge_hook, [SOURCE_TELEGRAM] = judge_telegram, [SOURCE_POLL] = judge_poll,
    [SOURCE_API] = judge_api,   [SOURCE_PAGE] = judge_page,         [SOURCE_TAP] = judge_tap,
};

static void take_update(const struct verifier *verifier, const struct config_bot *bot,
                        const struct message_request *request, struct judgement *judgement);
static bool too_fast(const struct verifier *verifier, struct slice command, uint64_t now_ms);
static bool overhears(const void *config, const char *bot, int64_t chat_id);
static void answer_nothing(struct judgement *judgement, const char *reason);

enum error verifier_new(const struct config *config, struct verifier **out, struct why *why)
{
    struct verifier *verifier = calloc(1, sizeof(*verifier));

    *out = NULL;
    if (verifier != NULL)
        verifier->gateways = calloc(config->gateway_count + 1, sizeof(struct gateway *));
    if (verifier == NULL || verifier->gateways == NULL) {
        free(verifier);
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    }
    verifier->config = config;
    for (size_t i = 0; i < config->gateway_count; i++) {
        enum error error = gateway_new(&config->gateways[i], &verifier->gateways[i], why);
        if (error != ERROR_NONE) {
            verifier_destroy(&verifier);
            return error;
        }
    }
    *out = verifier;
    return ERROR_NONE;
}

void verifier_destroy(struct verifier **verifier)
{
    struct verifier *it = *verifier;
    if (it == NULL)
        return;
    for (size_t i = 0; i < it->config->gateway_count; i++)
        gateway_destroy(&it->gateways[i]);
    free(it->gateways);
    free(it);
    *verifier = NULL;
}

const struct config *verifier_config(const struct verifier *verifier)
{
    return verifier->config;
}

void verifier_pace(struct verifier *verifier, struct pace *pace)
{
    verifier->pace = pace;
}

void verifier_judge(struct verifier *verifier, const struct message_request *request,
                    uint64_t now_ms, struct judgement *judgement)
{
    judgement_clear(judgement);
    if (request->source >= sizeof(sources) / sizeof(sources[0]) || sources[request->source] == NULL)
        judgement_refuse(judgement, 400, "bad_source", "a request from no known source");
    else
        sources[request->source](verifier, request, now_ms, judgement);
}

static void judge_hook(struct verifier *verifier, const struct message_request *request,
                       uint64_t now_ms, struct judgement *judgement)
{
    struct payment_event event;
    struct callback_headers headers;

    const struct config_gateway *config = config_gateway_find(verifier->config, request->name);
    if (config == NULL) {
        judgement_refuse(judgement, 404, "unknown_gateway", "no such gateway");
        return;
    }
    if (!callback_headers(request, &headers)) {
        judgement_refuse(judgement, 431, "bad_headers", "too many headers");
        return;
    }
    struct gateway *gateway = verifier->gateways[config - verifier->config->gateways];
    if (gateway == NULL) {
        judgement_refuse(judgement, 404, "no_callbacks", "this gateway sends no callbacks");
        return;
    }
    const struct gateway_request question = callback_question(request, &headers, now_ms);
    enum gateway_verdict verdict = gateway_judge(gateway, &question, &event);
    if (verdict == GATEWAY_accepted)
        callback_take(config, &event, judgement);
    else if (verdict == GATEWAY_unchecked) /* by the checker: actors/checker.c */
        judgement->kind = JUDGEMENT_CHECK;
    else
        callback_refuse(verdict, config, judgement);
}

static void judge_telegram(struct verifier *verifier, const struct message_request *request,
                           uint64_t now_ms, struct judgement *judgement)
{
    struct callback_headers headers;
    bool repeated = false;

    (void)now_ms;
    const struct config_bot *bot = config_bot_find(verifier->config, request->name);
    if (bot == NULL || bot->webhook_secret == NULL) {
        judgement_refuse(judgement, 404, "unknown_bot", "no such bot with a webhook");
        return;
    }
    if (!callback_headers(request, &headers)) {
        judgement_refuse(judgement, 431, "bad_headers", "too many headers");
        return;
    }
    struct slice token = http_header_find(headers.items, headers.count,
                                          "X-Telegram-Bot-Api-Secret-Token", &repeated);
    if (!secret_equal(token, slice_from(bot->webhook_secret))) {
        judgement_refuse(judgement, 401, "secret_token_wrong",
                         "the secret token is missing or wrong");
        return;
    }
    take_update(verifier, bot, request, judgement);
}

static void judge_poll(struct verifier *verifier, const struct message_request *request,
                       uint64_t now_ms, struct judgement *judgement)
{
    (void)now_ms;
    const struct config_bot *bot = config_bot_find(verifier->config, request->name);
    if (bot == NULL) {
        judgement_refuse(judgement, 404, "unknown_bot", "no such bot");
        return;
    }
    take_update(verifier, bot, request, judgement);
    /* What Telegram itself gave us and we cannot read must not come for ever. */
    if (judgement->kind == JUDGEMENT_ANSWER && judgement->status == 400)
        answer_nothing(judgement, "bad_update");
}

static void judge_api(struct verifier *verifier, const struct message_request *request,
                      uint64_t now_ms, struct judgement *judgement)
{
    struct callback_headers headers;
    bool repeated = false;

    if (!callback_headers(request, &headers)) {
        judgement_refuse(judgement, 431, "bad_headers", "too many headers");
        return;
    }
    struct message asker;
    bool known = request->asker.len > 0;
    if (known && (wire_decode_one(request->asker, &asker, NULL) != ERROR_NONE ||
                  asker.kind != MESSAGE_access_row)) {
        judgement_refuse(judgement, 400, "bad_asker", "the ingress says of no one that they ask");
        return;
    }
    const struct api_request question = {
        .method = request->method,
        .path = request->path,
        .query = request->query,
        .authorization = http_header_find(headers.items, headers.count, "Authorization", &repeated),
        .idempotency_key =
            http_header_find(headers.items, headers.count, "Idempotency-Key", &repeated),
        .body = request->body,
        .asker = known ? &asker.access_row : NULL,
        .minted = request->minted,
        .now_ms = now_ms};
    api_judge(verifier->config, &question, judgement);
}

/* What anybody may ask; the answer is the ingress's to make a page of. */
static void judge_page(struct verifier *verifier, const struct message_request *request,
                       uint64_t now_ms, struct judgement *judgement)
{
    const struct api_request question = {.method = SLICE("GET"),
                                         .path = request->path,
                                         .query = SLICE(""),
                                         .who = WHO_ANYONE,
                                         .now_ms = now_ms};
    struct api_call call = {
        .config = verifier->config, .request = &question, .judgement = judgement};
    if (!ops_judge(&call))
        judgement_refuse(judgement, 404, "not_found", "no such page");
}

/* Made by an ingress of ours of what the ledger has answered it: for the checker. */
static void judge_tap(struct verifier *verifier, const struct message_request *request,
                      uint64_t now_ms, struct judgement *judgement)
{
    (void)verifier;
    (void)request;
    (void)now_ms;
    judgement->kind = JUDGEMENT_CHECK;
}

static void take_update(const struct verifier *verifier, const struct config_bot *bot,
                        const struct message_request *request, struct judgement *judgement)
{
    const char *kind = "other";
    uint8_t seed[SEED_BYTES];
    random_bytes(seed, sizeof(seed));
    const struct update_reader reader = {.bot = bot->name,
                                         .username = request->query,
                                         .words = &module_words,
                                         .seed = slice_of(seed, sizeof(seed)),
                                         .overhears = overhears,
                                         .context = verifier->config};
    enum update_verdict verdict =
        update_translate(&reader, request->body, &judgement->command, &kind);

    if (judgement->command.failed) {
        judgement_refuse(judgement, 500, "internal", "the command does not fit its bounds");
    } else if ((verdict == UPDATE_TEXT || verdict == UPDATE_COMMAND) &&
               too_fast(verifier, buf_slice(&judgement->command), request->received_ms)) {
        kind = "dropped";
        answer_nothing(judgement, "dropped");
    } else if (verdict == UPDATE_TEXT) {
        judgement->kind = JUDGEMENT_QUERY;
        judgement->reason = "update";
        judgement->query =
            (struct message_query){.what = QUERY_SAID, .ask = buf_slice(&judgement->command)};
    } else if (verdict == UPDATE_COMMAND) {
        judgement->kind = JUDGEMENT_COMMAND;
        judgement->reason = "update";
    } else if (verdict == UPDATE_UNUSED) {
        answer_nothing(judgement, "unused");
    } else if (verdict == UPDATE_BUSY) {
        judgement_refuse(judgement, 503, "busy", "out of memory, try again");
    } else {
        judgement_refuse(judgement, 400, "bad_update", "the body is not a Telegram update");
    }
    judgement->update_kind = kind;
}

static bool overhears(const void *config, const char *bot, int64_t chat_id)
{
    return modules_chat(config, bot, chat_id);
}

/* Only of talk; what a payment or a membership says always counts. */
static bool too_fast(const struct verifier *verifier, struct slice command, uint64_t now_ms)
{
    struct message message;
    return verifier->pace != NULL && wire_decode_one(command, &message, NULL) == ERROR_NONE &&
           message.kind == MESSAGE_cmd_said &&
           !pace_take(verifier->pace, message.cmd_said.telegram_id, now_ms);
}

/* 200 with an empty body. */
static void answer_nothing(struct judgement *judgement, const char *reason)
{
    const char *kind = judgement->update_kind;
    judgement_clear(judgement);
    judgement->status = 200;
    judgement->reason = reason;
    judgement->update_kind = kind;
}
