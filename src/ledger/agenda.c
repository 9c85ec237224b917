#include "ledger/agenda.h"

#include "ledger/person.h"
#include "ledger/registry.h"

void agenda_set(struct ledger *ledger, int64_t telegram_id, uint64_t due_ms)
{
    struct record_member member;
    if (due_ms == 0)
        return;
    member_load_or_new(ledger, telegram_id, &member);
    if (member.agenda_ms != 0 && member.agenda_ms <= due_ms)
        return;
    if (member.agenda_ms != 0)
        timer_clear(ledger, member.agenda_ms, TIMER_AGENDA, telegram_id, "");
    timer_set(ledger, due_ms, TIMER_AGENDA, telegram_id, "");
    member.agenda_ms = due_ms;
    member_store(ledger, telegram_id, &member);
}

unsigned agenda_due(struct ledger *ledger, int64_t telegram_id, const char *subject)
{
    struct record_member member;
    uint64_t least_ms = 0;
    uint64_t rows = ledger->rows;
    unsigned work = 1;
    (void)subject;
    if (!member_load(ledger, telegram_id, &member))
        return work;
    member.agenda_ms = 0; /* the tick has taken it out of the timers */
    member_store(ledger, telegram_id, &member);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
        if ((*module)->due == NULL)
            continue;
        uint64_t next_ms = (*module)->due(ledger, telegram_id);
        least_ms = next_ms != 0 && (least_ms == 0 || next_ms < least_ms) ? next_ms : least_ms;
        work++;
    }
    agenda_set(ledger, telegram_id, least_ms);
    return work + (unsigned)(ledger->rows - rows);
}
