/* cmd_reachable: the member blocked or unblocked the bot. What waits for them goes when they are
 * back. */
#include "ledger/letter.h"
#include "ledger/facts.h"
#include "ledger/ops/ops.h"
#include "ledger/person.h"

enum result op_reachable(struct ledger *ledger, const struct message_cmd_reachable *command)
{
    if (!catalog_bot_known(ledger->catalog, command->bot))
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;
    struct record_member member;
    if (!member_load(ledger, command->telegram_id, &member))
        return RESULT_stranger;
    /* With several bots only the one that speaks to the member decides. */
    if (member.bot[0] != 0 && !slice_is(command->bot, member.bot))
        return RESULT_stale;
    member.unreachable = command->reachable == 0;
    member_store(ledger, command->telegram_id, &member);
    FACT_TELL(ledger, reachable, .telegram_id = command->telegram_id,
              .reachable = !member.unreachable);
    if (!member.unreachable)
        letter_settle(ledger, command->telegram_id);
    return RESULT_ok;
}
