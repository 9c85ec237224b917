/* cmd_broadcast: the operator says something to all members, or to those of one plan. The id makes
 * it one, however often it is asked for. */
#include "modules/broadcast/broadcast.h"
#include "modules/broadcast/walk.h"

static bool texts_fit(struct slice rows);
static bool is_the_same(struct ledger *ledger, uint64_t number,
                        const struct message_cmd_broadcast *command);

unsigned op_broadcast(struct ledger *ledger, const struct message_cmd_broadcast *command)
{
    struct record_broadcast record = {0};
    if (command->broadcast_id.len == 0 || !texts_fit(command->texts) ||
        !slice_copy(command->broadcast_id, record.id, sizeof record.id) ||
        !slice_copy(command->plan, record.plan, sizeof record.plan))
        return RESULT_invalid;
    uint64_t number = broadcast_find(ledger, command->broadcast_id);
    if (number != 0)
        return is_the_same(ledger, number, command) ? RESULT_ok : RESULT_id_used;
    if (command->plan.len > 0 && catalog_plan_find(ledger->catalog, command->plan) == NULL)
        return RESULT_invalid;
    if (ledger->meta.broadcasts_running >= BROADCAST_RUNNING_MAX)
        return RESULT_too_many;
    broadcast_begin(ledger, &record, command->texts);
    return RESULT_ok;
}

/* At least one, at most one a language, and each says something. */
static bool texts_fit(struct slice rows)
{
    bool seen[LANGUAGE_COUNT] = {false};
    struct message row;
    if (rows.len == 0)
        return false;
    while (rows.len > 0) {
        if (wire_decode(&rows, &row, NULL) != ERROR_NONE || row.kind != MESSAGE_broadcast_text ||
            row.broadcast_text.language >= LANGUAGE_COUNT || row.broadcast_text.text.len == 0 ||
            seen[row.broadcast_text.language])
            return false;
        seen[row.broadcast_text.language] = true;
    }
    return true;
}

static bool is_the_same(struct ledger *ledger, uint64_t number,
                        const struct message_cmd_broadcast *command)
{
    struct record_broadcast record;
    struct slice texts;
    return broadcast_load(ledger, number, &record) && slice_is(command->plan, record.plan) &&
           broadcast_texts(ledger, number, &texts) && slice_equal(texts, command->texts);
}
