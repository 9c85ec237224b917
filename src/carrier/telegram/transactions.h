/* What a page of getStarTransactions says, as rows for the ledger. Pure. */
#ifndef USHER_CARRIER_TELEGRAM_TRANSACTIONS_H
#define USHER_CARRIER_TELEGRAM_TRANSACTIONS_H

#include "base/slice.h"

/* body: of a good answer, of at most 1 MiB. Writes star_entry rows to out, in their order, as many
 * of the first as fit into size bytes; returns their length. Each transaction is a row, so that
 * they can be counted; what is no payment of a user's by an invoice, and no refund of one, has no
 * user. */
size_t telegram_transactions(struct slice body, char *out, size_t size);

#endif
