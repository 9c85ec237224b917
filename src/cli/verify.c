#include "cli/ask.h"
#include "cli/checkpoint.h"
#include "cli/data_dir.h"
#include "cli/fact_archive.h"
#include "cli/options.h"
#include "cli/replay.h"
#include "cli/segments.h"
#include "cli/verbs.h"
#include "journal/segment_file.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: usher verify [--data-dir DIR] [--no-replay] [--from-start] [--config FILE] [--json]\n"
    "\n"
    "Reads every command in journal and archive, and the facts, and checks their checksums, "
    "then applies\n"
    "those behind the newest checkpoint (with --from-start: those of the whole epoch) again and "
    "compares the\n"
    "result with the state. Works while usher runs, and with --data-dir on a backup. --no-replay\n"
    "checks for damage only.\n";

enum { READ_ENTRIES = 4096, READ_BYTES = 16 * 1024 * 1024 };

struct findings {
    uint64_t segments, archived; /* files, commands in them */
    uint64_t fact_segments, facts;
    uint64_t head, tail; /* of the journal */
    uint64_t checkpoints;
    struct replay replay;
    bool replayed, equal;
};

static enum error check_all(const char *data_dir, bool replay, bool from_start,
                            struct findings *out, struct why *why);
static enum error check_checkpoints(const char *data_dir, struct findings *out, struct why *why);
static enum error check_archive(const char *data_dir, struct findings *out, struct why *why);
static enum error count_entry(void *context, const struct journal_entry *entry);
static enum error check_facts(const char *data_dir, struct findings *out, struct why *why);
static enum error count_facts(void *context, const struct journal_entry *entry);
static enum error check_journal(const char *data_dir, struct findings *out, struct why *why);
static enum error read_all(struct journal *journal, struct why *why);
static void print_findings(const struct findings *findings, bool json);

int cli_verify(int argc, char **argv)
{
    const char *data_dir = NULL;
    bool no_replay = false;
    bool from_start = false;
    const struct cli_value values[] = {{"data-dir", &data_dir, NULL},
                                       {"no-replay", NULL, &no_replay},
                                       {"from-start", NULL, &from_start},
                                       {0}};
    struct findings findings = {.segments = 0};
    struct cli_common common;
    struct config *config = NULL;
    struct why why = {""};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    if (data_dir == NULL) {
        config = cli_config_load(&common);
        if (config == NULL)
            return CLI_FAILED;
        data_dir = config->data_dir;
    }
    enum error error = check_all(data_dir, !no_replay, from_start, &findings, &why);
    if (error == ERROR_NONE)
        print_findings(&findings, common.json);
    if (error == ERROR_NONE && findings.replayed && !findings.equal)
        error = why_set(&why, ERROR_CORRUPT,
                        "the state is not what the journal gives; keep both and report it");
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    config_destroy(&config);
    return error == ERROR_NONE && fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

static enum error check_all(const char *data_dir, bool replay, bool from_start,
                            struct findings *out, struct why *why)
{
    enum error error = check_archive(data_dir, out, why);
    if (error == ERROR_NONE)
        error = check_facts(data_dir, out, why);
    if (error == ERROR_NONE)
        error = check_journal(data_dir, out, why);
    if (error == ERROR_NONE)
        error = check_checkpoints(data_dir, out, why);
    if (error == ERROR_NONE && replay) {
        error = replay_run(data_dir, from_start, &out->replay, why);
        out->replayed = error == ERROR_NONE;
        out->equal =
            memcmp(out->replay.hash, out->replay.state_hash, sizeof(out->replay.hash)) == 0;
    }
    return error;
}

static enum error check_checkpoints(const char *data_dir, struct findings *out, struct why *why)
{
    struct checkpoints checkpoints = {NULL, 0};

    enum error error = checkpoints_list(data_dir, &checkpoints, why);
    for (size_t i = 0; error == ERROR_NONE && i < checkpoints.count; i++)
        if (!checkpoints.items[i].readable)
            error = why_set(why, ERROR_CORRUPT, "the checkpoint %s in %s/epochs is damaged",
                            checkpoints.items[i].name, data_dir);
    out->checkpoints = checkpoints.count;
    checkpoints_free(&checkpoints);
    return error;
}

static enum error check_archive(const char *data_dir, struct findings *out, struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    struct segments segments = {NULL, 0};

    enum error error = data_dir_path(data_dir, "archive", path, why);
    if (error == ERROR_NONE)
        error = segments_list(path, &segments, why);
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++)
        error = journal_segment_read(segments.paths[i], count_entry, &out->archived, why);
    out->segments = segments.count;
    segments_free(&segments);
    return error;
}

static enum error count_entry(void *context, const struct journal_entry *entry)
{
    uint64_t *count = context;
    (void)entry;
    ++*count;
    return ERROR_NONE;
}

static enum error check_facts(const char *data_dir, struct findings *out, struct why *why)
{
    struct segments segments;
    enum error error = fact_archive_list(data_dir, &segments, why);
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++)
        error = segment_file_read(segments.paths[i], SEGMENT_FACTS, count_facts, &out->facts, why);
    out->fact_segments = segments.count;
    segments_free(&segments);
    return error;
}

static enum error count_facts(void *context, const struct journal_entry *entry)
{
    uint64_t *count = context;
    struct slice rest = entry->command;
    struct fact fact;
    while (fact_next(&rest, &fact))
        ++*count;
    return rest.len == 0 ? ERROR_NONE : ERROR_CORRUPT;
}

static enum error check_journal(const char *data_dir, struct findings *out, struct why *why)
{
    const struct journal_options options = {.read_only = true};
    char path[DIRECTORY_PATH_MAX];
    struct journal *journal = NULL;

    enum error error = data_dir_path(data_dir, "journal", path, why);
    if (error == ERROR_NONE)
        error = journal_open(path, &options, &journal, why);
    if (error == ERROR_NONE) {
        out->head = journal_head(journal);
        out->tail = journal_tail(journal);
        error = read_all(journal, why);
    }
    journal_close(&journal);
    return error;
}

/* Reading checks each entry's checksum. */
static enum error read_all(struct journal *journal, struct why *why)
{
    struct journal_entry *entries = calloc(READ_ENTRIES, sizeof(*entries));
    uint64_t next = journal_head(journal);
    enum error error = ERROR_NONE;
    struct message message;
    struct buf storage;
    size_t count = 1;

    if (entries == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&storage, READ_BYTES);
    while (error == ERROR_NONE && count > 0) {
        error = journal_read(journal, next, entries, READ_ENTRIES, &storage, &count, why);
        for (size_t i = 0; i < count && error == ERROR_NONE; i++)
            error = wire_decode_one(entries[i].command, &message, why);
        next += count;
        /* A running usher took the journal's beginning into the archive meanwhile. */
        if (error == ERROR_NOT_FOUND && journal_head(journal) > next) {
            next = journal_head(journal);
            error = ERROR_NONE;
            count = 1;
        }
    }
    buf_deinit(&storage);
    free(entries);
    return error;
}

static void print_findings(const struct findings *findings, bool json)
{
    char hash[65];
    const struct replay *replay = &findings->replay;
    const char *verdict = !findings->replayed ? "not asked for"
                          : findings->equal   ? "gives the state"
                                              : "gives another state";

    hex_encode(replay->state_hash, sizeof(replay->state_hash), hash, sizeof(hash));
    if (json) {
        printf("{\"segments\":%llu,\"archived\":%llu,\"head\":%llu,\"tail\":%llu,"
               "\"fact_segments\":%llu,\"facts\":%llu,\"checkpoints\":%llu",
               (unsigned long long)findings->segments, (unsigned long long)findings->archived,
               (unsigned long long)findings->head, (unsigned long long)findings->tail,
               (unsigned long long)findings->fact_segments, (unsigned long long)findings->facts,
               (unsigned long long)findings->checkpoints);
        if (findings->replayed)
            printf(",\"epoch\":%llu,\"rules\":%llu,\"from\":%llu,\"applied\":%llu,\"state\":\"%s\","
                   "\"equal\":%s",
                   (unsigned long long)replay->epoch.number,
                   (unsigned long long)replay->epoch.rules, (unsigned long long)replay->begun + 1,
                   (unsigned long long)replay->applied, hash, findings->equal ? "true" : "false");
        puts("}");
        return;
    }
    printf("archive  %llu segments, %llu commands\n", (unsigned long long)findings->segments,
           (unsigned long long)findings->archived);
    printf("journal  commands %llu to %llu\n", (unsigned long long)findings->head,
           (unsigned long long)findings->tail);
    printf("facts    %llu segments, %llu facts\n", (unsigned long long)findings->fact_segments,
           (unsigned long long)findings->facts);
    printf("epochs   %llu checkpoints\n", (unsigned long long)findings->checkpoints);
    printf("replay   %s\n", verdict);
    if (findings->replayed)
        printf("begun    epoch %llu, rules %llu, at command %llu\n",
               (unsigned long long)replay->epoch.number, (unsigned long long)replay->epoch.rules,
               (unsigned long long)replay->begun + 1);
    if (findings->replayed)
        printf("state    %llu commands, %s\n", (unsigned long long)replay->applied, hash);
}
