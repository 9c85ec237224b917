/* The control API under /sim/: what a test does to the simulated world and reads of it. The table
 * of requests is in control.c and in docs/SIMULATOR.md. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "control_answer.h"

void control_serve(struct sim *sim, const struct http_request *request);

#endif
