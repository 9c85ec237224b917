/* Scheduler: knows the ledger's next due time and says so when it has come (cmd_tick). The wall
 * clock is looked at every second, so that a jump of it is a second's matter. After a tick it waits
 * for the ledger's next word, which comes once the tick is applied; when none comes, it says it
 * again. */
#include "actors/actors.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

enum { RECHECK_MS = 1000, REPEAT_MS = 5000, OUT_BYTES_MAX = 65536, COMMAND_BYTES_MAX = 256 };

struct scheduler {
    struct inlet due;
    struct outlet commands;
    struct buf command;
    uint64_t due_ms;        /* wall; 0: nothing is due ever */
    uint64_t not_before_ms; /* mono: after a tick; 0: the ledger has spoken since */
    bool quiet;
    struct loop loop;
};

static enum error open_all(struct scheduler *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_due(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);

enum error scheduler_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct scheduler *it = calloc(1, sizeof(*it));

    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "scheduler", run, destroy, it, out, why);
}

static enum error open_all(struct scheduler *it, struct site *site, struct why *why)
{

    buf_init(&it->command, COMMAND_BYTES_MAX);
    enum error error = inlet_open(&it->due, site->topology, LINK_due, 0, why);
    if (error != ERROR_NONE)
        return error;
    return outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
}

static void run(struct actor *actor, void *state)
{
    struct scheduler *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->due, .ready = take_due}},
        .count = 1,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .quiesce = quiesce,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct scheduler *it = state;
    outlet_deinit(&it->commands);
    inlet_deinit(&it->due);
    buf_deinit(&it->command);
    free(it);
}

static void take_due(void *state)
{
    struct scheduler *it = state;
    struct message message;

    while (inlet_next(&it->due, &message)) {
        if (message.kind != MESSAGE_due) {
            log_event(LOG_bad_message, "actor=scheduler kind=%s", message_name(message.kind));
            continue;
        }
        it->due_ms = message.due.at_ms;
        it->not_before_ms = 0;
    }
}

static long timeout_ms(void *state)
{
    struct scheduler *it = state;
    uint64_t wall_ms = clock_wall_ms();

    if (!outlet_empty(&it->commands))
        return 1;
    if (it->due_ms == 0 || it->quiet)
        return -1;
    uint64_t mono_ms = clock_mono_ms();
    uint64_t wait = it->due_ms > wall_ms ? it->due_ms - wall_ms : 0;
    if (it->not_before_ms > mono_ms && it->not_before_ms - mono_ms > wait)
        wait = it->not_before_ms - mono_ms;
    return wait < RECHECK_MS ? (long)wait : RECHECK_MS;
}

static void turn(void *state)
{
    struct scheduler *it = state;
    const struct message tick = {.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = it->due_ms}};
    uint64_t mono_ms = clock_mono_ms();

    bool due = it->due_ms != 0 && it->due_ms <= clock_wall_ms() && it->not_before_ms <= mono_ms;
    if (due && !it->quiet && outlet_has_room(&it->commands)) {
        buf_clear(&it->command);
        wire_encode(&it->command, &tick);
        const struct message message = {
            .kind = MESSAGE_command,
            .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&it->command)}};
        if (!it->command.failed && outlet_put(&it->commands, &message))
            it->not_before_ms = mono_ms + REPEAT_MS;
    }
    outlet_flush(&it->commands);
}

static void quiesce(void *state)
{
    struct scheduler *it = state;
    it->quiet = true;
}

static bool drained(void *state, bool idle)
{
    struct scheduler *it = state;
    (void)idle;
    return outlet_empty(&it->commands);
}
