/* Archiving: entries go into a segment file, the file is made durable and read again. Only then may
 * they be removed from the journal (trim.c). */
#include "journal/segment_file.h"
#include "journal/state.h"

static enum error read_entries(void *context, uint64_t from, struct journal_entry *entries,
                               size_t count_max, struct buf *storage, size_t *count,
                               struct why *why);
static enum error read_stamp(struct journal *journal, uint64_t sequence, struct buf *storage,
                             uint64_t *at_ms, struct why *why);

enum error journal_archive(struct journal *journal, uint64_t first, uint64_t last,
                           const char *directory, struct why *why)
{
    const struct segment_source source = {SEGMENT_COMMANDS, read_entries, journal};
    if (last > atomic_load(&journal->tail))
        return why_set(why, ERROR_INVALID, "the journal ends before entry %llu",
                       (unsigned long long)last);
    if (last < first)
        return ERROR_NONE;
    return segment_file_make(&source, first, last, directory, why);
}

/* Stamps never fall, so the place is found by halves. */
enum error journal_find(struct journal *journal, uint64_t before_ms, uint64_t *sequence,
                        struct why *why)
{
    uint64_t below = atomic_load(&journal->head) - 1; /* it, and all before, are older */
    uint64_t above = atomic_load(&journal->tail) + 1; /* it, and all behind, are not */
    enum error error = ERROR_NONE;
    struct buf storage;
    *sequence = 0;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    while (error == ERROR_NONE && above - below > 1) {
        uint64_t middle = below + (above - below) / 2;
        uint64_t at_ms = 0;
        error = read_stamp(journal, middle, &storage, &at_ms, why);
        if (at_ms < before_ms)
            below = middle;
        else
            above = middle;
    }
    buf_deinit(&storage);
    if (error == ERROR_NONE && below >= atomic_load(&journal->head))
        *sequence = below;
    return error;
}

enum error journal_segment_read(const char *path,
                                enum error (*visit)(void *context,
                                                    const struct journal_entry *entry),
                                void *context, struct why *why)
{
    return segment_file_read(path, SEGMENT_COMMANDS, visit, context, why);
}

static enum error read_entries(void *context, uint64_t from, struct journal_entry *entries,
                               size_t count_max, struct buf *storage, size_t *count,
                               struct why *why)
{
    return journal_read(context, from, entries, count_max, storage, count, why);
}

static enum error read_stamp(struct journal *journal, uint64_t sequence, struct buf *storage,
                             uint64_t *at_ms, struct why *why)
{
    struct journal_entry entry;
    size_t count;
    enum error error = journal_read(journal, sequence, &entry, 1, storage, &count, why);
    if (error == ERROR_NONE && count == 0)
        error = why_set(why, ERROR_CORRUPT, "journal entry %llu is missing",
                        (unsigned long long)sequence);
    if (error == ERROR_NONE)
        *at_ms = entry.at_ms;
    return error;
}
