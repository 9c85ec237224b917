/* How Stripe counts money, for those who tell it amounts. */
#ifndef USHER_GATEWAY_STRIPE_H
#define USHER_GATEWAY_STRIPE_H

#include "base/slice.h"

#include <stdint.h>

/* An amount of ours in Stripe's units of this currency, which may be others (docs.stripe.com,
 * currencies). False: there is no such amount in Stripe's. */
bool stripe_units(int64_t minor, struct slice currency, int64_t *out);

#endif
