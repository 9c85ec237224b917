/* Inside the module: what is held of a member's, one for a ref. */
#ifndef USHER_MODULES_POINTS_HOLD_H
#define USHER_MODULES_POINTS_HOLD_H

#include "modules/points/book.h"

/* The hold for this ref, by its posting's number. */
bool hold_of(struct ledger *ledger, int64_t telegram_id, struct slice ref, uint64_t *id);
bool hold_load(struct ledger *ledger, int64_t telegram_id, uint64_t id,
               struct record_points_hold *out);
void hold_store(struct ledger *ledger, int64_t telegram_id, uint64_t id,
                const struct record_points_hold *hold);
void hold_delete(struct ledger *ledger, int64_t telegram_id, uint64_t id,
                 const struct record_points_hold *hold);

/* Releases those whose time has come, a bounded number; returns when to look again, 0 for never. */
uint64_t holds_due(struct ledger *ledger, int64_t telegram_id);

#endif
