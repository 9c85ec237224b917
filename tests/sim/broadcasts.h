/* The operator's words to members, now and then; some are cancelled. Everybody remembers what they
 * heard: nothing twice, and as much of each broadcast as the ledger says. */
#ifndef USHER_TESTS_SIM_BROADCASTS_H
#define USHER_TESTS_SIM_BROADCASTS_H

#include "tests/sim/usher.h"

void broadcasts_new(struct sim *sim);
void broadcasts_destroy(struct sim *sim);

/* The order to begin, or to end, one was applied. */
void broadcasts_told(struct sim *sim, struct waiter waiter, enum result result);
void broadcasts_heard(struct sim *sim, uint64_t user, uint64_t number);
uint64_t broadcasts_heard_count(const struct sim *sim);
/* All have ended. */
void broadcasts_check(struct sim *sim);

#endif
