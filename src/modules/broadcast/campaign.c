#include "modules/broadcast/campaign.h"

#include "ledger/news.h"

static void record_key(struct key *key, uint64_t number);
static void id_key(struct key *key, struct slice id);
static void texts_key(struct key *key, uint64_t number);

bool broadcast_load(struct ledger *ledger, uint64_t number, struct record_broadcast *out)
{
    struct key key;
    record_key(&key, number);
    return state_get(ledger, TABLE_broadcasts, &key, shape_record_broadcast(), out);
}

void broadcast_store(struct ledger *ledger, uint64_t number, const struct record_broadcast *record)
{
    struct key key;
    record_key(&key, number);
    state_put(ledger, TABLE_broadcasts, &key, shape_record_broadcast(), record);
    news_row(ledger, shape_record_broadcast(), key_slice(&key));
}

uint64_t broadcast_find(struct ledger *ledger, struct slice id)
{
    struct key key;
    struct slice value;
    uint64_t number = 0;
    id_key(&key, id);
    if (state_get_bytes(ledger, TABLE_broadcast_ids, &key, &value) &&
        !key_take_u64(&value, &number))
        state_fail(ledger, ERROR_CORRUPT);
    return number;
}

bool broadcast_next(struct ledger *ledger, uint64_t *number, struct record_broadcast *out)
{
    struct key from;
    struct key found;
    struct slice value;
    record_key(&from, *number == 0 ? UINT64_MAX : *number);
    if (!state_seek(ledger, TABLE_broadcasts, SLICE(""), key_slice(&from), *number != 0, &found,
                    &value))
        return false;
    struct slice rest = key_slice(&found);
    uint64_t down;
    enum error error = key_take_u64(&rest, &down) ? ERROR_NONE : ERROR_CORRUPT;
    if (error == ERROR_NONE)
        error = record_decode(shape_record_broadcast(), value, out);
    if (error != ERROR_NONE) {
        state_fail(ledger, error);
        return false;
    }
    *number = UINT64_MAX - down;
    return true;
}

bool broadcast_texts(struct ledger *ledger, uint64_t number, struct slice *rows)
{
    struct key key;
    texts_key(&key, number);
    return state_get_bytes(ledger, TABLE_broadcast_texts, &key, rows);
}

uint64_t broadcast_add(struct ledger *ledger, struct record_broadcast *record, struct slice texts)
{
    struct record_broadcast newest;
    struct key key;
    struct key value;
    uint64_t number = 0;
    (void)broadcast_next(ledger, &number, &newest); /* none yet: this is number 1 */
    number++;
    record->state = BROADCAST_RUNNING;
    record->created_ms = ledger->at_ms;
    record->swept_ms = ledger->at_ms;
    broadcast_store(ledger, number, record);
    id_key(&key, slice_from(record->id));
    key_clear(&value);
    key_u64(&value, number);
    state_put_bytes(ledger, TABLE_broadcast_ids, &key, key_slice(&value));
    texts_key(&key, number);
    state_put_bytes(ledger, TABLE_broadcast_texts, &key, texts);
    ledger->meta.broadcasts_running++;
    return number;
}

void broadcast_settle(struct ledger *ledger, struct record_broadcast *record)
{
    if (record->state != BROADCAST_RUNNING || !record->walked || record->open > 0)
        return;
    record->state = BROADCAST_DONE;
    record->finished_ms = ledger->at_ms;
    ledger->meta.broadcasts_running--;
}

/* Counted down, so that the newest is the first. */
static void record_key(struct key *key, uint64_t number)
{
    key_clear(key);
    key_u64(key, UINT64_MAX - number);
}

static void id_key(struct key *key, struct slice id)
{
    key_clear(key);
    key_text(key, id);
}

static void texts_key(struct key *key, uint64_t number)
{
    key_clear(key);
    key_u64(key, number);
}
