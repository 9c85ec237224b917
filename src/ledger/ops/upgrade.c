/* cmd_upgrade: an epoch begins (epoch.h). */
#include "ledger/ops/ops.h"

enum result op_upgrade(struct ledger *ledger, const struct message_cmd_upgrade *command)
{
    if (command->rules == 0 || command->from == 0 || command->from > ledger->sequence)
        return RESULT_invalid;
    ledger->meta.epoch++;
    ledger->meta.rules = command->rules;
    ledger->meta.epoch_from = command->from;
    return RESULT_ok;
}
