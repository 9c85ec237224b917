/* Which keys a running usher cannot take anew: those whose row in the schema says restart, with all
 * that is in them. */
#ifndef USHER_CONFIG_RESTART_H
#define USHER_CONFIG_RESTART_H

#include "config/config.h"

/* Calls visit with the path ("http.listen", "bots[0].token") of each such key whose value is
 * another one in after than in before. How many there are. */
size_t restart_keys(const struct config *before, const struct config *after,
                    void (*visit)(void *context, const char *path), void *context);

#endif
