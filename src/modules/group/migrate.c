/* cmd_migrate: a group became a supergroup and has another chat id from now on. */
#include "ledger/group.h"
#include "modules/group/group.h"

unsigned op_migrate(struct ledger *ledger, const struct message_cmd_migrate *command)
{
    const struct catalog_group *group = group_of_chat(ledger, command->bot, command->chat_id);
    if (group == NULL || command->new_chat_id >= 0)
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;
    struct record_group record;
    group_load(ledger, group, &record);
    record.chat_id = command->new_chat_id;
    group_store(ledger, group, &record);
    return RESULT_ok;
}
