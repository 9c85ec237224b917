/* The inside of a journal, shared by its files. For src/journal only. */
#ifndef USHER_JOURNAL_STATE_H
#define USHER_JOURNAL_STATE_H

#include "journal/entry.h"
#include "store/environment.h"

#include <stdatomic.h>

enum journal_table { JOURNAL_ENTRIES, JOURNAL_META, JOURNAL_TABLES };

struct journal {
    struct environment *environment;
    bool read_only;
    /* What other threads may ask. The truth is in the environment; these follow each commit. */
    _Atomic uint64_t head;
    _Atomic uint64_t tail;
};

/* First and last entry as a transaction sees them. When there is none, last is the mark that
 * trimming left (zeros in a new journal) and first is the sequence after it. */
struct journal_span {
    uint64_t first;
    struct journal_mark last;
};

enum error journal_span_read(const struct journal *journal, MDB_txn *txn, struct journal_span *span,
                             struct why *why);

/* What the last trimming left; zeros when there was none. */
enum error journal_mark_read(const struct journal *journal, MDB_txn *txn, struct journal_mark *mark,
                             struct why *why);
enum error journal_mark_write(const struct journal *journal, MDB_txn *txn,
                              const struct journal_mark *mark);

/* Keys are native 64-bit integers (MDB_INTEGERKEY). */
enum error journal_key_read(const MDB_val *key, uint64_t *sequence, struct why *why);

/* LMDB's code as an error, with the sentence that reading failed. */
enum error journal_failed(int code, struct why *why);

MDB_dbi journal_table(const struct journal *journal, enum journal_table table);

#endif
