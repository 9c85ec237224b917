/* The doors of groups: who knocks is let in when they are entitled (knock.c, join.h), links are
 * made, used and revoked (invite.h, link.h), and who may be in no more is shown out (removal.h).
 * Where somebody stands in a group comes from Telegram's updates (membership.c). */
#ifndef USHER_MODULES_GROUP_H
#define USHER_MODULES_GROUP_H

#define MODULE_DEF  "modules/group/group.def"
#define MODULE_SELF MODULE_group
#include "ledger/declare.h"

unsigned op_membership(struct ledger *ledger, const struct message_cmd_membership *command);
unsigned op_join_request(struct ledger *ledger, const struct message_cmd_join_request *command);
unsigned op_migrate(struct ledger *ledger, const struct message_cmd_migrate *command);

extern const struct doors group_doors;

#endif
