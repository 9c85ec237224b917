#include "modules/group/bot.h"

#include "ledger/facts.h"
#include "ledger/group.h"
#include "ledger/outbox.h"
#include "modules/group/group.h"
#include "modules/group/invite.h"

#include <stdio.h>

enum { LOOKS_MAX = 1000, STEP = 200, ROWS = 5, RIGHTS_BYTES_MAX = 128 };

static const struct {
    enum bot_right right;
    const char *name; /* Telegram's */
} needed[] = {{BOT_RIGHT_INVITE, "can_invite_users"}, {BOT_RIGHT_RESTRICT, "can_restrict_members"}};

static void missing(const struct record_group *record, char out[RIGHTS_BYTES_MAX]);

enum result bot_stands(struct ledger *ledger, const struct catalog_group *group,
                       const struct message_cmd_membership *command)
{
    static const enum place_status places[] = {[MEMBER_LEFT] = PLACE_OUT,
                                               [MEMBER_IN] = PLACE_IN,
                                               [MEMBER_ADMIN] = PLACE_ADMIN,
                                               [MEMBER_KICKED] = PLACE_BANNED};
    struct record_group record;
    char rights[RIGHTS_BYTES_MAX];
    group_load(ledger, group, &record);
    if (command->date_ms < record.bot_date_ms)
        return RESULT_stale;
    record.bot_date_ms = command->date_ms;
    record.bot_status = (uint8_t)places[command->status];
    record.bot_rights = (uint8_t)command->rights;
    group_store(ledger, group, &record);
    missing(&record, rights);
    const struct fact_bot_stands fact = {
        .group = slice_from(group->name),
        .bot = slice_from(group->bot),
        .status = slice_from(place_status_name((enum place_status)record.bot_status)),
        .missing = slice_from(rights)};
    fact_tell(ledger, shape_fact_bot_stands(), &fact);
    if (!bot_can(&record))
        return RESULT_ok;
    invite_redo(ledger, group);
    (void)bot_mended_due(ledger, 0, group->name);
    return RESULT_ok;
}

bool bot_can(const struct record_group *record)
{
    char rights[RIGHTS_BYTES_MAX];
    if (record->bot_date_ms == 0)
        return true;
    missing(record, rights);
    return record->bot_status == PLACE_ADMIN && rights[0] == 0;
}

void bot_to_json(const struct record_group *record, cJSON *out)
{
    cJSON_AddStringToObject(out, "bot_status",
                            record->bot_date_ms == 0
                                ? "unknown"
                                : place_status_name((enum place_status)record->bot_status));
    cJSON *list = cJSON_AddArrayToObject(out, "missing_rights");
    for (size_t i = 0; record->bot_date_ms != 0 && i < sizeof needed / sizeof *needed; i++)
        if ((record->bot_rights & needed[i].right) == 0)
            cJSON_AddItemToArray(list, cJSON_CreateString(needed[i].name));
}

unsigned bot_mended_due(struct ledger *ledger, int64_t after, const char *name)
{
    struct record_delivery delivery;
    uint64_t id = (uint64_t)after;
    unsigned count = 0;
    for (unsigned looks = 0; looks < LOOKS_MAX && count < STEP; looks++) {
        id = outbox_next(ledger, id, STAGE_DEAD, &delivery);
        if (id == 0)
            return looks + count * ROWS;
        if (strcmp(delivery.group, name) != 0)
            continue;
        outbox_revive(ledger, id);
        count++;
    }
    timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_MENDED, (int64_t)id, name);
    return LOOKS_MAX;
}

static void missing(const struct record_group *record, char out[RIGHTS_BYTES_MAX])
{
    size_t len = 0;
    out[0] = 0;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if ((record->bot_rights & needed[i].right) != 0)
            continue;
        int n =
            snprintf(out + len, RIGHTS_BYTES_MAX - len, "%s%s", len > 0 ? "," : "", needed[i].name);
        len += n > 0 ? (size_t)n : 0;
    }
}
