#include "modules/broadcast/walk.h"

#include "ledger/notice.h"
#include "ledger/person.h"

enum { ROWS = 5 }; /* that a notice touches */

static void sweep(struct ledger *ledger, uint64_t number, struct record_broadcast *record);
static unsigned walk(struct ledger *ledger, uint64_t number, struct record_broadcast *record);
static bool is_for(struct ledger *ledger, const struct record_broadcast *record,
                   int64_t telegram_id);
static bool is_open(const struct record_entitlement *entitlement);
static void set_timer(struct ledger *ledger, uint64_t number,
                      const struct record_broadcast *record);

void broadcast_begin(struct ledger *ledger, struct record_broadcast *record, struct slice texts)
{
    uint64_t number = broadcast_add(ledger, record, texts);
    timer_set(ledger, ledger->at_ms, TIMER_BROADCAST, (int64_t)number, "");
}

void broadcast_cancel(struct ledger *ledger, uint64_t number)
{
    struct record_broadcast record;
    if (!broadcast_load(ledger, number, &record) || record.state != BROADCAST_RUNNING)
        return;
    record.state = BROADCAST_CANCELLED;
    record.finished_ms = ledger->at_ms;
    ledger->meta.broadcasts_running--;
    broadcast_store(ledger, number, &record);
    (void)broadcast_withdraw_due(ledger, (int64_t)number, "");
}

unsigned broadcast_withdraw_due(struct ledger *ledger, int64_t number, const char *subject)
{
    struct record_broadcast record;
    uint64_t self = (uint64_t)number;
    (void)subject;
    if (!broadcast_load(ledger, self, &record))
        return 1;
    uint64_t at = record.withdrawn_to;
    uint64_t open = record.open;
    bool all = notices_withdraw(ledger, self, &at);
    if (!broadcast_load(ledger, self, &record))
        return 1;
    record.withdrawn_to = at;
    broadcast_store(ledger, self, &record);
    if (!all)
        timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_WITHDRAW, number, "");
    return 1 + ROWS * (unsigned)(open - record.open);
}

unsigned broadcast_due(struct ledger *ledger, int64_t number, const char *subject)
{
    struct record_broadcast record;
    uint64_t self = (uint64_t)number;
    unsigned made = 0;
    (void)subject;
    if (!broadcast_load(ledger, self, &record))
        return 1;
    uint64_t open = record.open;
    if (record.swept != 0 ||
        (record.open > 0 && ledger->at_ms >= record.swept_ms + BROADCAST_SWEEP_MS))
        sweep(ledger, self, &record);
    open -= record.open;
    if (record.state == BROADCAST_RUNNING && !record.walked)
        made = walk(ledger, self, &record);
    broadcast_settle(ledger, &record);
    broadcast_store(ledger, self, &record);
    set_timer(ledger, self, &record);
    return 1 + ROWS * (made + (unsigned)open);
}

/* record is as it is stored, before and after. */
static void sweep(struct ledger *ledger, uint64_t number, struct record_broadcast *record)
{
    uint64_t at = record->swept;
    record->swept_ms = ledger->at_ms;
    broadcast_store(ledger, number, record);
    bool all = notices_sweep(ledger, number, &at);
    if (!broadcast_load(ledger, number, record))
        return;
    record->swept = all ? 0 : at;
    broadcast_store(ledger, number, record);
}

static unsigned walk(struct ledger *ledger, uint64_t number, struct record_broadcast *record)
{
    struct record_member member;
    unsigned made = 0;
    for (int looks = 0; looks < BROADCAST_LOOKS_MAX && made < BROADCAST_MADE_MAX &&
                        record->open < BROADCAST_OPEN_MAX;
         looks++) {
        if (!member_next(ledger, &record->cursor, &member)) {
            record->walked = 1;
            break;
        }
        if (!is_for(ledger, record, record->cursor))
            continue;
        record->audience++;
        if (!member.unreachable &&
            notice_add(ledger, number, record->cursor, record->created_ms, &member)) {
            record->open++;
            made++;
        } else {
            record->skipped++;
            ledger->meta.notices_skipped++;
        }
    }
    return made;
}

static bool is_for(struct ledger *ledger, const struct record_broadcast *record,
                   int64_t telegram_id)
{
    struct record_entitlement entitlement;
    char plan[CATALOG_NAME_MAX + 1] = "";
    if (record->plan[0] != 0)
        return entitlement_load(ledger, telegram_id, record->plan, &entitlement) &&
               is_open(&entitlement);
    while (entitlement_next(ledger, telegram_id, plan, &entitlement)) {
        if (is_open(&entitlement))
            return true;
    }
    return false;
}

static bool is_open(const struct record_entitlement *entitlement)
{
    return entitlement->status == ENTITLEMENT_ACTIVE || entitlement->status == ENTITLEMENT_GRACE;
}

/* At once again while the cursor may go on: in another tick, so that others come in between. */
static void set_timer(struct ledger *ledger, uint64_t number, const struct record_broadcast *record)
{
    bool walking = record->state == BROADCAST_RUNNING && !record->walked;
    if (!walking && record->open == 0)
        return;
    uint64_t wait_ms = record->swept != 0                  ? 1
                       : !walking                          ? (uint64_t)BROADCAST_SWEEP_MS
                       : record->open < BROADCAST_OPEN_MAX ? 1
                                                           : (uint64_t)BROADCAST_LOOK_MS;
    timer_set(ledger, ledger->at_ms + wait_ms, TIMER_BROADCAST, (int64_t)number, "");
}
