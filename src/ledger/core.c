/* The ledger as a module of its own: its facts, and what is due for a person by it. */
#include "ledger/facts.h"
#include "ledger/grant.h"

#define MODULE_DEF    "ledger/facts.def"
#define MODULE_SELF   MODULE_core
#define MODULE_SHAPES shapes_of_core
#include "ledger/define.h"

const struct module module_core = {
    .name = "core",
    .number = MODULE_core,
    .shapes = shapes_of_core,
    .results = module_results,
    .ops = module_ops,
    .asks = module_asks,
    .due = grant_due,
};
