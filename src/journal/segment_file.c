#include "journal/segment_file.h"

#include "base/assert.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BATCH_ENTRIES = 1024,          /* read at a time */
    BATCH_BYTES = 4 * 1024 * 1024, /* of commands read at a time */
    PATH_ROOM = DIRECTORY_PATH_MAX + 128
};

_Static_assert((int)BATCH_BYTES >= (int)JOURNAL_COMMAND_MAX, "one command must fit a batch");

/* A segment in the making: written under a name that no reader takes, then renamed. */
struct archive {
    const struct segment_source *source;
    char final[PATH_ROOM];
    char part[PATH_ROOM];
    uint64_t first, last;
    uint64_t last_ms; /* stamp of the last one, once it is written */
};

static void name_archive(struct archive *archive, const char *directory);
static enum error write_archive(struct archive *archive, struct segment_summary *summary,
                                struct why *why);
static enum error fill_archive(struct archive *archive, struct segment_writer *writer,
                               struct why *why);
static bool date_and_sync(int fd, uint64_t at_ms);
static enum error check_archive(const struct archive *archive,
                                const struct segment_summary *written, struct why *why);
static enum error scan_path(const char *path, enum segment_kind kind,
                            enum error (*visit)(void *context, const struct journal_entry *entry),
                            void *context, struct segment_summary *summary, struct why *why);

enum error segment_file_make(const struct segment_source *source, uint64_t first, uint64_t last,
                             const char *directory, struct why *why)
{
    struct archive archive = {.source = source, .first = first, .last = last};
    ASSERT(first <= last);
    enum error error = directory_make(directory, why);
    if (error != ERROR_NONE)
        return error;
    name_archive(&archive, directory);
    struct segment_summary summary;
    error = write_archive(&archive, &summary, why);
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
    return directory_sync(directory, why);
}

enum error segment_file_read(const char *path, enum segment_kind kind,
                             enum error (*visit)(void *context, const struct journal_entry *entry),
                             void *context, struct why *why)
{
    struct segment_summary summary;
    enum error error = scan_path(path, kind, NULL, NULL, &summary, why);
    if (error == ERROR_NONE)
        error = scan_path(path, kind, visit, context, &summary, why);
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

static enum error write_archive(struct archive *archive, struct segment_summary *summary,
                                struct why *why)
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
    struct segment_writer *writer = segment_writer_new(file, archive->source->kind, archive->first);
    if (writer != NULL)
        error = fill_archive(archive, writer, why);
    else
        why_set(why, error, "no memory to write the segment %s", archive->part);
    if (error == ERROR_NONE) {
        error = segment_writer_finish(writer, summary);
        if (error == ERROR_NONE && !date_and_sync(fileno(file), archive->last_ms))
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

static enum error fill_archive(struct archive *archive, struct segment_writer *writer,
                               struct why *why)
{
    struct journal_entry *entries = malloc(BATCH_ENTRIES * sizeof *entries);
    if (entries == NULL)
        return why_set(why, ERROR_MEMORY, "no memory to write a segment");
    struct buf storage;
    buf_init(&storage, BATCH_BYTES);
    enum error error = ERROR_NONE;
    for (uint64_t next = archive->first; next <= archive->last && error == ERROR_NONE;) {
        uint64_t left = archive->last - next + 1;
        size_t count;
        error = archive->source->read(archive->source->context, next, entries,
                                      left < BATCH_ENTRIES ? left : BATCH_ENTRIES, &storage, &count,
                                      why);
        if (error == ERROR_NONE && count == 0)
            error = why_set(why, ERROR_CORRUPT, "entry %llu is missing", (unsigned long long)next);
        for (size_t i = 0; i < count && error == ERROR_NONE; i++)
            segment_writer_add(writer, &entries[i]);
        archive->last_ms = count > 0 ? entries[count - 1].at_ms : 0;
        next += count;
    }
    buf_deinit(&storage);
    free(entries);
    return error;
}

/* The segment is as old as its last command, so that who clears the archive need not read it. */
static bool date_and_sync(int fd, uint64_t at_ms)
{
    const struct timespec at = {.tv_sec = (time_t)(at_ms / 1000),
                                .tv_nsec = (long)(at_ms % 1000) * 1000000};
    const struct timespec times[2] = {at, at};
    return futimens(fd, times) == 0 && fsync(fd) == 0;
}

/* Reads what the disk has, not what the kernel still remembers of it, as far as it lets itself be
 * told. */
static enum error check_archive(const struct archive *archive,
                                const struct segment_summary *written, struct why *why)
{
    struct segment_summary found;
    enum error error = scan_path(archive->part, archive->source->kind, NULL, NULL, &found, why);
    if (error != ERROR_NONE)
        return error;
    if (found.first != archive->first || found.count != archive->last - archive->first + 1 ||
        memcmp(found.hash, written->hash, sizeof found.hash) != 0)
        return why_set(why, ERROR_CORRUPT, "the segment %s reads back as something else",
                       archive->part);
    return ERROR_NONE;
}

static enum error scan_path(const char *path, enum segment_kind kind,
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
    enum error error = segment_scan(file, kind, &storage, visit, context, summary, &inner);
    if (error != ERROR_NONE && inner.text[0] != 0)
        why_set(why, error, "%s: %.300s", path, inner.text);
    buf_deinit(&storage);
    (void)fclose(file); /* it was only read */
    return error;
}
