#include "journal/journal.h"

#include "base/assert.h"
#include "journal/state.h"

#include <stdlib.h>

static const struct environment_table tables[JOURNAL_TABLES] = {
    [JOURNAL_ENTRIES] = {"entries", MDB_INTEGERKEY},
    [JOURNAL_META] = {"meta", 0},
};

static enum error refresh(struct journal *journal, struct why *why);
static enum error append_all(struct journal *journal, MDB_txn *txn, const struct slice *commands,
                             size_t count, uint64_t now_ms, struct journal_span *span);
static enum error read_some(struct journal *journal, MDB_txn *txn, uint64_t from,
                            struct journal_entry *entries, size_t count_max, struct buf *storage,
                            size_t *count, struct why *why);
static enum error go_to(const struct journal *journal, MDB_txn *txn, MDB_cursor *cursor,
                        uint64_t from, MDB_val *value, bool *found, struct why *why);
static enum error go_next(MDB_cursor *cursor, uint64_t expected, MDB_val *value, bool *found,
                          struct why *why);
static enum error keep(struct buf *storage, const struct journal_entry *entry, struct why *why);
static enum error missing(uint64_t sequence, struct why *why);
static enum error read_failed(int code, struct why *why);

enum error journal_open(const char *path, const struct journal_options *options,
                        struct journal **out, struct why *why)
{
    *out = NULL;
    const struct environment_options environment_options = {
        .what = "journal",
        .map_bytes = options->map_bytes,
        .read_only = options->read_only,
        .tables = tables,
        .tables_count = JOURNAL_TABLES,
    };
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        return why_set(why, ERROR_MEMORY, "no memory to open the journal in %s", path);
    journal->read_only = options->read_only;
    enum error error = environment_open(path, &environment_options, &journal->environment, why);
    MDB_dbi dbi;
    for (size_t i = 0; i < JOURNAL_TABLES && error == ERROR_NONE; i++)
        if (!environment_table(journal->environment, i, &dbi))
            error = why_set(why, ERROR_CORRUPT, "%s holds no journal", path);
    if (error == ERROR_NONE)
        error = refresh(journal, why);
    if (error != ERROR_NONE) {
        journal_close(&journal);
        return error;
    }
    *out = journal;
    return ERROR_NONE;
}

void journal_close(struct journal **journal)
{
    if (*journal != NULL)
        environment_close(&(*journal)->environment);
    free(*journal);
    *journal = NULL;
}

enum error journal_append(struct journal *journal, const struct slice *commands, size_t count,
                          uint64_t now_ms, uint64_t *first_sequence)
{
    ASSERT(count > 0);
    *first_sequence = 0;
    for (size_t i = 0; i < count; i++)
        if (commands[i].len > JOURNAL_COMMAND_MAX)
            return ERROR_TOO_LARGE;
    MDB_txn *txn;
    enum error error = environment_begin(journal->environment, true, &txn);
    if (error != ERROR_NONE)
        return error;
    /* Where the journal ends is read anew each time: after a commit whose failure left in doubt
     * what is on disk, memory could be wrong. The cursor goes there anyway. */
    struct journal_span span;
    error = journal_span_read(journal, txn, &span, NULL);
    uint64_t first = span.last.sequence + 1;
    if (error == ERROR_NONE)
        error = append_all(journal, txn, commands, count, now_ms, &span);
    if (error != ERROR_NONE) {
        environment_abort(journal->environment, txn);
        return error;
    }
    error = environment_commit(journal->environment, txn);
    if (error != ERROR_NONE)
        return error;
    atomic_store(&journal->tail, span.last.sequence);
    *first_sequence = first;
    return ERROR_NONE;
}

uint64_t journal_head(struct journal *journal)
{
    if (journal->read_only)
        (void)refresh(journal, NULL); /* what cannot be read now stays as it was */
    return atomic_load(&journal->head);
}

uint64_t journal_tail(struct journal *journal)
{
    if (journal->read_only)
        (void)refresh(journal, NULL);
    return atomic_load(&journal->tail);
}

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

enum error journal_copy(struct journal *journal, const char *path, struct why *why)
{
    return environment_copy(journal->environment, path, why);
}

void journal_sizes(struct journal *journal, uint64_t *used, uint64_t *map)
{
    environment_sizes(journal->environment, used, map);
}

MDB_dbi journal_table(const struct journal *journal, enum journal_table table)
{
    MDB_dbi dbi;
    ASSERT(environment_table(journal->environment, table, &dbi));
    return dbi;
}

enum error journal_key_read(const MDB_val *key, uint64_t *sequence, struct why *why)
{
    if (key->mv_size != sizeof *sequence)
        return why_set(why, ERROR_CORRUPT, "a journal key has %zu bytes", key->mv_size);
    memcpy(sequence, key->mv_data, sizeof *sequence);
    return ERROR_NONE;
}

enum error journal_span_read(const struct journal *journal, MDB_txn *txn, struct journal_span *span,
                             struct why *why)
{
    *span = (struct journal_span){.first = 1};
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val key, value;
    enum error error;
    code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (code == MDB_SUCCESS) {
        struct journal_entry last = {0};
        error = journal_key_read(&key, &last.sequence, why);
        if (error == ERROR_NONE)
            error = entry_decode(last.sequence, slice_of(value.mv_data, value.mv_size), &last, why);
        span->last = (struct journal_mark){last.sequence, last.at_ms};
        code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        if (error == ERROR_NONE && code == MDB_SUCCESS)
            error = journal_key_read(&key, &span->first, why);
        else if (error == ERROR_NONE)
            error = environment_error(code);
    } else if (code == MDB_NOTFOUND) {
        key = (MDB_val){4, "mark"};
        code = mdb_get(txn, journal_table(journal, JOURNAL_META), &key, &value);
        if (code == MDB_SUCCESS)
            error = mark_decode(slice_of(value.mv_data, value.mv_size), &span->last, why);
        else
            error = code == MDB_NOTFOUND ? ERROR_NONE : environment_error(code);
        span->first = span->last.sequence + 1;
    } else {
        error = environment_error(code);
    }
    mdb_cursor_close(cursor);
    return error;
}

static enum error refresh(struct journal *journal, struct why *why)
{
    MDB_txn *txn;
    struct journal_span span;
    enum error error = environment_begin(journal->environment, false, &txn);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot read the journal: %s", error_text(error));
    error = journal_span_read(journal, txn, &span, why);
    environment_abort(journal->environment, txn);
    if (error != ERROR_NONE)
        return error;
    atomic_store(&journal->head, span.first);
    atomic_store(&journal->tail, span.last.sequence);
    return ERROR_NONE;
}

static enum error append_all(struct journal *journal, MDB_txn *txn, const struct slice *commands,
                             size_t count, uint64_t now_ms, struct journal_span *span)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    struct journal_entry entry = {
        .sequence = span->last.sequence,
        .at_ms = now_ms > span->last.at_ms ? now_ms : span->last.at_ms,
    };
    for (size_t i = 0; i < count && code == MDB_SUCCESS; i++) {
        entry.sequence++;
        entry.command = commands[i];
        MDB_val key = {sizeof entry.sequence, &entry.sequence};
        MDB_val value = {ENTRY_HEAD_SIZE + entry.command.len, NULL};
        code = mdb_cursor_put(cursor, &key, &value, MDB_APPEND | MDB_RESERVE);
        if (code == MDB_SUCCESS)
            entry_encode(&entry, value.mv_data);
    }
    mdb_cursor_close(cursor);
    span->last = (struct journal_mark){entry.sequence, entry.at_ms};
    return environment_error(code);
}

static enum error read_some(struct journal *journal, MDB_txn *txn, uint64_t from,
                            struct journal_entry *entries, size_t count_max, struct buf *storage,
                            size_t *count, struct why *why)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return read_failed(code, why);
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
        return read_failed(code, why);
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
        return read_failed(code, why);
    enum error error = journal_key_read(&key, &sequence, why);
    if (error == ERROR_NONE && sequence != expected)
        error = missing(expected, why);
    return error;
}

static enum error keep(struct buf *storage, const struct journal_entry *entry, struct why *why)
{
    enum error error = ERROR_NONE;
    if (storage->len > storage->max || entry->command.len > storage->max - storage->len)
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

static enum error read_failed(int code, struct why *why)
{
    return why_set(why, environment_error(code), "cannot read the journal: %s", mdb_strerror(code));
}
