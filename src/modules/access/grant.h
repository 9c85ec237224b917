/* Entitlements over time: what a payment gives, what a refund takes back, grace and end. What
 * follows from either at the doors of groups hears the facts granted and ended. */
#ifndef USHER_MODULES_ACCESS_GRANT_H
#define USHER_MODULES_ACCESS_GRANT_H

#include "ledger/state.h"

/* Extends (or begins) the member's entitlement by what payment says (months, days), from the later
 * of now and the current end; stores span into payment; adds to the member's letter. A plan whose
 * seats are all taken gives RESULT_unsettled_seats and changes nothing. */
enum result grant_add(struct ledger *ledger, const struct catalog_plan *plan,
                      struct slice payment_id, struct record_payment *payment);
/* The same, but in grace from the current end on: a subscription's charge is for the period behind
 * it, however late it comes. */
enum result grant_continue(struct ledger *ledger, const struct catalog_plan *plan,
                           struct slice payment_id, struct record_payment *payment);
/* Takes back exactly what this granted payment gave; ends the entitlement when nothing is left.
 * False when that time was used up: nothing that could be given again was taken. */
bool grant_take_back(struct ledger *ledger, const struct record_payment *payment,
                     enum end_reason reason);
/* One that runs ends now. */
void grant_end(struct ledger *ledger, int64_t telegram_id, const char *plan,
               enum end_reason reason);
/* It runs until then, whatever it was before; nobody is written to. What is paid later extends it.
 * RESULT_granted, or why not. */
enum result grant_until(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                        uint64_t until_ms);
/* Something of the member's is due: grace begins, or it ends. */
uint64_t grant_due(struct ledger *ledger, int64_t telegram_id);

#endif
