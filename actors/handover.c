#include "actors/handover.h"

#include "base/log.h"
#include "base/metrics.h"

#include <stdlib.h>

enum { OUT_BYTES_MAX = 32 * 1024 * 1024, BUSY_RETRY_S = 2 };

static struct outlet *verdicts_of(struct handover *it, uint64_t origin);

enum error handover_open(struct handover *it, struct topology *topology, const char *actor,
                         struct why *why)
{
    it->actor = actor;
    enum error error = outlet_open(&it->commands, topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    it->ingress_count = topology_endpoints(topology, LINK_verdicts);
    it->verdicts = calloc(it->ingress_count, sizeof(*it->verdicts));
    if (it->verdicts == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    for (size_t i = 0; i < it->ingress_count && error == ERROR_NONE; i++)
        error = outlet_open(&it->verdicts[i], topology, LINK_verdicts, i, OUT_BYTES_MAX, why);
    return error;
}

void handover_deinit(struct handover *it)
{
    for (size_t i = 0; it->verdicts != NULL && i < it->ingress_count; i++)
        outlet_deinit(&it->verdicts[i]);
    free(it->verdicts);
    it->verdicts = NULL;
    outlet_deinit(&it->commands);
}

bool handover_command(struct handover *it, uint64_t origin, uint64_t id,
                      struct judgement *judgement)
{
    const char *type = judgement->content_type;
    const struct message message = {.kind = MESSAGE_command,
                                    .command = {.origin = origin,
                                                .id = id,
                                                .wait = judgement->wait,
                                                .ack_type = slice_from(type == NULL ? "" : type),
                                                .ack = buf_slice(&judgement->body),
                                                .body = buf_slice(&judgement->command)}};
    if (outlet_has_room(&it->commands) && outlet_put(&it->commands, &message))
        return true;
    if (origin != 0)
        handover_busy(it, origin, id, "commands", judgement);
    return false;
}

void handover_answer(struct handover *it, uint64_t origin, uint64_t id,
                     const struct judgement *judgement)
{
    const char *type = judgement->content_type;
    const struct message message = {
        .kind = MESSAGE_verdict,
        .verdict = {.id = id,
                    .status = judgement->status,
                    .retry_after = judgement->status == 503 ? BUSY_RETRY_S : 0,
                    .content_type = slice_from(type == NULL ? "" : type),
                    .reason = slice_from(judgement->reason),
                    .body = buf_slice(&judgement->body)}};
    struct outlet *outlet = verdicts_of(it, origin);
    /* No room: the ingress is gone, or its request runs into its deadline and is answered 503. The
     * put has counted it. */
    if (outlet != NULL && !outlet_put(outlet, &message))
        log_event(LOG_verdict_lost, "origin=%llu", (unsigned long long)origin);
}

void handover_busy(struct handover *it, uint64_t origin, uint64_t id, const char *where,
                   struct judgement *judgement)
{
    metric_add(metric_series(METRIC_usher_busy_total, where, NULL), 1);
    judgement_refuse(judgement, 503, "busy", "too much at once, try again");
    handover_answer(it, origin, id, judgement);
}

bool handover_empty(const struct handover *it)
{
    bool empty = outlet_empty(&it->commands);
    for (size_t i = 0; i < it->ingress_count; i++)
        empty = empty && outlet_empty(&it->verdicts[i]);
    return empty;
}

void handover_flush(struct handover *it)
{
    outlet_flush(&it->commands);
    for (size_t i = 0; i < it->ingress_count; i++)
        outlet_flush(&it->verdicts[i]);
}

/* NULL for an origin that the configuration does not list. */
static struct outlet *verdicts_of(struct handover *it, uint64_t origin)
{
    if (origin >= 1 && origin <= it->ingress_count)
        return &it->verdicts[origin - 1];
    log_event(LOG_bad_message, "actor=%s origin=%llu", it->actor, (unsigned long long)origin);
    return NULL;
}
