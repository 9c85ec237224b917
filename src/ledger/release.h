/* Inside the ledger: the operator lets held deliveries go, or has dead letters tried again. All of
 * them that there were at that moment, a bounded number in one command; ticks go on. */
#ifndef USHER_LEDGER_RELEASE_H
#define USHER_LEDGER_RELEASE_H

#include "ledger/state.h"

/* stage: STAGE_HELD or STAGE_DEAD. */
void release_all(struct ledger *ledger, enum delivery_stage stage);
/* False when there is no such delivery in this stage. */
bool release_one(struct ledger *ledger, enum delivery_stage stage, uint64_t id);
/* TIMER_RELEASE is due. Returns about how many rows it has touched. */
unsigned release_due(struct ledger *ledger, int64_t stage, const char *subject);

#endif
