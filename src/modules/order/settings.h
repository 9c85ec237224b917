/* The configuration's section `orders`. Sees nothing of the ledger, whose words are others. */
#ifndef USHER_MODULES_ORDER_SETTINGS_H
#define USHER_MODULES_ORDER_SETTINGS_H

#include "base/buf.h"
#include "config/config.h"

enum order_overpay { OVERPAY_IGNORE, OVERPAY_CREDIT, OVERPAY_OPERATOR };

struct config_orders {
    uint64_t expire_ms;
    uint64_t late_ms;
    uint32_t max_open; /* of one member, 0: no bound */
    enum order_overpay overpay;
    uint64_t unclaimed_ms; /* how long a paid one may wait to be claimed, before it is listed */
    bool reuse_open;       /* the bot shows an open order again in place of a second one */
};

struct config_module; /* config/module.h */
extern const struct config_module config_of_order;

/* The rows of it that the ledger must know: terms.c. */
void order_catalog(const struct config *config, const void *own, struct buf *rows);

#endif
