/* cmd_tick: everything whose time has come, oldest first, a bounded number at a time (the scheduler
 * ticks again while more is due). */
#include "ledger/agenda.h"
#include "ledger/freeze.h"
#include "ledger/notice.h"
#include "ledger/ops/ops.h"
#include "ledger/registry.h"
#include "ledger/release.h"

enum { WORK_PER_TICK = 1000 }; /* about as many rows, and those of the last timer */

/* What is done when a timer of this kind is due; returns about how many rows that took. id: a
 * Telegram id, or what state.h says. A walk that is too long for one command sets the timer of its
 * next step. */
static unsigned (*const due[TIMER_KIND_COUNT])(struct ledger *ledger, int64_t id,
                                               const char *subject) = {
    [TIMER_KEY] = key_due,         [TIMER_AGENDA] = agenda_due,
    [TIMER_RELEASE] = release_due, [TIMER_DOUBT] = notices_doubt_due,
    [TIMER_FREEZES] = freeze_due,  [TIMER_NOTICES] = notices_due,
};

static unsigned one_due(struct ledger *ledger, uint8_t kind, int64_t id, const char *subject);

enum result op_tick(struct ledger *ledger, const struct message_cmd_tick *command)
{
    (void)command;
    struct key first;
    key_clear(&first);
    key_u64(&first, 0);
    for (unsigned work = 0; work < WORK_PER_TICK;) {
        struct key found;
        struct slice value;
        struct slice name;
        uint64_t due_ms;
        uint8_t kind;
        int64_t id;
        char subject[CATALOG_NAME_MAX + 1];
        if (!state_seek(ledger, TABLE_timers, SLICE(""), key_slice(&first), false, &found, &value))
            break;
        struct slice rest = key_slice(&found);
        if (!key_take_u64(&rest, &due_ms) || !key_take_u8(&rest, &kind) ||
            !key_take_i64(&rest, &id) || !key_take_text(&rest, &name) ||
            !slice_copy(name, subject, sizeof subject)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        if (due_ms > ledger->at_ms)
            break;
        state_delete(ledger, TABLE_timers, &found);
        unsigned rows = one_due(ledger, kind, id, subject);
        work += rows > 0 ? rows : 1;
    }
    return RESULT_ok;
}

static unsigned one_due(struct ledger *ledger, uint8_t kind, int64_t id, const char *subject)
{
    if (kind < TIMER_KIND_COUNT && due[kind] != NULL)
        return due[kind](ledger, id, subject);
    const struct timer_row *row = registry_timer(kind);
    if (row != NULL)
        return row->due(ledger, id, subject);
    const struct module *module = kind < TIMER_MODULES ? NULL : registry_module(kind);
    if (module == NULL || module->timer == NULL) {
        state_fail(ledger, ERROR_CORRUPT);
        return 1;
    }
    uint64_t rows = ledger->rows;
    module->timer(ledger, id, subject);
    return (unsigned)(ledger->rows - rows);
}
