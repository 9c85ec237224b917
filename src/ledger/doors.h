/* Inside the ledger: the doors that a member's letter shows: groups that they may enter and are not
 * in, each with its link. */
#ifndef USHER_LEDGER_DOORS_H
#define USHER_LEDGER_DOORS_H

#include "ledger/state.h"

/* Makes sure that every link the member needs exists or is being made. True when none is missing,
 * or those missing cannot be made before the operator acts. */
bool doors_ready(struct ledger *ledger, int64_t telegram_id);
/* Calls visit for each door with its link, "" when that does not exist yet. */
void doors_each(struct ledger *ledger, int64_t telegram_id,
                void (*visit)(void *context, const struct catalog_group *group, const char *link),
                void *context);

#endif
