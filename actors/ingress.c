/* Ingress: HTTP in and Telegram's long polling. Parks each request until its verdict comes; answers
 * what it can by itself; says 503 before it would run out of anything. */
#include "actors/actors.h"
#include "actors/answers.h"
#include "actors/api_door.h"
#include "actors/exporter.h"
#include "actors/headers.h"
#include "actors/heard.h"
#include "actors/intake.h"
#include "actors/page_door.h"
#include "actors/reload.h"
#include "actors/trouble.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/prng.h"
#include "desk/api.h"
#include "http/parked.h"
#include "http/route.h"
#include "http/server.h"
#include "web/assets.h"

#include <stdlib.h>

enum {
    TAKE_QUOTA = 256,
    VERDICT_QUOTA = 1024,
    VERDICT_TIMEOUT_MS = 30000,
    TELEGRAM_GRACE_MS = 10000,
    IDLE_TIMEOUT_S = 30,
    HEADERS_BYTES_MAX = 32768, /* as in messages.def */
    OUT_BYTES_MAX = 32 * 1024 * 1024,
    DEADLINE_RETRY_S = 5
};

static const char telegram_label[] = "/telegram"; /* route.c's */
static const char no_ledger[] = "the ledger does not answer";

struct ingress {
    const struct config *config;
    uint64_t origin;
    struct http_server *server;
    struct parked *parked; /* tag: the HTTP request's id */
    struct intake *intake;
    struct answers answers;
    struct page_door pages;
    struct api_door api;
    struct inlet verdicts;
    struct outlet requests;
    struct buf headers;
    struct buf scratch;
    struct loop loop;
    struct heard ledger;
    bool quiet;
};

typedef void route_fn(struct ingress *it, const struct http_request *request,
                      const struct route_match *match);
static route_fn on_hook, on_telegram, on_healthz, on_readyz, on_metrics, on_api, on_none, on_page,
    on_style;

static route_fn *const routes[] = {
    [ROUTE_NONE] = on_none,       [ROUTE_HOOK] = on_hook,      [ROUTE_TELEGRAM] = on_telegram,
    [ROUTE_HEALTHZ] = on_healthz, [ROUTE_READYZ] = on_readyz,  [ROUTE_METRICS] = on_metrics,
    [ROUTE_API] = on_api,         [ROUTE_PLAN_PAGE] = on_page, [ROUTE_ORDER_PAGE] = on_page,
    [ROUTE_STYLE] = on_style,
};

static const char *allow_of(const struct ingress *it, const struct route_match *match);
static enum error open_all(struct ingress *it, struct site *site, size_t index, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_requests(void *state);
static void take_verdicts(void *state);
static void intake_ready(void *state);
static void pages_ready(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static bool forward(struct ingress *it, const struct http_request *request,
                    const struct route_match *match, enum request_source source, const char *name,
                    const struct api_pass *pass);
static void on_verdict(struct ingress *it, const struct message_verdict *verdict);
static const char *not_ready(const struct ingress *it);

enum error ingress_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct ingress *it = calloc(1, sizeof(*it));

    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, index, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    site->http_port = http_server_port(it->server);
    return actor_start(topology_context(site->topology), "ingress", run, destroy, it, out, why);
}

static enum error open_all(struct ingress *it, struct site *site, size_t index, struct why *why)
{
    const struct config_http *http = &site->config->http;
    enum error error;
    uint32_t epoch;

    it->config = site->config;
    it->origin = index + 1;
    it->ledger.started_ms = clock_mono_ms();
    buf_init(&it->headers, HEADERS_BYTES_MAX);
    buf_init(&it->scratch, EXPORTER_BYTES_MAX);
    answers_init(&it->answers);
    it->api =
        (struct api_door){.config = it->config, .requests = &it->requests, .answers = &it->answers};
    api_door_open(&it->api);
    random_bytes(&epoch, sizeof(epoch));
    it->parked = parked_new(http->parked_max, VERDICT_TIMEOUT_MS, epoch);
    if (it->parked == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));

    error = inlet_open(&it->verdicts, site->topology, LINK_verdicts, index, why);
    if (error != ERROR_NONE)
        return error;
    error =
        outlet_open(&it->requests, site->topology, LINK_requests, LINK_EVERY, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    error = intake_new(it->config, &it->requests, it->origin, &it->intake, why);
    if (error != ERROR_NONE)
        return error;
    it->pages = (struct page_door){.config = it->config,
                                   .origin = it->origin,
                                   .parked = it->parked,
                                   .requests = &it->requests,
                                   .answers = &it->answers};
    error = page_door_open(&it->pages, why);
    if (error != ERROR_NONE)
        return error;
    /* Telegram answers one poller for each bot, and takes one webhook: the first ingress's. */
    if (index > 0)
        intake_quiesce(it->intake);

    const struct http_server_options options = {.host = http->listen.host,
                                                .port = http->listen.port,
                                                .threads = http->threads,
                                                .connections_max = http->connections_max,
                                                .parked_max = http->parked_max,
                                                .body_bytes_max = http->body_bytes_max,
                                                .peer_per_second = http->peer_per_second,
                                                .peer_connections_max = http->peer_connections_max,
                                                .trust_forwarded = http->trust_forwarded,
                                                .idle_timeout_s = IDLE_TIMEOUT_S,
                                                .fixed = assets_answer};
    error = http_server_start(&options, &it->server, why);
    it->answers.server = it->server;
    return error;
}

static void run(struct actor *actor, void *state)
{
    struct ingress *it = state;
    it->loop = (struct loop){
        .sources = {{.fd = http_server_fd(it->server), .ready = take_requests},
                    {.inlet = &it->verdicts, .ready = take_verdicts},
                    {.fd = intake_fd(it->intake), .ready = intake_ready},
                    {.fd = page_door_fd(&it->pages), .ready = pages_ready}},
        .count = 4,
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
    struct ingress *it = state;
    http_server_stop(&it->server);
    page_door_close(&it->pages);
    api_door_close(&it->api);
    intake_destroy(&it->intake);
    outlet_deinit(&it->requests);
    inlet_deinit(&it->verdicts);
    parked_destroy(&it->parked);
    buf_deinit(&it->headers);
    buf_deinit(&it->scratch);
    answers_deinit(&it->answers);
    free(it);
}

static void take_requests(void *state)
{
    struct ingress *it = state;
    const struct http_request *requests[TAKE_QUOTA];

    size_t count = http_server_take(it->server, requests, TAKE_QUOTA);
    for (size_t i = 0; i < count; i++) {
        const struct http_request *request = requests[i];
        bool repeated = false;
        struct slice content_type =
            http_header_find(request->headers, request->header_count, "Content-Type", &repeated);
        struct route_match match = route_match(request->method, request->path, content_type);
        if (match.refusal != 0)
            answers_refuse(&it->answers, asker_of(request, &match), match.refusal,
                           allow_of(it, &match), 0, http_status_text(match.refusal));
        else
            routes[match.route](it, request, &match);
    }
}

static void take_verdicts(void *state)
{
    struct ingress *it = state;
    struct message message;

    for (int n = 0; n < VERDICT_QUOTA && inlet_next(&it->verdicts, &message); n++) {
        if (message.kind == MESSAGE_verdict) {
            on_verdict(it, &message.verdict);
        } else if (message.kind == MESSAGE_status) {
            it->ledger.said_ms = clock_mono_ms();
            it->ledger.writable = message.status.writable != 0;
        } else if (message.kind == MESSAGE_access_list) {
            api_door_list(&it->api, message.access_list.rows);
        } else {
            log_event(LOG_bad_message, "actor=ingress kind=%s", message_name(message.kind));
        }
    }
}

/* Readable: the turn, which every round ends with, does the work. */
static void intake_ready(void *state)
{
    (void)state;
}

static void pages_ready(void *state)
{
    struct ingress *it = state;
    page_door_ready(&it->pages);
}

static long timeout_ms(void *state)
{
    struct ingress *it = state;
    long least = intake_timeout_ms(it->intake);
    uint64_t at_ms = parked_deadline_ms(it->parked);

    if (at_ms != UINT64_MAX && heard_until_ms(&it->ledger) < at_ms)
        at_ms = heard_until_ms(&it->ledger);
    if (api_door_due_ms(&it->api) < at_ms)
        at_ms = api_door_due_ms(&it->api);
    if (at_ms != UINT64_MAX) {
        uint64_t now_ms = clock_mono_ms();
        long wait = at_ms <= now_ms ? 0 : (long)(at_ms - now_ms);
        least = least < 0 || wait < least ? wait : least;
    }
    /* What found no room leaves as soon as there is some. */
    if (!outlet_empty(&it->requests) && (least < 0 || least > 1))
        least = 1;
    return least;
}

static void turn(void *state)
{
    struct ingress *it = state;
    struct parked_entry entry;

    intake_turn(it->intake);
    api_door_turn(&it->api, it->quiet);
    /* Who waits for a ledger that is gone is told now. What it took on all the same counts once,
     * however often it comes again. */
    bool gone = heard_no_more(&it->ledger, clock_mono_ms());
    while (parked_expire(it->parked, gone ? UINT64_MAX - 1 : clock_mono_ms(), &entry)) {
        metric_add(metric_series(METRIC_usher_busy_total, gone ? "ledger" : "deadline", NULL), 1);
        api_door_drop(&it->api, entry.handout);
        if (entry.page != 0)
            page_door_give_up(&it->pages, &entry);
        else
            answers_refuse(&it->answers, asker_parked(&entry), 503, NULL, DEADLINE_RETRY_S,
                           gone ? no_ledger : "no verdict in time");
    }
    metric_set(metric_series(METRIC_usher_parked_requests, NULL, NULL),
               (int64_t)parked_count(it->parked));
    outlet_flush(&it->requests);
}

static void quiesce(void *state)
{
    struct ingress *it = state;
    it->quiet = true;
    http_server_quiesce(it->server);
    intake_quiesce(it->intake);
}

static bool drained(void *state, bool idle)
{
    struct ingress *it = state;
    return idle && parked_count(it->parked) == 0 && http_server_parked(it->server) == 0;
}

static void swap(void *state, struct change *change)
{
    struct ingress *it = state;
    it->config = change->config;
    it->api.config = change->config;
    intake_use(it->intake, change->config);
    page_door_use(&it->pages, change->config);
}

/* Which methods a refused request could have had: of a gateway, that is its own to say. */
static const char *allow_of(const struct ingress *it, const struct route_match *match)
{
    const struct config_gateway *gateway =
        match->route == ROUTE_HOOK ? config_gateway_find(it->config, match->name) : NULL;
    bool form = gateway != NULL && config_gateway_takes_form(gateway);
    return match->allow != NULL && match->route == ROUTE_HOOK && !form ? "POST" : match->allow;
}

static void on_none(struct ingress *it, const struct http_request *request,
                    const struct route_match *match)
{
    answers_refuse(&it->answers, asker_of(request, match), 404, NULL, 0, "no such resource");
}

static void on_hook(struct ingress *it, const struct http_request *request,
                    const struct route_match *match)
{
    const struct config_gateway *gateway = config_gateway_find(it->config, match->name);
    if (gateway == NULL)
        answers_refuse(&it->answers, asker_of(request, match), 404, NULL, 0, "no such gateway");
    else if (!config_gateway_takes_form(gateway) && !slice_is(request->method, "POST"))
        answers_refuse(&it->answers, asker_of(request, match), 405, "POST", 0,
                       "this gateway posts its callbacks");
    else if (!config_gateway_takes_form(gateway) && match->form)
        answers_refuse(&it->answers, asker_of(request, match), 415, NULL, 0,
                       "this gateway sends JSON");
    else
        (void)forward(it, request, match, SOURCE_HOOK, gateway->name, NULL);
}

static void on_telegram(struct ingress *it, const struct http_request *request,
                        const struct route_match *match)
{
    const struct config_bot *bot = config_bot_find(it->config, match->name);
    if (bot == NULL || bot->updates != UPDATES_WEBHOOK)
        answers_refuse(&it->answers, asker_of(request, match), 404, NULL, 0,
                       "no such bot with a webhook");
    else
        (void)forward(it, request, match, SOURCE_TELEGRAM, bot->name, NULL);
}

static void on_api(struct ingress *it, const struct http_request *request,
                   const struct route_match *match)
{
    const char *allow;
    struct api_pass pass;
    unsigned refusal = api_route(request->method, request->path, &allow);
    if (refusal != 0)
        answers_refuse(&it->answers, asker_of(request, match), refusal, allow, 0,
                       refusal == 404 ? "no such resource" : "no such method here");
    else if (api_door_enter(&it->api, request, match, &pass) &&
             !forward(it, request, match, SOURCE_API, NULL, &pass))
        api_door_drop(&it->api, pass.handout);
}

static void on_page(struct ingress *it, const struct http_request *request,
                    const struct route_match *match)
{
    struct slice bot = SLICE("");
    if (it->config->bot_count > 0)
        bot = intake_username(it->intake, slice_from(it->config->bots[0].name));
    page_door_ask(&it->pages, request, match, bot);
}

static void on_style(struct ingress *it, const struct http_request *request,
                     const struct route_match *match)
{
    page_door_style(&it->pages, request, match);
}

static void on_healthz(struct ingress *it, const struct http_request *request,
                       const struct route_match *match)
{
    const struct http_answer reply = {.status = 200, .body = SLICE("ok\n")};
    answers_give(&it->answers, asker_of(request, match), &reply);
}

/* Payments are taken also while a bot is in trouble, so that is said and does not make us not
 * ready.
 */
static void on_readyz(struct ingress *it, const struct http_request *request,
                      const struct route_match *match)
{
    const char *reason = not_ready(it);
    if (reason != NULL) {
        answers_refuse(&it->answers, asker_of(request, match), 503, NULL, ANSWERS_BUSY_RETRY_S,
                       reason);
        return;
    }
    buf_clear(&it->scratch);
    buf_append_text(&it->scratch, "ready\n");
    trouble_list(it->config, &it->scratch);
    const struct http_answer reply = {.status = 200, .body = buf_slice(&it->scratch)};
    answers_give(&it->answers, asker_of(request, match), &reply);
}

static void on_metrics(struct ingress *it, const struct http_request *request,
                       const struct route_match *match)
{
    if (!exporter_page(&it->scratch)) {
        answers_refuse(&it->answers, asker_of(request, match), 500, NULL, 0,
                       "more metrics than fit");
        return;
    }
    const struct http_answer reply = {
        .status = 200, .content_type = EXPORTER_CONTENT_TYPE, .body = buf_slice(&it->scratch)};
    answers_give(&it->answers, asker_of(request, match), &reply);
}

/* False: it is answered. pass: of the API, else NULL. */
static bool forward(struct ingress *it, const struct http_request *request,
                    const struct route_match *match, enum request_source source, const char *name,
                    const struct api_pass *pass)
{
    struct parked_entry entry = {.tag = request->id,
                                 .received_us = request->received_us,
                                 .label = match->label,
                                 .handout = pass == NULL ? 0 : pass->handout};
    struct parked_entry dropped;

    if (name != NULL)
        ASSERT(slice_copy(slice_from(name), entry.name, sizeof(entry.name)));
    if (!headers_collect(&it->headers, request, source != SOURCE_API)) {
        answers_refuse(&it->answers, asker_of(request, match), 431, NULL, 0,
                       "the headers are too large");
        return false;
    }
    struct message message = {.kind = MESSAGE_request,
                              .request = {.origin = it->origin,
                                          .source = source,
                                          .name = match->name,
                                          .method = request->method,
                                          .path = request->path,
                                          .query = source == SOURCE_TELEGRAM
                                                       ? intake_username(it->intake, match->name)
                                                       : request->query,
                                          .received_ms = request->received_ms,
                                          .headers = buf_slice(&it->headers),
                                          .body = request->body}};
    if (pass != NULL) {
        message.request.asker = pass->asker;
        message.request.minted = pass->minted;
    }
    if (!message_fits(&message, NULL)) {
        answers_refuse(&it->answers, asker_of(request, match), 400, NULL, 0,
                       "the request is not well-formed");
        return false;
    }
    if (heard_no_more(&it->ledger, clock_mono_ms())) {
        metric_add(metric_series(METRIC_usher_busy_total, "ledger", NULL), 1);
        answers_refuse(&it->answers, asker_of(request, match), 503, NULL, DEADLINE_RETRY_S,
                       no_ledger);
        return false;
    }
    if (!outlet_has_room(&it->requests)) {
        answers_busy(&it->answers, asker_of(request, match), "requests");
        return false;
    }
    message.request.id = parked_add(it->parked, &entry, clock_mono_ms());
    if (message.request.id == 0) {
        answers_busy(&it->answers, asker_of(request, match), "parked");
        return false;
    }
    if (!outlet_put(&it->requests, &message)) {
        ASSERT(parked_take(it->parked, message.request.id, &dropped));
        answers_busy(&it->answers, asker_of(request, match), "requests");
        return false;
    }
    return true;
}

static void on_verdict(struct ingress *it, const struct message_verdict *verdict)
{
    struct parked_entry entry;
    char reason[65];

    if (!parked_take(it->parked, verdict->id, &entry)) {
        intake_settled(it->intake, verdict->id, verdict->status == 200);
        return; /* or it came too late, and the request was answered 503 */
    }
    if (entry.page != 0) {
        page_door_verdict(&it->pages, &entry, verdict);
        return;
    }
    if (strcmp(entry.label, telegram_label) == 0) {
        if (verdict->status == 200)
            intake_hooked(it->intake, entry.name);
    } else if (entry.name[0] != '\0' && slice_copy(verdict->reason, reason, sizeof(reason))) {
        metric_add(metric_series(METRIC_usher_callbacks_total, entry.name, reason), 1);
        trouble_callback(entry.name, (unsigned)verdict->status, reason);
    }
    api_door_verdict(&it->api, &entry, verdict);
}

/* NULL when ready, else what is missing. */
static const char *not_ready(const struct ingress *it)
{
    uint64_t now_ms = clock_mono_ms();
    if (it->ledger.said_ms == 0 || heard_no_more(&it->ledger, now_ms))
        return no_ledger;
    if (!it->ledger.writable)
        return "the journal cannot be written";
    if (!intake_knows(it->intake) && now_ms - it->ledger.started_ms < TELEGRAM_GRACE_MS)
        return "it is not known yet whether Telegram answers";
    return NULL;
}
