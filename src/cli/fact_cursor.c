#include "cli/fact_cursor.h"

#include "cli/fact_archive.h"
#include "cli/segments.h"
#include "journal/segment_file.h"
#include "ledger/records.h"

#include <string.h>

enum {
    LOADED_HEAD = 8 + 8 + 4,
    LOADED_BYTES_MAX = 512 * 1024 * 1024 /* of one segment, in memory */
};

static enum error find(const char *data_dir, uint64_t after, char *path, uint64_t *first,
                       uint64_t *last, struct why *why);
static enum error load(struct fact_cursor *cursor, const char *path, struct why *why);
static enum error load_entry(void *context, const struct journal_entry *entry);
static bool loaded_next(struct slice *rest, struct journal_entry *entry);
static void serve(const struct journal_entry *entry, struct buf *items);

void fact_cursor_deinit(struct fact_cursor *cursor)
{
    buf_deinit(&cursor->entries);
    *cursor = (struct fact_cursor){.path = ""};
}

enum error fact_cursor_read(struct fact_cursor *cursor, const char *data_dir, uint64_t after,
                            size_t bytes_max, struct buf *items, uint64_t *upto, uint64_t *since,
                            struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    struct journal_entry entry;
    uint64_t first;
    uint64_t last;
    enum error error = find(data_dir, after, path, &first, &last, why);
    if (error != ERROR_NONE)
        return error;
    *upto = last;
    *since = first > after + 1 ? first - 1 : after;
    if (strcmp(path, cursor->path) != 0)
        error = load(cursor, path, why);
    if (error != ERROR_NONE)
        return error;
    if (cursor->upto != after)
        cursor->at = 0;
    struct slice rest =
        slice_of(cursor->entries.data + cursor->at, cursor->entries.len - cursor->at);
    while (loaded_next(&rest, &entry)) {
        if (entry.sequence > after)
            serve(&entry, items);
        cursor->at = cursor->entries.len - rest.len;
        if (items->len >= bytes_max) {
            *upto = entry.sequence;
            break;
        }
    }
    cursor->upto = *upto;
    if (*upto == last) /* it is seldom asked for twice */
        fact_cursor_deinit(cursor);
    return items->failed ? why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY)) : ERROR_NONE;
}

/* The first segment that goes beyond `after`. */
static enum error find(const char *data_dir, uint64_t after, char *path, uint64_t *first,
                       uint64_t *last, struct why *why)
{
    struct segments segments = {NULL, 0};
    enum error error = fact_archive_list(data_dir, &segments, why);
    if (error != ERROR_NONE)
        return error;
    error = ERROR_NOT_FOUND;
    for (size_t i = 0; i < segments.count && error == ERROR_NOT_FOUND; i++)
        if (segments_range(segments.paths[i], first, last) && *last > after &&
            slice_copy(slice_from(segments.paths[i]), path, DIRECTORY_PATH_MAX))
            error = ERROR_NONE;
    segments_free(&segments);
    return error;
}

static enum error load(struct fact_cursor *cursor, const char *path, struct why *why)
{
    fact_cursor_deinit(cursor);
    buf_init(&cursor->entries, LOADED_BYTES_MAX);
    enum error error = segment_file_read(path, SEGMENT_FACTS, load_entry, &cursor->entries, why);
    if (error == ERROR_NONE && cursor->entries.failed)
        error = why_set(why, ERROR_MEMORY, "no memory for the segment %s", path);
    if (error == ERROR_NONE)
        (void)slice_copy(slice_from(path), cursor->path, sizeof cursor->path); /* as long as it */
    else
        fact_cursor_deinit(cursor);
    return error;
}

static enum error load_entry(void *context, const struct journal_entry *entry)
{
    struct buf *entries = context;
    if (entry->command.len == 0)
        return ERROR_NONE;
    buf_append_u64_be(entries, entry->sequence);
    buf_append_u64_be(entries, entry->at_ms);
    buf_append_u32_be(entries, (uint32_t)entry->command.len);
    buf_append_slice(entries, entry->command);
    return ERROR_NONE;
}

static bool loaded_next(struct slice *rest, struct journal_entry *entry)
{
    uint32_t len;
    if (rest->len < LOADED_HEAD || !key_take_u64(rest, &entry->sequence) ||
        !key_take_u64(rest, &entry->at_ms) || !key_take_u32(rest, &len) || len > rest->len)
        return false;
    entry->command = slice_of(rest->data, len);
    *rest = slice_of(rest->data + len, rest->len - len);
    return true;
}

static void serve(const struct journal_entry *entry, struct buf *items)
{
    struct slice rest = entry->command;
    struct fact fact;
    while (fact_next(&rest, &fact)) {
        const struct message message = {.kind = MESSAGE_news_item,
                                        .news_item = {.sequence = entry->sequence,
                                                      .n = fact.n,
                                                      .at_ms = entry->at_ms,
                                                      .id = fact.id,
                                                      .key = SLICE(""),
                                                      .name = SLICE(""),
                                                      .value = fact.bytes}};
        /* A module that is gone tells nobody anything. */
        if (shape_find(fact.id) != NULL && message_fits(&message, NULL))
            wire_encode(items, &message);
    }
}
