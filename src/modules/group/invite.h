/* How the making and revoking of links ends, and the letters that waited for
 * them. One group's link may set hundreds of thousands of letters free: a command looks at a
 * bounded number of them, and ticks go on where it ended. */
#ifndef USHER_MODULES_GROUP_INVITE_H
#define USHER_MODULES_GROUP_INVITE_H

#include "ledger/outbox.h"

/* How the attempts end (group.c). */
ended_fn invite_made, invite_failed, invite_revoked;
void invite_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                     const struct message_cmd_outcome *command);
/* Its group is configured still: else nobody needs its link. */
bool invite_wanted(struct ledger *ledger, const struct record_delivery *delivery);

/* The bot's rights in the group may have changed: links that could not be made are tried again. */
void invite_redo(struct ledger *ledger, const struct catalog_group *group);

/* TIMER_OWED and TIMER_REDO: go on behind this member of the group. They return about how
 * many rows they have touched. */
unsigned invite_owed_due(struct ledger *ledger, int64_t telegram_id, const char *group);
unsigned invite_redo_due(struct ledger *ledger, int64_t telegram_id, const char *group);

#endif
