/* cmd_boot: the process started. Notices whose attempt had begun are in doubt and are not repeated;
 * freezes that are over are forgotten. */
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"

static void forget_freezes(struct ledger *ledger);

enum result op_boot(struct ledger *ledger, const struct message_cmd_boot *command)
{
    (void)command;
    struct record_delivery delivery;
    for (uint64_t id = 0; ledger->meta.started > 0 &&
                          (id = outbox_next(ledger, id, STATE_STARTED, &delivery)) != 0;) {
        (void)slice_copy(SLICE("in doubt after a restart; not repeated"), delivery.error,
                         sizeof delivery.error);
        outbox_move(ledger, id, &delivery, STATE_DONE);
    }
    forget_freezes(ledger);
    return RESULT_ok;
}

static void forget_freezes(struct ledger *ledger)
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
        if (until_ms <= ledger->at_ms)
            state_delete(ledger, TABLE_freezes, &found);
        from = found;
    }
}
