/* cmd_outcome: how an attempt of a delivery ended. What follows is its kind's to say (kinds.h). */
#include "ledger/delivery.h"
#include "ledger/freeze.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"

enum result op_outcome(struct ledger *ledger, const struct message_cmd_outcome *command)
{
    freeze_remember(ledger, command->lane, command->freeze_chat_id, command->freeze_until_ms);
    uint64_t id = command->delivery;
    struct record_delivery delivery;
    outbox_ended(ledger, id);
    if (!delivery_load(ledger, id, &delivery))
        return RESULT_not_found;
    const struct kind *kind = ledger->kinds[delivery.kind];
    if (delivery.stage == STAGE_DONE || delivery.stage == STAGE_DEAD ||
        delivery.stage == STAGE_HELD) {
        if (command->result == OUTCOME_DONE && kind->too_late != NULL)
            kind->too_late(ledger, &delivery, command);
        return RESULT_not_pending;
    }
    if (command->result >= OUTBOX_ENDS || kind->ended[command->result] == NULL)
        return RESULT_invalid;
    delivery.attempts++;
    if (!slice_copy(command->error, delivery.error, sizeof delivery.error))
        delivery.error[0] = 0;
    return kind->ended[command->result](ledger, id, &delivery, command);
}
