/* Inside the module: posting to one member's accounts of one currency. */
#ifndef USHER_MODULES_POINTS_BOOK_H
#define USHER_MODULES_POINTS_BOOK_H

#include "modules/points/account.h"

/* Loads, or begins, the accounts; lots whose time has come expire first. */
void book_open(struct ledger *ledger, int64_t telegram_id, enum points_currency currency,
               struct book *book);
/* Stores them. */
void book_close(struct ledger *ledger, const struct book *book);

/* What the configuration says, zeros when it says nothing. */
void book_rules(struct ledger *ledger, struct points_rules *rules);

/* A posting of this number: fills in what all have in common, changes both accounts, stores it and
 * tells it. The caller has changed the lots before. */
void book_post(struct ledger *ledger, struct book *book, uint64_t id,
               struct record_points_posting *posting);
uint64_t book_number(struct ledger *ledger);

/* While something is owed, what is available pays it. */
void book_repay(struct ledger *ledger, struct book *book);

/* The key of a row by currency and name, or by member and texts. */
void book_key(struct key *key, uint64_t number, struct slice first, struct slice second);

#endif
