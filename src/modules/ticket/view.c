#include "modules/ticket/view.h"

#include "modules/ticket/talk.h"

#include <stdio.h>

enum { LIST_DEFAULT = 50, LIST_MAX = 200, SCAN_MAX = 1000 };

static void add_ticket(uint64_t number, const struct record_ticket *ticket, cJSON *out);
static cJSON *add_list(cJSON *out, const char *name);

void answer_ticket(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct record_ticket ticket;
    (void)command;
    if (ticket_load(ledger, subject, &ticket))
        add_ticket(subject, &ticket, out);
}

bool ask_ticket_read(struct ledger *ledger, const struct ticket_read *ask, cJSON *out)
{
    struct record_ticket ticket;
    uint64_t number = ticket_number(ask->ticket_id);
    if (!ticket_load(ledger, number, &ticket))
        return false;
    add_ticket(number, &ticket, out);
    return true;
}

/* Of all states it walks the tickets, else the places of the state. next_cursor is the last one
 * looked at: a page may hold fewer than `limit`, and none, when a filter finds few. */
bool ask_tickets(struct ledger *ledger, const struct tickets *ask, cJSON *out)
{
    bool oldest = ask->order != 0;
    uint64_t limit = ask->limit == 0 ? LIST_DEFAULT : ask->limit < LIST_MAX ? ask->limit : LIST_MAX;
    uint64_t number = ticket_number(ask->cursor);
    cJSON *list = add_list(out, "tickets");
    struct key prefix, at;
    uint64_t count = 0;
    bool more = true;
    key_clear(&prefix);
    if (ask->state != TICKET_ANY)
        key_u8(&prefix, (uint8_t)ask->state);
    at = prefix;
    key_u64(&at, number == 0 && !oldest ? UINT64_MAX : number);
    for (unsigned scanned = 0; count < limit && scanned < SCAN_MAX; scanned++) {
        const struct shape *shape =
            ask->state == TICKET_ANY ? shape_record_ticket() : shape_record_ticket_place();
        struct record_ticket_place there;
        struct record_ticket ticket;
        void *row = ask->state == TICKET_ANY ? (void *)&ticket : (void *)&there;
        more = oldest ? row_next(ledger, shape, key_slice(&prefix), true, &at, row)
                      : row_before(ledger, shape, key_slice(&prefix), &at, row);
        struct slice rest = slice_of(at.data + prefix.len, at.len - prefix.len);
        if (!more || !key_take_u64(&rest, &number) || !ticket_load(ledger, number, &ticket))
            break;
        if (ask->member != 0 && ticket.telegram_id != ask->member)
            continue;
        add_ticket(number, &ticket, json_add_item(list));
        count++;
    }
    char cursor[TICKET_ID_SIZE];
    ticket_id(number, cursor);
    if (more)
        cJSON_AddStringToObject(out, "next_cursor", cursor);
    else
        cJSON_AddNullToObject(out, "next_cursor");
    json_add_time_or_null(out, "as_of", ledger->at_ms);
    return true;
}

void view_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    struct record_ticket_open open;
    struct record_ticket ticket;
    uint64_t n = 0;
    cJSON *list = add_list(out, "tickets");
    for (bool after = false;
         aspect_next(ledger, telegram_id, shape_record_ticket_open(), after, &n, &open);
         after = true)
        if (ticket_load(ledger, n, &ticket))
            add_ticket(n, &ticket, json_add_item(list));
}

static void add_ticket(uint64_t number, const struct record_ticket *ticket, cJSON *out)
{
    char id[TICKET_ID_SIZE];
    ticket_id(number, id);
    cJSON_AddStringToObject(out, "ticket_id", id);
    cJSON_AddNumberToObject(out, "telegram_id", (double)ticket->telegram_id);
    cJSON_AddStringToObject(out, "category", ticket_categories[ticket->category]);
    cJSON_AddStringToObject(out, "state", ticket_states[ticket->state]);
    if (ticket->assignee != 0)
        cJSON_AddNumberToObject(out, "assignee", (double)ticket->assignee);
    else
        cJSON_AddNullToObject(out, "assignee");
    if (ticket->thread != 0)
        cJSON_AddNumberToObject(out, "thread_id", (double)ticket->thread);
    else
        cJSON_AddNullToObject(out, "thread_id");
    json_add_time_or_null(out, "opened", ticket->opened);
    json_add_time_or_null(out, "first_answer", ticket->first_answer);
    json_add_time_or_null(out, "closed", ticket->closed);
    cJSON *sla = cJSON_AddObjectToObject(out, "sla");
    json_add_time_or_null(sla, "first_due", ticket->first_due);
    json_add_time_or_null(sla, "resolve_due", ticket->resolve_due);
    cJSON_AddBoolToObject(sla, "breached", ticket->first_breached || ticket->resolve_breached);
    if (ticket->rated)
        cJSON_AddNumberToObject(out, "score", (double)ticket->score);
    else
        cJSON_AddNullToObject(out, "score");
}

static cJSON *add_list(cJSON *out, const char *name)
{
    return cJSON_AddArrayToObject(out, name);
}
