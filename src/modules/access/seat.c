#include "modules/access/seat.h"

#include "base/assert.h"
#include "ledger/facts.h"
#include "ledger/rows.h"

static bool held_by(struct ledger *ledger, int64_t telegram_id, const char *plan, uint64_t *n,
                    struct record_order_ref *out);
static void taken_key(struct key *key, const char *plan);
static void held_key(struct key *key, const char *plan);
static uint64_t seats_count(struct ledger *ledger, const struct key *key);
static void seats_count_change(struct ledger *ledger, const struct key *key, int change);

uint64_t seats_taken(struct ledger *ledger, const char *plan)
{
    struct key key;
    taken_key(&key, plan);
    return seats_count(ledger, &key);
}

void seats_change(struct ledger *ledger, const char *plan, int change)
{
    struct key key;
    taken_key(&key, plan);
    seats_count_change(ledger, &key, change);
}

uint64_t seats_held(struct ledger *ledger, const char *plan)
{
    struct key key;
    held_key(&key, plan);
    return seats_count(ledger, &key);
}

void seats_held_change(struct ledger *ledger, const char *plan, int change)
{
    struct key key;
    held_key(&key, plan);
    seats_count_change(ledger, &key, change);
}

bool seat_kept(struct ledger *ledger, int64_t telegram_id, const char *plan)
{
    struct record_order_ref ref;
    uint64_t n = 0;
    return held_by(ledger, telegram_id, plan, &n, &ref);
}

bool seat_take(struct ledger *ledger, int64_t telegram_id, const char *plan)
{
    struct record_order_ref ref;
    uint64_t n = 0;
    if (!held_by(ledger, telegram_id, plan, &n, &ref))
        return false;
    ref.held = 0;
    aspect_store(ledger, telegram_id, shape_record_order_ref(), n, &ref);
    seats_held_change(ledger, plan, -1);
    return true;
}

void seat_keep(struct ledger *ledger, int64_t telegram_id, const char *plan)
{
    struct record_order_ref ref;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_order_ref(), true, &n, &ref);)
        if (ref.open && strcmp(ref.plan, plan) == 0) {
            ref.held = 1;
            aspect_store(ledger, telegram_id, shape_record_order_ref(), n, &ref);
            seats_held_change(ledger, plan, 1);
            return;
        }
}

static bool held_by(struct ledger *ledger, int64_t telegram_id, const char *plan, uint64_t *n,
                    struct record_order_ref *out)
{
    while (aspect_next(ledger, telegram_id, shape_record_order_ref(), true, n, out))
        if (out->held && strcmp(out->plan, plan) == 0)
            return true;
    return false;
}

static void taken_key(struct key *key, const char *plan)
{
    key_clear(key);
    key_text(key, slice_from(plan));
}

static void held_key(struct key *key, const char *plan)
{
    taken_key(key, plan);
    key_text(key, SLICE("held"));
}

static uint64_t seats_count(struct ledger *ledger, const struct key *key)
{
    struct slice value;
    uint64_t count = 0;
    if (state_get_bytes(ledger, TABLE_seat_counts, key, &value) && !key_take_u64(&value, &count))
        state_fail(ledger, ERROR_CORRUPT);
    return count;
}

static void seats_count_change(struct ledger *ledger, const struct key *key, int change)
{
    uint64_t count = seats_count(ledger, key);
    ASSERT(change == 1 || change == -1);
    if (change < 0 && count == 0)
        state_fail(ledger, ERROR_CORRUPT);
    if (ledger->error != ERROR_NONE)
        return;
    struct key value;
    key_clear(&value);
    key_u64(&value, change > 0 ? count + 1 : count - 1);
    state_put_bytes(ledger, TABLE_seat_counts, key, key_slice(&value));
}
