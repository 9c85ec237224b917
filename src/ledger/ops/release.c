/* cmd_release: the operator lets held removals go, or has dead letters tried again. */
#include "ledger/access.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"

enum result op_release(struct ledger *ledger, const struct message_cmd_release *command)
{
    if (command->what != RELEASE_HELD && command->what != RELEASE_DEAD)
        return RESULT_invalid;
    enum delivery_stage state = command->what == RELEASE_HELD ? STAGE_HELD : STAGE_DEAD;
    struct record_delivery delivery;
    bool any = false;
    uint64_t from = command->delivery == 0 ? 0 : command->delivery - 1;
    for (uint64_t id = from; (id = outbox_next(ledger, id, state, &delivery)) != 0;) {
        if (command->delivery != 0 && id != command->delivery)
            break;
        any = true;
        const struct catalog_group *group =
            catalog_group_find(ledger->catalog, slice_from(delivery.group));
        if (delivery.kind == DELIVERY_remove && group != NULL &&
            !access_to_remove(ledger, group, delivery.telegram_id))
            outbox_cancel(ledger, id, "there is nobody to remove any more");
        else
            outbox_again(ledger, id, &delivery);
    }
    if (command->what == RELEASE_HELD && command->delivery == 0) {
        ledger->meta.removals_held = 0;
        ledger->meta.removal_count = 0;
        ledger->meta.removal_window_ms = ledger->at_ms;
    }
    return any || command->delivery == 0 ? RESULT_ok : RESULT_not_found;
}
