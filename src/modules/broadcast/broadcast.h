/* The operator's words to all members, or to those of one plan: begun, cancelled, looked at, and
 * what becomes of their notices (struct campaign of ledger/notice.h). */
#ifndef USHER_MODULES_BROADCAST_H
#define USHER_MODULES_BROADCAST_H

#define MODULE_DEF  "modules/broadcast/broadcast.def"
#define MODULE_SELF MODULE_broadcast
#include "ledger/declare.h"

unsigned op_broadcast(struct ledger *ledger, const struct message_cmd_broadcast *command);
unsigned op_broadcast_cancel(struct ledger *ledger,
                             const struct message_cmd_broadcast_cancel *command);

bool answer_broadcast(struct ledger *ledger, const struct message_query *query, cJSON *out);
bool answer_broadcasts(struct ledger *ledger, const struct message_query *query, cJSON *out);

#endif
