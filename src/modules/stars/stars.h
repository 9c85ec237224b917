/* Telegram Stars, as a gateway of kind `stars`: the bot sends the invoice of each order that was
 * placed for it (invoice.c), says of who is about to pay whether the order may be (checkout.c), and
 * hears what was paid (charge.c), which becomes a payment as any other gateway's. What renews is
 * sold by the link to an invoice, and its member ends it here (renewing.c). What the bot was not
 * told of is found in the list of its transactions (reconcile.c). */
#ifndef USHER_MODULES_STARS_H
#define USHER_MODULES_STARS_H

enum star_renewal_what {
    STAR_MAY_STOP,
    STAR_MAY_GO_ON,
    STAR_ASKED,
    STAR_STOPPED,
    STAR_GOES_ON,
    STAR_EDIT_FAILED
};
extern const char *const star_renewal_names[]; /* by the enum, NULL ends them */

#define MODULE_DEF  "modules/stars/stars.def"
#define MODULE_SELF MODULE_stars
#include "ledger/declare.h"

extern const struct say_row stars_says[];
extern const struct config_module stars_config;

#endif
