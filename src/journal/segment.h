/* Segment files: a run of journal entries, archived; or of facts (cli/fact_archive.h), one entry a
 * command, with what it told. All numbers big-endian:
 *
 *     "USHERSEG", of facts "USHERFCT" | u8 version 1 | u64 first sequence
 *     u32 bytes of the command | u64 sequence | u64 at_ms | u32 CRC-32 | command     for each entry
 *     u32 0xFFFFFFFF | u64 number of entries | SHA-256 of everything before it
 *
 * The CRC-32 is the journal entry's own. Sequence numbers follow each other, stamps do not fall,
 * nothing follows the hash. The way in is segment_file.h. */
#ifndef USHER_JOURNAL_SEGMENT_H
#define USHER_JOURNAL_SEGMENT_H

#include "journal/journal.h"
#include "store/digest.h"

#include <stdio.h>

enum segment_kind { SEGMENT_COMMANDS, SEGMENT_FACTS, SEGMENT_KINDS };

struct segment_summary {
    uint64_t first; /* sequence of the first entry */
    uint64_t count;
    uint8_t hash[DIGEST_SIZE];
};

/* Writing: new, add for each entry, finish. Errors of the file are kept and said by finish. */
struct segment_writer;

/* NULL: out of memory. */
struct segment_writer *segment_writer_new(FILE *file, enum segment_kind kind, uint64_t first);
void segment_writer_add(struct segment_writer *writer, const struct journal_entry *entry);
/* Writes the end and flushes stdio's buffer. errno tells what is behind ERROR_FULL and ERROR_IO. */
enum error segment_writer_finish(struct segment_writer *writer, struct segment_summary *summary);
void segment_writer_destroy(struct segment_writer **writer);

/* Reads a whole segment from the file's position to its end; visit may be NULL. Entries are shown
 * before the hash at the end is known: who needs it first reads twice. storage holds one command.
 */
enum error segment_scan(FILE *file, enum segment_kind kind, struct buf *storage,
                        enum error (*visit)(void *context, const struct journal_entry *entry),
                        void *context, struct segment_summary *summary, struct why *why);

#endif
