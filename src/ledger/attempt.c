#include "ledger/attempt.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/group.h"

enum { GIVE_UP_MS = 3 * 24 * 3600 * 1000 };

enum result attempt_done(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    (void)command;
    outbox_move(ledger, id, delivery, STAGE_DONE);
    return RESULT_ok;
}

enum result attempt_retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command)
{
    /* A record of version 1 does not know since when. */
    uint64_t since_ms = delivery->since_ms != 0 ? delivery->since_ms : delivery->created_ms;
    if (ledger->at_ms - since_ms > GIVE_UP_MS)
        return attempt_give_up(ledger, id, delivery, command);
    delivery->not_before_ms = command->retry_at_ms;
    outbox_move(ledger, id, delivery,
                delivery->stage == STAGE_WAITING ? STAGE_WAITING : STAGE_PENDING);
    return RESULT_ok;
}

enum result attempt_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command)
{
    (void)command;
    outbox_move(ledger, id, delivery, STAGE_DEAD);
    return RESULT_ok;
}

enum result attempt_migrated(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                             const struct message_cmd_outcome *command)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    if (group == NULL || command->new_chat_id >= 0)
        return attempt_give_up(ledger, id, delivery, command);
    struct record_group record;
    group_load(ledger, group, &record);
    record.chat_id = command->new_chat_id;
    group_store(ledger, group, &record);
    delivery->chat_id = command->new_chat_id;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
    return RESULT_ok;
}

enum result attempt_give_up(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command)
{
    ended_fn *failed = ledger->kinds[delivery->kind]->ended[OUTCOME_FAILED];
    ASSERT(failed != NULL);
    return failed(ledger, id, delivery, command);
}
