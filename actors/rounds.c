#include "actors/rounds.h"

#include "base/clock.h"
#include "base/log.h"
#include "desk/act.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUESTION_MS = 2000, /* as a list: lists wait for it */
    LOOK_MS = 1000,
    AGAIN_MS = 30000, /* the ledger has not heard of it, or the figures could not be made */
    LATE_MS = 600000, /* they took too long */
    OUT_BYTES_MAX = 65536,
    COMMAND_BYTES_MAX = 16384,
    TEXT_BYTES_MAX = 2000
};

static bool find_due(struct rounds *rounds, int64_t now_ms, struct why *why);
static bool begin(struct rounds *rounds, int64_t now_ms, double margin, struct why *why);
static void tell(struct rounds *rounds);
static void end(struct rounds *rounds);

enum error rounds_open(struct rounds *rounds, struct mirror_host *host, struct calendar *calendar,
                       const struct site *site, struct why *why)
{
    rounds->host = host;
    rounds->calendar = calendar;
    buf_init(&rounds->command, COMMAND_BYTES_MAX);
    return outlet_open(&rounds->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
}

void rounds_close(struct rounds *rounds)
{
    end(rounds);
    outlet_deinit(&rounds->commands);
    buf_deinit(&rounds->command);
}

void rounds_turn(struct rounds *rounds, uint64_t now_ms)
{
    struct why why = {""};
    bool more = true;
    outlet_flush(&rounds->commands);
    if (now_ms < rounds->look_ms)
        return;
    if (rounds->periodic == NULL) {
        uint64_t position = atomic_load(&rounds->host->position);
        if (position == rounds->position) {
            rounds->look_ms = now_ms + LOOK_MS;
            return;
        }
        rounds->position = position;
        bool due = find_due(rounds, (int64_t)clock_wall_ms(), &why);
        rounds->look_ms = due ? now_ms : now_ms + LOOK_MS;
        return;
    }
    enum error error = periodic_step(rounds->periodic, rounds->database, &more, &why);
    if (error == ERROR_NONE && more)
        return;
    if (error == ERROR_NONE) {
        tell(rounds);
    } else {
        char text[600];
        log_event(LOG_mirror_not_readable, "path=%s list=figures error=%s", rounds->host->path,
                  log_quote(slice_from(why.text), text, sizeof text));
    }
    end(rounds);
    snprintf(rounds->done, sizeof rounds->done, "%s", rounds->from);
    rounds->again_ms = now_ms + (error == ERROR_TIMEOUT ? LATE_MS : AGAIN_MS);
    rounds->position = 0;
}

long rounds_timeout_ms(const struct rounds *rounds, uint64_t now_ms)
{
    if (!outlet_empty(&rounds->commands))
        return 1;
    return rounds->look_ms > now_ms ? (long)(rounds->look_ms - now_ms) : 0;
}

/* A mirror that cannot be read now has no round: it is looked at again in a moment. */
static bool find_due(struct rounds *rounds, int64_t now_ms, struct why *why)
{
    sqlite3_stmt *row = NULL;
    double margin = 1;
    bool due = false;
    enum error error = figures_open(rounds->host->path, rounds->calendar, QUESTION_MS,
                                    &rounds->database, &margin, why);
    if (error != ERROR_NONE)
        return false;
    error = database_prepare(rounds->database,
                             "SELECT \"from\", \"to\", schedule, goals, public_url"
                             " FROM figures_round WHERE told = 0",
                             &row, why);
    if (error == ERROR_NONE && database_step(rounds->database, row, &error, why)) {
        const char *goals = (const char *)sqlite3_column_text(row, 3);
        const char *url = (const char *)sqlite3_column_text(row, 4);
        clock_format_utc(sqlite3_column_int64(row, 0), rounds->from, sizeof rounds->from);
        clock_format_utc(sqlite3_column_int64(row, 1), rounds->to, sizeof rounds->to);
        snprintf(rounds->kind, sizeof rounds->kind, "%s",
                 sqlite3_column_int(row, 2) == 2 ? "monthly" : "weekly");
        snprintf(rounds->address, sizeof rounds->address, "%s", url == NULL ? "" : url);
        (void)json_parse(slice_from(goals == NULL ? "[]" : goals), TEXT_BYTES_MAX, 2,
                         &rounds->goals, NULL);
        bool done = strcmp(rounds->from, rounds->done) == 0;
        due = (!done || clock_mono_ms() >= rounds->again_ms) && begin(rounds, now_ms, margin, why);
    }
    sqlite3_finalize(row);
    if (!due)
        end(rounds);
    return due;
}

static bool begin(struct rounds *rounds, int64_t now_ms, double margin, struct why *why)
{
    struct query_fault fault;
    unsigned status;
    char query[128];
    (void)why;
    snprintf(query, sizeof query, "from=%s&to=%s", rounds->from, rounds->to);
    rounds->periodic = periodic_asked(slice_from(rounds->kind), slice_from(query), now_ms,
                                      rounds->calendar, margin, &status, &fault);
    return rounds->periodic != NULL;
}

static void tell(struct rounds *rounds)
{
    char number[32];
    uint64_t below = 0;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    periodic_text(rounds->periodic, rounds->goals, &text, &below);
    if (rounds->address[0] != '\0')
        buf_printf(&text, "%s/api/v1/reports/%s?from=%s&to=%s\n", rounds->address, rounds->kind,
                   rounds->from, rounds->to);
    snprintf(number, sizeof number, "%" PRIu64, below);
    const struct act_field fields[] = {{"from", slice_from(rounds->from)},
                                       {"text", buf_slice(&text)},
                                       {"below", slice_from(number)}};
    buf_clear(&rounds->command);
    bool fits = !text.failed && act_command("figures_tell", fields, 3, &rounds->command);
    const struct message message = {
        .kind = MESSAGE_command,
        .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&rounds->command)}};
    if (!fits || !outlet_put(&rounds->commands, &message))
        log_event(LOG_command_lost, "kind=cmd_act actor=reads");
    outlet_flush(&rounds->commands);
    buf_deinit(&text);
}

static void end(struct rounds *rounds)
{
    periodic_destroy(&rounds->periodic);
    json_free(&rounds->goals);
    database_close(&rounds->database);
}
