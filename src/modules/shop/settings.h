/* The configuration's section `legal`: what the operator publishes, each as words or as an address.
 * It is said, and decides nothing, so the ledger need not know it. */
#ifndef USHER_MODULES_SHOP_SETTINGS_H
#define USHER_MODULES_SHOP_SETTINGS_H

#include "config/config.h"

/* NULL where the configuration says nothing. */
struct config_legal {
    char *terms;
    char *privacy;
    char *refunds;
};

extern const struct config_module config_of_shop; /* config/module.h */

const struct config_legal *legal_of(const struct config *config);

#endif
