/* Inside the module: one member's accounts of one currency while they are posted to. */
#ifndef USHER_MODULES_POINTS_BOOK_H
#define USHER_MODULES_POINTS_BOOK_H

#include "ledger/rows.h"
#include "modules/points/points.h"

/* The member's accounts, as postings name them. */
#define ACCOUNT_AVAILABLE "available"
#define ACCOUNT_HELD      "held"
#define ACCOUNT_DEBT      "debt"

/* What a member has at most: JSON's numbers are exact up to 2^53. */
#define BALANCE_MAX INT64_C(9000000000000000)

struct book {
    int64_t telegram_id;
    enum points_currency currency;
    struct points_rules rules;
    struct record_points_account account;
};

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
