/* Inside the ledger: how the attempts of most deliveries end. Kinds that differ call these, or have
 * functions of their own (kinds.h). */
#ifndef USHER_LEDGER_ATTEMPT_H
#define USHER_LEDGER_ATTEMPT_H

#include "ledger/outbox.h"

ended_fn attempt_done;
/* Again later; after days of that it is the operator's to decide. */
ended_fn attempt_retry;
/* A dead letter. */
ended_fn attempt_failed;
/* The group has another chat id: again there. */
ended_fn attempt_migrated;

/* Failed, as its kind has it. */
enum result attempt_give_up(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command);

#endif
