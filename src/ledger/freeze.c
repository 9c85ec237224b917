#include "ledger/freeze.h"

/* Past its end a freeze is kept for so long: it is a time of the notifier's clock, and after a
 * clock was set back the journal's time is ahead of that. */
enum { KEPT_MS = 2 * 24 * 3600 * 1000 };

void freeze_remember(struct ledger *ledger, struct slice lane, int64_t chat_id, uint64_t until_ms)
{
    if (until_ms == 0 || lane.len == 0)
        return;
    struct key key;
    key_clear(&key);
    key_text(&key, lane);
    key_i64(&key, chat_id);
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

void freezes_forget(struct ledger *ledger)
{
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&from);
    key_u8(&from, 0);
    while (state_seek(ledger, TABLE_freezes, SLICE(""), key_slice(&from), true, &found, &value)) {
        uint64_t until_ms;
        if (!key_take_u64(&value, &until_ms)) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        if (until_ms + KEPT_MS <= ledger->at_ms)
            state_delete(ledger, TABLE_freezes, &found);
        from = found;
    }
}
