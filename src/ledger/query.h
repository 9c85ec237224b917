/* Inside the ledger: what questions have in common. */
#ifndef USHER_LEDGER_QUERY_H
#define USHER_LEDGER_QUERY_H

#include "ledger/state.h"

enum { QUERY_LIMIT_DEFAULT = 100, QUERY_LIMIT_MAX = 1000 };

/* How many items a list may have. */
uint64_t query_limit(const struct message_query *query);

#endif
