/* cmd_tick: everything whose time has come, oldest first, a bounded number at a time (the scheduler
 * ticks again while more is due). */
#include "ledger/access.h"
#include "ledger/ops/ops.h"

enum { TIMERS_PER_TICK = 1000 };

enum result op_tick(struct ledger *ledger, const struct message_cmd_tick *command)
{
    (void)command;
    struct key first;
    key_clear(&first);
    key_u64(&first, 0);
    for (int n = 0; n < TIMERS_PER_TICK; n++) {
        struct key found;
        struct slice value;
        struct slice name;
        uint64_t due_ms;
        uint8_t kind;
        int64_t telegram_id;
        char subject[CATALOG_NAME_MAX + 1];
        if (!state_seek(ledger, TABLE_timers, SLICE(""), key_slice(&first), false, &found, &value))
            break;
        struct slice rest = key_slice(&found);
        if (!key_take_u64(&rest, &due_ms) || !key_take_u8(&rest, &kind) ||
            !key_take_i64(&rest, &telegram_id) || !key_take_text(&rest, &name) ||
            !slice_copy(name, subject, sizeof subject) || kind != TIMER_ENTITLEMENT) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        if (due_ms > ledger->at_ms)
            break;
        state_delete(ledger, TABLE_timers, &found);
        access_due(ledger, telegram_id, subject);
    }
    return RESULT_ok;
}
