/* Inside the module: a member's accounts of one currency, as postings name them and as they are at
 * hand while they are posted to (book.h). */
#ifndef USHER_MODULES_POINTS_ACCOUNT_H
#define USHER_MODULES_POINTS_ACCOUNT_H

#include "ledger/rows.h"
#include "modules/points/points.h"

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

#endif
