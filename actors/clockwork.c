#include "actors/clockwork.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

enum {
    STEPS_MAX = 4096,
    REPEAT_MS = 5000,
    STEPPING_MS = 12000, /* an ingress waits 30 s for its verdict */
    READ_ENTRIES = 1024,
    READ_BYTES = 16 * 1024 * 1024,
    OUT_BYTES_MAX = 65536,
    COMMAND_BYTES_MAX = 256
};

static enum error read_journal(const struct ledger_host *host, uint64_t *ahead_ms,
                               uint64_t *last_ms, struct why *why);
static void step(struct clockwork *work, uint64_t due_ms);
static void tell(struct clockwork *work);
static void answer(struct clockwork *work);

enum error clockwork_restore(struct ledger_host *host, struct why *why)
{
    uint64_t real_ms = clock_real_ms();
    uint64_t ahead_ms = 0;
    uint64_t last_ms = 0;
    char now[32];

    enum error error = ledger_clock_ahead(host->ledger, &ahead_ms);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot read the test clock: %s", error_text(error));
    if (!host->config->test_clock && ahead_ms == 0)
        return ERROR_NONE;
    if (!host->config->test_clock)
        return why_set(why, ERROR_INVALID,
                       "the test clock of this data_dir was moved forward, so what is stored lies "
                       "in the future; set test_clock: true, or begin with an empty data_dir");
    error = read_journal(host, &ahead_ms, &last_ms, why);
    if (error != ERROR_NONE)
        return error;
    if (last_ms > real_ms + ahead_ms)
        ahead_ms = last_ms - real_ms;
    clock_set_ahead(ahead_ms);
    clock_format_utc((int64_t)clock_wall_ms(), now, sizeof(now));
    log_event(LOG_test_clock,
              "now=%s remedy=\"for rehearsals only: set test_clock to false in production\"", now);
    return ERROR_NONE;
}

enum error clockwork_open(struct clockwork *work, struct site *site,
                          struct verdict_outlets *outlets, struct why *why)
{

    work->ledger = site->ledger->ledger;
    work->on = site->config->test_clock;
    work->outlets = outlets;
    work->told_ms = clock_ahead_ms();
    buf_init(&work->command, COMMAND_BYTES_MAX);
    return outlet_open(&work->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
}

void clockwork_close(struct clockwork *work)
{
    outlet_deinit(&work->commands);
    buf_deinit(&work->command);
}

bool clockwork_ask(struct clockwork *work, const struct message_query *query)
{
    if (query->what != QUERY_CLOCK)
        return false;
    if (!work->on || query->subject <= 0) {
        verdict_put_problem(work->outlets, query->origin, query->id, 404, 0, "no_test_clock",
                            "there is no test clock here");
        return true;
    }
    if (work->goal_ms != 0) {
        verdict_put_problem(work->outlets, query->origin, query->id, 409, 0, "clock_moves",
                            "the clock is being advanced already; ask again when it has arrived");
        return true;
    }
    work->goal_ms = clock_wall_ms() + (uint64_t)query->subject;
    work->step_ms = (uint64_t)query->subject / STEPS_MAX;
    work->rush_ms = clock_mono_ms() + STEPPING_MS;
    work->origin = query->origin;
    work->id = query->id;
    return true;
}

void clockwork_applied(struct clockwork *work, enum message_kind kind)
{
    if (kind != MESSAGE_cmd_clock)
        return;
    work->told_ms = work->asked_ms;
    work->repeat_ms = 0;
}

void clockwork_turn(struct clockwork *work)
{
    outlet_flush(&work->commands);
    if (work->goal_ms == 0 || (work->repeat_ms != 0 && clock_mono_ms() < work->repeat_ms))
        return;
    uint64_t due_ms = ledger_next_due(work->ledger);
    bool fired = due_ms == 0 || due_ms > work->goal_ms;
    if (fired && clock_wall_ms() >= work->goal_ms && work->told_ms == clock_ahead_ms()) {
        answer(work);
        return;
    }
    step(work, due_ms);
    tell(work);
}

long clockwork_timeout_ms(const struct clockwork *work, long wait)
{
    uint64_t now_ms = clock_mono_ms();
    long own = wait;
    if (!outlet_empty(&work->commands))
        own = 1;
    else if (work->goal_ms != 0)
        own = work->repeat_ms <= now_ms ? 0 : (long)(work->repeat_ms - now_ms);
    return own < wait ? own : wait;
}

/* What the journal says of the clock behind what the state knows, and its last stamp. */
static enum error read_journal(const struct ledger_host *host, uint64_t *ahead_ms,
                               uint64_t *last_ms, struct why *why)
{
    static struct journal_entry entries[READ_ENTRIES];
    uint64_t tail = journal_tail(host->journal);
    uint64_t next = ledger_applied(host->ledger) + 1;
    struct buf storage;
    size_t count = 1;
    enum error error = ERROR_NONE;

    if (next > tail && tail >= journal_head(host->journal) && tail > 0)
        next = tail;
    buf_init(&storage, READ_BYTES);
    while (error == ERROR_NONE && count > 0 && next <= tail) {
        error = journal_read(host->journal, next, entries, READ_ENTRIES, &storage, &count, why);
        for (size_t i = 0; error == ERROR_NONE && i < count; i++) {
            struct message message;
            if (wire_decode_one(entries[i].command, &message, NULL) == ERROR_NONE &&
                message.kind == MESSAGE_cmd_clock)
                *ahead_ms = message.cmd_clock.ahead_ms;
            *last_ms = entries[i].at_ms;
        }
        next += count;
    }
    buf_deinit(&storage);
    return error;
}

/* To the next timer, but a whole step, and no further than to the goal. */
static void step(struct clockwork *work, uint64_t due_ms)
{
    uint64_t now_ms = clock_wall_ms();
    uint64_t to_ms = now_ms + work->step_ms;
    if (now_ms >= work->goal_ms || (due_ms != 0 && due_ms <= now_ms))
        return; /* what is due comes first */
    if (due_ms == 0 || due_ms > work->goal_ms || clock_mono_ms() >= work->rush_ms)
        to_ms = work->goal_ms;
    else if (due_ms > to_ms)
        to_ms = due_ms;
    if (to_ms > work->goal_ms)
        to_ms = work->goal_ms;
    clock_set_ahead(clock_ahead_ms() + (to_ms - now_ms));
}

static void tell(struct clockwork *work)
{
    const struct message clock = {.kind = MESSAGE_cmd_clock,
                                  .cmd_clock = {.ahead_ms = clock_ahead_ms()}};
    buf_clear(&work->command);
    wire_encode(&work->command, &clock);
    const struct message message = {
        .kind = MESSAGE_command,
        .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&work->command)}};
    work->repeat_ms = clock_mono_ms() + REPEAT_MS;
    work->asked_ms = clock.cmd_clock.ahead_ms;
    if (!work->command.failed && outlet_put(&work->commands, &message))
        outlet_flush(&work->commands);
}

static void answer(struct clockwork *work)
{
    char now[32];
    char body[64];
    clock_format_utc((int64_t)clock_wall_ms(), now, sizeof(now));
    int n = snprintf(body, sizeof(body), "{\"now\":\"%s\"}", now);
    const struct message_verdict verdict = {.id = work->id,
                                            .status = 200,
                                            .content_type = SLICE("application/json"),
                                            .reason = SLICE("clock"),
                                            .body = slice_of(body, (size_t)n)};
    log_event(LOG_clock_advanced, "now=%s", now);
    verdict_put(work->outlets, work->origin, &verdict);
    work->goal_ms = 0;
}
