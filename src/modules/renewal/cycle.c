#include "ledger/person.h"
#include "modules/renewal/renewal.h"

bool cycle_find(struct ledger *ledger, int64_t telegram_id, struct slice plan, uint64_t *n,
                struct record_renew_cycle *cycle)
{
    uint64_t at = 0;
    *n = 0;
    for (bool after = false;
         aspect_next(ledger, telegram_id, shape_record_renew_cycle(), after, &at, cycle);
         after = true) {
        if (slice_is(plan, cycle->plan)) {
            *n = at;
            return true;
        }
        *n = at + 1;
    }
    memset(cycle, 0, sizeof *cycle);
    (void)slice_copy(plan, cycle->plan, sizeof cycle->plan);
    return false;
}

void cycle_store(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                 const struct record_renew_cycle *cycle)
{
    aspect_store(ledger, telegram_id, shape_record_renew_cycle(), n, cycle);
}

void cycle_stop_wooing(struct ledger *ledger, int64_t telegram_id)
{
    struct record_renew_cycle cycle;
    uint64_t n = 0;
    for (bool after = false;
         aspect_next(ledger, telegram_id, shape_record_renew_cycle(), after, &n, &cycle);
         after = true)
        if (cycle.ended != 0)
            aspect_delete(ledger, telegram_id, shape_record_renew_cycle(), n);
}

bool cycle_any_runs(struct ledger *ledger, int64_t telegram_id)
{
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (entitlement_next(ledger, telegram_id, plan, &entitlement))
        if (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE)
            return true;
    return false;
}

bool cycle_reachable(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    return member_load(ledger, telegram_id, &member) && !member.unreachable;
}

uint64_t cycle_tomorrow(struct ledger *ledger)
{
    const uint64_t day_ms = UINT64_C(24) * 3600 * 1000;
    uint64_t passed_ms = calendar_time_of_day(ledger->calendar, (int64_t)ledger->at_ms);
    return rules_after_quiet(ledger, ledger->at_ms + day_ms - passed_ms % day_ms);
}
