/* Tickets as JSON. */
#ifndef USHER_MODULES_TICKET_VIEW_H
#define USHER_MODULES_TICKET_VIEW_H

#include "base/json.h"
#include "modules/ticket/ticket.h"

/* The asker's answer of the operations. */
void answer_ticket(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
/* A member's document: their open tickets. */
void view_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);

#endif
