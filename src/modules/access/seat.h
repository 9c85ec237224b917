/* The seats of a plan: those that entitlements take, and those that open orders
 * keep, of a member one at most. */
#ifndef USHER_MODULES_ACCESS_SEAT_H
#define USHER_MODULES_ACCESS_SEAT_H

#include "ledger/state.h"

/* change is 1 or -1. */
uint64_t seats_taken(struct ledger *ledger, const char *plan);
void seats_change(struct ledger *ledger, const char *plan, int change);
/* Kept for open orders, beside those taken. */
uint64_t seats_held(struct ledger *ledger, const char *plan);
void seats_held_change(struct ledger *ledger, const char *plan, int change);

/* Does an open order of this member's keep a seat of the plan? */
bool seat_kept(struct ledger *ledger, int64_t telegram_id, const char *plan);
/* Gives it back, if there is one. True: there was, and grant_add takes it; seat_keep undoes it. */
bool seat_take(struct ledger *ledger, int64_t telegram_id, const char *plan);
/* An open order of the member's, if there is one, keeps a seat from now on. */
void seat_keep(struct ledger *ledger, int64_t telegram_id, const char *plan);

#endif
