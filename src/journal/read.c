/* Reading a journal: a cursor that goes forward, in a transaction as long as one call. */
#include "journal/state.h"

static enum error read_some(struct journal *journal, MDB_txn *txn, uint64_t from,
                            struct journal_entry *entries, size_t count_max, struct buf *storage,
                            size_t *count, struct why *why);
static enum error go_to(const struct journal *journal, MDB_txn *txn, MDB_cursor *cursor,
                        uint64_t from, MDB_val *value, bool *found, struct why *why);
static enum error go_next(MDB_cursor *cursor, uint64_t expected, MDB_val *value, bool *found,
                          struct why *why);
static enum error keep(struct buf *storage, const struct journal_entry *entry, struct why *why);
static enum error missing(uint64_t sequence, struct why *why);

enum error journal_read(struct journal *journal, uint64_t from, struct journal_entry *entries,
                        size_t count_max, struct buf *storage, size_t *count, struct why *why)
{
    *count = 0;
    buf_clear(storage);
    if (count_max == 0)
        return ERROR_NONE;
    MDB_txn *txn;
    enum error error = environment_begin(journal->environment, false, &txn);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot read the journal: %s", error_text(error));
    error = read_some(journal, txn, from, entries, count_max, storage, count, why);
    environment_abort(journal->environment, txn);
    /* storage may have moved while it grew; now it stays. */
    size_t at = 0;
    for (size_t i = 0; i < *count; i++) {
        struct slice *command = &entries[i].command;
        command->data = command->len > 0 ? storage->data + at : "";
        at += command->len;
    }
    storage->failed = false;
    return error;
}

static enum error read_some(struct journal *journal, MDB_txn *txn, uint64_t from,
                            struct journal_entry *entries, size_t count_max, struct buf *storage,
                            size_t *count, struct why *why)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return journal_failed(code, why);
    MDB_val value;
    bool more;
    enum error error = go_to(journal, txn, cursor, from, &value, &more, why);
    while (error == ERROR_NONE && more) {
        struct journal_entry *entry = &entries[*count];
        error = entry_decode(from + *count, slice_of(value.mv_data, value.mv_size), entry, why);
        if (error == ERROR_NONE)
            error = keep(storage, entry, why);
        if (error != ERROR_NONE)
            break;
        ++*count;
        more = *count < count_max;
        if (more)
            error = go_next(cursor, from + *count, &value, &more, why);
    }
    mdb_cursor_close(cursor);
    /* What was read before an entry that is damaged or finds no room is given out; the next call
     * begins at that entry and says what is wrong with it. */
    return *count > 0 ? ERROR_NONE : error;
}

static enum error go_to(const struct journal *journal, MDB_txn *txn, MDB_cursor *cursor,
                        uint64_t from, MDB_val *value, bool *found, struct why *why)
{
    MDB_val key = {sizeof from, &from};
    uint64_t sequence = 0;
    int code = mdb_cursor_get(cursor, &key, value, MDB_SET_RANGE);
    *found = false;
    if (code != MDB_SUCCESS && code != MDB_NOTFOUND)
        return journal_failed(code, why);
    if (code == MDB_SUCCESS) {
        enum error error = journal_key_read(&key, &sequence, why);
        if (error != ERROR_NONE)
            return error;
    }
    *found = code == MDB_SUCCESS && sequence == from;
    if (*found)
        return ERROR_NONE;
    struct journal_span span;
    enum error error = journal_span_read(journal, txn, &span, why);
    if (error != ERROR_NONE)
        return error;
    if (from < span.first)
        return why_set(why, ERROR_NOT_FOUND,
                       "journal entry %llu is archived; the journal begins with %llu",
                       (unsigned long long)from, (unsigned long long)span.first);
    if (from <= span.last.sequence)
        return missing(from, why);
    return ERROR_NONE;
}

static enum error go_next(MDB_cursor *cursor, uint64_t expected, MDB_val *value, bool *found,
                          struct why *why)
{
    MDB_val key;
    uint64_t sequence = 0;
    int code = mdb_cursor_get(cursor, &key, value, MDB_NEXT);
    *found = code == MDB_SUCCESS;
    if (code == MDB_NOTFOUND)
        return ERROR_NONE;
    if (code != MDB_SUCCESS)
        return journal_failed(code, why);
    enum error error = journal_key_read(&key, &sequence, why);
    if (error == ERROR_NONE && sequence != expected)
        error = missing(expected, why);
    return error;
}

static enum error keep(struct buf *storage, const struct journal_entry *entry, struct why *why)
{
    enum error error = ERROR_NONE;
    if (entry->command.len > storage->max - storage->len)
        error = ERROR_TOO_LARGE;
    else
        buf_append_slice(storage, entry->command);
    if (storage->failed)
        error = ERROR_MEMORY;
    if (error != ERROR_NONE)
        why_set(why, error, "no room to read journal entry %llu of %zu bytes",
                (unsigned long long)entry->sequence, entry->command.len);
    return error;
}

static enum error missing(uint64_t sequence, struct why *why)
{
    return why_set(why, ERROR_CORRUPT, "journal entry %llu is missing",
                   (unsigned long long)sequence);
}
