/* Inside the ledger: when something is due for a person. One timer a person, at the least time that
 * any module has named; it may be early, and then the modules name the next one. So a renewal
 * touches no timer, and a million reminders are a million timers, not six. */
#ifndef USHER_LEDGER_AGENDA_H
#define USHER_LEDGER_AGENDA_H

#include "ledger/state.h"

/* Something is due for this person at due_ms, or earlier if so named before; 0: nothing. */
void agenda_set(struct ledger *ledger, int64_t telegram_id, uint64_t due_ms);
/* The timer has come: each module does what is due (struct module, due). Returns how much that
 * was. */
unsigned agenda_due(struct ledger *ledger, int64_t telegram_id, const char *subject);

#endif
