/* Inside the ledger: what somebody did from outside is told as a fact, `audited`: who, in which
 * role, what, where, about whom and why. Of acts that changed something; a refusal changes nothing.
 */
#ifndef USHER_LEDGER_AUDIT_H
#define USHER_LEDGER_AUDIT_H

#include "wire/wire.h"

struct ledger;

/* act asked for done, and got it. */
void audit_tell(struct ledger *ledger, const struct message_cmd_act *act,
                const struct message *done);

#endif
