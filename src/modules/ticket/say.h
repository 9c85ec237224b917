/* What a ticket's words are in three languages. */
#ifndef USHER_MODULES_TICKET_SAY_H
#define USHER_MODULES_TICKET_SAY_H

#include "ledger/module.h"
#include "modules/ticket/ticket.h"

extern const struct say_row ticket_says[];

/* "Payment", for the title of a topic. */
const char *say_category(enum ticket_category category, enum language language);

#endif
