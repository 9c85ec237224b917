/* What the table of the module declares, for who sees the ledger and for who does not. */
#ifndef USHER_MODULES_RENEWAL_SHAPES_H
#define USHER_MODULES_RENEWAL_SHAPES_H

enum offer_reason { OFFER_BY_REMINDER, OFFER_BY_WINBACK, OFFER_BY_OPERATOR };
enum offer_state { OFFER_OPEN, OFFER_HELD, OFFER_USED };
extern const char *const offer_reasons[], *const offer_states[]; /* by the enums, NULL ends them */

#define MODULE_DEF  "modules/renewal/renewal.def"
#define MODULE_SELF MODULE_renewal
#include "ledger/declare.h"

enum { OFFERS_MAX = 16 /* a person */, OFFER_HOURS_MAX = 8784 };

#endif
