/* What a configuration may hold for a rehearsal and not in production (`usher check --live`): a
 * test clock, and addresses of services that are on this machine. */
#ifndef USHER_CONFIG_LIVE_H
#define USHER_CONFIG_LIVE_H

#include "config/reader.h"

/* A value of scope->object that was read without an error. */
void live_check(struct scope *scope, const struct place *place);

#endif
