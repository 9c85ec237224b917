/* Removals from groups, behind a circuit breaker: when there are more within an
 * hour than the operator wants, the rest waits for the operator. */
#ifndef USHER_MODULES_GROUP_REMOVAL_H
#define USHER_MODULES_GROUP_REMOVAL_H

#include "ledger/outbox.h"

/* Asks for the member's removal, unless it is asked for, or they are out. */
void removal_ask(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* The same for a guest on another member's link: whoever was never let in is shown out whatever the
 * breaker says, or a forwarded link would fill the hour of those whose time is over. */
void removal_ask_guest(struct ledger *ledger, const struct catalog_group *group,
                       int64_t telegram_id);
/* The operator has let the held ones go: the hour begins anew. */
void removal_resume(struct ledger *ledger);

/* How the attempt ends (group.c). */
ended_fn removal_done;
void removal_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                      const struct message_cmd_outcome *command);
/* False when it has become pointless: the member may be there, is out, or is an administrator, whom
 * no bot can remove. */
bool removal_wanted(struct ledger *ledger, const struct record_delivery *delivery);

#endif
