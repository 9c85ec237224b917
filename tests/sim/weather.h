/* What befalls a run: the faults that last all the time, and those that come at a moment: power,
 * the clock, another configuration, a group that moves. */
#ifndef USHER_TESTS_SIM_WEATHER_H
#define USHER_TESTS_SIM_WEATHER_H

#include "tests/sim/sim.h"

/* Each run has a weather of its own. */
void weather_new(struct sim *sim);
/* Telegram has said to wait: many want something just then, and now and then the process ends. */
void weather_flooded(struct sim *sim);
/* Faults stop, and the clock is right. */
void weather_clears(struct sim *sim);

#endif
