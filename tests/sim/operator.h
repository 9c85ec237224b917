/* The operator, who looks at the lists each morning (operator.c). */
#ifndef USHER_TESTS_SIM_OPERATOR_H
#define USHER_TESTS_SIM_OPERATOR_H

#include "tests/sim/sim.h"

void operator_new(struct sim *sim);

#endif
