/* A notifier's word with the ledger: how many deliveries of its lane it may be lent. Said when that
 * changes, and now and then anyway, as a word or a call may be lost. */
#ifndef USHER_ACTORS_CREDIT_H
#define USHER_ACTORS_CREDIT_H

#include "actors/runtime.h"

/* How many deliveries the ledger may lend us. */
struct wants {
    uint32_t counted;  /* by the lane's limits */
    uint32_t yielding; /* so many of these may be such as yield (wire/delivery.h) */
    uint32_t free;     /* counted by nobody */
};

struct credit {
    struct outlet outlet;
    bool greeted;             /* the ledger has told what is frozen */
    uint64_t said_ms;         /* mono: of the last word */
    struct wants outstanding; /* wanted by that word, and not come yet */
};

/* When the next word is due (mono), if this is wanted now. */
uint64_t credit_due_ms(const struct credit *credit, struct wants now);
/* The ledger has lent this. */
void credit_came(struct credit *credit, const struct message_call *call);
/* Says what is wanted, if it is time to. */
void credit_speak(struct credit *credit, const char *lane, struct wants now);

#endif
