#include "ledger/reach.h"

#include "ledger/person.h"

enum { ATTEMPT_MS_MAX = 90 * 1000 }; /* a lease, and the longest call that ends it */

void reach_bot(struct ledger *ledger, int64_t telegram_id, const struct record_member *member,
               char *bot, size_t size)
{
    struct slice chosen = {0};
    if (member->bot[0] != 0 && catalog_bot_known(ledger->catalog, slice_from(member->bot)))
        chosen = slice_from(member->bot);
    char plan_name[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (chosen.data == NULL && entitlement_next(ledger, telegram_id, plan_name, &entitlement)) {
        const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(plan_name));
        if (plan != NULL && plan->group_count > 0)
            chosen = slice_from(ledger->catalog->groups[plan->groups[0]].bot);
    }
    if (chosen.data == NULL && ledger->catalog->bot_count > 0)
        chosen = slice_from(ledger->catalog->bots[0]);
    if (chosen.data == NULL || !slice_copy(chosen, bot, size))
        bot[0] = 0;
}

bool reach_crossed(const struct ledger *ledger, const struct record_member *member)
{
    return member->seen_ms != 0 && ledger->at_ms - member->seen_ms < ATTEMPT_MS_MAX;
}
