/* A catalog on its way into the journal: the cmd_configure of a configuration, and its hash. */
#ifndef USHER_ACTORS_CATALOG_H
#define USHER_ACTORS_CATALOG_H

#include "config/config.h"

#include <stdint.h>

struct catalog_change {
    uint8_t hash[32];
    struct buf command; /* encoded */
};

enum error catalog_change_new(const struct config *config, struct catalog_change **out,
                              struct why *why);
void catalog_change_destroy(struct catalog_change **change);

#endif
