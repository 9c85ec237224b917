/* An ordered key-value store with transactions: LMDB on disk, or a sorted structure in memory with
 * the same behaviour for tests and simulation. Keys 1..511 bytes, ordered by memcmp; values up to 1
 * MiB and a little. One write transaction at a time, by one thread. Read transactions are short,
 * end in the thread that began them, and may run in other threads (on disk only: a store in memory
 * is for one thread and one transaction at a time). What get and seek return points into the store
 * and is good until the next write in that transaction or its end: copy out what must live longer,
 * also what is to be put again under another key. lmdb.h is seen only behind this header. */
#ifndef USHER_STORE_STORE_H
#define USHER_STORE_STORE_H

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

enum { STORE_KEY_MAX = 511, STORE_VALUE_MAX = 1114112 };

enum table {
#define TABLE(name) TABLE_##name,
#include "store/tables.def"
#undef TABLE
    TABLE_COUNT
};

struct store;
struct store_txn;

struct store_options {
    uint64_t
        map_bytes;    /* 0: as large as the file system, so that the disk is full before the map */
    bool read_only;   /* another process may be writing */
    bool sync_lazily; /* MDB_NOMETASYNC: a power cut may undo the last transactions */
};

/* Opens (creates) the environment in directory path. One open per process and path. */
enum error store_open(const char *path, const struct store_options *options, struct store **out,
                      struct why *why);
enum error store_open_memory(struct store **out);
void store_close(struct store **store);

/* write = true: at most one at a time. ERROR_FULL, ERROR_IO, ERROR_MEMORY are answers, not crashes.
 */
enum error store_begin(struct store *store, bool write, struct store_txn **out);
enum error store_commit(struct store_txn **txn); /* on error nothing of the transaction is stored */
void store_abort(struct store_txn **txn);

/* After an error other than ERROR_NOT_FOUND the transaction is lost: all that follows in it, and
 * its commit, say the same error. */
enum error store_get(struct store_txn *txn, enum table table, struct slice key,
                     struct slice *value);
enum error store_put(struct store_txn *txn, enum table table, struct slice key, struct slice value);
/* The same, faster and with fuller pages when key is the greatest of the table so far. */
enum error store_append(struct store_txn *txn, enum table table, struct slice key,
                        struct slice value);
/* ERROR_NOT_FOUND when there is no such key. */
enum error store_delete(struct store_txn *txn, enum table table, struct slice key);
/* The first entry whose key is >= from (or > from when after is true). ERROR_NOT_FOUND at the end.
 */
enum error store_seek(struct store_txn *txn, enum table table, struct slice from, bool after,
                      struct slice *key, struct slice *value);
/* The last entry whose key is < before. ERROR_NOT_FOUND when there is none. */
enum error store_seek_back(struct store_txn *txn, enum table table, struct slice before,
                           struct slice *key, struct slice *value);
uint64_t store_count(struct store_txn *txn, enum table table);

const char *table_name(enum table table);

/* SHA-256 over all tables but news in order: name, then each key and value with their lengths. */
enum error store_hash(struct store_txn *txn, uint8_t out[32]);

/* Makes all that was committed durable, when sync_lazily is set. */
enum error store_sync(struct store *store);

/* A consistent copy into directory path (made, must be empty), taken while others read and write.
 */
enum error store_copy(struct store *store, const char *path, struct why *why);

/* Bytes of the data file in use and of the map, for metrics. */
void store_sizes(struct store *store, uint64_t *used, uint64_t *map);

#endif
