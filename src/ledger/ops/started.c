/* cmd_started: the one attempt of a notice begins. */
#include "ledger/delivery.h"
#include "ledger/notice.h"
#include "ledger/ops/ops.h"

enum result op_started(struct ledger *ledger, const struct message_cmd_started *command)
{
    struct record_delivery delivery;
    if (!delivery_load(ledger, command->delivery, &delivery))
        return RESULT_not_found;
    if (delivery.stage != STAGE_PENDING ||
        delivery_semantics((enum delivery_kind)delivery.kind) != SEMANTICS_NOTICE ||
        !notice_started(ledger, command->delivery, &delivery))
        return RESULT_not_pending;
    return RESULT_ok;
}
