/* Changes a journal behind its back, as a broken disk or a stranger's tool would. */
#ifndef USHER_TESTS_UNIT_JOURNAL_DAMAGE_H
#define USHER_TESTS_UNIT_JOURNAL_DAMAGE_H

#include "base/assert.h"
#include "journal/state.h"

static inline MDB_txn *damage_begin(struct journal *journal)
{
    MDB_txn *txn;
    ASSERT(environment_begin(journal->environment, true, &txn) == ERROR_NONE);
    return txn;
}

static inline void damage_end(struct journal *journal, MDB_txn *txn)
{
    ASSERT(environment_commit(journal->environment, txn) == ERROR_NONE);
}

static inline void damage_remove(struct journal *journal, uint64_t sequence)
{
    MDB_txn *txn = damage_begin(journal);
    MDB_val key = {sizeof sequence, &sequence};
    ASSERT(mdb_del(txn, journal_table(journal, JOURNAL_ENTRIES), &key, NULL) == MDB_SUCCESS);
    damage_end(journal, txn);
}

static inline void damage_replace(struct journal *journal, uint64_t sequence, struct slice bytes)
{
    MDB_txn *txn = damage_begin(journal);
    MDB_val key = {sizeof sequence, &sequence}, value = {bytes.len, (void *)(uintptr_t)bytes.data};
    ASSERT(mdb_put(txn, journal_table(journal, JOURNAL_ENTRIES), &key, &value, 0) == MDB_SUCCESS);
    damage_end(journal, txn);
}

/* An entry under a key of four bytes; the journal's have eight. */
static inline void damage_short_key(struct journal *journal, uint64_t sequence)
{
    MDB_txn *txn = damage_begin(journal);
    MDB_val key = {4, &sequence}, value = {5, "short"};
    ASSERT(mdb_put(txn, journal_table(journal, JOURNAL_ENTRIES), &key, &value, 0) == MDB_SUCCESS);
    damage_end(journal, txn);
}

static inline void damage_mark(struct journal *journal, struct slice bytes)
{
    MDB_txn *txn = damage_begin(journal);
    MDB_val key = {4, "mark"}, value = {bytes.len, (void *)(uintptr_t)bytes.data};
    ASSERT(mdb_put(txn, journal_table(journal, JOURNAL_META), &key, &value, 0) == MDB_SUCCESS);
    damage_end(journal, txn);
}

#endif
