/* Verifier: takes raw requests, lets verifier_judge (src/gateway/verify.h) decide, and passes on
 * what came of them: an answer back to the ingress that parks the request, a command or a question
 * to the ledger, a callback that its gateway must be asked about to the checker. */
#include "actors/actors.h"
#include "actors/handover.h"
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

enum { REQUEST_QUOTA = 512, OUT_BYTES_MAX = 32 * 1024 * 1024 };

struct verifier_actor {
    struct verifier *verifier;
    struct pace *pace;
    struct judgement judgement;
    struct inlet requests;
    struct handover handover;
    struct outlet queries;
    struct outlet reads, hook_asks, checks;
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
static void put_check(struct verifier_actor *it, const struct message_request *request);
static void put_answer(struct verifier_actor *it, const struct message_request *request);
static void put_busy(struct verifier_actor *it, const struct message_request *request,
                     const char *where);

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
    error = handover_open(&it->handover, site->topology, "verifier", why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->queries, site->topology, LINK_queries, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->reads, site->topology, LINK_reads, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->hook_asks, site->topology, LINK_hook_asks, 0, OUT_BYTES_MAX, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->checks, site->topology, LINK_checks, 0, OUT_BYTES_MAX, why);
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
    outlet_deinit(&it->checks);
    outlet_deinit(&it->hook_asks);
    outlet_deinit(&it->reads);
    outlet_deinit(&it->queries);
    handover_deinit(&it->handover);
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
    bool empty = handover_empty(&it->handover) && outlet_empty(&it->queries) &&
                 outlet_empty(&it->reads) && outlet_empty(&it->hook_asks) &&
                 outlet_empty(&it->checks);
    return empty ? -1 : 1;
}

static void turn(void *state)
{
    struct verifier_actor *it = state;
    handover_flush(&it->handover);
    outlet_flush(&it->queries);
    outlet_flush(&it->reads);
    outlet_flush(&it->hook_asks);
    outlet_flush(&it->checks);
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
        [JUDGEMENT_WEBHOOK] = put_read,  [JUDGEMENT_CHECK] = put_check,
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
    (void)handover_command(&it->handover, request->origin, request->id, &it->judgement);
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

/* As it came, still parked: its gateway is asked, and who asks answers. */
static void put_check(struct verifier_actor *it, const struct message_request *request)
{
    const struct message message = {.kind = MESSAGE_request, .request = *request};
    if (!outlet_has_room(&it->checks) || !outlet_put(&it->checks, &message))
        put_busy(it, request, "checks");
}

static void put_answer(struct verifier_actor *it, const struct message_request *request)
{
    handover_answer(&it->handover, request->origin, request->id, &it->judgement);
}

static void put_busy(struct verifier_actor *it, const struct message_request *request,
                     const char *where)
{
    handover_busy(&it->handover, request->origin, request->id, where, &it->judgement);
}
