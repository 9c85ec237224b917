/* Looks: a gateway is to be asked about what was made for one order, because its member says that
 * it is paid, or because it may be and nobody would hear of it. Best effort, and no part of the
 * state: who applies takes them and passes them on to the checker, and whoever is too many, or was
 * on the way when the process ended, asks again. What comes of one is a payment, or cmd_looked. */
#ifndef USHER_LEDGER_LOOK_H
#define USHER_LEDGER_LOOK_H

#include "wire/wire.h"

struct ledger;

/* False when there is no room, or a text does not fit. telegram_id 0: nobody waits for it; of such
 * half as many have room. */
bool look_ask(struct ledger *ledger, struct slice gateway, struct slice order_id, struct slice id,
              int64_t telegram_id);
/* The oldest one, as a message that points into the ledger and is good until the next command is
 * applied; false when there is none. */
bool look_take(struct ledger *ledger, struct message *out);

#endif
