#include "base/clock.h"
#include "cli/ask.h"
#include "cli/checkpoint.h"
#include "cli/data_dir.h"
#include "cli/options.h"
#include "cli/rebuild.h"
#include "cli/replay.h"
#include "cli/verbs.h"
#include "journal/journal.h"
#include "ledger/ledger.h"
#include "store/lock.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: usher journal dump [--from N] [--to N] [--config FILE] [--json]\n"
    "       usher journal verify [--from-start] [--config FILE] [--json]\n"
    "       usher journal checkpoint [--config FILE] [--json]\n"
    "       usher journal rebuild [--config FILE] [--json]\n"
    "       usher journal trim [--keep N] [--no-verify] [--config FILE]\n"
    "\n"
    "dump prints commands, one a line. verify applies the commands behind the newest checkpoint\n"
    "again (with --from-start: those of the whole epoch) and compares the result with the state.\n"
    "checkpoint keeps the state as it is, so that verify and rebuild begin there. These work "
    "while\n"
    "usher runs; for what follows it must be stopped. rebuild makes the state anew from\n"
    "checkpoint, archive and journal and keeps the one there was as state.old. trim verifies, "
    "then\n"
    "moves all but the last N commands (default 100000) into the archive; with journal.keep in "
    "the\n"
    "configuration usher does that by itself.\n";

enum { READ_ENTRIES = 1024, READ_BYTES = 8 * 1024 * 1024, LINE_BYTES = 4 * 1024 * 1024 };

struct request {
    struct cli_common common;
    const char *from, *to, *keep;
    bool no_verify;
    bool from_start;
};

static int with_config(const struct request *request,
                       enum error (*action)(const struct request *request,
                                            const struct config *config, struct why *why));
static enum error dump(const struct request *request, const struct config *config, struct why *why);
static enum error dump_range(const struct request *request, struct journal *journal, uint64_t from,
                             uint64_t to, struct why *why);
static enum error print_entry(const struct journal_entry *entry, bool json, struct buf *line,
                              struct why *why);
static enum error verify(const struct request *request, const struct config *config,
                         struct why *why);
static enum error checkpoint(const struct request *request, const struct config *config,
                             struct why *why);
static enum error rebuild(const struct request *request, const struct config *config,
                          struct why *why);
static enum error flush(struct why *why);
static enum error trim(const struct request *request, const struct config *config, struct why *why);
static enum error trim_locked(const struct config *config, uint64_t keep, struct why *why);
static enum error durable_applied(const struct config *config, uint64_t *applied, struct why *why);

static const struct {
    const char *name;
    enum error (*action)(const struct request *request, const struct config *config,
                         struct why *why);
} actions[] = {{"dump", dump},
               {"verify", verify},
               {"checkpoint", checkpoint},
               {"rebuild", rebuild},
               {"trim", trim}};

int cli_journal(int argc, char **argv)
{
    struct request request = {.from = NULL};
    const struct cli_value values[] = {{"from", &request.from, NULL},
                                       {"to", &request.to, NULL},
                                       {"keep", &request.keep, NULL},
                                       {"no-verify", NULL, &request.no_verify},
                                       {"from-start", NULL, &request.from_start},
                                       {0}};
    uint64_t number;

    int code = cli_options(&request.common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--from", request.from, 1, INT64_MAX, &number) ||
        !cli_number("--to", request.to, 1, INT64_MAX, &number) ||
        !cli_number("--keep", request.keep, 0, INT64_MAX, &number))
        return CLI_USAGE;
    for (size_t i = 0; action != NULL && i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(action, actions[i].name) == 0)
            return with_config(&request, actions[i].action);
    return cli_usage_error(usage, "journal: say dump, verify, checkpoint, rebuild or trim");
}

static int with_config(const struct request *request,
                       enum error (*action)(const struct request *request,
                                            const struct config *config, struct why *why))
{
    struct why why = {""};
    struct config *config = cli_config_load(&request->common);
    if (config == NULL)
        return CLI_FAILED;
    enum error error = action(request, config, &why);
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    config_destroy(&config);
    return error == ERROR_NONE ? CLI_DONE : CLI_FAILED;
}

static enum error dump(const struct request *request, const struct config *config, struct why *why)
{
    const struct journal_options options = {.read_only = true};
    struct journal *journal = NULL;
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(config->data_dir, "journal", path, why);
    if (error == ERROR_NONE)
        error = journal_open(path, &options, &journal, why);
    if (error != ERROR_NONE)
        return error;
    uint64_t from = journal_head(journal);
    uint64_t to = journal_tail(journal);
    uint64_t wanted = from;
    cli_number("--from", request->from, 1, INT64_MAX, &wanted);
    cli_number("--to", request->to, 1, INT64_MAX, &to);
    error = dump_range(request, journal, wanted > from ? wanted : from, to, why);
    journal_close(&journal);
    return error;
}

static enum error dump_range(const struct request *request, struct journal *journal, uint64_t from,
                             uint64_t to, struct why *why)
{
    struct journal_entry *entries = calloc(READ_ENTRIES, sizeof(*entries));
    struct buf storage;
    struct buf line;
    enum error error = ERROR_NONE;
    size_t count = 1;

    if (entries == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&storage, READ_BYTES);
    buf_init(&line, LINE_BYTES);
    while (error == ERROR_NONE && count > 0 && from <= to) {
        error = journal_read(journal, from, entries, READ_ENTRIES, &storage, &count, why);
        for (size_t i = 0; i < count && error == ERROR_NONE && entries[i].sequence <= to; i++)
            error = print_entry(&entries[i], request->common.json, &line, why);
        from += count;
        /* A running usher took the journal's beginning into the archive meanwhile. */
        if (error == ERROR_NOT_FOUND && journal_head(journal) > from) {
            from = journal_head(journal);
            error = ERROR_NONE;
            count = 1;
        }
    }
    if (error == ERROR_NONE && fflush(stdout) != 0)
        error = why_set(why, ERROR_IO, "cannot write to standard output");
    buf_deinit(&storage);
    buf_deinit(&line);
    free(entries);
    return error;
}

static enum error print_entry(const struct journal_entry *entry, bool json, struct buf *line,
                              struct why *why)
{
    struct message message;
    char at[32];

    enum error error = wire_decode_one(entry->command, &message, why);
    if (error != ERROR_NONE)
        return error;
    clock_format_utc((int64_t)entry->at_ms, at, sizeof(at));
    buf_clear(line);
    if (json)
        buf_printf(line, "{\"sequence\":%llu,\"at\":\"%s\",\"command\":",
                   (unsigned long long)entry->sequence, at);
    else
        buf_printf(line, "%llu %s ", (unsigned long long)entry->sequence, at);
    if (json)
        message_print_json(line, &message);
    else
        message_print(line, &message);
    buf_append_text(line, json ? "}\n" : "\n");
    if (line->failed)
        return why_set(why, ERROR_TOO_LARGE, "command %llu is too long to print",
                       (unsigned long long)entry->sequence);
    if (fwrite(line->data, 1, line->len, stdout) != line->len)
        return why_set(why, ERROR_IO, "cannot write to standard output");
    return ERROR_NONE;
}

static enum error verify(const struct request *request, const struct config *config,
                         struct why *why)
{
    struct replay replay;
    char state[65];
    char replayed[65];

    enum error error = replay_run(config->data_dir, request->from_start, &replay, why);
    if (error != ERROR_NONE)
        return error;
    bool equal = memcmp(replay.hash, replay.state_hash, sizeof(replay.hash)) == 0;
    hex_encode(replay.state_hash, sizeof(replay.state_hash), state, sizeof(state));
    hex_encode(replay.hash, sizeof(replay.hash), replayed, sizeof(replayed));
    if (request->common.json)
        printf("{\"epoch\":%llu,\"rules\":%llu,\"from\":%llu,\"applied\":%llu,\"state\":\"%s\","
               "\"replay\":\"%s\",\"equal\":%s}\n",
               (unsigned long long)replay.epoch.number, (unsigned long long)replay.epoch.rules,
               (unsigned long long)replay.begun + 1, (unsigned long long)replay.applied, state,
               replayed, equal ? "true" : "false");
    else
        printf("epoch    %llu, rules %llu\nreplayed commands %llu to %llu\nstate    %s\n"
               "replay   %s\nequal    %s\n",
               (unsigned long long)replay.epoch.number, (unsigned long long)replay.epoch.rules,
               (unsigned long long)replay.begun + 1, (unsigned long long)replay.applied, state,
               replayed, equal ? "yes" : "no");
    error = flush(why);
    if (error != ERROR_NONE)
        return error;
    if (!equal)
        return why_set(why, ERROR_CORRUPT,
                       "the state is not what the journal gives; keep both and report it");
    return ERROR_NONE;
}

static enum error checkpoint(const struct request *request, const struct config *config,
                             struct why *why)
{
    const struct store_options options = {.read_only = true};
    struct store *store = NULL;
    struct epoch kept;
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(config->data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE)
        error = checkpoint_keep(config->data_dir, store, clock_wall_ms(), false, &kept, why);
    store_close(&store);
    if (error != ERROR_NONE)
        return error;
    if (request->common.json)
        printf("{\"epoch\":%llu,\"applied\":%llu}\n", (unsigned long long)kept.number,
               (unsigned long long)kept.applied);
    else
        printf("kept the state as of command %llu, in epoch %llu\n",
               (unsigned long long)kept.applied, (unsigned long long)kept.number);
    return flush(why);
}

static enum error rebuild(const struct request *request, const struct config *config,
                          struct why *why)
{
    struct rebuilt rebuilt;
    struct lock *lock = NULL;
    char hash[65];

    enum error error = lock_take(config->data_dir, &lock, why);
    if (error == ERROR_NONE)
        error = rebuild_run(config->data_dir, &rebuilt, why);
    lock_release(&lock);
    if (error != ERROR_NONE)
        return error;
    hex_encode(rebuilt.hash, sizeof(rebuilt.hash), hash, sizeof(hash));
    if (request->common.json)
        printf("{\"from\":%llu,\"applied\":%llu,\"state\":\"%s\"}\n",
               (unsigned long long)rebuilt.begun + 1, (unsigned long long)rebuilt.applied, hash);
    else
        printf("applied commands %llu to %llu\nstate    %s\nthe state there was is state.old\n",
               (unsigned long long)rebuilt.begun + 1, (unsigned long long)rebuilt.applied, hash);
    return flush(why);
}

static enum error flush(struct why *why)
{
    if (fflush(stdout) != 0)
        return why_set(why, ERROR_IO, "cannot write to standard output");
    return ERROR_NONE;
}

static enum error trim(const struct request *request, const struct config *config, struct why *why)
{
    uint64_t keep = 100000;
    struct lock *lock = NULL;

    cli_number("--keep", request->keep, 0, INT64_MAX, &keep);
    enum error error = lock_take(config->data_dir, &lock, why);
    if (error == ERROR_NONE && !request->no_verify)
        error = verify(request, config, why);
    if (error == ERROR_NONE)
        error = trim_locked(config, keep, why);
    lock_release(&lock);
    return error;
}

/* Only what the state has for certain may leave the journal. */
static enum error trim_locked(const struct config *config, uint64_t keep, struct why *why)
{
    const struct journal_options options = {.map_bytes = 0};
    struct journal *journal = NULL;
    char path[DIRECTORY_PATH_MAX];
    uint64_t applied = 0;

    enum error error = durable_applied(config, &applied, why);
    if (error == ERROR_NONE)
        error = data_dir_path(config->data_dir, "journal", path, why);
    if (error == ERROR_NONE)
        error = journal_open(path, &options, &journal, why);
    if (error == ERROR_NONE)
        error = data_dir_path(config->data_dir, "archive", path, why);
    if (error != ERROR_NONE) {
        journal_close(&journal);
        return error;
    }
    uint64_t head = journal_head(journal);
    uint64_t tail = journal_tail(journal);
    uint64_t last = tail > keep ? tail - keep : 0;
    last = last < applied ? last : applied;
    if (last < head) {
        puts("nothing to archive");
    } else {
        error = journal_trim(journal, last, path, why);
        if (error == ERROR_NONE)
            printf("archived commands %llu to %llu\n", (unsigned long long)head,
                   (unsigned long long)last);
    }
    journal_close(&journal);
    return error;
}

static enum error durable_applied(const struct config *config, uint64_t *applied, struct why *why)
{
    const struct store_options options = {.sync_lazily = true};
    struct store *store = NULL;
    struct ledger *ledger = NULL;
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(config->data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE) {
        error = store_sync(store);
        if (error != ERROR_NONE)
            why_set(why, error, "cannot make the state durable: %s", error_text(error));
    }
    if (error == ERROR_NONE)
        error = ledger_open(store, &ledger, why);
    if (error == ERROR_NONE)
        *applied = ledger_applied(ledger);
    ledger_close(&ledger);
    store_close(&store);
    return error;
}
