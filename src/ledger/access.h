/* Inside the ledger: who may enter what. */
#ifndef USHER_LEDGER_ACCESS_H
#define USHER_LEDGER_ACCESS_H

#include "ledger/state.h"

/* An active or grace entitlement of this member opens the group. */
bool access_entitled(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group);

/* The configured group that has this chat id, or had it before it moved: updates of before may come
 * after. NULL when there is none. */
const struct catalog_group *access_group_of(struct ledger *ledger, struct slice bot,
                                            int64_t chat_id);

/* Walks the groups that the member may enter and is not in. */
typedef void access_visit_fn(struct ledger *ledger, int64_t telegram_id,
                             const struct catalog_group *group, void *context);
void access_each(struct ledger *ledger, int64_t telegram_id, access_visit_fn *visit, void *context);

#endif
