/* Inside the module: what a member has, as JSON. */
#ifndef USHER_MODULES_POINTS_DOCUMENT_H
#define USHER_MODULES_POINTS_DOCUMENT_H

#include "modules/points/book.h"

/* "balances", "held" and "debt" by currency, "level", the newest "entries". */
void document_all(struct ledger *ledger, int64_t telegram_id, cJSON *out);
/* "points": the balances by currency. */
void document_balances(struct ledger *ledger, int64_t telegram_id, cJSON *out);
/* What became of a posting. */
void document_posting(struct ledger *ledger, int64_t telegram_id, uint64_t id, cJSON *out);

#endif
