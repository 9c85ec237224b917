/* Broadcasts, the operator's words to all members or to those of one plan,
 * as they are stored. What moves them on is walk.h.
 *
 *     running ──▶ done        the cursor is behind the last member and no notice is open
 *        └─────▶ cancelled    notices that wait are withdrawn; attempts under way end as they do */
#ifndef USHER_MODULES_BROADCAST_CAMPAIGN_H
#define USHER_MODULES_BROADCAST_CAMPAIGN_H

#include "ledger/state.h"

enum { BROADCAST_RUNNING_MAX = 16 };

bool broadcast_load(struct ledger *ledger, uint64_t number, struct record_broadcast *out);
void broadcast_store(struct ledger *ledger, uint64_t number, const struct record_broadcast *record);
/* The number of the broadcast with this id, or 0. */
uint64_t broadcast_find(struct ledger *ledger, struct slice id);
/* Walks broadcasts from the newest on: *number is that of the last one seen, 0 to begin. */
bool broadcast_next(struct ledger *ledger, uint64_t *number, struct record_broadcast *out);
/* Its broadcast_text rows, the first of them for who reads none of the languages. Points into the
 * store. */
bool broadcast_texts(struct ledger *ledger, uint64_t number, struct slice *rows);

/* Stores a new one, which runs: id and plan are set, texts checked. Returns its number. */
uint64_t broadcast_add(struct ledger *ledger, struct record_broadcast *record, struct slice texts);
/* Done, when it is running and nothing is left of it. The caller stores it. */
void broadcast_settle(struct ledger *ledger, struct record_broadcast *record);

#endif
