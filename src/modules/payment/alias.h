/* Other ids that a gateway has for a payment. */
#ifndef USHER_MODULES_PAYMENT_ALIAS_H
#define USHER_MODULES_PAYMENT_ALIAS_H

#include "ledger/state.h"

/* The id of the payment that this one is an alias of; false when it is none. */
bool alias_find(struct ledger *ledger, struct slice gateway, struct slice id, char out[256]);
/* What it was an alias of before, it is no more. */
void alias_store(struct ledger *ledger, struct slice gateway, struct slice id,
                 const char *payment_id);

#endif
