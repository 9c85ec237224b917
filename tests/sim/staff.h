/* Those who answer tickets, once a day: over the API, or in the ticket's topic. They know of a
 * ticket what the news have told (auditor_news.c). */
#ifndef USHER_TESTS_SIM_STAFF_H
#define USHER_TESTS_SIM_STAFF_H

#include "tests/sim/usher.h"

void staff_new(struct sim *sim);
/* What became of something that they asked for. */
void staff_heard(struct sim *sim, struct outcome_of outcome);

#endif
