/* Any bytes as what a journal's environment holds: an entry under a sequence number, or the mark.
 * The first byte chooses, and whether the checksum is put right first; then eight bytes of sequence
 * number; the rest is the value. */
#include "base/assert.h"
#include "journal/entry.h"

#include <stdlib.h>

enum { CHOICE_MARK = 1, CHOICE_MEND = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mark(struct slice value)
{
    struct journal_mark mark;
    struct why why;
    enum error error = mark_decode(value, &mark, &why);
    ASSERT(error == ERROR_NONE || error == ERROR_CORRUPT || error == ERROR_VERSION);
    char again[MARK_SIZE];
    if (error != ERROR_NONE)
        return;
    mark_encode(&mark, again);
    ASSERT(slice_equal(value, slice_of(again, sizeof again)));
}

static void check_entry(uint64_t sequence, char *bytes, size_t len, bool mend)
{
    struct journal_entry entry;
    struct why why;
    if (mend && len >= ENTRY_HEAD_SIZE) {
        entry = (struct journal_entry){sequence, entry_get_u64(bytes + 1),
                                       slice_of(bytes + ENTRY_HEAD_SIZE, len - ENTRY_HEAD_SIZE)};
        entry_put_u32(bytes + 9, entry_crc(&entry));
    }
    enum error error = entry_decode(sequence, slice_of(bytes, len), &entry, &why);
    ASSERT(error == ERROR_NONE || error == ERROR_CORRUPT || error == ERROR_VERSION);
    if (error != ERROR_NONE)
        return;
    ASSERT(entry.sequence == sequence && entry.command.len == len - ENTRY_HEAD_SIZE);
    char *again = malloc(len);
    ASSERT(again != NULL);
    entry_encode(&entry, again);
    ASSERT(memcmp(again, bytes, len) == 0);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 9)
        return 0;
    size_t len = size - 9;
    char *bytes = malloc(len + 1);
    ASSERT(bytes != NULL);
    memcpy(bytes, data + 9, len);
    if (data[0] & CHOICE_MARK)
        check_mark(slice_of(bytes, len));
    else
        check_entry(entry_get_u64((const char *)data + 1), bytes, len, data[0] & CHOICE_MEND);
    free(bytes);
    return 0;
}
