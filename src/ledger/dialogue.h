/* Inside the ledger: the dialogue that a person is in with a module: what they write next, and is
 * no word, goes to the intent of this verb. One at a time; a new one ends the one before, and a
 * word or a button of another module leaves it open. */
#ifndef USHER_LEDGER_DIALOGUE_H
#define USHER_LEDGER_DIALOGUE_H

#include "ledger/state.h"

struct intent_row;

void dialogue_begin(struct ledger *ledger, int64_t telegram_id, unsigned module, const char *verb,
                    uint64_t until_ms);
void dialogue_end(struct ledger *ledger, int64_t telegram_id);
/* Who hears what this person writes; NULL when no dialogue is open. */
const struct intent_row *dialogue_open(struct ledger *ledger, int64_t telegram_id);

#endif
