#include "store/store.h"

#include "base/assert.h"
#include "store/backend.h"
#include "store/digest.h"

static enum error ended(struct store_txn *txn, enum error error);
static enum error hash_table(struct store_txn *txn, enum table table, struct digest *digest);
static void digest_sized(struct digest *digest, struct slice data);

static const char *const names[TABLE_COUNT] = {
#define TABLE(name) [TABLE_##name] = #name,
#include "store/tables.def"
#undef TABLE
};

const char *table_name(enum table table)
{
    ASSERT((size_t)table < TABLE_COUNT);
    return names[table];
}

void store_close(struct store **store)
{
    if (*store != NULL)
        (*store)->backend->close(*store);
    *store = NULL;
}

enum error store_begin(struct store *store, bool write, struct store_txn **out)
{
    *out = NULL;
    enum error error = store->backend->begin(store, write, out);
    if (error != ERROR_NONE)
        return error;
    (*out)->store = store;
    (*out)->write = write;
    (*out)->lost = ERROR_NONE;
    return ERROR_NONE;
}

enum error store_commit(struct store_txn **txn)
{
    struct store_txn *ending = *txn;
    ASSERT(ending != NULL && ending->write);
    *txn = NULL;
    enum error lost = ending->lost;
    if (lost == ERROR_NONE)
        return ending->store->backend->commit(ending);
    ending->store->backend->abort(ending);
    return lost;
}

void store_abort(struct store_txn **txn)
{
    if (*txn != NULL)
        (*txn)->store->backend->abort(*txn);
    *txn = NULL;
}

enum error store_get(struct store_txn *txn, enum table table, struct slice key, struct slice *value)
{
    *value = slice_of(NULL, 0);
    if (txn->lost != ERROR_NONE)
        return txn->lost;
    if (key.len == 0 || key.len > STORE_KEY_MAX)
        return ERROR_NOT_FOUND;
    return ended(txn, txn->store->backend->get(txn, table, key, value));
}

enum error store_put(struct store_txn *txn, enum table table, struct slice key, struct slice value)
{
    ASSERT(txn->write);
    ASSERT(key.len > 0 && key.len <= STORE_KEY_MAX);
    ASSERT(value.len <= STORE_VALUE_MAX);
    if (txn->lost != ERROR_NONE)
        return txn->lost;
    return ended(txn, txn->store->backend->put(txn, table, key, value));
}

enum error store_append(struct store_txn *txn, enum table table, struct slice key,
                        struct slice value)
{
    ASSERT(txn->write);
    ASSERT(key.len > 0 && key.len <= STORE_KEY_MAX);
    ASSERT(value.len <= STORE_VALUE_MAX);
    if (txn->lost != ERROR_NONE)
        return txn->lost;
    return ended(txn, txn->store->backend->append(txn, table, key, value));
}

enum error store_delete(struct store_txn *txn, enum table table, struct slice key)
{
    ASSERT(txn->write);
    if (txn->lost != ERROR_NONE)
        return txn->lost;
    if (key.len == 0 || key.len > STORE_KEY_MAX)
        return ERROR_NOT_FOUND;
    return ended(txn, txn->store->backend->remove(txn, table, key));
}

enum error store_seek(struct store_txn *txn, enum table table, struct slice from, bool after,
                      struct slice *key, struct slice *value)
{
    *key = *value = slice_of(NULL, 0);
    if (txn->lost != ERROR_NONE)
        return txn->lost;
    return ended(txn, txn->store->backend->seek(txn, table, from, after, key, value));
}

enum error store_seek_back(struct store_txn *txn, enum table table, struct slice before,
                           struct slice *key, struct slice *value)
{
    *key = *value = slice_of(NULL, 0);
    if (txn->lost != ERROR_NONE)
        return txn->lost;
    if (before.len == 0)
        return ERROR_NOT_FOUND;
    return ended(txn, txn->store->backend->seek_back(txn, table, before, key, value));
}

uint64_t store_count(struct store_txn *txn, enum table table)
{
    return txn->lost == ERROR_NONE ? txn->store->backend->count(txn, table) : 0;
}

enum error store_hash(struct store_txn *txn, uint8_t out[32])
{
    _Static_assert(DIGEST_SIZE == 32, "store_hash is SHA-256");
    struct digest *digest = digest_new();
    if (digest == NULL)
        return ERROR_MEMORY;
    enum error error = ERROR_NONE;
    for (size_t i = 0; i < TABLE_COUNT && error == ERROR_NONE; i++)
        if (i != TABLE_news) /* its chunks are as long as the batches were */
            error = hash_table(txn, (enum table)i, digest);
    if (error == ERROR_NONE)
        digest_finish(digest, out);
    digest_destroy(&digest);
    return error;
}

enum error store_sync(struct store *store)
{
    return store->backend->sync(store);
}

enum error store_copy(struct store *store, const char *path, struct why *why)
{
    return store->backend->copy(store, path, why);
}

void store_sizes(struct store *store, uint64_t *used, uint64_t *map)
{
    store->backend->sizes(store, used, map);
}

/* A read that fails does not spoil the transaction in LMDB, but what was decided on it would be
 * wrong. */
static enum error ended(struct store_txn *txn, enum error error)
{
    if (error != ERROR_NONE && error != ERROR_NOT_FOUND)
        txn->lost = error;
    return error;
}

static enum error hash_table(struct store_txn *txn, enum table table, struct digest *digest)
{
    digest_sized(digest, slice_from(table_name(table)));
    struct slice at = {NULL, 0}, value;
    bool after = false;
    for (;;) {
        enum error error = store_seek(txn, table, at, after, &at, &value);
        if (error == ERROR_NOT_FOUND)
            break;
        if (error != ERROR_NONE)
            return error;
        digest_sized(digest, at);
        digest_sized(digest, value);
        after = true;
    }
    /* No key has the length 0, so this ends the table. */
    digest_add_u32(digest, 0);
    return ERROR_NONE;
}

static void digest_sized(struct digest *digest, struct slice data)
{
    digest_add_u32(digest, (uint32_t)data.len);
    digest_add(digest, data);
}
