/* The persistent queue: commands by sequence number, append only, in an LMDB environment of its
 * own. An append of many commands is one transaction: all are durable when it returns, or none is
 * stored. Sequence numbers start at 1 and have no gaps. Each entry carries a version byte, the wall
 * time at which it was accepted (never less than the entry before) and a CRC-32 of all of it. One
 * writer thread; readers in other threads. */
#ifndef USHER_JOURNAL_JOURNAL_H
#define USHER_JOURNAL_JOURNAL_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

enum { JOURNAL_COMMAND_MAX = 1114112 }; /* bytes of one command */

struct journal;

struct journal_options {
    uint64_t map_bytes; /* 0: as large as the file system */
    bool read_only;
};

struct journal_entry {
    uint64_t sequence;
    uint64_t at_ms;       /* wall time of acceptance */
    struct slice command; /* one encoded cmd_* message */
};

enum error journal_open(const char *path, const struct journal_options *options,
                        struct journal **out, struct why *why);
void journal_close(struct journal **journal);

/* Appends count commands in order, stamped max(now_ms, last stamp), and returns the sequence number
 * of the first. Durable (fdatasync done) on ERROR_NONE. ERROR_FULL: no room, nothing stored, the
 * journal stays usable. ERROR_TOO_LARGE: a command is over the limit, nothing stored. */
enum error journal_append(struct journal *journal, const struct slice *commands, size_t count,
                          uint64_t now_ms, uint64_t *first_sequence);

uint64_t journal_head(struct journal *journal); /* first sequence stored; tail + 1 when empty */
uint64_t journal_tail(struct journal *journal); /* last sequence appended, 0 when none ever was */

/* Reads up to count_max entries from sequence from on, copying commands into storage (cleared
 * first; reading stops early when its max is reached, but at least one entry is read).
 * entries[i].command points into storage. *count = 0 at the end. ERROR_CORRUPT names the entry. */
enum error journal_read(struct journal *journal, uint64_t from, struct journal_entry *entries,
                        size_t count_max, struct buf *storage, size_t *count, struct why *why);

/* The last entry that was accepted before before_ms, 0 when there is none. */
enum error journal_find(struct journal *journal, uint64_t before_ms, uint64_t *sequence,
                        struct why *why);

/* Writes the entries from first to last (none when last is before first) into a segment file in
 * directory (named by both, checksummed, dated by its last entry), makes it durable and reads it
 * again. The journal keeps them. Also in another thread than the writer's, while that appends and
 * drops what is before first. */
enum error journal_archive(struct journal *journal, uint64_t first, uint64_t last,
                           const char *directory, struct why *why);

/* Removes at most so many entries from the front, up to and including last, in one transaction:
 * only what is archived, and what no state can need again. For the writer. */
enum error journal_drop(struct journal *journal, uint64_t last, size_t most, struct why *why);

/* Archives all entries up to and including last, and drops them. */
enum error journal_trim(struct journal *journal, uint64_t last, const char *directory,
                        struct why *why);

/* Reads a segment file: calls visit for each entry in order; stops at the first error it returns.
 */
enum error journal_segment_read(const char *path,
                                enum error (*visit)(void *context,
                                                    const struct journal_entry *entry),
                                void *context, struct why *why);

/* A consistent copy into directory path (made, must be empty), taken while others read and append.
 */
enum error journal_copy(struct journal *journal, const char *path, struct why *why);
void journal_sizes(struct journal *journal, uint64_t *used, uint64_t *map);

#endif
