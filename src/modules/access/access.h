/* Who may enter what, and until when (grant.h, entitled.h, seat.h). And the words that ask for it:
 * /start, with what a deep link brought, and /status. Both are answered by the same letter: the
 * plans that run, and a button for each group that is open. */
#ifndef USHER_MODULES_ACCESS_H
#define USHER_MODULES_ACCESS_H

#define MODULE_DEF  "modules/access/access.def"
#define MODULE_SELF MODULE_access
#include "ledger/declare.h"

/* What the member has behind an operator's act; subject: who. */
void answer_act(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);

/* Nothing is granted to, or ordered by, who is banned. */
bool member_is_banned(struct ledger *ledger, int64_t telegram_id);

/* That letter. payload: what /start brought, or "". */
void access_greet(struct ledger *ledger, int64_t telegram_id, struct slice payload);

#endif
