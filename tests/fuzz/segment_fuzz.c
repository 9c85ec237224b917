/* Any bytes as a segment file. Checksums would stop nearly every mutation at once, so half of the
 * inputs get theirs put right first: the first byte says which, and of which kind it is taken to
 * be; the rest is the file. */
#include "base/assert.h"
#include "cli/fact_archive.h"
#include "journal/entry.h"
#include "journal/segment.h"

#include <stdlib.h>

enum { HEAD = 17, ENTRY = 24, TRAILER = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t count, next, at_ms;
};

static enum error visit(void *context, const struct journal_entry *entry)
{
    struct seen *seen = context;
    ASSERT(seen->count == 0 || entry->sequence == seen->next);
    ASSERT(entry->at_ms >= seen->at_ms);
    ASSERT(entry->command.len <= JOURNAL_COMMAND_MAX);
    struct slice rest = entry->command;
    struct fact fact;
    while (fact_next(&rest, &fact))
        ASSERT(fact.bytes.len <= entry->command.len);
    seen->count++;
    seen->next = entry->sequence + 1;
    seen->at_ms = entry->at_ms;
    return ERROR_NONE;
}

static void mend(char *file, size_t size)
{
    size_t at = HEAD;
    while (size >= ENTRY && at <= size - ENTRY) {
        uint32_t len = entry_get_u32(file + at);
        if (len > size - ENTRY - at)
            break;
        struct journal_entry entry = {entry_get_u64(file + at + 4), entry_get_u64(file + at + 12),
                                      slice_of(file + at + ENTRY, len)};
        entry_put_u32(file + at + 20, entry_crc(&entry));
        at += ENTRY + len;
    }
    if (size < TRAILER + DIGEST_SIZE || at > size - TRAILER - DIGEST_SIZE)
        return;
    struct digest *digest = digest_new();
    ASSERT(digest != NULL);
    digest_add(digest, slice_of(file, at + TRAILER));
    digest_finish(digest, (uint8_t *)file + at + TRAILER);
    digest_destroy(&digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t len = size - 1;
    char *bytes = malloc(len);
    ASSERT(bytes != NULL);
    memcpy(bytes, data + 1, len);
    if (data[0] & 1)
        mend(bytes, len);
    const enum segment_kind kind = data[0] & 2 ? SEGMENT_FACTS : SEGMENT_COMMANDS;
    FILE *file = fmemopen(bytes, len, "r");
    ASSERT(file != NULL);
    struct buf storage;
    struct seen seen = {0};
    struct segment_summary summary;
    struct why why;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    enum error error = segment_scan(file, kind, &storage, visit, &seen, &summary, &why);
    if (error == ERROR_NONE)
        ASSERT(summary.count == seen.count &&
               (seen.count == 0 || summary.first + seen.count == seen.next));
    else
        ASSERT(error == ERROR_CORRUPT || error == ERROR_VERSION);
    buf_deinit(&storage);
    ASSERT(fclose(file) == 0);
    free(bytes);
    return 0;
}
