#include "ledger/group.h"

#include "base/assert.h"
#include "ledger/news.h"

static void group_key(struct key *key, const struct catalog_group *group);
static void at_hand(struct ledger *ledger, const struct catalog_group *group);

void group_load(struct ledger *ledger, const struct catalog_group *group, struct record_group *out)
{
    struct open_group *open = &ledger->group;
    if (strcmp(open->name, group->name) != 0) {
        struct record_group *record = &open->record;
        struct key key;
        group_key(&key, group);
        if (!state_get(ledger, TABLE_groups, &key, shape_record_group(), record)) {
            memset(record, 0, sizeof *record);
            record->configured_id = group->chat_id;
            record->chat_id = group->chat_id;
        }
        at_hand(ledger, group);
    }
    *out = open->record;
}

void group_store(struct ledger *ledger, const struct catalog_group *group,
                 const struct record_group *record)
{
    struct key key;
    group_key(&key, group);
    state_put(ledger, TABLE_groups, &key, shape_record_group(), record);
    news_row(ledger, shape_record_group(), key_slice(&key));
    ledger->group.record = *record;
    at_hand(ledger, group);
}

void group_forget(struct ledger *ledger)
{
    ledger->group.name[0] = 0;
}

const struct catalog_group *group_of_chat(struct ledger *ledger, struct slice bot, int64_t chat_id)
{
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_group record;
        group_load(ledger, group, &record);
        if (record.chat_id == chat_id && slice_is(bot, group->bot))
            return group;
    }
    return NULL;
}

const struct catalog_group *group_of_update(struct ledger *ledger, struct slice bot,
                                            int64_t chat_id)
{
    const struct catalog_group *group = group_of_chat(ledger, bot, chat_id);
    for (size_t i = 0; i < ledger->catalog->group_count && group == NULL; i++) {
        const struct catalog_group *configured = &ledger->catalog->groups[i];
        if (configured->chat_id == chat_id && slice_is(bot, configured->bot))
            group = configured;
    }
    return group;
}

static void group_key(struct key *key, const struct catalog_group *group)
{
    key_clear(key);
    key_text(key, slice_from(group->name));
}

static void at_hand(struct ledger *ledger, const struct catalog_group *group)
{
    bool good = ledger->error == ERROR_NONE;
    bool fits = slice_copy(good ? slice_from(group->name) : SLICE(""), ledger->group.name,
                           sizeof ledger->group.name);
    ASSERT(fits);
}
