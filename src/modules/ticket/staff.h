/* Words to the staff and from them. A ticket has a topic of its own, or is told in the support chat
 * itself, where each message names it and a reply to one is an answer. What the member writes while
 * the topic is being made, or beyond TICKET_BURST messages in TICKET_BURST_MS, is gathered and
 * passed on together, up to a bound. */
#ifndef USHER_MODULES_TICKET_STAFF_H
#define USHER_MODULES_TICKET_STAFF_H

#include "modules/ticket/support.h"

/* The ticket is new: makes its topic, or tells it in the chat. */
void staff_open(struct ledger *ledger, const struct support *support, uint64_t number,
                struct record_ticket *ticket);
/* What the member wrote. */
void staff_pass(struct ledger *ledger, const struct support *support, uint64_t number,
                struct record_ticket *ticket, struct slice text);
/* Passes on what was gathered. */
void staff_flush(struct ledger *ledger, const struct support *support, uint64_t number,
                 struct record_ticket *ticket);
/* When that is due, 0: nothing is gathered, or it waits for the topic. */
uint64_t staff_flush_ms(const struct record_ticket *ticket);
/* A word where the ticket is told. */
void staff_note(struct ledger *ledger, const struct support *support, uint64_t number,
                const struct record_ticket *ticket, enum ticket_note_kind note, struct slice text);
/* A word in the chat itself, for all of the staff. */
void staff_call(struct ledger *ledger, const struct support *support,
                const struct ticket_note *note);
/* The ticket is closed: replies to its messages are no answers any more. */
void staff_forget(struct ledger *ledger, uint64_t number);

/* Hears the fact `told`. */
void staff_told(struct ledger *ledger, const void *fact);
/* Is this written in the support's chat, and about a ticket? And what follows. */
bool staff_claims(struct ledger *ledger, const struct message_cmd_said *said);
void staff_wrote(struct ledger *ledger, const struct message_cmd_said *said);

#endif
