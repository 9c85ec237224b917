#include "journal/state.h"

#include "base/assert.h"

static enum error read_ends(MDB_cursor *cursor, const MDB_val *last_key, const MDB_val *last_value,
                            struct journal_span *span, struct why *why);
static MDB_val mark_key(void);

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
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return journal_failed(code, why);
    MDB_val key, value;
    enum error error;
    code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (code == MDB_SUCCESS) {
        error = read_ends(cursor, &key, &value, span, why);
    } else if (code == MDB_NOTFOUND) {
        error = journal_mark_read(journal, txn, &span->last, why);
        span->first = span->last.sequence + 1;
    } else {
        error = journal_failed(code, why);
    }
    mdb_cursor_close(cursor);
    return error;
}

enum error journal_mark_read(const struct journal *journal, MDB_txn *txn, struct journal_mark *mark,
                             struct why *why)
{
    MDB_val key = mark_key(), value;
    *mark = (struct journal_mark){0};
    int code = mdb_get(txn, journal_table(journal, JOURNAL_META), &key, &value);
    if (code == MDB_NOTFOUND)
        return ERROR_NONE;
    if (code != MDB_SUCCESS)
        return journal_failed(code, why);
    return mark_decode(slice_of(value.mv_data, value.mv_size), mark, why);
}

enum error journal_mark_write(const struct journal *journal, MDB_txn *txn,
                              const struct journal_mark *mark)
{
    char bytes[MARK_SIZE];
    mark_encode(mark, bytes);
    MDB_val key = mark_key(), value = {sizeof bytes, bytes};
    return environment_error(mdb_put(txn, journal_table(journal, JOURNAL_META), &key, &value, 0));
}

enum error journal_failed(int code, struct why *why)
{
    return why_set(why, environment_error(code), "cannot read the journal: %s", mdb_strerror(code));
}

/* cursor stands on the last entry and goes to the first. */
static enum error read_ends(MDB_cursor *cursor, const MDB_val *last_key, const MDB_val *last_value,
                            struct journal_span *span, struct why *why)
{
    struct journal_entry last = {0};
    enum error error = journal_key_read(last_key, &last.sequence, why);
    if (error == ERROR_NONE)
        error = entry_decode(last.sequence, slice_of(last_value->mv_data, last_value->mv_size),
                             &last, why);
    if (error != ERROR_NONE)
        return error;
    span->last = (struct journal_mark){last.sequence, last.at_ms};
    MDB_val key, value;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    if (code != MDB_SUCCESS)
        return journal_failed(code, why);
    return journal_key_read(&key, &span->first, why);
}

static MDB_val mark_key(void)
{
    static char name[] = "mark";
    return (MDB_val){sizeof name - 1, name};
}
