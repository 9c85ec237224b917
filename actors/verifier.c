/* Verifier: takes raw requests, lets verifier_judge (src/gateway/verify.h) decide, and passes on
 * what came of them: an answer back to the ingress that parks the request, a command or a question
 * to the ledger. */
#include "actors/actors.h"
#include "actors/reload.h"
#include "actors/trouble.h"
#include "base/alert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "desk/verify.h"
#include "http/route.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUEST_QUOTA = 512, OUT_BYTES_MAX = 32 * 1024 * 1024, BUSY_RETRY_S = 2 };

struct verifier_actor {
    struct verifier *verifier;
    struct pace *pace;
    struct judgement judgement;
    struct inlet requests;
    struct outlet commands;
    struct outlet queries;
    struct outlet reads, hook_asks;
    struct outlet *verdicts; /* one for each ingress */
    size_t ingress_count;
    struct loop loop;
};

static enum error open_all(struct verifier_actor *it, struct site *site, size_t index,
                           struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_requests(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static enum error make(const struct config *config, void **made, struct why *why);
static void drop(void **made);
static void on_request(struct verifier_actor *it, const struct message_request *request);
static void note_callback(const struct verifier_actor *it, const struct message_request *request);
static void note_standing(const struct verifier_actor *it, const struct message_request *request);
static void put_command(struct verifier_actor *it, const struct message_request *request);
static void put_query(struct verifier_actor *it, const struct message_request *request);
static void put_read(struct verifier_actor *it, const struct message_request *request);
static void put_answer(struct verifier_actor *it, const struct message_request *request);
static void put_busy(struct verifier_actor *it, const struct message_request *request,
                     const char *where);
static struct outlet *verdicts_of(struct verifier_actor *it, uint64_t origin);

enum error verifier_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct verifier_actor *it = calloc(1, sizeof(*it));
    char name[ACTOR_NAME_MAX + 1];

    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    judgement_init(&it->judgement);
    enum error error = open_all(it, site, index, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    snprintf(name, sizeof(name), "verifier.%zu", index + 1);
    return actor_start(topology_context(site->topology), name, run, destroy, it, out, why);
}

static enum error open_all(struct verifier_actor *it, struct site *site, size_t index,
                           struct why *why)
{
    enum error error = verifier_new(site->config, &it->verifier, why);
    if (error != ERROR_NONE)
        return error;
    it->pace = site->pace;
    verifier_pace(it->verifier, it->pace);
    error = inlet_open(&it->requests, site->topology, LINK_requests, index, why);
    if (error != ERROR_NONE)
        return error;
    error = outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->queries, site->topology, LINK_queries, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->reads, site->topology, LINK_reads, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->hook_asks, site->topology, LINK_hook_asks, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;

    it->ingress_count = topology_endpoints(site->topology, LINK_verdicts);
    it->verdicts = calloc(it->ingress_count, sizeof(*it->verdicts));
    if (it->verdicts == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    for (size_t i = 0; i < it->ingress_count && error == ERROR_NONE; i++)
        error = outlet_open(&it->verdicts[i], site->topology, LINK_verdicts, i, OUT_BYTES_MAX, why);
    return error;
}

static void run(struct actor *actor, void *state)
{
    struct verifier_actor *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->requests, .ready = take_requests}},
        .count = 1,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .swap = swap,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct verifier_actor *it = state;
    for (size_t i = 0; it->verdicts != NULL && i < it->ingress_count; i++)
        outlet_deinit(&it->verdicts[i]);
    free(it->verdicts);
    outlet_deinit(&it->hook_asks);
    outlet_deinit(&it->reads);
    outlet_deinit(&it->queries);
    outlet_deinit(&it->commands);
    inlet_deinit(&it->requests);
    judgement_deinit(&it->judgement);
    verifier_destroy(&it->verifier);
    free(it);
}

static void take_requests(void *state)
{
    struct verifier_actor *it = state;
    struct message message;

    for (int n = 0; n < REQUEST_QUOTA && inlet_next(&it->requests, &message); n++) {
        if (message.kind == MESSAGE_request)
            on_request(it, &message.request);
        else
            log_event(LOG_bad_message, "actor=verifier kind=%s", message_name(message.kind));
    }
}

static long timeout_ms(void *state)
{
    struct verifier_actor *it = state;
    bool empty = outlet_empty(&it->commands) && outlet_empty(&it->queries) &&
                 outlet_empty(&it->reads) && outlet_empty(&it->hook_asks);
    for (size_t i = 0; i < it->ingress_count; i++)
        empty = empty && outlet_empty(&it->verdicts[i]);
    return empty ? -1 : 1;
}

static void turn(void *state)
{
    struct verifier_actor *it = state;
    outlet_flush(&it->commands);
    outlet_flush(&it->queries);
    outlet_flush(&it->reads);
    outlet_flush(&it->hook_asks);
    for (size_t i = 0; i < it->ingress_count; i++)
        outlet_flush(&it->verdicts[i]);
}

static bool drained(void *state, bool idle)
{
    return idle && timeout_ms(state) < 0;
}

static void swap(void *state, struct change *change)
{
    struct verifier_actor *it = state;
    struct verifier *old = it->verifier;
    it->verifier = change->made;
    verifier_pace(it->verifier, it->pace);
    change->made = old;
}

static enum error make(const struct config *config, void **made, struct why *why)
{
    struct verifier *verifier;
    enum error error = verifier_new(config, &verifier, why);
    *made = verifier;
    return error;
}

static void drop(void **made)
{
    struct verifier *verifier = *made;
    verifier_destroy(&verifier);
    *made = NULL;
}

const struct maker verifier_maker = {make, drop};

static void on_request(struct verifier_actor *it, const struct message_request *request)
{
    static void (*const puts[])(struct verifier_actor *, const struct message_request *) = {
        [JUDGEMENT_ANSWER] = put_answer, [JUDGEMENT_COMMAND] = put_command,
        [JUDGEMENT_QUERY] = put_query,   [JUDGEMENT_READ] = put_read,
        [JUDGEMENT_WEBHOOK] = put_read,
    };
    char name[65];

    verifier_judge(it->verifier, request, request->received_ms, &it->judgement);
    if (it->judgement.update_kind != NULL && slice_copy(request->name, name, sizeof(name)))
        metric_add(
            metric_series(METRIC_usher_telegram_updates_total, name, it->judgement.update_kind), 1);
    if (request->source == SOURCE_HOOK)
        note_callback(it, request);
    if (it->judgement.update_kind != NULL &&
        strcmp(it->judgement.update_kind, "my_chat_member") == 0)
        note_standing(it, request);
    puts[it->judgement.kind](it, request);
}

/* A callback that is genuine and yet refused comes again and again, and a payment waits behind it.
 * (Signatures that are wrong after right ones are the ingress's to say: trouble.h.) */
static void note_callback(const struct verifier_actor *it, const struct message_request *request)
{
    const struct judgement *judgement = &it->judgement;
    char gateway[CONFIG_NAME_MAX + 1];
    if (judgement->kind == JUDGEMENT_ANSWER && judgement->status == 400 &&
        judgement->remedy != NULL && slice_copy(request->name, gateway, sizeof(gateway)))
        alert(LOG_callback_refused, gateway, judgement->remedy, "gateway=%s verdict=%s", gateway,
              judgement->reason);
}

static void note_standing(const struct verifier_actor *it, const struct message_request *request)
{
    int64_t chat_id;
    enum standing standing = standing_of(request->body, &chat_id);
    if (standing != STANDING_NONE)
        trouble_standing(verifier_config(it->verifier), request->name, standing, chat_id);
}

static void put_command(struct verifier_actor *it, const struct message_request *request)
{
    const char *type = it->judgement.content_type;
    const struct message message = {.kind = MESSAGE_command,
                                    .command = {.origin = request->origin,
                                                .id = request->id,
                                                .wait = it->judgement.wait,
                                                .ack_type = slice_from(type == NULL ? "" : type),
                                                .ack = buf_slice(&it->judgement.body),
                                                .body = buf_slice(&it->judgement.command)}};
    if (!outlet_has_room(&it->commands) || !outlet_put(&it->commands, &message))
        put_busy(it, request, "commands");
}

static void put_query(struct verifier_actor *it, const struct message_request *request)
{
    struct message message = {.kind = MESSAGE_query, .query = it->judgement.query};
    message.query.origin = request->origin;
    message.query.id = request->id;
    if (!outlet_has_room(&it->queries) || !outlet_put(&it->queries, &message))
        put_busy(it, request, "queries");
}

static void put_read(struct verifier_actor *it, const struct message_request *request)
{
    const struct message message = {.kind = MESSAGE_read,
                                    .read = {.origin = request->origin,
                                             .id = request->id,
                                             .thing = slice_from(it->judgement.text),
                                             .query = request->query}};
    bool list = it->judgement.kind == JUDGEMENT_READ;
    struct outlet *outlet = list ? &it->reads : &it->hook_asks;
    if (!outlet_has_room(outlet) || !outlet_put(outlet, &message))
        put_busy(it, request, list ? "reads" : "hook_asks");
}

static void put_answer(struct verifier_actor *it, const struct message_request *request)
{
    const char *type = it->judgement.content_type;
    const struct message message = {
        .kind = MESSAGE_verdict,
        .verdict = {.id = request->id,
                    .status = it->judgement.status,
                    .retry_after = it->judgement.status == 503 ? BUSY_RETRY_S : 0,
                    .content_type = slice_from(type == NULL ? "" : type),
                    .reason = slice_from(it->judgement.reason),
                    .body = buf_slice(&it->judgement.body)}};
    struct outlet *outlet = verdicts_of(it, request->origin);
    /* No room: the ingress is gone, or its request runs into its deadline and is answered 503. The
     * put has counted it. */
    if (outlet != NULL && !outlet_put(outlet, &message))
        log_event(LOG_verdict_lost, "origin=%llu", (unsigned long long)request->origin);
}

static void put_busy(struct verifier_actor *it, const struct message_request *request,
                     const char *where)
{
    metric_add(metric_series(METRIC_usher_busy_total, where, NULL), 1);
    judgement_refuse(&it->judgement, 503, "busy", "too much at once, try again");
    put_answer(it, request);
}

/* NULL for an origin that the configuration does not list. */
static struct outlet *verdicts_of(struct verifier_actor *it, uint64_t origin)
{
    if (origin >= 1 && origin <= it->ingress_count)
        return &it->verdicts[origin - 1];
    log_event(LOG_bad_message, "actor=verifier origin=%llu", (unsigned long long)origin);
    return NULL;
}
