/* Granter: turns leased deliveries into Bot API calls in the member's language (letter_render) and
 * hands each to its lane's notifier. What cannot be rendered goes back to the ledger as failed, for
 * the operator to see. */
#include "actors/actors.h"
#include "actors/reload.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "gateway/create.h"
#include "ledger/words.h"
#include "text/letter.h"

#include <stdlib.h>

enum {
    WORK_QUOTA = 256,
    OUT_BYTES_MAX = 16 * 1024 * 1024,
    PARAMS_BYTES_MAX = 65536, /* as in messages.def */
    COMMAND_BYTES_MAX = 4096
};

struct granter {
    const struct config *config;
    struct calendar *calendar;
    struct inlet work;
    struct outlet commands;
    struct outlet *calls; /* by lane */
    struct buf params;
    struct buf command;
    struct loop loop;
};

static enum error open_all(struct granter *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_work(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static enum error make(const struct config *config, void **made, struct why *why);
static void drop(void **made);
static void on_work(struct granter *it, const struct message_work *work);
static uint64_t last_start_ms(const struct message_work *work);
static bool pass_on(struct granter *it, const struct message_work *work, size_t lane,
                    const char *method, int64_t chat_id);
static void give_back(struct granter *it, const struct message_work *work, enum outcome outcome,
                      const char *why);

enum error granter_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct granter *it = calloc(1, sizeof(*it));

    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "granter", run, destroy, it, out, why);
}

static enum error open_all(struct granter *it, struct site *site, struct why *why)
{
    void *calendar;
    enum error error;

    it->config = site->config;
    buf_init(&it->params, PARAMS_BYTES_MAX);
    buf_init(&it->command, COMMAND_BYTES_MAX);
    error = make(site->config, &calendar, why);
    if (error != ERROR_NONE)
        return error;
    it->calendar = calendar;
    error = inlet_open(&it->work, site->topology, LINK_work, 0, why);
    if (error != ERROR_NONE)
        return error;
    error = outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    it->calls = calloc(config_lane_count(site->config) + 1, sizeof(*it->calls));
    if (it->calls == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    for (size_t i = 0; i < config_lane_count(site->config) && error == ERROR_NONE; i++) {
        error = outlet_open(&it->calls[i], site->topology, LINK_calls, i, OUT_BYTES_MAX, why);
    }
    return error;
}

static void run(struct actor *actor, void *state)
{
    struct granter *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->work, .ready = take_work}},
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
    struct granter *it = state;
    for (size_t i = 0; it->calls != NULL && i < config_lane_count(it->config); i++)
        outlet_deinit(&it->calls[i]);
    free(it->calls);
    outlet_deinit(&it->commands);
    inlet_deinit(&it->work);
    calendar_destroy(&it->calendar);
    buf_deinit(&it->params);
    buf_deinit(&it->command);
    free(it);
}

static void take_work(void *state)
{
    struct granter *it = state;
    struct message message;

    for (int n = 0; n < WORK_QUOTA && inlet_next(&it->work, &message); n++) {
        if (message.kind == MESSAGE_work)
            on_work(it, &message.work);
        else
            log_event(LOG_bad_message, "actor=granter kind=%s", message_name(message.kind));
    }
}

static long timeout_ms(void *state)
{
    struct granter *it = state;
    bool empty = outlet_empty(&it->commands);
    for (size_t i = 0; i < config_lane_count(it->config); i++)
        empty = empty && outlet_empty(&it->calls[i]);
    return empty ? -1 : 1;
}

static void turn(void *state)
{
    struct granter *it = state;
    outlet_flush(&it->commands);
    for (size_t i = 0; i < config_lane_count(it->config); i++)
        outlet_flush(&it->calls[i]);
    /* Outcomes must not be lost: no more work while they find no room. */
    it->loop.sources[0].paused = !outlet_has_room(&it->commands);
}

static bool drained(void *state, bool idle)
{
    const struct granter *it = state;
    /* A notifier of this process has stopped before us, and what is for it finds nobody any more:
     * its lease ends with the process or runs out. Outcomes are for the ledger, which stops after
     * us. */
    return idle && outlet_empty(&it->commands);
}

static void swap(void *state, struct change *change)
{
    struct granter *it = state;
    struct calendar *old = it->calendar;
    it->config = change->config;
    it->calendar = change->made;
    change->made = old;
}

static enum error make(const struct config *config, void **made, struct why *why)
{
    struct calendar *calendar = NULL;
    enum error error = calendar_new(config->timezone, &calendar);
    *made = calendar;
    if (error != ERROR_NONE)
        why_set(why, error, "the time zone %s: %s", config->timezone, error_text(error));
    return error;
}

static void drop(void **made)
{
    struct calendar *calendar = *made;
    calendar_destroy(&calendar);
    *made = NULL;
}

const struct maker granter_maker = {make, drop};

static void on_work(struct granter *it, const struct message_work *work)
{
    struct why why = {""};
    const char *method = NULL;
    int64_t chat_id = 0;

    size_t lane;
    if (!config_lane_find(it->config, work->lane, &lane)) {
        give_back(it, work, OUTCOME_FAILED, "the lane is not configured");
        return;
    }
    if (work->expires_ms != 0 && work->expires_ms <= clock_wall_ms()) {
        give_back(it, work, OUTCOME_MOOT, "nobody waits for it any more");
        return;
    }
    buf_clear(&it->params);
    enum error error = work->kind == DELIVERY_request || work->kind == DELIVERY_request_once
                           ? create_render(it->config, work, &method, &it->params, &why)
                           : letter_render(module_say, it->config, it->calendar, work, &method,
                                           &chat_id, &it->params, &why);
    if (error == ERROR_MEMORY) { /* the lease runs out, and it comes again */
        metric_add(metric_series(METRIC_usher_busy_total, "memory", NULL), 1);
        return;
    }
    if (error != ERROR_NONE) {
        /* A letter all of whose parts have lost their point is settled; the rest is the operator's.
         */
        give_back(it, work, error == ERROR_NOT_FOUND ? OUTCOME_MOOT : OUTCOME_FAILED,
                  why.text[0] == '\0' ? error_text(error) : why.text);
        return;
    }
    /* A notifier that is not there holds up its own lane only: the lease runs out, and the delivery
     * comes again. */
    if (!pass_on(it, work, lane, method, chat_id))
        metric_add(metric_series(METRIC_usher_busy_total, "calls", NULL), 1);
}

/* The lease is real time, what expires does so by the test clock. */
static uint64_t last_start_ms(const struct message_work *work)
{
    uint64_t ahead_ms = clock_ahead_ms();
    if (work->expires_ms == 0 || work->expires_ms - ahead_ms > work->lease_until_ms)
        return work->lease_until_ms;
    return work->expires_ms - ahead_ms;
}

static bool pass_on(struct granter *it, const struct message_work *work, size_t lane,
                    const char *method, int64_t chat_id)
{
    const struct message message = {.kind = MESSAGE_call,
                                    .call = {.delivery = work->delivery,
                                             .kind = work->kind,
                                             .lane = work->lane,
                                             .method = slice_from(method),
                                             .chat_id = chat_id,
                                             .turn_ms = work->turn_ms,
                                             .lease_until_ms = last_start_ms(work),
                                             .attempts = work->attempts,
                                             .parts_count = work->parts_count,
                                             .params = buf_slice(&it->params),
                                             .priority = work->priority}};
    return outlet_has_room(&it->calls[lane]) && outlet_put(&it->calls[lane], &message);
}

static void give_back(struct granter *it, const struct message_work *work, enum outcome result,
                      const char *why)
{
    struct message outcome = {.kind = MESSAGE_cmd_outcome,
                              .cmd_outcome = {.delivery = work->delivery,
                                              .lane = work->lane,
                                              .result = (uint64_t)result,
                                              .parts_count = work->parts_count,
                                              .link = SLICE(""),
                                              .error = slice_of(why, strnlen(why, 256))}};
    if (!message_fits(&outcome, NULL)) /* cut within a character */
        outcome.cmd_outcome.error = SLICE("cannot be rendered");
    buf_clear(&it->command);
    wire_encode(&it->command, &outcome);
    const struct message message = {
        .kind = MESSAGE_command,
        .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&it->command)}};
    if (it->command.failed || !outlet_put(&it->commands, &message))
        log_event(LOG_command_lost, "kind=cmd_outcome delivery=%llu",
                  (unsigned long long)work->delivery);
}
