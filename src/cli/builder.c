#include "cli/builder.h"

#include "cli/data_dir.h"
#include "cli/segments.h"
#include "journal/journal.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_COMMANDS = 16384, READ_ENTRIES = 4096, READ_BYTES = 16 * 1024 * 1024 };

static enum error first_there(const char *data_dir, uint64_t *first, struct why *why);
static enum error copy_checkpoint(const char *data_dir, const struct checkpoint *start,
                                  const char *path, struct why *why);
static enum error apply_archive(struct builder *builder);
static enum error open_journal(const char *data_dir, struct journal **out, struct why *why);
static enum error apply_journal(struct builder *builder);
static enum error apply_entries(struct journal *journal, struct builder *builder);
static enum error apply_entry(void *context, const struct journal_entry *entry);
static enum error commit(struct builder *builder);

enum error builder_choose(const char *data_dir, const struct epoch *epoch, uint64_t upto,
                          bool from_start, struct checkpoint *start, struct why *why)
{
    struct checkpoints checkpoints;
    uint64_t first = 0;

    *start = (struct checkpoint){.name = ""};
    if (epoch->number > 0 && epoch->rules != ledger_rules())
        return why_set(why, ERROR_VERSION,
                       "the state is of rules %llu, and this usher's are %llu: only an usher of "
                       "the same rules can apply its commands again",
                       (unsigned long long)epoch->rules, (unsigned long long)ledger_rules());
    enum error error = checkpoints_list(data_dir, &checkpoints, why);
    if (error == ERROR_NONE && from_start)
        error = first_there(data_dir, &first, why);
    if (error != ERROR_NONE) {
        checkpoints_free(&checkpoints);
        return error;
    }
    const struct checkpoint *chosen = checkpoint_choose(&checkpoints, epoch, upto, from_start);
    if (chosen != NULL && !(epoch->from <= 1 && first == 1))
        *start = *chosen;
    else if (epoch->from > 1)
        error =
            why_set(why, ERROR_NOT_FOUND,
                    "epoch %llu began at command %llu, and there is no whole checkpoint of it "
                    "in %s/epochs",
                    (unsigned long long)epoch->number, (unsigned long long)epoch->from, data_dir);
    checkpoints_free(&checkpoints);
    return error;
}

enum error builder_open(struct builder *builder, const char *data_dir, const char *path,
                        const struct checkpoint *start, struct why *why)
{
    const struct store_options options = {.sync_lazily = true};
    enum error error = ERROR_NONE;

    *builder = (struct builder){.data_dir = data_dir, .why = why};
    if (start->name[0] != 0)
        error = copy_checkpoint(data_dir, start, path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &builder->store, why);
    if (error == ERROR_NONE)
        error = ledger_open(builder->store, &builder->ledger, why);
    return error;
}

enum error builder_run(struct builder *builder, uint64_t last)
{
    enum error error = ERROR_NOT_FOUND;
    bool further = true;

    builder->last = last;
    /* Another round when the journal's beginning moved into the archive meanwhile. */
    for (int round = 0; error == ERROR_NOT_FOUND && (round < 2 || further); round++) {
        uint64_t before = ledger_applied(builder->ledger);
        error = apply_archive(builder);
        if (error == ERROR_NONE)
            error = apply_journal(builder);
        further = ledger_applied(builder->ledger) > before;
    }
    if (error == ERROR_NONE && ledger_applied(builder->ledger) != last)
        error = why_set(builder->why, ERROR_NOT_FOUND,
                        "command %llu is in the state, and in neither journal nor archive",
                        (unsigned long long)ledger_applied(builder->ledger) + 1);
    return error;
}

void builder_close(struct builder *builder)
{
    ledger_close(&builder->ledger);
    store_close(&builder->store);
    free(builder->effects.items);
    builder->effects = (struct effects){NULL, 0, 0};
}

enum error builder_store_hash(struct store *store, uint8_t out[32], struct why *why)
{
    struct store_txn *txn = NULL;
    enum error error = store_begin(store, false, &txn);
    if (error == ERROR_NONE)
        error = store_hash(txn, out);
    if (txn != NULL)
        store_abort(&txn);
    if (error != ERROR_NONE)
        why_set(why, error, "cannot read the state: %s", error_text(error));
    return error;
}

/* The first command that archive and journal still have. */
static enum error first_there(const char *data_dir, uint64_t *first, struct why *why)
{
    struct journal *journal = NULL;
    struct segments segments = {NULL, 0};
    char path[DIRECTORY_PATH_MAX];
    uint64_t last;

    enum error error = open_journal(data_dir, &journal, why);
    if (error == ERROR_NONE)
        *first = journal_head(journal);
    journal_close(&journal);
    if (error == ERROR_NONE)
        error = data_dir_path(data_dir, "archive", path, why);
    if (error == ERROR_NONE)
        error = segments_list(path, &segments, why);
    uint64_t archived;
    if (error == ERROR_NONE && segments.count > 0 &&
        segments_range(segments.paths[0], &archived, &last) && archived < *first)
        *first = archived;
    segments_free(&segments);
    return error;
}

static enum error copy_checkpoint(const char *data_dir, const struct checkpoint *start,
                                  const char *path, struct why *why)
{
    const struct store_options options = {.read_only = true};
    struct store *store = NULL;
    char from[DIRECTORY_PATH_MAX];

    enum error error = checkpoint_path(data_dir, start, from, why);
    if (error == ERROR_NONE)
        error = store_open(from, &options, &store, why);
    if (error == ERROR_NONE)
        error = store_copy(store, path, why);
    store_close(&store);
    return error;
}

static enum error apply_archive(struct builder *builder)
{
    char path[DIRECTORY_PATH_MAX];
    struct segments segments;

    enum error error = data_dir_path(builder->data_dir, "archive", path, builder->why);
    if (error == ERROR_NONE)
        error = segments_list(path, &segments, builder->why);
    if (error != ERROR_NONE)
        return error;
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++) {
        uint64_t first = 0;
        uint64_t last = UINT64_MAX;
        (void)segments_range(segments.paths[i], &first, &last);
        if (last > ledger_applied(builder->ledger) && first <= builder->last)
            error = journal_segment_read(segments.paths[i], apply_entry, builder, builder->why);
    }
    if (error == ERROR_NONE)
        error = commit(builder);
    segments_free(&segments);
    return error;
}

static enum error open_journal(const char *data_dir, struct journal **out, struct why *why)
{
    const struct journal_options options = {.read_only = true};
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, "journal", path, why);
    return error == ERROR_NONE ? journal_open(path, &options, out, why) : error;
}

static enum error apply_journal(struct builder *builder)
{
    struct journal *journal = NULL;

    enum error error = open_journal(builder->data_dir, &journal, builder->why);
    if (error == ERROR_NONE && journal_head(journal) > ledger_applied(builder->ledger) + 1 &&
        builder->last > ledger_applied(builder->ledger))
        error = why_set(builder->why, ERROR_NOT_FOUND,
                        "the journal begins at command %llu, and the archive does not reach from "
                        "command %llu to there",
                        (unsigned long long)journal_head(journal),
                        (unsigned long long)ledger_applied(builder->ledger) + 1);
    if (error == ERROR_NONE)
        error = apply_entries(journal, builder);
    journal_close(&journal);
    return error;
}

static enum error apply_entries(struct journal *journal, struct builder *builder)
{
    struct journal_entry *entries = calloc(READ_ENTRIES, sizeof(*entries));
    struct buf storage;
    enum error error = ERROR_NONE;
    size_t count = 1;

    if (entries == NULL)
        return why_set(builder->why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&storage, READ_BYTES);
    uint64_t next = ledger_applied(builder->ledger) + 1;
    while (error == ERROR_NONE && count > 0 && next <= builder->last) {
        error = journal_read(journal, next, entries, READ_ENTRIES, &storage, &count, builder->why);
        for (size_t i = 0; i < count && error == ERROR_NONE; i++)
            error = apply_entry(builder, &entries[i]);
        next += count;
    }
    /* What was applied before the journal's beginning moved counts. */
    if (error == ERROR_NONE || error == ERROR_NOT_FOUND) {
        enum error committed = commit(builder);
        error = committed != ERROR_NONE ? committed : error;
    }
    buf_deinit(&storage);
    free(entries);
    return error;
}

/* Segments may hold again what was applied already: a trim that was cut off after archiving. */
static enum error apply_entry(void *context, const struct journal_entry *entry)
{
    struct builder *builder = context;
    enum error error = ERROR_NONE;
    unsigned result;

    uint64_t next = ledger_applied(builder->ledger) + 1;
    if (entry->sequence < next || entry->sequence > builder->last)
        return ERROR_NONE;
    if (entry->sequence > next)
        return why_set(builder->why, ERROR_NOT_FOUND, "command %llu is missing in the archive",
                       (unsigned long long)next);
    if (builder->pending == 0)
        error = ledger_begin(builder->ledger);
    builder->effects.count = 0;
    if (error == ERROR_NONE)
        error = ledger_apply(builder->ledger, entry->sequence, entry->at_ms, entry->command,
                             &result, &builder->effects);
    if (error != ERROR_NONE) {
        ledger_abort(builder->ledger);
        builder->pending = 0;
        /* Not NOT_FOUND, whatever the store says: another round would not help. */
        return why_set(builder->why, error == ERROR_NOT_FOUND ? ERROR_CORRUPT : error,
                       "command %llu cannot be applied: %s", (unsigned long long)entry->sequence,
                       error_text(error));
    }
    builder->pending++;
    return builder->pending < BATCH_COMMANDS ? ERROR_NONE : commit(builder);
}

static enum error commit(struct builder *builder)
{
    if (builder->pending == 0)
        return ERROR_NONE;
    builder->pending = 0;
    enum error error = ledger_commit(builder->ledger);
    if (error != ERROR_NONE)
        why_set(builder->why, error, "cannot write the replayed state: %s", error_text(error));
    return error;
}
