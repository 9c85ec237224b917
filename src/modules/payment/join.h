/* One payment under all its ids, whichever came first. That two of them are one may be told late:
 * then what is known of both is joined, and the caller judges again. */
#ifndef USHER_MODULES_PAYMENT_JOIN_H
#define USHER_MODULES_PAYMENT_JOIN_H

#include "ledger/state.h"

/* The id under which a payment with any of these ids is known; payment_id when none is. aliases:
 * joined by commas. Remembers those that are new. True: payments that were two until now are one.
 */
bool payment_identify(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                      struct slice aliases, char out[256]);

#endif
