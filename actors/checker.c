/* Checker (see checker.h): the second stage behind the verifier. A callback that nobody signed, or
 * that does not say what was really paid, comes here as it came to us, still parked at its ingress;
 * its gateway is asked (src/gateway/check.h, inquiry.h), and what the answer makes of it goes where
 * the verifier would have sent it. No request is waited for. */
#include "actors/checker.h"
#include "actors/reload.h"
#include "base/alert.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "http/client.h"

#include <stdlib.h>

enum {
    REQUEST_QUOTA = 64,
    UNDER_WAY_MAX = 256, /* of all gateways */
    LOOK_MS = 500,       /* at least so often */
    QUIET_MS = 1000      /* for answers that are under way, at the end */
};

static enum error open_all(struct checker *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_checks(void *state);
static void take_looks(void *state);
static void client_ready(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static void on_callback(struct checker *it, const struct message_request *request);
static enum gateway_verdict ask(struct checker *it, const struct config_gateway *gateway,
                                const struct message_request *request, struct payment_event *event);
static void settle(struct checker *it, const struct config_gateway *gateway, uint64_t origin,
                   uint64_t id, enum gateway_verdict verdict, const struct payment_event *event);
static bool callback_answered(struct checker *it, struct inquiry *inquiry,
                              const struct inquiry_answer *answer);
static bool send(void *context, const struct inquiry_request *request, void *tag);
static void done(void *context, const struct http_result *result);
static bool answered(void *context, struct inquiry *inquiry, const struct inquiry_answer *answer);

enum error checker_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct checker *it = calloc(1, sizeof *it);
    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    judgement_init(&it->judgement);
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "checker", run, destroy, it, out, why);
}

static enum error open_all(struct checker *it, struct site *site, struct why *why)
{
    const struct http_client_options options = {.connections_max = UNDER_WAY_MAX,
                                                .body_bytes_max = CHECK_ANSWER_MAX};
    const struct inquiry_owner owner = {.context = it,
                                        .send = send,
                                        .answered = answered,
                                        .token_of = check_token_of,
                                        .real_ms = clock_real_ms};
    it->config = site->config;
    it->inquiries = inquiries_new(site->config, &owner);
    it->reconcile = reconcile_new(clock_wall_ms());
    if (it->inquiries == NULL || it->reconcile == NULL ||
        http_client_new(&options, done, it, &it->client) != ERROR_NONE)
        return why_set(why, ERROR_MEMORY, "checker: cannot set up the HTTP client");
    enum error error = inlet_open(&it->checks, site->topology, LINK_checks, 0, why);
    if (error == ERROR_NONE)
        error = inlet_open(&it->looks, site->topology, LINK_looks, 0, why);
    return error == ERROR_NONE ? handover_open(&it->handover, site->topology, "checker", why)
                               : error;
}

static void run(struct actor *actor, void *state)
{
    struct checker *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->checks, .ready = take_checks},
                    {.inlet = &it->looks, .ready = take_looks},
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
    struct checker *it = state;
    http_client_destroy(&it->client);
    inquiries_destroy(&it->inquiries);
    reconcile_destroy(&it->reconcile);
    handover_deinit(&it->handover);
    inlet_deinit(&it->looks);
    inlet_deinit(&it->checks);
    judgement_deinit(&it->judgement);
    free(it);
}

static void take_checks(void *state)
{
    struct checker *it = state;
    struct message message;

    for (int n = 0; n < REQUEST_QUOTA && inlet_next(&it->checks, &message); n++) {
        if (message.kind == MESSAGE_request && message.request.source == SOURCE_TAP)
            checker_tap(it, &message.request);
        else if (message.kind == MESSAGE_request)
            on_callback(it, &message.request);
        else
            log_event(LOG_bad_message, "actor=checker kind=%s", message_name(message.kind));
    }
}

static void take_looks(void *state)
{
    struct checker *it = state;
    struct message message;

    for (int n = 0; n < REQUEST_QUOTA && inlet_next(&it->looks, &message); n++) {
        if (message.kind == MESSAGE_look)
            checker_look(it, &message.look);
        else
            log_event(LOG_bad_message, "actor=checker kind=%s", message_name(message.kind));
    }
}

/* Readable: the turn, which every round ends with, does the work. */
static void client_ready(void *state)
{
    (void)state;
}

static long timeout_ms(void *state)
{
    struct checker *it = state;
    if (!handover_empty(&it->handover))
        return 1;
    long wait = inquiries_timeout_ms(it->inquiries, clock_mono_ms());
    if (wait < 0 || wait > LOOK_MS) /* for runs that are due, also by a clock that was moved */
        wait = LOOK_MS;
    long client = http_client_timeout_ms(it->client);
    return client >= 0 && client < wait ? client : wait;
}

static void turn(void *state)
{
    struct checker *it = state;
    http_client_run(it->client);
    if (it->quiet && clock_mono_ms() >= it->quiet_ms + QUIET_MS)
        inquiries_give_up(it->inquiries);
    if (!it->quiet)
        checker_reconcile(it);
    inquiries_turn(it->inquiries, clock_mono_ms());
    handover_flush(&it->handover);
}

static void quiesce(void *state)
{
    struct checker *it = state;
    it->quiet = true;
    it->quiet_ms = clock_mono_ms();
}

static bool drained(void *state, bool idle)
{
    struct checker *it = state;
    return idle && handover_empty(&it->handover) && inquiries_count(it->inquiries, NULL) == 0;
}

static void swap(void *state, struct change *change)
{
    struct checker *it = state;
    it->config = change->config;
    inquiries_change(it->inquiries, it->config);
}

static void on_callback(struct checker *it, const struct message_request *request)
{
    const struct config_gateway *gateway = config_gateway_find(it->config, request->name);
    struct payment_event event;
    if (gateway == NULL) {
        judgement_refuse(&it->judgement, 404, "unknown_gateway", "no such gateway");
        handover_answer(&it->handover, request->origin, request->id, &it->judgement);
        return;
    }
    enum gateway_verdict verdict = ask(it, gateway, request, &event);
    if (verdict != GATEWAY_unchecked)
        settle(it, gateway, request->origin, request->id, verdict, &event);
}

/* GATEWAY_unchecked: the question is on its way, or waits for its turn. */
static enum gateway_verdict ask(struct checker *it, const struct config_gateway *gateway,
                                const struct message_request *request, struct payment_event *event)
{
    struct callback_headers headers;
    struct inquiry *inquiry = inquiry_new(INQUIRY_CALLBACK, request->origin, request->id);
    if (inquiry == NULL || !callback_headers(request, &headers)) {
        inquiry_destroy(&inquiry);
        return GATEWAY_busy;
    }
    const struct gateway_request question =
        callback_question(request, &headers, request->received_ms);
    enum gateway_verdict verdict = check_begin(gateway, &question, &inquiry->check, &inquiry->ask);
    if (verdict == GATEWAY_unchecked &&
        inquiries_add(it->inquiries, gateway, inquiry, clock_mono_ms()))
        return verdict;
    *event = inquiry->check.event;
    inquiry_destroy(&inquiry);
    return verdict == GATEWAY_unchecked ? GATEWAY_busy : verdict;
}

/* As the verifier would have: the event to the ledger, any other verdict to who called. */
static void settle(struct checker *it, const struct config_gateway *gateway, uint64_t origin,
                   uint64_t id, enum gateway_verdict verdict, const struct payment_event *event)
{
    if (verdict == GATEWAY_busy) {
        handover_busy(&it->handover, origin, id, gateway->name, &it->judgement);
        return;
    }
    if (verdict == GATEWAY_accepted)
        callback_take(gateway, event, &it->judgement);
    else
        callback_refuse(verdict, gateway, &it->judgement);
    if (it->judgement.kind == JUDGEMENT_COMMAND)
        (void)handover_command(&it->handover, origin, id, &it->judgement);
    else
        handover_answer(&it->handover, origin, id, &it->judgement);
}

static bool send(void *context, const struct inquiry_request *request, void *tag)
{
    struct checker *it = context;
    return http_client_start(it->client, request->method, request->url, request->headers,
                             request->type, request->body, request->timeout_ms, tag) == ERROR_NONE;
}

static void done(void *context, const struct http_result *result)
{
    struct checker *it = context;
    const struct inquiry_answer answer = {
        .status = result->failure == HTTP_ANSWERED ? result->status : 0, .body = result->body};
    inquiries_answered(it->inquiries, result->tag, &answer, clock_mono_ms());
}

static bool answered(void *context, struct inquiry *inquiry, const struct inquiry_answer *answer)
{
    static bool (*const hears[])(struct checker *, struct inquiry *,
                                 const struct inquiry_answer *) = {
        [INQUIRY_CALLBACK] = callback_answered,       [INQUIRY_LIST] = checker_list_answered,
        [INQUIRY_PAYMENT] = checker_payment_answered, [INQUIRY_LOOK] = checker_look_answered,
        [INQUIRY_TAP] = checker_tap_answered,
    };
    return hears[inquiry->purpose](context, inquiry, answer);
}

static bool callback_answered(struct checker *it, struct inquiry *inquiry,
                              const struct inquiry_answer *answer)
{
    struct payment_event event;
    enum gateway_verdict verdict = checker_judge(inquiry, answer, &event);
    if (verdict == GATEWAY_unchecked)
        return true;
    settle(it, inquiry->gateway, inquiry->origin, inquiry->id, verdict, &event);
    return false;
}

enum gateway_verdict checker_judge(struct inquiry *inquiry, const struct inquiry_answer *answer,
                                   struct payment_event *event)
{
    enum gateway_verdict verdict = GATEWAY_not_answered;
    if (answer->status != 0)
        verdict = check_judge(inquiry->gateway, &inquiry->check, answer->status, answer->body,
                              &inquiry->ask, event);
    checker_note(inquiry->gateway, verdict, answer);
    return verdict;
}

/* What an operator can mend is said; what anybody may send us is counted. */
void checker_note(const struct config_gateway *gateway, enum gateway_verdict verdict,
                  const struct inquiry_answer *answer)
{
    metric_add(metric_series(METRIC_usher_gateway_asks_total, gateway->name,
                             gateway_verdict_name(verdict)),
               1);
    if (!answer->late && (verdict == GATEWAY_not_answered || verdict == GATEWAY_keys_refused))
        alert(LOG_gateway_not_answering, gateway->name, gateway_verdict_remedy(verdict),
              "gateway=%s verdict=%s status=%u", gateway->name, gateway_verdict_name(verdict),
              answer->status);
}
