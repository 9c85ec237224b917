#include "cli/replay.h"

#include "cli/data_dir.h"
#include "cli/segments.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_COMMANDS = 16384, READ_ENTRIES = 4096, READ_BYTES = 16 * 1024 * 1024 };

/* The store that is being built. */
struct building {
    struct store *store;
    struct ledger *ledger;
    struct effects effects;
    uint64_t last;  /* where to stop */
    size_t pending; /* applied, not committed */
    struct why *why;
};

static enum error copy_state(const char *data_dir, const char *scratch, struct replay *out,
                             struct why *why);
static enum error build(const char *data_dir, const char *scratch, struct replay *out,
                        struct why *why);
static enum error apply_archive(const char *data_dir, struct building *building);
static enum error apply_journal(const char *data_dir, struct building *building);
static enum error apply_entries(struct journal *journal, struct building *building);
static enum error apply_entry(void *context, const struct journal_entry *entry);
static enum error commit(struct building *building);
static enum error hash_store(struct store *store, uint8_t out[32], struct why *why);
static void remove_scratch(const char *scratch);
static void remove_folder(const char *path);

enum error replay_run(const char *data_dir, struct replay *out, struct why *why)
{
    char scratch[DIRECTORY_PATH_MAX];

    *out = (struct replay){.applied = 0};
    enum error error = data_dir_path(data_dir, "replay.XXXXXX", scratch, why);
    if (error != ERROR_NONE)
        return error;
    if (mkdtemp(scratch) == NULL)
        return why_set(why, directory_error(errno), "cannot make a folder in %s: %s", data_dir,
                       strerror(errno));
    error = copy_state(data_dir, scratch, out, why);
    if (error == ERROR_NONE)
        error = build(data_dir, scratch, out, why);
    remove_scratch(scratch);
    return error;
}

/* The live state may move on; a copy of it stands still. */
static enum error copy_state(const char *data_dir, const char *scratch, struct replay *out,
                             struct why *why)
{
    const struct store_options options = {.read_only = true};
    struct store *store = NULL;
    struct ledger *ledger = NULL;
    char path[DIRECTORY_PATH_MAX];
    char copy[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = data_dir_path(scratch, "state", copy, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE)
        error = store_copy(store, copy, why);
    store_close(&store);
    if (error == ERROR_NONE)
        error = store_open(copy, &options, &store, why);
    if (error == ERROR_NONE)
        error = ledger_open(store, &ledger, why);
    if (error == ERROR_NONE) {
        out->applied = ledger_applied(ledger);
        error = hash_store(store, out->state_hash, why);
    }
    ledger_close(&ledger);
    store_close(&store);
    return error;
}

static enum error build(const char *data_dir, const char *scratch, struct replay *out,
                        struct why *why)
{
    const struct store_options options = {.sync_lazily = true};
    struct building building = {.last = out->applied, .why = why};
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(scratch, "replayed", path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &building.store, why);
    if (error == ERROR_NONE)
        error = ledger_open(building.store, &building.ledger, why);
    if (error == ERROR_NONE)
        error = apply_archive(data_dir, &building);
    if (error == ERROR_NONE)
        error = apply_journal(data_dir, &building);
    if (error == ERROR_NONE && ledger_applied(building.ledger) != building.last)
        error = why_set(why, ERROR_NOT_FOUND,
                        "command %llu is in the state, and in neither journal nor archive",
                        (unsigned long long)ledger_applied(building.ledger) + 1);
    if (error == ERROR_NONE)
        error = hash_store(building.store, out->hash, why);
    ledger_close(&building.ledger);
    store_close(&building.store);
    free(building.effects.items);
    return error;
}

static enum error apply_archive(const char *data_dir, struct building *building)
{
    char path[DIRECTORY_PATH_MAX];
    struct segments segments;

    enum error error = data_dir_path(data_dir, "archive", path, building->why);
    if (error == ERROR_NONE)
        error = segments_list(path, &segments, building->why);
    if (error != ERROR_NONE)
        return error;
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++)
        error = journal_segment_read(segments.paths[i], apply_entry, building, building->why);
    if (error == ERROR_NONE)
        error = commit(building);
    segments_free(&segments);
    return error;
}

static enum error apply_journal(const char *data_dir, struct building *building)
{
    const struct journal_options options = {.read_only = true};
    struct journal *journal = NULL;
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, "journal", path, building->why);
    if (error == ERROR_NONE)
        error = journal_open(path, &options, &journal, building->why);
    if (error == ERROR_NONE && journal_head(journal) > ledger_applied(building->ledger) + 1 &&
        building->last > ledger_applied(building->ledger))
        error =
            why_set(building->why, ERROR_NOT_FOUND,
                    "the journal begins at command %llu, and the archive does not reach from the "
                    "first command to there",
                    (unsigned long long)journal_head(journal));
    if (error == ERROR_NONE)
        error = apply_entries(journal, building);
    journal_close(&journal);
    return error;
}

static enum error apply_entries(struct journal *journal, struct building *building)
{
    struct journal_entry *entries = calloc(READ_ENTRIES, sizeof(*entries));
    struct buf storage;
    enum error error = ERROR_NONE;
    size_t count = 1;

    if (entries == NULL)
        return why_set(building->why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&storage, READ_BYTES);
    uint64_t next = ledger_applied(building->ledger) + 1;
    while (error == ERROR_NONE && count > 0 && next <= building->last) {
        error = journal_read(journal, next, entries, READ_ENTRIES, &storage, &count, building->why);
        for (size_t i = 0; i < count && error == ERROR_NONE; i++)
            error = apply_entry(building, &entries[i]);
        next += count;
    }
    if (error == ERROR_NONE)
        error = commit(building);
    buf_deinit(&storage);
    free(entries);
    return error;
}

/* Segments may hold again what was applied already: a trim that was cut off after archiving. */
static enum error apply_entry(void *context, const struct journal_entry *entry)
{
    struct building *building = context;
    enum error error = ERROR_NONE;
    unsigned result;

    uint64_t next = ledger_applied(building->ledger) + 1;
    if (entry->sequence < next || entry->sequence > building->last)
        return ERROR_NONE;
    if (entry->sequence > next)
        return why_set(building->why, ERROR_NOT_FOUND, "command %llu is missing in the archive",
                       (unsigned long long)next);
    if (building->pending == 0)
        error = ledger_begin(building->ledger);
    building->effects.count = 0;
    if (error == ERROR_NONE)
        error = ledger_apply(building->ledger, entry->sequence, entry->at_ms, entry->command,
                             &result, &building->effects);
    if (error != ERROR_NONE) {
        ledger_abort(building->ledger);
        building->pending = 0;
        return why_set(building->why, error, "command %llu cannot be applied: %s",
                       (unsigned long long)entry->sequence, error_text(error));
    }
    building->pending++;
    return building->pending < BATCH_COMMANDS ? ERROR_NONE : commit(building);
}

static enum error commit(struct building *building)
{
    if (building->pending == 0)
        return ERROR_NONE;
    building->pending = 0;
    enum error error = ledger_commit(building->ledger);
    if (error != ERROR_NONE)
        why_set(building->why, error, "cannot write the replayed state: %s", error_text(error));
    return error;
}

static enum error hash_store(struct store *store, uint8_t out[32], struct why *why)
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

static void remove_scratch(const char *scratch)
{
    static const char *const folders[] = {"state", "replayed"};
    char path[DIRECTORY_PATH_MAX];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (data_dir_path(scratch, folders[i], path, NULL) == ERROR_NONE)
            remove_folder(path);
    if (rmdir(scratch) != 0)
        fprintf(stderr, "usher: %s is left over: %s\n", scratch, strerror(errno));
}

/* One that holds plain files only. What cannot be removed shows when its parent is. */
static void remove_folder(const char *path)
{
    char file[DIRECTORY_PATH_MAX];
    struct dirent *entry;

    DIR *dir = opendir(path);
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            data_dir_path(path, entry->d_name, file, NULL) == ERROR_NONE)
            (void)unlink(file);
    closedir(dir);
    (void)rmdir(path);
}
