/* cmd_tick: everything whose time has come, oldest first, a bounded number at a time (the scheduler
 * ticks again while more is due). */
#include "ledger/access.h"
#include "ledger/broadcast.h"
#include "ledger/ops/ops.h"

enum { TIMERS_PER_TICK = 1000 };

/* What is done when a timer of this kind is due. id: a Telegram id, or a broadcast's number. */
static void (*const due[TIMER_KIND_COUNT])(struct ledger *ledger, int64_t id,
                                           const char *subject) = {
    [TIMER_ENTITLEMENT] = access_due,
    [TIMER_BROADCAST] = broadcast_due,
    [TIMER_KEY] = key_due,
};

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
        int64_t id;
        char subject[CATALOG_NAME_MAX + 1];
        if (!state_seek(ledger, TABLE_timers, SLICE(""), key_slice(&first), false, &found, &value))
            break;
        struct slice rest = key_slice(&found);
        if (!key_take_u64(&rest, &due_ms) || !key_take_u8(&rest, &kind) ||
            !key_take_i64(&rest, &id) || !key_take_text(&rest, &name) ||
            !slice_copy(name, subject, sizeof subject) || kind >= TIMER_KIND_COUNT ||
            due[kind] == NULL) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        if (due_ms > ledger->at_ms)
            break;
        state_delete(ledger, TABLE_timers, &found);
        due[kind](ledger, id, subject);
    }
    return RESULT_ok;
}
