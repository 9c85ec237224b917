/* One LMDB environment: opened with the right flags and map, its tables open, LMDB's errors turned
 * into usher's. Begin, commit and abort hold a lock for reading, so that an environment that LMDB
 * has given up (MDB_PANIC, after a failed write of its meta page) can be closed and opened again
 * when no transaction is under way. A transaction ends in the thread that began it. For src/store
 * and src/journal only. */
#ifndef USHER_STORE_ENVIRONMENT_H
#define USHER_STORE_ENVIRONMENT_H

#include "base/error.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENVIRONMENT_TABLES_MAX = 64 };

struct environment_table {
    const char *name;
    unsigned flags; /* 0 or MDB_INTEGERKEY */
};

struct environment_options {
    const char *what;   /* "state", "journal": for messages */
    uint64_t map_bytes; /* 0: as large as the file system, 1 GiB to 4 TiB */
    bool read_only;
    bool sync_lazily;
    const struct environment_table *tables; /* must outlive the environment */
    size_t tables_count;
};

struct environment;

enum error environment_open(const char *path, const struct environment_options *options,
                            struct environment **out, struct why *why);
void environment_close(struct environment **environment);

/* ERROR_BUSY: the environment must be opened again and others are still reading; try again. */
enum error environment_begin(struct environment *environment, bool write, MDB_txn **out);
/* Either way the transaction is over. On an error nothing of it is stored. */
enum error environment_commit(struct environment *environment, MDB_txn *txn);
void environment_abort(struct environment *environment, MDB_txn *txn);

/* The handle of the table at index in options.tables; false when it is not there (an environment
 * that is open for reading and was written by an older usher). */
bool environment_table(const struct environment *environment, size_t index, MDB_dbi *dbi);

enum error environment_error(int lmdb_code);

/* Makes the map larger until it is closed, for work that frees room and needs some for it.
 * ERROR_BUSY while any transaction is under way. */
enum error environment_grow(struct environment *environment, uint64_t bytes);

/* Makes everything committed durable when sync_lazily is set. */
enum error environment_sync(struct environment *environment);

enum error environment_copy(struct environment *environment, const char *path, struct why *why);
/* used: bytes of pages that hold something. */
void environment_sizes(struct environment *environment, uint64_t *used, uint64_t *map);

#endif
