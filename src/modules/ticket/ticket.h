/* Tickets of the support. A member says "support" (人工, 客服) and picks what it is about; the
 * ticket has a number, T1, T2 ..., and a topic of its own in the staff's forum, or is told in their
 * chat. What the member writes while it is open goes there; what the staff writes there goes to the
 * member, without a name.
 *
 *     new ──▶ assigned ──▶ waiting_member ◀──▶ waiting_staff ──▶ resolved ──▶ closed
 *      └────────────────────▲ answered        ▲ the member wrote ─┘
 *
 * Any open state may be answered, resolved and closed. hours.h counts working time, sla.h says what
 * is due, staff.h speaks with the staff, talk.h with the member, view.h shows tickets as JSON. */
#ifndef USHER_MODULES_TICKET_H
#define USHER_MODULES_TICKET_H

#include "ledger/rows.h"

enum ticket_category {
    TICKET_PAYMENT,
    TICKET_ACCESS,
    TICKET_RESOURCES,
    TICKET_OTHER,
    TICKET_CATEGORIES
};
/* TICKET_ANY and TICKET_IS_OPEN are not states: they are what a list may be asked for. */
enum ticket_state {
    TICKET_ANY,
    TICKET_NEW,
    TICKET_ASSIGNED,
    TICKET_WAITING_MEMBER,
    TICKET_WAITING_STAFF,
    TICKET_RESOLVED,
    TICKET_CLOSED,
    TICKET_IS_OPEN
};
enum ticket_clock { TICKET_FIRST, TICKET_RESOLVE };
/* What is said to the member, and to the staff. */
enum ticket_word_kind {
    TICKET_WORD_OPENED,
    TICKET_WORD_ANSWER,
    TICKET_WORD_RESOLVED,
    TICKET_WORD_CLOSED,
    TICKET_WORD_ASKED,
    TICKET_WORD_THANKS
};
enum ticket_note_kind {
    TICKET_NOTE_OPENED,
    TICKET_NOTE_SAID,
    TICKET_NOTE_ANSWERED,
    TICKET_NOTE_ASSIGNED,
    TICKET_NOTE_RESOLVED,
    TICKET_NOTE_CLOSED,
    TICKET_NOTE_WARNED,
    TICKET_NOTE_BREACHED,
    TICKET_NOTE_COMMANDS
};

enum {
    TICKETS_OPEN_MAX = 3,         /* a member */
    TICKET_ID_SIZE = 24,          /* "T1042", with the NUL */
    TICKET_TEXT_BYTES_MAX = 4096, /* of one message */
    TICKET_BURST = 20,            /* messages within TICKET_BURST_MS; what comes on top is merged */
    TICKET_BURST_MS = 10 * 60 * 1000
};

extern const char *const ticket_categories[];
extern const char *const ticket_states[];
extern const char *const ticket_clocks[];
extern const char *const ticket_orders[];
extern const char *const ticket_words[];
extern const char *const ticket_notes[];

#define MODULE_DEF  "modules/ticket/ticket.def"
#define MODULE_SELF MODULE_ticket
#include "ledger/declare.h"

bool ticket_load(struct ledger *ledger, uint64_t number, struct record_ticket *out);
/* Stores it, under its state too, and sets its timer. before: the state that it was in, TICKET_ANY
 * for a new one. */
void ticket_store(struct ledger *ledger, uint64_t number, struct record_ticket *ticket,
                  enum ticket_state before);
bool ticket_is_open(const struct record_ticket *ticket);

/* "T5" or "5"; 0 when it is no such id. */
uint64_t ticket_number(struct slice id);
void ticket_id(uint64_t number, char out[TICKET_ID_SIZE]);

/* What the operations do, for whoever knows the number. text is the member's first message, or "".
 */
unsigned ticket_begin(struct ledger *ledger, int64_t telegram_id, enum ticket_category category,
                      struct slice text, uint64_t *number);
/* The member wrote. */
unsigned ticket_hear(struct ledger *ledger, uint64_t number, struct slice text);
/* The staff wrote; echo: elsewhere than in the ticket's place, so that it is told there. */
unsigned ticket_reply(struct ledger *ledger, uint64_t number, struct slice text, bool echo);
unsigned ticket_finish(struct ledger *ledger, uint64_t number, enum ticket_state state);
/* To one of the roster; to anybody when there is none. */
unsigned ticket_give(struct ledger *ledger, uint64_t number, int64_t assignee);

#endif
