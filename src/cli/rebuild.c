#include "cli/rebuild.h"

#include "cli/builder.h"
#include "cli/data_dir.h"
#include "cli/segments.h"
#include "journal/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_ENTRIES = 4096, READ_BYTES = 16 * 1024 * 1024 };

static enum error find_epoch(const char *data_dir, struct epoch *epoch, uint64_t *tail,
                             struct why *why);
static enum error look_into_journal(const char *data_dir, struct epoch *epoch, uint64_t *tail,
                                    struct why *why);
static enum error look_backwards(struct journal *journal, struct epoch *epoch, struct why *why);
static enum error look_into_archive(const char *data_dir, struct epoch *epoch, struct why *why);
static enum error look_at(void *context, const struct journal_entry *entry);
static enum error build(const char *data_dir, const struct epoch *epoch, struct rebuilt *out,
                        struct why *why);
static enum error move(const char *data_dir, const char *from, const char *to, struct why *why);
static bool is_there(const char *data_dir, const char *name);

enum error rebuild_run(const char *data_dir, struct rebuilt *out, struct why *why)
{
    struct epoch epoch;
    char path[DIRECTORY_PATH_MAX];

    *out = (struct rebuilt){.applied = 0};
    enum error error = data_dir_path(data_dir, "state.partial", path, why);
    if (error != ERROR_NONE)
        return error;
    error = rebuild_finish(data_dir, why);
    if (error == ERROR_NONE)
        error = find_epoch(data_dir, &epoch, &out->applied, why);
    if (error == ERROR_NONE)
        error = data_dir_remove(path, why);
    if (error == ERROR_NONE)
        error = build(data_dir, &epoch, out, why);
    if (error == ERROR_NONE)
        error = move(data_dir, "state.partial", "state.new", why);
    if (error != ERROR_NONE) {
        (void)data_dir_remove(path, NULL); /* half a state only takes room */
        return error;
    }
    return rebuild_finish(data_dir, why);
}

enum error rebuild_finish(const char *data_dir, struct why *why)
{
    char old[DIRECTORY_PATH_MAX];
    enum error error = ERROR_NONE;

    if (!is_there(data_dir, "state.new"))
        return ERROR_NONE;
    if (is_there(data_dir, "state")) {
        error = data_dir_path(data_dir, "state.old", old, why);
        if (error == ERROR_NONE)
            error = data_dir_remove(old, why);
        if (error == ERROR_NONE)
            error = move(data_dir, "state", "state.old", why);
    }
    return error == ERROR_NONE ? move(data_dir, "state.new", "state", why) : error;
}

static enum error find_epoch(const char *data_dir, struct epoch *epoch, uint64_t *tail,
                             struct why *why)
{
    struct checkpoints checkpoints = {NULL, 0};

    *epoch = (struct epoch){.number = 0};
    enum error error = look_into_journal(data_dir, epoch, tail, why);
    if (error == ERROR_NONE && epoch->number == 0)
        error = look_into_archive(data_dir, epoch, why);
    if (error != ERROR_NONE || epoch->number > 0)
        return error;
    /* All that is left of the epoch's beginning is what was kept later. */
    error = checkpoints_list(data_dir, &checkpoints, why);
    for (size_t i = 0; error == ERROR_NONE && i < checkpoints.count; i++)
        if (checkpoints.items[i].readable)
            *epoch = checkpoints.items[i].epoch;
    checkpoints_free(&checkpoints);
    return error;
}

static enum error look_into_journal(const char *data_dir, struct epoch *epoch, uint64_t *tail,
                                    struct why *why)
{
    const struct journal_options options = {.read_only = true};
    struct journal *journal = NULL;
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, "journal", path, why);
    if (error == ERROR_NONE)
        error = journal_open(path, &options, &journal, why);
    if (error == ERROR_NONE) {
        *tail = journal_tail(journal);
        error = look_backwards(journal, epoch, why);
    }
    journal_close(&journal);
    return error;
}

/* From the end, some entries at a time, until there is one. */
static enum error look_backwards(struct journal *journal, struct epoch *epoch, struct why *why)
{
    struct journal_entry *entries = calloc(READ_ENTRIES, sizeof(*entries));
    uint64_t head = journal_head(journal);
    uint64_t end = journal_tail(journal) + 1;
    enum error error = ERROR_NONE;
    struct buf storage;

    if (entries == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&storage, READ_BYTES);
    while (error == ERROR_NONE && epoch->number == 0 && end > head) {
        uint64_t from = end - head > READ_ENTRIES ? end - READ_ENTRIES : head;
        size_t count = 1;
        for (uint64_t next = from; error == ERROR_NONE && next < end && count > 0; next += count) {
            size_t most = end - next < READ_ENTRIES ? (size_t)(end - next) : READ_ENTRIES;
            error = journal_read(journal, next, entries, most, &storage, &count, why);
            for (size_t i = 0; error == ERROR_NONE && i < count; i++)
                (void)look_at(epoch, &entries[i]);
        }
        end = from;
    }
    buf_deinit(&storage);
    free(entries);
    return error;
}

static enum error look_into_archive(const char *data_dir, struct epoch *epoch, struct why *why)
{
    struct segments segments = {NULL, 0};
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, "archive", path, why);
    if (error == ERROR_NONE)
        error = segments_list(path, &segments, why);
    for (size_t i = segments.count; error == ERROR_NONE && epoch->number == 0 && i > 0; i--)
        error = journal_segment_read(segments.paths[i - 1], look_at, epoch, why);
    segments_free(&segments);
    return error;
}

static enum error look_at(void *context, const struct journal_entry *entry)
{
    struct epoch *epoch = context;
    struct message message;

    if (wire_decode_one(entry->command, &message, NULL) == ERROR_NONE &&
        message.kind == MESSAGE_cmd_upgrade)
        *epoch = (struct epoch){.number = epoch->number + 1,
                                .rules = message.cmd_upgrade.rules,
                                .from = message.cmd_upgrade.from};
    return ERROR_NONE;
}

static enum error build(const char *data_dir, const struct epoch *epoch, struct rebuilt *out,
                        struct why *why)
{
    struct builder builder = {.why = why};
    struct checkpoint start;
    char path[DIRECTORY_PATH_MAX];

    enum error error = builder_choose(data_dir, epoch, out->applied, false, &start, why);
    if (error == ERROR_NONE)
        error = data_dir_path(data_dir, "state.partial", path, why);
    if (error != ERROR_NONE)
        return error;
    out->begun = start.epoch.applied;
    error = builder_open(&builder, data_dir, path, &start, why);
    if (error == ERROR_NONE)
        error = builder_run(&builder, out->applied);
    if (error == ERROR_NONE)
        error = builder_store_hash(builder.store, out->hash, why);
    if (error == ERROR_NONE) {
        error = store_sync(builder.store);
        if (error != ERROR_NONE)
            why_set(why, error, "cannot make the new state durable: %s", error_text(error));
    }
    builder_close(&builder);
    return error;
}

static enum error move(const char *data_dir, const char *from, const char *to, struct why *why)
{
    char old[DIRECTORY_PATH_MAX];
    char new[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, from, old, why);
    if (error == ERROR_NONE)
        error = data_dir_path(data_dir, to, new, why);
    if (error != ERROR_NONE)
        return error;
    if (rename(old, new) != 0)
        return why_set(why, directory_error(errno), "cannot rename %s to %s: %s", old, new,
                       strerror(errno));
    return directory_sync(data_dir, why);
}

static bool is_there(const char *data_dir, const char *name)
{
    char path[DIRECTORY_PATH_MAX];
    return data_dir_path(data_dir, name, path, NULL) == ERROR_NONE && access(path, F_OK) == 0;
}
