/* The store on disk: one LMDB database a table, and in each transaction one cursor a table, made at
 * its first use. A cursor remembers its page: reading a record and then writing it is one descent.
 */
#include "base/assert.h"
#include "store/backend.h"
#include "store/environment.h"

#include <stdlib.h>

struct disk {
    struct store base;
    struct environment *environment;
};

struct disk_txn {
    struct store_txn base;
    struct environment *environment;
    MDB_txn *txn;
    MDB_cursor *cursors[TABLE_COUNT];
};

_Static_assert((int)TABLE_COUNT <= (int)ENVIRONMENT_TABLES_MAX, "every table needs a handle");

static const struct environment_table tables[TABLE_COUNT] = {
#define TABLE(name) [TABLE_##name] = {#name, 0},
#include "store/tables.def"
#undef TABLE
};

static int cursor_of(struct disk_txn *txn, enum table table, MDB_cursor **out);
static enum error take(int code, const MDB_val *key, const MDB_val *value, struct slice *key_out,
                       struct slice *value_out);
static MDB_val val_of(struct slice slice);

static void disk_close(struct store *store)
{
    struct disk *disk = (struct disk *)store;
    environment_close(&disk->environment);
    free(disk);
}

static enum error disk_begin(struct store *store, bool write, struct store_txn **out)
{
    struct environment *environment = ((struct disk *)store)->environment;
    struct disk_txn *txn = calloc(1, sizeof *txn);
    if (txn == NULL)
        return ERROR_MEMORY;
    txn->environment = environment;
    enum error error = environment_begin(environment, write, &txn->txn);
    if (error != ERROR_NONE) {
        free(txn);
        return error;
    }
    *out = &txn->base;
    return ERROR_NONE;
}

/* In a write transaction LMDB closes cursors itself, but only while it still has them. */
static void close_cursors(struct disk_txn *txn)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (txn->cursors[i] != NULL)
            mdb_cursor_close(txn->cursors[i]);
}

static enum error disk_commit(struct store_txn *base)
{
    struct disk_txn *txn = (struct disk_txn *)base;
    close_cursors(txn);
    enum error error = environment_commit(txn->environment, txn->txn);
    free(txn);
    return error;
}

static void disk_abort(struct store_txn *base)
{
    struct disk_txn *txn = (struct disk_txn *)base;
    close_cursors(txn);
    environment_abort(txn->environment, txn->txn);
    free(txn);
}

static enum error disk_get(struct store_txn *base, enum table table, struct slice key,
                           struct slice *value)
{
    MDB_cursor *cursor;
    int code = cursor_of((struct disk_txn *)base, table, &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val k = val_of(key), v;
    code = mdb_cursor_get(cursor, &k, &v, MDB_SET_KEY);
    struct slice found;
    return take(code, &k, &v, &found, value);
}

static enum error disk_put(struct store_txn *base, enum table table, struct slice key,
                           struct slice value)
{
    MDB_cursor *cursor;
    int code = cursor_of((struct disk_txn *)base, table, &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val k = val_of(key), v = val_of(value);
    return environment_error(mdb_cursor_put(cursor, &k, &v, 0));
}

/* LMDB leaves the page before a new last one full, instead of halving it. */
static enum error disk_append(struct store_txn *base, enum table table, struct slice key,
                              struct slice value)
{
    MDB_cursor *cursor;
    int code = cursor_of((struct disk_txn *)base, table, &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val k = val_of(key), v = val_of(value);
    code = mdb_cursor_put(cursor, &k, &v, MDB_APPEND);
    return code == MDB_KEYEXIST ? disk_put(base, table, key, value) : environment_error(code);
}

static enum error disk_remove(struct store_txn *base, enum table table, struct slice key)
{
    MDB_cursor *cursor;
    int code = cursor_of((struct disk_txn *)base, table, &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val k = val_of(key), v;
    code = mdb_cursor_get(cursor, &k, &v, MDB_SET);
    if (code == MDB_SUCCESS)
        code = mdb_cursor_del(cursor, 0);
    return environment_error(code);
}

static enum error disk_seek(struct store_txn *base, enum table table, struct slice from, bool after,
                            struct slice *key, struct slice *value)
{
    MDB_cursor *cursor;
    int code = cursor_of((struct disk_txn *)base, table, &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val k = val_of(from), v;
    code = mdb_cursor_get(cursor, &k, &v, from.len == 0 ? MDB_FIRST : MDB_SET_RANGE);
    if (code == MDB_SUCCESS && after && slice_equal(slice_of(k.mv_data, k.mv_size), from))
        code = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    return take(code, &k, &v, key, value);
}

static enum error disk_seek_back(struct store_txn *base, enum table table, struct slice before,
                                 struct slice *key, struct slice *value)
{
    MDB_cursor *cursor;
    int code = cursor_of((struct disk_txn *)base, table, &cursor);
    if (code != MDB_SUCCESS)
        return environment_error(code);
    MDB_val k = val_of(before), v;
    code = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    if (code == MDB_SUCCESS)
        code = mdb_cursor_get(cursor, &k, &v, MDB_PREV);
    else if (code == MDB_NOTFOUND)
        code = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
    return take(code, &k, &v, key, value);
}

static uint64_t disk_count(struct store_txn *base, enum table table)
{
    struct disk_txn *txn = (struct disk_txn *)base;
    MDB_dbi dbi;
    MDB_stat stat;
    if (!environment_table(txn->environment, table, &dbi))
        return 0;
    ASSERT(mdb_stat(txn->txn, dbi, &stat) == MDB_SUCCESS);
    return stat.ms_entries;
}

static enum error disk_sync(struct store *store)
{
    return environment_sync(((struct disk *)store)->environment);
}

static enum error disk_copy(struct store *store, const char *path, struct why *why)
{
    return environment_copy(((struct disk *)store)->environment, path, why);
}

static void disk_sizes(struct store *store, uint64_t *used, uint64_t *map)
{
    environment_sizes(((struct disk *)store)->environment, used, map);
}

static const struct store_backend backend = {
    .close = disk_close,
    .begin = disk_begin,
    .commit = disk_commit,
    .abort = disk_abort,
    .get = disk_get,
    .put = disk_put,
    .append = disk_append,
    .remove = disk_remove,
    .seek = disk_seek,
    .seek_back = disk_seek_back,
    .count = disk_count,
    .sync = disk_sync,
    .copy = disk_copy,
    .sizes = disk_sizes,
};

enum error store_open(const char *path, const struct store_options *options, struct store **out,
                      struct why *why)
{
    *out = NULL;
    const struct environment_options environment_options = {
        .what = "state",
        .map_bytes = options->map_bytes,
        .read_only = options->read_only,
        .sync_lazily = options->sync_lazily,
        .tables = tables,
        .tables_count = TABLE_COUNT,
    };
    struct disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        return why_set(why, ERROR_MEMORY, "no memory to open the state in %s", path);
    disk->base.backend = &backend;
    enum error error = environment_open(path, &environment_options, &disk->environment, why);
    if (error != ERROR_NONE) {
        free(disk);
        return error;
    }
    *out = &disk->base;
    return ERROR_NONE;
}

static int cursor_of(struct disk_txn *txn, enum table table, MDB_cursor **out)
{
    ASSERT((size_t)table < TABLE_COUNT);
    *out = txn->cursors[table];
    if (*out != NULL)
        return MDB_SUCCESS;
    MDB_dbi dbi;
    if (!environment_table(txn->environment, table, &dbi))
        return MDB_NOTFOUND;
    int code = mdb_cursor_open(txn->txn, dbi, &txn->cursors[table]);
    *out = txn->cursors[table];
    return code;
}

static enum error take(int code, const MDB_val *key, const MDB_val *value, struct slice *key_out,
                       struct slice *value_out)
{
    if (code != MDB_SUCCESS)
        return environment_error(code);
    *key_out = slice_of(key->mv_data, key->mv_size);
    *value_out = slice_of(value->mv_data, value->mv_size);
    return ERROR_NONE;
}

static MDB_val val_of(struct slice slice)
{
    return (MDB_val){slice.len, (void *)(uintptr_t)slice.data};
}
