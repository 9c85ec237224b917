#include "modules/ticket/ticket.h"

#include "ledger/facts.h"
#include "ledger/person.h"
#include "modules/ticket/say.h"
#include "modules/ticket/settings.h"
#include "modules/ticket/sla.h"
#include "modules/ticket/staff.h"
#include "modules/ticket/talk.h"
#include "modules/ticket/view.h"

#include <inttypes.h>
#include <stdio.h>

const char *const ticket_categories[] = {"payment", "access", "resources", "other", NULL};
const char *const ticket_states[] = {
    "any",    "new",  "assigned", "waiting_member", "waiting_staff", "resolved",
    "closed", "open", NULL};
const char *const ticket_clocks[] = {"first", "resolve", NULL};
const char *const ticket_orders[] = {"newest", "oldest", NULL};
const char *const ticket_words[] = {"opened", "answer", "resolved", "closed",
                                    "asked",  "thanks", NULL};
const char *const ticket_notes[] = {"opened", "said",   "answered", "assigned", "resolved",
                                    "closed", "warned", "breached", "commands", NULL};

#define MODULE_DEF    "modules/ticket/ticket.def"
#define MODULE_SELF   MODULE_ticket
#define MODULE_SHAPES shapes_of_ticket
#include "ledger/define.h"

static const char ask_subject[] = "ask";

static unsigned load_open(struct ledger *ledger, uint64_t number, struct support *support,
                          struct record_ticket *ticket);
static void place(struct ledger *ledger, uint64_t number, enum ticket_state state, bool there);
static void set_timer(struct ledger *ledger, uint64_t number, struct record_ticket *ticket);

static void ticket_key(struct key *key, uint64_t number)
{
    key_clear(key);
    key_u64(key, number);
}

bool ticket_load(struct ledger *ledger, uint64_t number, struct record_ticket *out)
{
    struct key key;
    ticket_key(&key, number);
    return number != 0 && row_load(ledger, shape_record_ticket(), &key, out);
}

void ticket_store(struct ledger *ledger, uint64_t number, struct record_ticket *ticket,
                  enum ticket_state before)
{
    struct key key;
    enum ticket_state state = (enum ticket_state)ticket->state;
    set_timer(ledger, number, ticket);
    ticket_key(&key, number);
    row_store(ledger, shape_record_ticket(), &key, ticket);
    if (state == before)
        return;
    if (before != TICKET_ANY)
        place(ledger, number, before, false);
    place(ledger, number, state, true);
    if (before == TICKET_ANY || state == TICKET_CLOSED)
        place(ledger, number, TICKET_IS_OPEN, state != TICKET_CLOSED);
}

bool ticket_is_open(const struct record_ticket *ticket)
{
    return ticket->state != TICKET_CLOSED;
}

uint64_t ticket_number(struct slice id)
{
    long long number;
    if (id.len > 0 && (id.data[0] == 'T' || id.data[0] == 't'))
        id = slice_of(id.data + 1, id.len - 1);
    return slice_to_i64(id, &number) && number > 0 ? (uint64_t)number : 0;
}

void ticket_id(uint64_t number, char out[TICKET_ID_SIZE])
{
    (void)snprintf(out, TICKET_ID_SIZE, "T%" PRIu64, number);
}

unsigned ticket_begin(struct ledger *ledger, int64_t telegram_id, enum ticket_category category,
                      struct slice text, uint64_t *number)
{
    struct support support;
    struct record_member member;
    *number = 0;
    if (!support_load(ledger, &support))
        return RESULT_support_off;
    if (!member_load(ledger, telegram_id, &member))
        return RESULT_member_unknown;
    if (talk_open_count(ledger, telegram_id) >= TICKETS_OPEN_MAX)
        return RESULT_too_many_tickets;
    struct record_ticket ticket = {.telegram_id = telegram_id,
                                   .category = (uint8_t)category,
                                   .state = TICKET_NEW,
                                   .opened = ledger->at_ms};
    *number = row_number(ledger, shape_record_ticket());
    sla_begin(ledger, &support, &ticket);
    staff_open(ledger, &support, *number, &ticket);
    ticket_store(ledger, *number, &ticket, TICKET_ANY);
    talk_opened(ledger, *number, &ticket);
    const struct fact_ticket_opened fact = {telegram_id, *number, category, ticket.first_due,
                                            ticket.resolve_due};
    fact_tell(ledger, shape_fact_ticket_opened(), &fact);
    return text.len > 0 ? ticket_hear(ledger, *number, text) : RESULT_ok;
}

unsigned ticket_hear(struct ledger *ledger, uint64_t number, struct slice text)
{
    struct support support;
    struct record_ticket ticket;
    unsigned result = load_open(ledger, number, &support, &ticket);
    enum ticket_state before = (enum ticket_state)ticket.state;
    if (result != RESULT_ok)
        return result;
    if (before == TICKET_WAITING_MEMBER || before == TICKET_RESOLVED)
        ticket.state = TICKET_WAITING_STAFF;
    sla_owe(ledger, &support, &ticket);
    staff_pass(ledger, &support, number, &ticket, text);
    ticket_store(ledger, number, &ticket, before);
    talk_focus(ledger, number, &ticket);
    return RESULT_ok;
}

unsigned ticket_reply(struct ledger *ledger, uint64_t number, struct slice text, bool echo)
{
    struct support support;
    struct record_ticket ticket;
    unsigned result = load_open(ledger, number, &support, &ticket);
    enum ticket_state before = (enum ticket_state)ticket.state;
    if (result != RESULT_ok)
        return result;
    if (text.len == 0)
        return RESULT_text_empty;
    bool first = ticket.first_answer == 0;
    uint64_t used_ms = sla_rest(ledger, &support, &ticket);
    if (first) {
        ticket.first_answer = ledger->at_ms;
        used_ms = hours_between(&support.hours, ledger->calendar, ticket.opened, ledger->at_ms);
    }
    ticket.state = TICKET_WAITING_MEMBER;
    if (echo)
        staff_note(ledger, &support, number, &ticket, TICKET_NOTE_ANSWERED, text);
    ticket_store(ledger, number, &ticket, before);
    talk_focus(ledger, number, &ticket);
    talk_say(ledger, number, &ticket, TICKET_WORD_ANSWER, text);
    const struct fact_ticket_answered fact = {ticket.telegram_id, number, first, used_ms / 60000,
                                              first ? ticket.first_breached
                                                    : ticket.resolve_breached};
    fact_tell(ledger, shape_fact_ticket_answered(), &fact);
    return RESULT_ok;
}

unsigned ticket_finish(struct ledger *ledger, uint64_t number, enum ticket_state state)
{
    struct support support;
    struct record_ticket ticket;
    bool close = state == TICKET_CLOSED;
    unsigned result = load_open(ledger, number, &support, &ticket);
    enum ticket_state before = (enum ticket_state)ticket.state;
    if (result != RESULT_ok)
        return result;
    (void)sla_rest(ledger, &support, &ticket);
    ticket.state = (uint8_t)state;
    ticket.closed = close ? ledger->at_ms : 0;
    if (ticket.topic == 0)
        staff_flush(ledger, &support, number, &ticket);
    staff_note(ledger, &support, number, &ticket, close ? TICKET_NOTE_CLOSED : TICKET_NOTE_RESOLVED,
               SLICE(""));
    ticket_store(ledger, number, &ticket, before);
    talk_say(ledger, number, &ticket, close ? TICKET_WORD_CLOSED : TICKET_WORD_RESOLVED, SLICE(""));
    if (!close)
        return RESULT_ok;
    staff_forget(ledger, number);
    talk_closed(ledger, number, &ticket);
    if (support.row.followup > 0)
        timer_set(ledger, ledger->at_ms + support.row.followup, (enum timer_kind)MODULE_ticket,
                  (int64_t)number, ask_subject);
    const struct fact_ticket_closed fact = {ticket.telegram_id, number, ticket.category,
                                            ticket.first_breached || ticket.resolve_breached,
                                            ticket.opened};
    fact_tell(ledger, shape_fact_ticket_closed(), &fact);
    return RESULT_ok;
}

unsigned ticket_give(struct ledger *ledger, uint64_t number, int64_t assignee)
{
    struct support support;
    struct record_ticket ticket;
    unsigned result = load_open(ledger, number, &support, &ticket);
    enum ticket_state before = (enum ticket_state)ticket.state;
    if (result != RESULT_ok)
        return result;
    if (!support_on_roster(&support, assignee))
        return RESULT_not_on_roster;
    ticket.assignee = assignee;
    if (before == TICKET_NEW)
        ticket.state = TICKET_ASSIGNED;
    staff_note(ledger, &support, number, &ticket, TICKET_NOTE_ASSIGNED, SLICE(""));
    ticket_store(ledger, number, &ticket, before);
    return RESULT_ok;
}

unsigned op_ticket_open(struct ledger *ledger, const struct ticket_open *command)
{
    uint64_t number;
    struct record_ticket ticket;
    unsigned result = ticket_begin(ledger, command->telegram_id,
                                   (enum ticket_category)command->category, command->text, &number);
    ledger->subject = number;
    if (result == RESULT_ok && ticket_load(ledger, number, &ticket))
        talk_say(ledger, number, &ticket, TICKET_WORD_OPENED, SLICE(""));
    return result;
}

unsigned op_ticket_answer(struct ledger *ledger, const struct ticket_answer *command)
{
    ledger->subject = ticket_number(command->ticket_id);
    return ticket_reply(ledger, ledger->subject, command->text, true);
}

unsigned op_ticket_close(struct ledger *ledger, const struct ticket_close *command)
{
    ledger->subject = ticket_number(command->ticket_id);
    return ticket_finish(ledger, ledger->subject, TICKET_CLOSED);
}

unsigned op_ticket_resolve(struct ledger *ledger, const struct ticket_resolve *command)
{
    ledger->subject = ticket_number(command->ticket_id);
    return ticket_finish(ledger, ledger->subject, TICKET_RESOLVED);
}

unsigned op_ticket_assign(struct ledger *ledger, const struct ticket_assign *command)
{
    ledger->subject = ticket_number(command->ticket_id);
    return ticket_give(ledger, ledger->subject, command->telegram_id);
}

/* A ticket's own time has come, or that of the question how it was. */
static void timer(struct ledger *ledger, int64_t id, const char *subject)
{
    struct support support;
    struct record_ticket ticket;
    uint64_t number = (uint64_t)id;
    if (!ticket_load(ledger, number, &ticket))
        return;
    if (strcmp(subject, ask_subject) == 0) {
        if (support_load(ledger, &support) && support.row.followup > 0)
            talk_ask(ledger, number, &ticket);
        return;
    }
    ticket.timer = 0;
    if (!support_load(ledger, &support)) {
        struct key key; /* it looks again when something happens to the ticket */
        ticket_key(&key, number);
        row_store(ledger, shape_record_ticket(), &key, &ticket);
        return;
    }
    sla_look(ledger, &support, number, &ticket);
    uint64_t flush_ms = staff_flush_ms(&ticket);
    if (flush_ms != 0 && flush_ms <= ledger->at_ms)
        staff_flush(ledger, &support, number, &ticket);
    ticket_store(ledger, number, &ticket, (enum ticket_state)ticket.state);
}

/* RESULT_ok: there is such a ticket, open, and what its clocks had to say is said. */
static unsigned load_open(struct ledger *ledger, uint64_t number, struct support *support,
                          struct record_ticket *ticket)
{
    *ticket = (struct record_ticket){.telegram_id = 0};
    if (!support_load(ledger, support))
        return RESULT_support_off;
    if (!ticket_load(ledger, number, ticket))
        return RESULT_ticket_unknown;
    if (!ticket_is_open(ticket))
        return RESULT_ticket_closed;
    sla_look(ledger, support, number, ticket);
    return RESULT_ok;
}

static void place(struct ledger *ledger, uint64_t number, enum ticket_state state, bool there)
{
    const struct record_ticket_place row = {.there = 1};
    struct key key;
    key_clear(&key);
    key_u8(&key, (uint8_t)state);
    key_u64(&key, number);
    if (there)
        row_store(ledger, shape_record_ticket_place(), &key, &row);
    else
        row_delete(ledger, shape_record_ticket_place(), &key);
}

static void set_timer(struct ledger *ledger, uint64_t number, struct record_ticket *ticket)
{
    uint64_t due_ms = sla_next_ms(ticket);
    uint64_t flush_ms = staff_flush_ms(ticket);
    if (flush_ms != 0 && (due_ms == 0 || flush_ms < due_ms))
        due_ms = flush_ms;
    if (due_ms == ticket->timer)
        return;
    if (ticket->timer != 0)
        timer_clear(ledger, ticket->timer, (enum timer_kind)MODULE_ticket, (int64_t)number, "");
    if (due_ms != 0)
        timer_set(ledger, due_ms, (enum timer_kind)MODULE_ticket, (int64_t)number, "");
    ticket->timer = due_ms;
}

static const struct hear_row hears[] = {{shape_fact_told, staff_told}, {NULL, NULL}};

const struct module module_ticket = {.name = "ticket",
                                     .number = MODULE_ticket,
                                     .shapes = shapes_of_ticket,
                                     .config = &config_of_ticket,
                                     .results = module_results,
                                     .ops = module_ops,
                                     .asks = module_asks,
                                     .hears = hears,
                                     .intents = talk_intents,
                                     .says = ticket_says,
                                     .claims = staff_claims,
                                     .wrote = staff_wrote,
                                     .document = view_document,
                                     .timer = timer};
