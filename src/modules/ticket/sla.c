#include "modules/ticket/sla.h"

#include "ledger/news.h"
#include "modules/ticket/staff.h"

/* One of the two, as it stands in the record. */
struct clock {
    enum ticket_clock name;
    bool runs;
    uint64_t warn_ms, due_ms;
    uint8_t *warned, *breached;
};

static struct clock clock_of(struct record_ticket *ticket, enum ticket_clock name);
static void look(struct ledger *ledger, const struct support *support, uint64_t number,
                 const struct record_ticket *ticket, const struct clock *clock);
static uint64_t part_before_warning(const struct support *support, uint64_t budget_ms);
static uint64_t earlier(uint64_t a_ms, uint64_t b_ms);

void sla_begin(struct ledger *ledger, const struct support *support, struct record_ticket *ticket)
{
    enum ticket_category category = (enum ticket_category)ticket->category;
    uint64_t first_ms = support_first_ms(support, category);
    ticket->first_warn = hours_after(&support->hours, ledger->calendar, ledger->at_ms,
                                     part_before_warning(support, first_ms));
    ticket->first_due = hours_after(&support->hours, ledger->calendar, ledger->at_ms, first_ms);
    ticket->resolve_left = support_resolve_ms(support, category);
    sla_owe(ledger, support, ticket);
}

void sla_owe(struct ledger *ledger, const struct support *support, struct record_ticket *ticket)
{
    uint64_t budget_ms = support_resolve_ms(support, (enum ticket_category)ticket->category);
    uint64_t after_ms = budget_ms - part_before_warning(support, budget_ms);
    uint64_t left_ms = ticket->resolve_left;
    if (ticket->owed_since != 0)
        return;
    ticket->owed_since = ledger->at_ms;
    ticket->resolve_due = hours_after(&support->hours, ledger->calendar, ledger->at_ms, left_ms);
    ticket->resolve_warn = hours_after(&support->hours, ledger->calendar, ledger->at_ms,
                                       left_ms > after_ms ? left_ms - after_ms : 0);
}

uint64_t sla_rest(struct ledger *ledger, const struct support *support,
                  struct record_ticket *ticket)
{
    if (ticket->owed_since == 0)
        return 0;
    uint64_t used_ms =
        hours_between(&support->hours, ledger->calendar, ticket->owed_since, ledger->at_ms);
    ticket->resolve_left = used_ms < ticket->resolve_left ? ticket->resolve_left - used_ms : 0;
    ticket->owed_since = 0;
    ticket->resolve_due = 0;
    ticket->resolve_warn = 0;
    return used_ms;
}

void sla_look(struct ledger *ledger, const struct support *support, uint64_t number,
              struct record_ticket *ticket)
{
    const struct clock first = clock_of(ticket, TICKET_FIRST);
    const struct clock resolve = clock_of(ticket, TICKET_RESOLVE);
    look(ledger, support, number, ticket, &first);
    look(ledger, support, number, ticket, &resolve);
}

uint64_t sla_next_ms(const struct record_ticket *ticket)
{
    uint64_t next_ms = 0;
    for (int name = TICKET_FIRST; name <= TICKET_RESOLVE; name++) {
        struct record_ticket copy = *ticket;
        const struct clock clock = clock_of(&copy, (enum ticket_clock)name);
        if (clock.runs && !*clock.warned)
            next_ms = earlier(next_ms, clock.warn_ms);
        if (clock.runs && !*clock.breached)
            next_ms = earlier(next_ms, clock.due_ms);
    }
    return next_ms;
}

static struct clock clock_of(struct record_ticket *ticket, enum ticket_clock name)
{
    if (name == TICKET_FIRST)
        return (struct clock){.name = name,
                              .runs = ticket->first_answer == 0 && ticket->closed == 0,
                              .warn_ms = ticket->first_warn,
                              .due_ms = ticket->first_due,
                              .warned = &ticket->first_warned,
                              .breached = &ticket->first_breached};
    return (struct clock){.name = name,
                          .runs = ticket->owed_since != 0,
                          .warn_ms = ticket->resolve_warn,
                          .due_ms = ticket->resolve_due,
                          .warned = &ticket->resolve_warned,
                          .breached = &ticket->resolve_breached};
}

static void look(struct ledger *ledger, const struct support *support, uint64_t number,
                 const struct record_ticket *ticket, const struct clock *clock)
{
    bool heard = clock->name == TICKET_FIRST || ticket->first_answer != 0;
    struct ticket_note note = {.ticket = number,
                               .category = ticket->category,
                               .telegram_id = ticket->telegram_id,
                               .due = clock->due_ms};
    if (clock->runs && !*clock->warned && clock->warn_ms <= ledger->at_ms) {
        *clock->warned = 1;
        const struct fact_ticket_warned fact = {ticket->telegram_id, number, clock->name,
                                                clock->due_ms};
        fact_tell(ledger, shape_fact_ticket_warned(), &fact);
        note.note = TICKET_NOTE_WARNED;
        if (heard)
            staff_call(ledger, support, &note);
    }
    if (clock->runs && !*clock->breached && clock->due_ms <= ledger->at_ms) {
        *clock->breached = 1;
        const struct fact_ticket_breached fact = {ticket->telegram_id, number, clock->name,
                                                  clock->due_ms};
        fact_tell(ledger, shape_fact_ticket_breached(), &fact);
        note.note = TICKET_NOTE_BREACHED;
        if (heard)
            staff_call(ledger, support, &note);
    }
}

static uint64_t part_before_warning(const struct support *support, uint64_t budget_ms)
{
    return budget_ms / 100 * support->row.warn_at + budget_ms % 100 * support->row.warn_at / 100;
}

/* 0 is never. */
static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}
