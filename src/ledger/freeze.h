/* Inside the ledger: until when a bot must be silent towards a chat, or at all, so that a notifier
 * that starts knows. Kept in TABLE_freezes; ledger_freezes reads them. */
#ifndef USHER_LEDGER_FREEZE_H
#define USHER_LEDGER_FREEZE_H

#include "ledger/state.h"

/* Nothing to this chat (0: nothing at all from this bot) before until_ms. The later one counts. */
void freeze_remember(struct ledger *ledger, struct slice lane, int64_t chat_id, uint64_t until_ms);
/* TIMER_FREEZES, and the process has started: forgets those that are long over, behind this chat of
 * this lane (INT64_MIN and "": all). Looks at a bounded number; returns how many. */
unsigned freeze_due(struct ledger *ledger, int64_t chat_id, const char *lane);

#endif
