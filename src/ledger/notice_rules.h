/* Inside the ledger: what notices keep to: those of their class (reminders.def: how urgent, for how
 * long, how many), and the community's quiet hours. */
#ifndef USHER_LEDGER_NOTICE_RULES_H
#define USHER_LEDGER_NOTICE_RULES_H

#include "ledger/state.h"

enum notice_class {
    NOTICE_of_a_broadcast,
#define NOTICE_CLASS(name, number, priority, life_ms, capped) NOTICE_##name = number,
#include "ledger/reminders.def"
#undef NOTICE_CLASS
    NOTICE_CLASS_COUNT
};

/* class is one of those behind NOTICE_of_a_broadcast. */
unsigned notice_class_priority(unsigned class);
uint64_t notice_class_life_ms(unsigned class);
bool notice_class_capped(unsigned class);

/* The end of the community's quiet hours that at_ms lies in; at_ms itself when it lies in none. */
uint64_t notice_after_quiet(struct ledger *ledger, uint64_t at_ms);

#endif
