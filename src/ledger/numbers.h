/* The modules' numbers, of modules.def. */
#ifndef USHER_LEDGER_NUMBERS_H
#define USHER_LEDGER_NUMBERS_H

enum module_number {
    MODULE_FRAME,
    MODULE_core, /* what the ledger tells by itself: facts.def */
#define MODULE(name, number, needs) MODULE_##name = number,
#define NEEDS(...)
#include "modules/modules.def"
#undef NEEDS
#undef MODULE
};

#endif
