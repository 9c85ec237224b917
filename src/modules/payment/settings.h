/* Which of the configuration's gateways can be told to give money back. Sees nothing of the ledger,
 * whose words are others. */
#ifndef USHER_MODULES_PAYMENT_SETTINGS_H
#define USHER_MODULES_PAYMENT_SETTINGS_H

#include "base/buf.h"
#include "config/config.h"

struct config_module; /* config/module.h */
extern const struct config_module config_of_payment;

/* The rows of it that the ledger must know: refunding.c. */
void payment_catalog(const struct config *config, const void *own, struct buf *rows);

#endif
