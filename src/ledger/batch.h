/* Inside the ledger: where a transaction begins and ends: a batch of commands, or a question. What
 * state.h keeps at hand is forgotten at its beginning and written before its end. */
#ifndef USHER_LEDGER_BATCH_H
#define USHER_LEDGER_BATCH_H

#include "ledger/state.h"

/* Begins a transaction of the ledger; one that is stale reads the state first. Within begin ...
 * commit a question is put to the batch as it is. */
enum error batch_begin(struct ledger *ledger, bool write);
/* Ends a question; its failure is not the batch's, unless the store has lost that too. */
enum error batch_end(struct ledger *ledger);

/* Writes what is at hand and was changed: before a commit, and before a table is walked. */
void batch_flush(struct ledger *ledger);

/* Reads catalog and scalars from the state (after open and after an abort). On an error what was
 * known of the last commit stays, and the ledger is stale. */
enum error batch_reload(struct ledger *ledger, struct why *why);

#endif
