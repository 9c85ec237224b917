/* Who may enter what. */
#ifndef USHER_MODULES_ACCESS_ENTITLED_H
#define USHER_MODULES_ACCESS_ENTITLED_H

#include "ledger/state.h"

/* An active or grace entitlement of this member opens the group. */
bool access_entitled(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group);

/* Walks the groups that the member may enter and is not in. */
typedef void access_visit_fn(struct ledger *ledger, int64_t telegram_id,
                             const struct catalog_group *group, void *context);
void access_each(struct ledger *ledger, int64_t telegram_id, access_visit_fn *visit, void *context);

#endif
