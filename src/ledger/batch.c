#include "ledger/batch.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/group.h"
#include "ledger/person.h"

static enum error catalog_use_empty(struct ledger *ledger);
static void meta_key(struct key *key, const char *name);

/* How the tables lie; a state of another layout is not read. */
enum { LAYOUT = 5 };

enum error batch_begin(struct ledger *ledger, bool write)
{
    if (ledger->writing) {
        ASSERT(!write);
        return ledger->error;
    }
    ASSERT(ledger->txn == NULL);
    enum error error = ledger->stale ? batch_reload(ledger, NULL) : ERROR_NONE;
    ledger->error = ERROR_NONE;
    person_forget(ledger);
    delivery_forget(ledger);
    group_forget(ledger);
    if (error == ERROR_NONE)
        error = store_begin(ledger->store, write, &ledger->txn);
    ledger->writing = write && error == ERROR_NONE;
    return error;
}

enum error batch_end(struct ledger *ledger)
{
    enum error error = ledger->error;
    if (ledger->writing)
        ledger->error = ERROR_NONE;
    else
        store_abort(&ledger->txn);
    return error;
}

enum error batch_reload(struct ledger *ledger, struct why *why)
{
    struct store_txn *txn;
    ledger->stale = true;
    enum error error = store_begin(ledger->store, false, &txn);
    if (error != ERROR_NONE)
        return why_set(why, error, "the state cannot be read: %s", error_text(error));
    ledger->txn = txn;
    ledger->error = ERROR_NONE;
    struct key key;
    struct record_meta meta;
    meta_key(&key, "meta");
    if (!state_get(ledger, TABLE_meta, &key, shape_record_meta(), &meta)) {
        memset(&meta, 0, sizeof meta);
        meta.next_delivery = 1;
        meta.layout = LAYOUT;
    }
    if (ledger->error == ERROR_NONE && meta.layout != LAYOUT)
        error = ERROR_VERSION;
    struct slice hash;
    struct slice rows;
    uint8_t hash_copy[32];
    meta_key(&key, "catalog_hash");
    if (error == ERROR_NONE && state_get_bytes(ledger, TABLE_meta, &key, &hash) && hash.len == 32) {
        memcpy(hash_copy, hash.data, 32);
        meta_key(&key, "catalog");
        if (state_get_bytes(ledger, TABLE_meta, &key, &rows))
            error = state_catalog_use(ledger, slice_of(hash_copy, 32), rows);
        else
            state_fail(ledger, ERROR_CORRUPT);
    } else if (error == ERROR_NONE && ledger->error == ERROR_NONE) {
        error = catalog_use_empty(ledger);
    }
    struct slice due;
    struct slice value;
    uint64_t due_ms = 0;
    if (ledger->error == ERROR_NONE && error == ERROR_NONE) {
        error = store_seek(txn, TABLE_timers, SLICE("\0"), false, &due, &value);
        if (error == ERROR_NOT_FOUND)
            error = ERROR_NONE;
        else if (error == ERROR_NONE && !key_take_u64(&due, &due_ms))
            error = ERROR_CORRUPT;
    }
    if (ledger->error != ERROR_NONE)
        error = ledger->error;
    store_abort(&txn);
    ledger->txn = NULL;
    if (error == ERROR_VERSION)
        return why_set(
            why, error,
            "the state was written by another version of usher; move it away, and the next "
            "start builds it again from the journal");
    if (error != ERROR_NONE)
        return why_set(why, error, "the state's own records cannot be used: %s", error_text(error));
    ledger->meta = meta;
    ledger->committed = meta;
    ledger->next_due_ms = due_ms;
    ledger->stale = false;
    return ERROR_NONE;
}

void batch_flush(struct ledger *ledger)
{
    person_flush(ledger);
    delivery_flush(ledger);
}

static enum error catalog_use_empty(struct ledger *ledger)
{
    static const uint8_t no_hash[32];
    struct buf rows;
    buf_init(&rows, 256);
    struct message community = {
        .kind = MESSAGE_catalog_community,
        .catalog_community = {.name = SLICE("usher"), .timezone = SLICE("UTC")}};
    wire_encode(&rows, &community);
    enum error error = rows.failed ? ERROR_MEMORY
                                   : state_catalog_use(ledger, slice_of(no_hash, sizeof no_hash),
                                                       buf_slice(&rows));
    buf_deinit(&rows);
    return error;
}

static void meta_key(struct key *key, const char *name)
{
    key_clear(key);
    key_text(key, slice_from(name));
}
