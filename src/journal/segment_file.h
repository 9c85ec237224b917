/* Making and reading segment files (segment.h): a run of entries, of the journal or of facts, is
 * written under a name that no reader takes, made durable, read again and only then named
 *
 *     DIRECTORY/segment-FIRST-LAST.seg
 *
 * so that what has its name is whole. Segments may overlap, they never change. */
#ifndef USHER_JOURNAL_SEGMENT_FILE_H
#define USHER_JOURNAL_SEGMENT_FILE_H

#include "journal/segment.h"

/* Where entries come from. */
struct segment_source {
    enum segment_kind kind;
    /* As journal_read: up to count_max of them from this one on, at least one. */
    enum error (*read)(void *context, uint64_t from, struct journal_entry *entries,
                       size_t count_max, struct buf *storage, size_t *count, struct why *why);
    void *context;
};

/* Writes the entries from first to last into a segment file in directory (made when it is not
 * there), dated by its last entry. */
enum error segment_file_make(const struct segment_source *source, uint64_t first, uint64_t last,
                             const char *directory, struct why *why);

/* Calls visit for each entry in order, after all of the file was found undamaged; stops at the
 * first error that visit returns. Errors name the file. */
enum error segment_file_read(const char *path, enum segment_kind kind,
                             enum error (*visit)(void *context, const struct journal_entry *entry),
                             void *context, struct why *why);

#endif
