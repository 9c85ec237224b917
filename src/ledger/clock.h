/* How far the test clock is ahead of the real one, in the state. */
#ifndef USHER_LEDGER_CLOCK_H
#define USHER_LEDGER_CLOCK_H

#include "ledger/state.h"

void clock_store(struct ledger *ledger, uint64_t ahead_ms);
/* Milliseconds; 0 when it never was. Within a transaction. */
uint64_t clock_load(struct ledger *ledger);

#endif
