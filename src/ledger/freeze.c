#include "ledger/freeze.h"

#include "wire/lane.h"

/* Past its end a freeze is kept for so long: it is a time of the notifier's clock, and after a
 * clock was set back the journal's time is ahead of that. */
enum { KEPT_MS = 2 * 24 * 3600 * 1000, LOOKS_MAX = 500 };

static void freeze_key(struct key *key, struct slice lane, int64_t chat_id);

void freeze_remember(struct ledger *ledger, struct slice lane, int64_t chat_id, uint64_t until_ms)
{
    if (until_ms == 0 || lane.len == 0)
        return;
    struct key key;
    freeze_key(&key, lane, chat_id);
    struct slice value;
    uint64_t before_ms = 0;
    if (state_get_bytes(ledger, TABLE_freezes, &key, &value) && !key_take_u64(&value, &before_ms))
        state_fail(ledger, ERROR_CORRUPT);
    if (before_ms >= until_ms)
        return;
    struct key until;
    key_clear(&until);
    key_u64(&until, until_ms);
    state_put_bytes(ledger, TABLE_freezes, &key, key_slice(&until));
}

unsigned freeze_due(struct ledger *ledger, int64_t chat_id, const char *lane)
{
    struct key from;
    struct key found;
    struct slice value;
    struct slice name;
    uint64_t until_ms;
    char of[LANE_NAME_MAX + 1];
    unsigned count = 0;
    freeze_key(&from, slice_from(lane), chat_id);
    for (; state_seek(ledger, TABLE_freezes, SLICE(""), key_slice(&from), true, &found, &value);
         count++) {
        struct slice rest = key_slice(&found);
        if (count == LOOKS_MAX) {
            timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_FREEZES, chat_id, of);
            break;
        }
        if (!key_take_u64(&value, &until_ms) || !key_take_text(&rest, &name) ||
            !key_take_i64(&rest, &chat_id) || !slice_copy(name, of, sizeof of)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        from = found;
        if (until_ms + KEPT_MS <= ledger->at_ms)
            state_delete(ledger, TABLE_freezes, &found);
    }
    return count;
}

static void freeze_key(struct key *key, struct slice lane, int64_t chat_id)
{
    key_clear(key);
    key_text(key, lane);
    key_i64(key, chat_id);
}
