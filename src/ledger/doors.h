/* Inside the ledger: the doors that a member's letter shows: groups that they may enter and are not
 * in, each with its link. A module knows them (struct doors of module.h); with none there are no
 * doors. */
#ifndef USHER_LEDGER_DOORS_H
#define USHER_LEDGER_DOORS_H

#include "ledger/state.h"

bool doors_ready(struct ledger *ledger, int64_t telegram_id);
void doors_each(struct ledger *ledger, int64_t telegram_id,
                void (*visit)(void *context, const struct catalog_group *group, const char *link),
                void *context);

#endif
