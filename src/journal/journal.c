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

enum error journal_copy(struct journal *journal, const char *path, struct why *why)
{
    return environment_copy(journal->environment, path, why);
}

void journal_sizes(struct journal *journal, uint64_t *used, uint64_t *map)
{
    environment_sizes(journal->environment, used, map);
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
