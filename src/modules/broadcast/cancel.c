/* cmd_broadcast_cancel: the operator takes back what was not yet sent of a broadcast. */
#include "modules/broadcast/broadcast.h"
#include "modules/broadcast/walk.h"

unsigned op_broadcast_cancel(struct ledger *ledger,
                             const struct message_cmd_broadcast_cancel *command)
{
    struct record_broadcast record;
    uint64_t number =
        command->broadcast_id.len == 0 ? 0 : broadcast_find(ledger, command->broadcast_id);
    if (number == 0 || !broadcast_load(ledger, number, &record))
        return RESULT_not_found;
    if (record.state == BROADCAST_CANCELLED)
        return RESULT_ok;
    if (record.state != BROADCAST_RUNNING)
        return RESULT_not_running;
    broadcast_cancel(ledger, number);
    return RESULT_ok;
}
