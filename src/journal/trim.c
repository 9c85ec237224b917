/* Archiving: entries go into a segment file, the file is made durable and read again, and only then
 * are they removed from the journal. */
#include "base/assert.h"
#include "journal/segment.h"
#include "journal/state.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BATCH_ENTRIES = 1024,          /* read at a time */
    BATCH_BYTES = 4 * 1024 * 1024, /* of commands read at a time */
    REMOVAL_ROOM = 256 * 1024,     /* for the pages that LMDB needs to give pages back */
    REMOVAL_ENTRIES = 8192,        /* removed in one transaction */
    PATH_ROOM = DIRECTORY_PATH_MAX + 128
};

_Static_assert((int)BATCH_BYTES >= (int)JOURNAL_COMMAND_MAX, "one command must fit a batch");

/* A segment in the making: written under a name that no reader takes, then renamed. */
struct archive {
    char final[PATH_ROOM];
    char part[PATH_ROOM];
    uint64_t first, last;
};

static void name_archive(struct archive *archive, const char *directory);
static enum error write_archive(struct journal *journal, const struct archive *archive,
                                struct segment_summary *summary, struct why *why);
static enum error fill_archive(struct journal *journal, const struct archive *archive,
                               struct segment_writer *writer, struct why *why);
static enum error check_archive(const struct archive *archive,
                                const struct segment_summary *written, struct why *why);
static enum error remove_entries(struct journal *journal, uint64_t last, struct why *why);
static enum error remove_batch(struct journal *journal, uint64_t last);
static enum error remove_some(const struct journal *journal, MDB_txn *txn, uint64_t last,
                              struct journal_mark *mark);
static enum error scan_path(const char *path,
                            enum error (*visit)(void *context, const struct journal_entry *entry),
                            void *context, struct segment_summary *summary, struct why *why);

enum error journal_trim(struct journal *journal, uint64_t last, const char *directory,
                        struct why *why)
{
    ASSERT(!journal->read_only);
    struct archive archive = {.first = atomic_load(&journal->head), .last = last};
    if (last > atomic_load(&journal->tail))
        return why_set(why, ERROR_INVALID, "the journal ends before entry %llu",
                       (unsigned long long)last);
    if (last < archive.first)
        return ERROR_NONE;
    enum error error = directory_make(directory, why);
    if (error != ERROR_NONE)
        return error;
    name_archive(&archive, directory);
    struct segment_summary summary;
    error = write_archive(journal, &archive, &summary, why);
    if (error == ERROR_NONE)
        error = check_archive(&archive, &summary, why);
    if (error == ERROR_NONE && rename(archive.part, archive.final) != 0)
        error = why_set(why, directory_error(errno), "cannot name the segment %s: %s",
                        archive.final, strerror(errno));
    if (error != ERROR_NONE) {
        /* Half a segment is of no use, and takes room that may be what is missing. */
        (void)unlink(archive.part);
        return error;
    }
    error = directory_sync(directory, why);
    if (error == ERROR_NONE)
        error = remove_entries(journal, last, why);
    return error;
}

enum error journal_segment_read(const char *path,
                                enum error (*visit)(void *context,
                                                    const struct journal_entry *entry),
                                void *context, struct why *why)
{
    struct segment_summary summary;
    enum error error = scan_path(path, NULL, NULL, &summary, why);
    if (error == ERROR_NONE)
        error = scan_path(path, visit, context, &summary, why);
    return error;
}

/* There is room: directory_make has refused a path that is longer than DIRECTORY_PATH_MAX. */
static void name_archive(struct archive *archive, const char *directory)
{
    int len =
        snprintf(archive->final, sizeof archive->final, "%s/segment-%020llu-%020llu.seg", directory,
                 (unsigned long long)archive->first, (unsigned long long)archive->last);
    ASSERT(len > 0 && (size_t)len < sizeof archive->final);
    len = snprintf(archive->part, sizeof archive->part, "%s.part", archive->final);
    ASSERT(len > 0 && (size_t)len < sizeof archive->part);
}

static enum error write_archive(struct journal *journal, const struct archive *archive,
                                struct segment_summary *summary, struct why *why)
{
    int fd = open(archive->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        enum error error = why_set(why, directory_error(errno), "cannot make the segment %s: %s",
                                   archive->part, strerror(errno));
        if (fd >= 0)
            (void)close(fd); /* the first error is the one that counts */
        return error;
    }
    enum error error = ERROR_MEMORY;
    struct segment_writer *writer = segment_writer_new(file, archive->first);
    if (writer != NULL)
        error = fill_archive(journal, archive, writer, why);
    else
        why_set(why, error, "no memory to write the segment %s", archive->part);
    if (error == ERROR_NONE) {
        error = segment_writer_finish(writer, summary);
        if (error == ERROR_NONE && fsync(fileno(file)) != 0)
            error = directory_error(errno);
        if (error != ERROR_NONE)
            why_set(why, error, "cannot write the segment %s: %s", archive->part, strerror(errno));
    }
    segment_writer_destroy(&writer);
    if (fclose(file) != 0 && error == ERROR_NONE)
        error = why_set(why, directory_error(errno), "cannot close the segment %s: %s",
                        archive->part, strerror(errno));
    return error;
}

static enum error fill_archive(struct journal *journal, const struct archive *archive,
                               struct segment_writer *writer, struct why *why)
{
    struct journal_entry *entries = malloc(BATCH_ENTRIES * sizeof *entries);
    if (entries == NULL)
        return why_set(why, ERROR_MEMORY, "no memory to archive the journal");
    struct buf storage;
    buf_init(&storage, BATCH_BYTES);
    enum error error = ERROR_NONE;
    for (uint64_t next = archive->first; next <= archive->last && error == ERROR_NONE;) {
        uint64_t left = archive->last - next + 1;
        size_t count;
        error = journal_read(journal, next, entries, left < BATCH_ENTRIES ? left : BATCH_ENTRIES,
                             &storage, &count, why);
        if (error == ERROR_NONE && count == 0)
            error = why_set(why, ERROR_CORRUPT, "journal entry %llu is missing",
                            (unsigned long long)next);
        for (size_t i = 0; i < count && error == ERROR_NONE; i++)
            segment_writer_add(writer, &entries[i]);
        next += count;
    }
    buf_deinit(&storage);
    free(entries);
    return error;
}

/* Reads what the disk has, not what the kernel still remembers of it, as far as it lets itself be
 * told. */
static enum error check_archive(const struct archive *archive,
                                const struct segment_summary *written, struct why *why)
{
    struct segment_summary found;
    enum error error = scan_path(archive->part, NULL, NULL, &found, why);
    if (error != ERROR_NONE)
        return error;
    if (found.first != archive->first || found.count != archive->last - archive->first + 1 ||
        memcmp(found.hash, written->hash, sizeof found.hash) != 0)
        return why_set(why, ERROR_CORRUPT, "the segment %s reads back as something else",
                       archive->part);
    return ERROR_NONE;
}

static enum error remove_entries(struct journal *journal, uint64_t last, struct why *why)
{
    bool grown = false;
    enum error error = ERROR_NONE;
    while (error == ERROR_NONE && atomic_load(&journal->head) <= last) {
        error = remove_batch(journal, last);
        /* LMDB writes new pages before it frees old ones, so a full map needs a little more first.
         */
        if (error == ERROR_FULL && !grown) {
            grown = true;
            error = environment_grow(journal->environment, REMOVAL_ROOM);
        }
    }
    /* What a transaction frees can be used by the second one after it. Where the map is full, an
     * append would fail and never be the one between, so this is it. */
    if (error == ERROR_NONE)
        error = remove_batch(journal, 0);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot remove archived entries from the journal: %s",
                       error_text(error));
    return ERROR_NONE;
}

/* Removes some entries up to last in one transaction. */
static enum error remove_batch(struct journal *journal, uint64_t last)
{
    MDB_txn *txn;
    struct journal_mark mark;
    enum error error = environment_begin(journal->environment, true, &txn);
    if (error != ERROR_NONE)
        return error;
    error = journal_mark_read(journal, txn, &mark, NULL);
    if (error == ERROR_NONE)
        error = remove_some(journal, txn, last, &mark);
    if (error == ERROR_NONE)
        error = journal_mark_write(journal, txn, &mark);
    if (error != ERROR_NONE) {
        environment_abort(journal->environment, txn);
        return error;
    }
    error = environment_commit(journal->environment, txn);
    if (error == ERROR_NONE)
        atomic_store(&journal->head, mark.sequence + 1);
    return error;
}

/* Removes at most REMOVAL_ENTRIES from the front, up to last; mark follows. */
static enum error remove_some(const struct journal *journal, MDB_txn *txn, uint64_t last,
                              struct journal_mark *mark)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    enum error error = ERROR_NONE;
    for (int i = 0; i < REMOVAL_ENTRIES && error == ERROR_NONE; i++) {
        MDB_val key, value;
        struct journal_entry entry = {0};
        code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        error = code == MDB_SUCCESS ? journal_key_read(&key, &entry.sequence, NULL)
                                    : environment_error(code);
        if (error != ERROR_NONE || entry.sequence > last)
            break;
        error = entry_decode(entry.sequence, slice_of(value.mv_data, value.mv_size), &entry, NULL);
        if (error != ERROR_NONE)
            break;
        *mark = (struct journal_mark){entry.sequence, entry.at_ms};
        error = environment_error(mdb_cursor_del(cursor, 0));
    }
    mdb_cursor_close(cursor);
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

static enum error scan_path(const char *path,
                            enum error (*visit)(void *context, const struct journal_entry *entry),
                            void *context, struct segment_summary *summary, struct why *why)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return why_set(why, directory_error(errno), "cannot open the segment %s: %s", path,
                       strerror(errno));
    /* Drops clean pages from memory; without it the reading is only less of a test. */
    (void)posix_fadvise(fileno(file), 0, 0, POSIX_FADV_DONTNEED);
    struct buf storage;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    struct why inner = {{0}};
    enum error error = segment_scan(file, &storage, visit, context, summary, &inner);
    if (error != ERROR_NONE && inner.text[0] != 0)
        why_set(why, error, "%s: %.300s", path, inner.text);
    buf_deinit(&storage);
    (void)fclose(file); /* it was only read */
    return error;
}
