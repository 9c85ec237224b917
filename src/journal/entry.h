/* The bytes of a stored command, big-endian. Version 1:
 *
 *     u8 version | u64 at_ms | u32 CRC-32 | command
 *
 * The CRC-32 (zlib's) is over version, sequence number, at_ms and command, so that an entry under
 * another's number is found out too. A later version gets a row in the decoder beside this one;
 * what is stored is never rewritten. For src/journal only. */
#ifndef USHER_JOURNAL_ENTRY_H
#define USHER_JOURNAL_ENTRY_H

#include "journal/journal.h"

enum { ENTRY_VERSION = 1, ENTRY_HEAD_SIZE = 13 };

_Static_assert(ENTRY_HEAD_SIZE == 1 + 8 + 4, "version, at_ms, CRC");

uint32_t entry_crc(const struct journal_entry *entry);

/* Writes ENTRY_HEAD_SIZE bytes and the command to out. */
void entry_encode(const struct journal_entry *entry, char *out);

/* sequence is the number the value was stored under; entry->command points into value.
 * ERROR_CORRUPT or ERROR_VERSION name the entry. */
enum error entry_decode(uint64_t sequence, struct slice value, struct journal_entry *entry,
                        struct why *why);

void entry_put_u64(char *out, uint64_t value);
uint64_t entry_get_u64(const char *in);
void entry_put_u32(char *out, uint32_t value);
uint32_t entry_get_u32(const char *in);

/* What remains of a journal whose entries are all archived: version, last sequence, its at_ms, CRC.
 */
enum { MARK_SIZE = 1 + 8 + 8 + 4 };

struct journal_mark {
    uint64_t sequence;
    uint64_t at_ms;
};

void mark_encode(const struct journal_mark *mark, char out[MARK_SIZE]);
enum error mark_decode(struct slice value, struct journal_mark *mark, struct why *why);

#endif
