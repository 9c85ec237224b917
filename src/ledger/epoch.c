#include "ledger/epoch.h"

#include "ledger/records.h"

enum error epoch_read(struct store *store, struct epoch *out)
{
    struct store_txn *txn;
    struct record_meta meta;
    struct slice value;
    struct key key;

    *out = (struct epoch){.applied = 0};
    key_clear(&key);
    key_text(&key, SLICE("meta"));
    enum error error = store_begin(store, false, &txn);
    if (error != ERROR_NONE)
        return error;
    error = store_get(txn, TABLE_meta, key_slice(&key), &value);
    if (error == ERROR_NONE)
        error = record_decode(shape_record_meta(), value, &meta);
    store_abort(&txn);
    if (error == ERROR_NONE)
        *out = (struct epoch){meta.applied, meta.epoch, meta.rules, meta.epoch_from};
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

bool epoch_serves(const struct epoch *kept, uint64_t rules, uint64_t from)
{
    bool within = kept->rules == rules && kept->from == from;
    return kept->applied > 0 && (within || kept->applied + 1 == from);
}
