/* The member's side: the words and buttons that open a ticket, the dialogue that takes what they
 * write until it is closed, what they are told, and how they found it. */
#ifndef USHER_MODULES_TICKET_TALK_H
#define USHER_MODULES_TICKET_TALK_H

#include "modules/ticket/support.h"

extern const struct intent_row talk_intents[];

/* How many tickets of this person are open. */
unsigned talk_open_count(struct ledger *ledger, int64_t telegram_id);
/* The ticket is open, and from now on what they write is for it. */
void talk_opened(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket);
void talk_focus(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket);
/* It is closed: what they write is for another one that is open, or for nobody. */
void talk_closed(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket);
/* Tells them, in a letter. */
void talk_say(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket,
              enum ticket_word_kind word, struct slice text);
/* Asks how it was, unless they were asked not long ago. */
void talk_ask(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket);

#endif
