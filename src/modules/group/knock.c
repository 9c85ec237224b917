/* cmd_join_request: somebody knocks at a group. Approved only when the ledger says that this user
 * is entitled; a forwarded link lets nobody in. */
#include "ledger/group.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/group/group.h"
#include "modules/group/join.h"

static void learn_name(struct ledger *ledger, const struct message_cmd_join_request *command);

unsigned op_join_request(struct ledger *ledger, const struct message_cmd_join_request *command)
{
    const struct catalog_group *group = group_of_update(ledger, command->bot, command->chat_id);
    if (group == NULL || command->telegram_id <= 0)
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;

    if (!access_entitled(ledger, command->telegram_id, group)) {
        join_decline(ledger, group, command->telegram_id);
        return RESULT_ok;
    }
    learn_name(ledger, command);
    join_approve(ledger, group, command->telegram_id);
    return RESULT_ok;
}

/* Who paid without ever writing to the bot tells us their name and language here. */
static void learn_name(struct ledger *ledger, const struct message_cmd_join_request *command)
{
    struct record_member member;
    if (!member_load(ledger, command->telegram_id, &member) || member.name[0] != 0)
        return;
    (void)slice_copy(command->name, member.name, sizeof member.name);
    if (command->language.len > 0 && !member.language_known) {
        member.language_known = 1;
        member.language = (uint8_t)language_nearest(command->language, ledger->catalog->language);
    }
    member_store(ledger, command->telegram_id, &member);
}
