/* Removing what is archived. */
#include "base/assert.h"
#include "journal/state.h"

enum {
    REMOVAL_ROOM = 256 * 1024, /* for the pages that LMDB needs to give pages back */
    REMOVAL_ENTRIES = 8192     /* removed in one transaction when nobody waits */
};

static enum error remove_batch(struct journal *journal, uint64_t last, size_t most);
static enum error remove_some(const struct journal *journal, MDB_txn *txn, uint64_t last,
                              size_t most, struct journal_mark *mark);

enum error journal_trim(struct journal *journal, uint64_t last, const char *directory,
                        struct why *why)
{
    bool empty = last < atomic_load(&journal->head);
    enum error error = journal_archive(journal, atomic_load(&journal->head), last, directory, why);
    while (error == ERROR_NONE && atomic_load(&journal->head) <= last)
        error = journal_drop(journal, last, REMOVAL_ENTRIES, why);
    /* What a transaction frees can be used by the second one after it. Where the map is full, an
     * append would fail and never be the one between, so this is it. */
    if (error == ERROR_NONE && !empty)
        error = journal_drop(journal, 0, 1, why);
    return error;
}

enum error journal_drop(struct journal *journal, uint64_t last, size_t most, struct why *why)
{
    ASSERT(!journal->read_only);
    enum error error = remove_batch(journal, last, most);
    /* LMDB writes new pages before it frees old ones, so a full map needs a little more first. */
    if (error == ERROR_FULL) {
        error = environment_grow(journal->environment, REMOVAL_ROOM);
        if (error == ERROR_NONE)
            error = remove_batch(journal, last, most);
    }
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot remove archived entries from the journal: %s",
                       error_text(error));
    return ERROR_NONE;
}

/* Removes some entries up to last in one transaction. */
static enum error remove_batch(struct journal *journal, uint64_t last, size_t most)
{
    MDB_txn *txn;
    struct journal_mark mark;
    enum error error = environment_begin(journal->environment, true, &txn);
    if (error != ERROR_NONE)
        return error;
    error = journal_mark_read(journal, txn, &mark, NULL);
    if (error == ERROR_NONE)
        error = remove_some(journal, txn, last, most, &mark);
    if (error == ERROR_NONE)
        error = journal_mark_write(journal, txn, &mark);
    if (error != ERROR_NONE) {
        environment_abort(journal->environment, txn);
        return error;
    }
    error = environment_commit(journal->environment, txn);
    if (error == ERROR_NONE)
        atomic_store(&journal->head, mark.sequence + 1);
    return error;
}

/* Removes at most so many from the front, up to last; mark follows. */
static enum error remove_some(const struct journal *journal, MDB_txn *txn, uint64_t last,
                              size_t most, struct journal_mark *mark)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, journal_table(journal, JOURNAL_ENTRIES), &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    enum error error = ERROR_NONE;
    for (size_t i = 0; i < most && error == ERROR_NONE; i++) {
        MDB_val key, value;
        struct journal_entry entry = {0};
        code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        error = code == MDB_SUCCESS ? journal_key_read(&key, &entry.sequence, NULL)
                                    : environment_error(code);
        if (error != ERROR_NONE || entry.sequence > last)
            break;
        error = entry_decode(entry.sequence, slice_of(value.mv_data, value.mv_size), &entry, NULL);
        if (error != ERROR_NONE)
            break;
        *mark = (struct journal_mark){entry.sequence, entry.at_ms};
        error = environment_error(mdb_cursor_del(cursor, 0));
    }
    mdb_cursor_close(cursor);
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}
