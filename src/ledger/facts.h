/* Inside the ledger: the facts that the ledger itself tells, facts.def. */
#ifndef USHER_LEDGER_FACTS_H
#define USHER_LEDGER_FACTS_H

#include "ledger/news.h"
#include "ledger/records.h"

#define MODULE_DEF  "ledger/facts.def"
#define MODULE_SELF MODULE_core
#include "ledger/declare.h"

/* Tells it: FACT_TELL(ledger, paid, .telegram_id = 7, ...). */
#define FACT_TELL(ledger, name, ...)                                                               \
    fact_tell(ledger, shape_fact_##name(), &(const struct fact_##name){__VA_ARGS__})

#endif
