/* Inside the ledger: what is answered about broadcasts (query.c asks). */
#ifndef USHER_LEDGER_BROADCAST_QUERY_H
#define USHER_LEDGER_BROADCAST_QUERY_H

#include "ledger/state.h"

#include <cjson/cJSON.h>

/* query->text: an id. All about one broadcast, its texts by language; false when there is none. */
bool answer_broadcast(struct ledger *ledger, const struct message_query *query, cJSON *out);
/* The newest first, at most limit of them, without their texts. Always true. */
bool answer_broadcasts(struct ledger *ledger, uint64_t limit, cJSON *out);

#endif
