/* The modules' numbers, of modules.def; a test may have a list of its own. */
#ifndef USHER_LEDGER_NUMBERS_H
#define USHER_LEDGER_NUMBERS_H

#ifndef MODULES_DEF
#define MODULES_DEF "modules/modules.def"
#endif

enum module_number {
    MODULE_FRAME,
    MODULE_core, /* what the ledger tells by itself: facts.def */
#define MODULE(name, number, needs) MODULE_##name = number,
#define NEEDS(...)
#include MODULES_DEF
#undef NEEDS
#undef MODULE
};

#endif
