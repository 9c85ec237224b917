/* What a kind of store must provide. store.c checks arguments and the state of the transaction
 * before it calls; a backend's own structs begin with these. For src/store only. */
#ifndef USHER_STORE_BACKEND_H
#define USHER_STORE_BACKEND_H

#include "store/store.h"

struct store_backend {
    void (*close)(struct store *store);
    enum error (*begin)(struct store *store, bool write, struct store_txn **out);
    /* Both free the transaction. */
    enum error (*commit)(struct store_txn *txn);
    void (*abort)(struct store_txn *txn);
    enum error (*get)(struct store_txn *txn, enum table table, struct slice key,
                      struct slice *value);
    enum error (*put)(struct store_txn *txn, enum table table, struct slice key,
                      struct slice value);
    enum error (*append)(struct store_txn *txn, enum table table, struct slice key,
                         struct slice value);
    enum error (*remove)(struct store_txn *txn, enum table table, struct slice key);
    enum error (*seek)(struct store_txn *txn, enum table table, struct slice from, bool after,
                       struct slice *key, struct slice *value);
    enum error (*seek_back)(struct store_txn *txn, enum table table, struct slice before,
                            struct slice *key, struct slice *value);
    uint64_t (*count)(struct store_txn *txn, enum table table);
    enum error (*sync)(struct store *store);
    enum error (*copy)(struct store *store, const char *path, struct why *why);
    void (*sizes)(struct store *store, uint64_t *used, uint64_t *map);
};

struct store {
    const struct store_backend *backend;
};

struct store_txn {
    struct store *store;
    bool write;
    enum error lost; /* the error that ended it before its time */
};

#endif
