#include "ledger/clock.h"

#include "ledger/batch.h"

static void name_key(struct key *key);

void clock_store(struct ledger *ledger, uint64_t ahead_ms)
{
    struct key key;
    struct key value;
    name_key(&key);
    key_clear(&value);
    key_u64(&value, ahead_ms);
    state_put_bytes(ledger, TABLE_meta, &key, key_slice(&value));
}

uint64_t clock_load(struct ledger *ledger)
{
    struct key key;
    struct slice value;
    uint64_t ahead_ms = 0;
    name_key(&key);
    if (state_get_bytes(ledger, TABLE_meta, &key, &value) && !key_take_u64(&value, &ahead_ms))
        state_fail(ledger, ERROR_CORRUPT);
    return ahead_ms;
}

enum error ledger_clock_ahead(struct ledger *ledger, uint64_t *ahead_ms)
{
    *ahead_ms = 0;
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    *ahead_ms = clock_load(ledger);
    return batch_end(ledger);
}

static void name_key(struct key *key)
{
    key_clear(key);
    key_text(key, SLICE("clock"));
}
