/* Inside the ledger: the records of the configured groups: which chat each one is. */
#ifndef USHER_LEDGER_GROUP_H
#define USHER_LEDGER_GROUP_H

#include "ledger/state.h"

/* A group's record; one that has none yet begins with the catalog's chat. */
void group_load(struct ledger *ledger, const struct catalog_group *group, struct record_group *out);
void group_store(struct ledger *ledger, const struct catalog_group *group,
                 const struct record_group *record);
/* Drops the group at hand: the state, or the catalog, is another. */
void group_forget(struct ledger *ledger);
/* The configured group that now has this chat id, or NULL. */
const struct catalog_group *group_of_chat(struct ledger *ledger, struct slice bot, int64_t chat_id);
/* The same, or the one that had it before it moved: updates of before may come after. */
const struct catalog_group *group_of_update(struct ledger *ledger, struct slice bot,
                                            int64_t chat_id);

#endif
