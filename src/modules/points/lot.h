/* Inside the module: the lots of a member, soonest to expire first. A lot's number is its currency
 * (2 bits) and the second at which it expires (62 bits, all set for never), so that it is its key
 * and what expires at one time is one lot. */
#ifndef USHER_MODULES_POINTS_LOT_H
#define USHER_MODULES_POINTS_LOT_H

#include "modules/points/account.h"

/* When what is given now expires, by the configuration; 0: never. */
uint64_t lot_expiry_ms(struct ledger *ledger, const struct book *book);
/* 0: never. */
uint64_t lot_expires_ms(uint64_t lot);

/* Adds to the lot that expires then (0: never), and sees to it that it will. Returns its number. */
uint64_t lot_add(struct ledger *ledger, const struct book *book, uint64_t expires_ms,
                 int64_t amount);
/* Takes from this lot what it has, at most amount; returns how much that was. */
int64_t lot_take(struct ledger *ledger, const struct book *book, uint64_t lot, int64_t amount);
/* Takes from the lots, soonest to expire first; there is enough. posting: notes which lots, in
 * posting->lot when it was one, else beside the posting of this id. */
void lots_take(struct ledger *ledger, const struct book *book, int64_t amount, uint64_t id,
               struct record_points_posting *posting);
/* Puts back what this posting took. */
void lots_restore(struct ledger *ledger, const struct book *book, uint64_t id,
                  const struct record_points_posting *posting);
/* Forgets which lots it took from. */
void lots_forget(struct ledger *ledger, int64_t telegram_id, uint64_t id);

/* The first open lot of the currency; false when there is none. */
bool lot_first(struct ledger *ledger, int64_t telegram_id, enum points_currency currency,
               uint64_t *lot, struct record_points_lot *out);
/* The one behind it. */
bool lot_next(struct ledger *ledger, int64_t telegram_id, uint64_t *lot,
              struct record_points_lot *out);

#endif
