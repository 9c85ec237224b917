#include "ledger/state.h"

#include "base/assert.h"
#include "base/encoding.h"

static enum error catalog_use_empty(struct ledger *ledger);
static void key_name(struct key *key, const char *name);
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

bool state_get(struct ledger *ledger, enum table table, const struct key *key,
               enum record_kind kind, void *record)
{
    struct slice value;
    if (!state_get_bytes(ledger, table, key, &value))
        return false;
    enum error error = record_decode(kind, value, record);
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

void state_put(struct ledger *ledger, enum table table, const struct key *key,
               enum record_kind kind, const void *record)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    size_t len = record_encode(kind, record, bytes);
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
    if (ledger->error != ERROR_NONE)
        return false;
    struct slice key;
    enum error error = store_seek(ledger->txn, table, from, after, &key, value);
    if (error == ERROR_NOT_FOUND)
        return false;
    if (error != ERROR_NONE || key.len > KEY_BYTES_MAX) {
        state_fail(ledger, error != ERROR_NONE ? error : ERROR_CORRUPT);
        return false;
    }
    if (key.len < prefix.len || memcmp(key.data, prefix.data, prefix.len) != 0)
        return false;
    memcpy(found->data, key.data, key.len);
    found->len = key.len;
    return true;
}

void person_key(struct key *key, int64_t telegram_id, enum person_row row)
{
    key_clear(key);
    key_i64(key, telegram_id);
    key_u8(key, (uint8_t)row);
}

bool member_load(struct ledger *ledger, int64_t telegram_id, struct record_member *out)
{
    struct key key;
    person_key(&key, telegram_id, PERSON_MEMBER);
    return state_get(ledger, TABLE_people, &key, RECORD_KIND_member, out);
}

void member_store(struct ledger *ledger, int64_t telegram_id, const struct record_member *member)
{
    struct key key;
    person_key(&key, telegram_id, PERSON_MEMBER);
    state_put(ledger, TABLE_people, &key, RECORD_KIND_member, member);
}

void member_load_or_new(struct ledger *ledger, int64_t telegram_id, struct record_member *out)
{
    if (member_load(ledger, telegram_id, out))
        return;
    memset(out, 0, sizeof *out);
    out->created_ms = ledger->at_ms;
    ledger->meta.members++;
}

bool entitlement_load(struct ledger *ledger, int64_t telegram_id, const char *plan,
                      struct record_entitlement *out)
{
    struct key key;
    person_key(&key, telegram_id, PERSON_ENTITLEMENT);
    key_text(&key, slice_from(plan));
    if (state_get(ledger, TABLE_people, &key, RECORD_KIND_entitlement, out))
        return true;
    memset(out, 0, sizeof *out);
    return false;
}

void entitlement_store(struct ledger *ledger, int64_t telegram_id, const char *plan,
                       const struct record_entitlement *entitlement)
{
    struct key key;
    person_key(&key, telegram_id, PERSON_ENTITLEMENT);
    key_text(&key, slice_from(plan));
    state_put(ledger, TABLE_people, &key, RECORD_KIND_entitlement, entitlement);
}

bool entitlement_next(struct ledger *ledger, int64_t telegram_id, char plan[CATALOG_NAME_MAX + 1],
                      struct record_entitlement *out)
{
    struct key prefix;
    person_key(&prefix, telegram_id, PERSON_ENTITLEMENT);
    struct key from = prefix;
    if (plan[0] != 0)
        key_text(&from, slice_from(plan));
    struct key found;
    struct slice value;
    if (!state_seek(ledger, TABLE_people, key_slice(&prefix), key_slice(&from), plan[0] != 0,
                    &found, &value))
        return false;
    enum error error = record_decode(RECORD_KIND_entitlement, value, out);
    struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
    struct slice name;
    if (error == ERROR_NONE &&
        (!key_take_text(&rest, &name) || !slice_copy(name, plan, CATALOG_NAME_MAX + 1)))
        error = ERROR_CORRUPT;
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

void payment_key(struct key *key, struct slice gateway, struct slice payment_id,
                 enum payment_kind kind)
{
    key_clear(key);
    key_text(key, gateway);
    key_text(key, payment_id);
    key_u8(key, (uint8_t)kind);
}

bool payment_load(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  enum payment_kind kind, struct record_payment *out)
{
    struct key key;
    payment_key(&key, gateway, payment_id, kind);
    return state_get(ledger, TABLE_payments, &key, RECORD_KIND_payment, out);
}

void payment_store(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                   const struct record_payment *payment)
{
    struct key key;
    payment_key(&key, gateway, payment_id, (enum payment_kind)payment->kind);
    state_put(ledger, TABLE_payments, &key, RECORD_KIND_payment, payment);
}

bool order_load(struct ledger *ledger, struct slice id, struct record_order *out)
{
    struct key key;
    key_clear(&key);
    key_text(&key, id);
    return state_get(ledger, TABLE_orders, &key, RECORD_KIND_order, out);
}

void order_store(struct ledger *ledger, struct slice id, const struct record_order *order)
{
    struct key key;
    key_clear(&key);
    key_text(&key, id);
    state_put(ledger, TABLE_orders, &key, RECORD_KIND_order, order);
}

void group_load(struct ledger *ledger, const struct catalog_group *group, struct record_group *out)
{
    struct key key;
    key_name(&key, group->name);
    if (state_get(ledger, TABLE_groups, &key, RECORD_KIND_group, out))
        return;
    memset(out, 0, sizeof *out);
    out->configured_id = group->chat_id;
    out->chat_id = group->chat_id;
}

void group_store(struct ledger *ledger, const struct catalog_group *group,
                 const struct record_group *record)
{
    struct key key;
    key_name(&key, group->name);
    state_put(ledger, TABLE_groups, &key, RECORD_KIND_group, record);
}

const struct catalog_group *group_of_chat(struct ledger *ledger, struct slice bot, int64_t chat_id)
{
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_group record;
        group_load(ledger, group, &record);
        if (record.chat_id == chat_id && slice_is(bot, group->bot))
            return group;
    }
    return NULL;
}

void seat_load(struct ledger *ledger, const char *group, int64_t telegram_id,
               struct record_seat *out)
{
    struct key key;
    person_key(&key, telegram_id, PERSON_SEAT);
    key_text(&key, slice_from(group));
    if (!state_get(ledger, TABLE_people, &key, RECORD_KIND_seat, out))
        memset(out, 0, sizeof *out);
}

void seat_store(struct ledger *ledger, const char *group, int64_t telegram_id,
                const struct record_seat *seat)
{
    struct key key;
    person_key(&key, telegram_id, PERSON_SEAT);
    key_text(&key, slice_from(group));
    state_put(ledger, TABLE_people, &key, RECORD_KIND_seat, seat);
}

bool delivery_load(struct ledger *ledger, uint64_t id, struct record_delivery *out)
{
    struct key key;
    key_clear(&key);
    key_u64(&key, id);
    return state_get(ledger, TABLE_deliveries, &key, RECORD_KIND_delivery, out);
}

void delivery_store(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    struct key key;
    key_clear(&key);
    key_u64(&key, id);
    state_put(ledger, TABLE_deliveries, &key, RECORD_KIND_delivery, delivery);
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

uint64_t seats_taken(struct ledger *ledger, const char *plan)
{
    struct key key;
    key_name(&key, plan);
    struct slice value;
    uint64_t count = 0;
    if (state_get_bytes(ledger, TABLE_seat_counts, &key, &value) && !key_take_u64(&value, &count))
        state_fail(ledger, ERROR_CORRUPT);
    return count;
}

void seats_change(struct ledger *ledger, const char *plan, int change)
{
    uint64_t count = seats_taken(ledger, plan);
    if (ledger->error != ERROR_NONE)
        return;
    ASSERT(change == 1 || (change == -1 && count > 0));
    struct key key;
    key_name(&key, plan);
    struct key value;
    key_clear(&value);
    key_u64(&value, change > 0 ? count + 1 : count - 1);
    state_put_bytes(ledger, TABLE_seat_counts, &key, key_slice(&value));
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
    if (!state_get(ledger, TABLE_bots, &key, RECORD_KIND_window, &window))
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
        state_put(ledger, TABLE_bots, &key, RECORD_KIND_window, &window);
    return seen;
}

bool event_seen(struct ledger *ledger, struct slice gateway, struct slice event_id)
{
    char text[31 + 1 + 255 + 64];
    ASSERT(gateway.len + event_id.len + 1 <= sizeof text);
    memcpy(text, gateway.data, gateway.len);
    text[gateway.len] = 0;
    if (event_id.len > 0)
        memcpy(text + gateway.len + 1, event_id.data, event_id.len);
    uint8_t hash[32];
    sha256(slice_of(text, gateway.len + 1 + event_id.len), hash);
    struct key key;
    key_clear(&key);
    memcpy(key.data, hash, 16); /* 128 bits: no two events of a lifetime share them */
    key.len = 16;
    struct slice value;
    if (state_get_bytes(ledger, TABLE_events, &key, &value))
        return true;
    struct key sequence;
    key_clear(&sequence);
    key_u64(&sequence, ledger->sequence);
    state_put_bytes(ledger, TABLE_events, &key, key_slice(&sequence));
    return false;
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
    ledger->calendar = calendar;
    memcpy(ledger->catalog_hash, hash.data, 32);
    return ERROR_NONE;
}

enum error state_begin(struct ledger *ledger, bool write)
{
    ASSERT(ledger->txn == NULL);
    enum error error = ledger->stale ? state_reload(ledger, NULL) : ERROR_NONE;
    ledger->error = ERROR_NONE;
    return error == ERROR_NONE ? store_begin(ledger->store, write, &ledger->txn) : error;
}

enum error state_reload(struct ledger *ledger, struct why *why)
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
    key_name(&key, "meta");
    if (!state_get(ledger, TABLE_meta, &key, RECORD_KIND_meta, &meta)) {
        memset(&meta, 0, sizeof meta);
        meta.next_delivery = 1;
    }
    struct slice hash;
    struct slice rows;
    uint8_t hash_copy[32];
    key_name(&key, "catalog_hash");
    if (state_get_bytes(ledger, TABLE_meta, &key, &hash) && hash.len == 32) {
        memcpy(hash_copy, hash.data, 32);
        key_name(&key, "catalog");
        if (state_get_bytes(ledger, TABLE_meta, &key, &rows))
            error = state_catalog_use(ledger, slice_of(hash_copy, 32), rows);
    } else if (ledger->error == ERROR_NONE) {
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
    if (error != ERROR_NONE)
        return why_set(why, error, "the state's own records cannot be used: %s", error_text(error));
    ledger->meta = meta;
    ledger->committed = meta;
    ledger->next_due_ms = due_ms;
    ledger->stale = false;
    return ERROR_NONE;
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

static void key_name(struct key *key, const char *name)
{
    key_clear(key);
    key_text(key, slice_from(name));
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
