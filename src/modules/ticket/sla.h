/* When the staff's time is over. Two clocks run in the support's hours: one until the first answer,
 * one until the ticket is resolved, and the second only while the staff owe the reply. Each warns
 * once, when most of its time is over, and is breached once; both are told as facts. The staff
 * hears of the second clock when it has answered once: before, the first one says it all. */
#ifndef USHER_MODULES_TICKET_SLA_H
#define USHER_MODULES_TICKET_SLA_H

#include "modules/ticket/support.h"

/* The ticket is new: both clocks begin. */
void sla_begin(struct ledger *ledger, const struct support *support, struct record_ticket *ticket);
/* The staff owe a reply from now on; nothing changes when they did. */
void sla_owe(struct ledger *ledger, const struct support *support, struct record_ticket *ticket);
/* They do not any more. Returns the working time that they took. */
uint64_t sla_rest(struct ledger *ledger, const struct support *support,
                  struct record_ticket *ticket);
/* Warns, and tells what was breached, as of now. */
void sla_look(struct ledger *ledger, const struct support *support, uint64_t number,
              struct record_ticket *ticket);
/* When to look again, 0: never. */
uint64_t sla_next_ms(const struct record_ticket *ticket);

#endif
