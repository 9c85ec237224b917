#include "ledger/state.h"

#include "base/assert.h"

static bool take_found(struct ledger *ledger, enum error error, struct slice prefix,
                       const struct slice *key, struct key *found);
static void key_timer(struct key *key, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
                      const char *subject);

void state_fail(struct ledger *ledger, enum error error)
{
    if (ledger->error == ERROR_NONE)
        ledger->error = error;
}

bool state_get_bytes(struct ledger *ledger, enum table table, const struct key *key,
                     struct slice *value)
{
    if (ledger->error != ERROR_NONE)
        return false;
    enum error error = store_get(ledger->txn, table, key_slice(key), value);
    if (error != ERROR_NONE && error != ERROR_NOT_FOUND)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

void state_put_bytes(struct ledger *ledger, enum table table, const struct key *key,
                     struct slice value)
{
    if (ledger->error == ERROR_NONE)
        ledger->error = store_put(ledger->txn, table, key_slice(key), value);
}

void state_append_bytes(struct ledger *ledger, enum table table, const struct key *key,
                        struct slice value)
{
    if (ledger->error == ERROR_NONE)
        ledger->error = store_append(ledger->txn, table, key_slice(key), value);
}

bool state_get(struct ledger *ledger, enum table table, const struct key *key,
               const struct shape *shape, void *record)
{
    struct slice value;
    if (!state_get_bytes(ledger, table, key, &value))
        return false;
    enum error error = record_decode(shape, value, record);
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

void state_put(struct ledger *ledger, enum table table, const struct key *key,
               const struct shape *shape, const void *record)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    size_t len = record_encode(shape, record, bytes);
    state_put_bytes(ledger, table, key, slice_of(bytes, len));
}

void state_delete(struct ledger *ledger, enum table table, const struct key *key)
{
    if (ledger->error != ERROR_NONE)
        return;
    enum error error = store_delete(ledger->txn, table, key_slice(key));
    if (error != ERROR_NONE && error != ERROR_NOT_FOUND)
        state_fail(ledger, error);
}

bool state_seek(struct ledger *ledger, enum table table, struct slice prefix, struct slice from,
                bool after, struct key *found, struct slice *value)
{
    struct slice key;
    return ledger->error == ERROR_NONE &&
           take_found(ledger, store_seek(ledger->txn, table, from, after, &key, value), prefix,
                      &key, found);
}

bool state_seek_back(struct ledger *ledger, enum table table, struct slice prefix,
                     struct slice before, struct key *found, struct slice *value)
{
    struct slice key;
    return ledger->error == ERROR_NONE &&
           take_found(ledger, store_seek_back(ledger->txn, table, before, &key, value), prefix,
                      &key, found);
}

void timer_set(struct ledger *ledger, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
               const char *subject)
{
    struct key key;
    key_timer(&key, due_ms, kind, telegram_id, subject);
    state_put_bytes(ledger, TABLE_timers, &key, SLICE(""));
}

void timer_clear(struct ledger *ledger, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
                 const char *subject)
{
    struct key key;
    key_timer(&key, due_ms, kind, telegram_id, subject);
    state_delete(ledger, TABLE_timers, &key);
}

/* Telegram numbers updates upwards but may begin anew anywhere after a quiet week; an id far below
 * the highest is taken as such a beginning. Ids slightly below come late over parallel webhooks. */
bool update_seen(struct ledger *ledger, struct slice bot, uint64_t update_id)
{
    enum { WINDOW = 256, RESTART = 4096 };
    struct key key;
    key_clear(&key);
    key_text(&key, bot);
    struct record_window window;
    if (!state_get(ledger, TABLE_bots, &key, shape_record_window(), &window))
        memset(&window, 0, sizeof window);
    uint64_t *bits[] = {&window.bits0, &window.bits1, &window.bits2, &window.bits3};
    bool seen = false;
    if (update_id > window.highest || window.highest - update_id > RESTART) {
        uint64_t shift = update_id > window.highest ? update_id - window.highest : WINDOW;
        bool had = window.highest != 0 && update_id > window.highest;
        for (int i = 3; i >= 0; i--) { /* bit n stands for highest - 1 - n */
            uint64_t value = 0;
            if (shift < WINDOW) {
                int from = i - (int)(shift / 64);
                unsigned by = (unsigned)(shift % 64);
                if (from >= 0)
                    value = *bits[from] << by;
                if (from > 0 && by > 0)
                    value |= *bits[from - 1] >> (64 - by);
            }
            *bits[i] = value;
        }
        if (had && shift <= WINDOW)
            *bits[(shift - 1) / 64] |= UINT64_C(1) << ((shift - 1) % 64);
        window.highest = update_id;
    } else if (update_id == window.highest) {
        seen = true;
    } else {
        uint64_t back = window.highest - update_id - 1;
        /* Older than the window but not a new beginning: it was confirmed long ago. */
        seen = back >= WINDOW || ((*bits[back / 64] >> (back % 64)) & 1) != 0;
        if (!seen)
            *bits[back / 64] |= UINT64_C(1) << (back % 64);
    }
    if (!seen)
        state_put(ledger, TABLE_bots, &key, shape_record_window(), &window);
    return seen;
}

enum error state_catalog_use(struct ledger *ledger, struct slice hash, struct slice rows)
{
    struct catalog *catalog;
    enum error error = hash.len == 32 ? catalog_parse(rows, &catalog) : ERROR_CORRUPT;
    if (error != ERROR_NONE)
        return error;
    struct calendar *calendar;
    error = calendar_new(catalog->timezone, &calendar);
    if (error != ERROR_NONE) {
        catalog_destroy(&catalog);
        return error;
    }
    catalog_destroy(&ledger->catalog);
    calendar_destroy(&ledger->calendar);
    ledger->catalog = catalog;
    ledger->group.name[0] = 0; /* it may have been told by the catalog of before */
    ledger->calendar = calendar;
    memcpy(ledger->catalog_hash, hash.data, 32);
    return ERROR_NONE;
}

/* What a seek ended with: key is copied when it begins with prefix. */
static bool take_found(struct ledger *ledger, enum error error, struct slice prefix,
                       const struct slice *key, struct key *found)
{
    if (error == ERROR_NOT_FOUND)
        return false;
    if (error != ERROR_NONE || key->len > KEY_BYTES_MAX) {
        state_fail(ledger, error != ERROR_NONE ? error : ERROR_CORRUPT);
        return false;
    }
    if (key->len < prefix.len || memcmp(key->data, prefix.data, prefix.len) != 0)
        return false;
    memcpy(found->data, key->data, key->len);
    found->len = key->len;
    return true;
}

static void key_timer(struct key *key, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
                      const char *subject)
{
    key_clear(key);
    key_u64(key, due_ms);
    key_u8(key, (uint8_t)kind);
    key_i64(key, telegram_id);
    key_text(key, slice_from(subject));
}
