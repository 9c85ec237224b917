#include "ledger/epoch.h"

#ifndef LEDGER_RULES
#define LEDGER_RULES 1
#endif

uint64_t ledger_rules(void)
{
    return LEDGER_RULES;
}
