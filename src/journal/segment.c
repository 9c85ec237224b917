#include "journal/segment.h"

#include "base/assert.h"
#include "journal/entry.h"
#include "store/directory.h"

#include <errno.h>
#include <stdlib.h>

enum {
    VERSION = 1,
    MAGIC_SIZE = 8,
    HEAD_SIZE = 17,
    ENTRY_SIZE = 24,
    TRAILER_SIZE = 8 + DIGEST_SIZE
};

static const struct {
    char magic[9];
    const char *name;
} kinds[SEGMENT_KINDS] = {
    [SEGMENT_COMMANDS] = {"USHERSEG", "journal"}, [SEGMENT_FACTS] = {"USHERFCT", "fact"}};

static const uint32_t end_mark = UINT32_MAX; /* no command is this long */

struct segment_writer {
    FILE *file;
    struct digest *digest;
    struct segment_summary summary;
    int failed; /* errno of the first write that failed */
};

/* One pass over a file. */
struct scan {
    FILE *file;
    enum segment_kind kind;
    struct digest *digest;
    struct buf *storage;
    uint64_t next;  /* sequence that must come */
    uint64_t at_ms; /* of the entry before */
    struct why *why;
};

static void write_part(struct segment_writer *writer, struct slice data);
static enum error read_part(struct scan *scan, char *out, size_t len, const char *what);
static enum error scan_head(struct scan *scan, struct segment_summary *summary);
static enum error scan_entry(struct scan *scan, uint32_t len, struct journal_entry *entry);
static enum error scan_trailer(struct scan *scan, struct segment_summary *summary);
static enum error scan_all(struct scan *scan,
                           enum error (*visit)(void *context, const struct journal_entry *entry),
                           void *context, struct segment_summary *summary);

struct segment_writer *segment_writer_new(FILE *file, enum segment_kind kind, uint64_t first)
{
    struct segment_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->file = file;
    writer->summary.first = first;
    writer->digest = digest_new();
    if (writer->digest == NULL) {
        free(writer);
        return NULL;
    }
    char head[HEAD_SIZE];
    memcpy(head, kinds[kind].magic, MAGIC_SIZE);
    head[8] = VERSION;
    entry_put_u64(head + 9, first);
    write_part(writer, slice_of(head, sizeof head));
    return writer;
}

void segment_writer_add(struct segment_writer *writer, const struct journal_entry *entry)
{
    ASSERT(entry->sequence == writer->summary.first + writer->summary.count);
    ASSERT(entry->command.len <= JOURNAL_COMMAND_MAX);
    char head[ENTRY_SIZE];
    entry_put_u32(head, (uint32_t)entry->command.len);
    entry_put_u64(head + 4, entry->sequence);
    entry_put_u64(head + 12, entry->at_ms);
    entry_put_u32(head + 20, entry_crc(entry));
    write_part(writer, slice_of(head, sizeof head));
    write_part(writer, entry->command);
    writer->summary.count++;
}

enum error segment_writer_finish(struct segment_writer *writer, struct segment_summary *summary)
{
    char trailer[12];
    entry_put_u32(trailer, end_mark);
    entry_put_u64(trailer + 4, writer->summary.count);
    write_part(writer, slice_of(trailer, sizeof trailer));
    digest_finish(writer->digest, writer->summary.hash);
    if (writer->failed == 0 && (fwrite(writer->summary.hash, DIGEST_SIZE, 1, writer->file) != 1 ||
                                fflush(writer->file) != 0))
        writer->failed = errno;
    *summary = writer->summary;
    if (writer->failed == 0)
        return ERROR_NONE;
    errno = writer->failed;
    return directory_error(writer->failed);
}

void segment_writer_destroy(struct segment_writer **writer)
{
    if (*writer != NULL)
        digest_destroy(&(*writer)->digest);
    free(*writer);
    *writer = NULL;
}

enum error segment_scan(FILE *file, enum segment_kind kind, struct buf *storage,
                        enum error (*visit)(void *context, const struct journal_entry *entry),
                        void *context, struct segment_summary *summary, struct why *why)
{
    struct scan scan = {
        .file = file, .kind = kind, .digest = digest_new(), .storage = storage, .why = why};
    if (scan.digest == NULL)
        return why_set(why, ERROR_MEMORY, "no memory to read a segment");
    enum error error = scan_all(&scan, visit, context, summary);
    digest_destroy(&scan.digest);
    return error;
}

static enum error scan_all(struct scan *scan,
                           enum error (*visit)(void *context, const struct journal_entry *entry),
                           void *context, struct segment_summary *summary)
{
    enum error error = scan_head(scan, summary);
    while (error == ERROR_NONE) {
        char size[4];
        error = read_part(scan, size, sizeof size, "an entry");
        if (error != ERROR_NONE)
            break;
        uint32_t len = entry_get_u32(size);
        if (len == end_mark)
            return scan_trailer(scan, summary);
        struct journal_entry entry;
        error = scan_entry(scan, len, &entry);
        if (error == ERROR_NONE && visit != NULL)
            error = visit(context, &entry);
        summary->count++;
    }
    return error;
}

static void write_part(struct segment_writer *writer, struct slice data)
{
    if (writer->failed != 0 || data.len == 0)
        return;
    digest_add(writer->digest, data);
    if (fwrite(data.data, data.len, 1, writer->file) != 1)
        writer->failed = errno;
}

static enum error read_part(struct scan *scan, char *out, size_t len, const char *what)
{
    if (len > 0 && fread(out, len, 1, scan->file) != 1) {
        if (ferror(scan->file))
            return why_set(scan->why, ERROR_IO, "cannot read %s of the segment: %s", what,
                           strerror(errno));
        return why_set(scan->why, ERROR_CORRUPT, "the segment is cut off in %s before entry %llu",
                       what, (unsigned long long)scan->next);
    }
    digest_add(scan->digest, slice_of(out, len));
    return ERROR_NONE;
}

static enum error scan_head(struct scan *scan, struct segment_summary *summary)
{
    char head[HEAD_SIZE];
    *summary = (struct segment_summary){0};
    enum error error = read_part(scan, head, sizeof head, "its head");
    if (error != ERROR_NONE)
        return error;
    if (memcmp(head, kinds[scan->kind].magic, MAGIC_SIZE) != 0)
        return why_set(scan->why, ERROR_CORRUPT, "the file is no %s segment",
                       kinds[scan->kind].name);
    if (head[8] != VERSION)
        return why_set(scan->why, ERROR_VERSION,
                       "the segment is of version %u, this usher knows %u", (uint8_t)head[8],
                       (unsigned)VERSION);
    scan->next = entry_get_u64(head + 9);
    if (scan->next == 0)
        return why_set(scan->why, ERROR_CORRUPT, "the segment begins with entry 0");
    summary->first = scan->next;
    return ERROR_NONE;
}

static enum error scan_entry(struct scan *scan, uint32_t len, struct journal_entry *entry)
{
    unsigned long long number = scan->next;
    char head[ENTRY_SIZE - 4];
    if (len > JOURNAL_COMMAND_MAX)
        return why_set(scan->why, ERROR_CORRUPT, "entry %llu of the segment claims %u bytes",
                       number, len);
    enum error error = read_part(scan, head, sizeof head, "an entry");
    if (error != ERROR_NONE)
        return error;
    buf_clear(scan->storage);
    char *command = buf_reserve(scan->storage, len);
    if (command == NULL)
        return why_set(scan->why, ERROR_MEMORY, "no memory for entry %llu of the segment", number);
    error = read_part(scan, command, len, "a command");
    if (error != ERROR_NONE)
        return error;
    scan->storage->len = len;
    *entry = (struct journal_entry){entry_get_u64(head), entry_get_u64(head + 8),
                                    slice_of(command, len)};
    if (entry->sequence != scan->next || scan->next == UINT64_MAX)
        return why_set(scan->why, ERROR_CORRUPT, "the segment has entry %llu where %llu should be",
                       (unsigned long long)entry->sequence, number);
    if (entry->at_ms < scan->at_ms)
        return why_set(scan->why, ERROR_CORRUPT,
                       "entry %llu of the segment is older than the one before", number);
    if (entry_crc(entry) != entry_get_u32(head + 16))
        return why_set(scan->why, ERROR_CORRUPT,
                       "entry %llu of the segment is damaged: its checksum is wrong", number);
    scan->at_ms = entry->at_ms;
    scan->next++;
    return ERROR_NONE;
}

static enum error scan_trailer(struct scan *scan, struct segment_summary *summary)
{
    char count[8], hash[DIGEST_SIZE];
    enum error error = read_part(scan, count, sizeof count, "its end");
    if (error != ERROR_NONE)
        return error;
    digest_finish(scan->digest, summary->hash);
    if (entry_get_u64(count) != summary->count)
        return why_set(scan->why, ERROR_CORRUPT, "the segment has %llu entries and says %llu",
                       (unsigned long long)summary->count,
                       (unsigned long long)entry_get_u64(count));
    if (fread(hash, sizeof hash, 1, scan->file) != 1)
        return why_set(scan->why, ferror(scan->file) ? ERROR_IO : ERROR_CORRUPT,
                       "the segment is cut off in its hash");
    if (memcmp(hash, summary->hash, sizeof hash) != 0)
        return why_set(scan->why, ERROR_CORRUPT, "the segment is damaged: its hash is wrong");
    if (fgetc(scan->file) != EOF)
        return why_set(scan->why, ERROR_CORRUPT, "something follows the end of the segment");
    return ERROR_NONE;
}
