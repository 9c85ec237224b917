#include "ledger/broadcast.h"

#include "ledger/news.h"
#include "ledger/notice.h"
#include "ledger/person.h"

static void record_key(struct key *key, uint64_t number);
static void id_key(struct key *key, struct slice id);
static void texts_key(struct key *key, uint64_t number);
static void walk(struct ledger *ledger, uint64_t number, struct record_broadcast *record);
static bool is_for(struct ledger *ledger, const struct record_broadcast *record,
                   int64_t telegram_id);
static bool is_open(const struct record_entitlement *entitlement);
static void set_timer(struct ledger *ledger, uint64_t number,
                      const struct record_broadcast *record);

const char *broadcast_state_name(enum broadcast_state state)
{
    static const char *const names[] = {"running", "done", "cancelled"};
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

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

void broadcast_add(struct ledger *ledger, struct record_broadcast *record, struct slice texts)
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
    timer_set(ledger, ledger->at_ms, TIMER_BROADCAST, (int64_t)number, "");
}

void broadcast_cancel(struct ledger *ledger, uint64_t number)
{
    struct record_broadcast record;
    if (!broadcast_load(ledger, number, &record) || record.state != BROADCAST_RUNNING)
        return;
    record.state = BROADCAST_CANCELLED;
    record.finished_ms = ledger->at_ms;
    ledger->meta.broadcasts_running--;
    broadcast_store(ledger, number, &record);
    notices_withdraw(ledger, number);
}

void broadcast_due(struct ledger *ledger, int64_t number, const char *subject)
{
    struct record_broadcast record;
    uint64_t self = (uint64_t)number;
    (void)subject;
    if (self == 0) /* the notices of none */
        notices_sweep(ledger, 0, BROADCAST_LOST_MS);
    if (!broadcast_load(ledger, self, &record))
        return;
    if (record.open > 0 && ledger->at_ms >= record.swept_ms + BROADCAST_SWEEP_MS) {
        record.swept_ms = ledger->at_ms;
        broadcast_store(ledger, self, &record);
        notices_sweep(ledger, self, BROADCAST_LOST_MS);
        if (!broadcast_load(ledger, self, &record))
            return;
    }
    if (record.state == BROADCAST_RUNNING && !record.walked)
        walk(ledger, self, &record);
    broadcast_settle(ledger, &record);
    broadcast_store(ledger, self, &record);
    set_timer(ledger, self, &record);
}

void broadcast_settle(struct ledger *ledger, struct record_broadcast *record)
{
    if (record->state != BROADCAST_RUNNING || !record->walked || record->open > 0)
        return;
    record->state = BROADCAST_DONE;
    record->finished_ms = ledger->at_ms;
    ledger->meta.broadcasts_running--;
}

static void walk(struct ledger *ledger, uint64_t number, struct record_broadcast *record)
{
    struct record_member member;
    int made = 0;
    for (int looks = 0; looks < BROADCAST_LOOKS_MAX && made < BROADCAST_MADE_MAX &&
                        record->open < BROADCAST_OPEN_MAX;
         looks++) {
        if (!member_next(ledger, &record->cursor, &member)) {
            record->walked = 1;
            return;
        }
        if (!is_for(ledger, record, record->cursor))
            continue;
        record->audience++;
        if (!member.unreachable && notice_add(ledger, number, record, &member)) {
            record->open++;
            made++;
        } else {
            record->skipped++;
            ledger->meta.notices_skipped++;
        }
    }
}

static bool is_for(struct ledger *ledger, const struct record_broadcast *record,
                   int64_t telegram_id)
{
    struct record_entitlement entitlement;
    char plan[CATALOG_NAME_MAX + 1] = "";
    if (record->plan[0] != 0)
        return entitlement_load(ledger, telegram_id, record->plan, &entitlement) &&
               is_open(&entitlement);
    while (entitlement_next(ledger, telegram_id, plan, &entitlement)) {
        if (is_open(&entitlement))
            return true;
    }
    return false;
}

static bool is_open(const struct record_entitlement *entitlement)
{
    return entitlement->status == ENTITLEMENT_ACTIVE || entitlement->status == ENTITLEMENT_GRACE;
}

/* At once again while the cursor may go on: in another tick, so that others come in between. */
static void set_timer(struct ledger *ledger, uint64_t number, const struct record_broadcast *record)
{
    bool walking = record->state == BROADCAST_RUNNING && !record->walked;
    if (!walking && record->open == 0)
        return;
    uint64_t wait_ms = !walking                            ? (uint64_t)BROADCAST_SWEEP_MS
                       : record->open < BROADCAST_OPEN_MAX ? 1
                                                           : (uint64_t)BROADCAST_LOOK_MS;
    timer_set(ledger, ledger->at_ms + wait_ms, TIMER_BROADCAST, (int64_t)number, "");
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
