#include "modules/access/entitled.h"

#include "ledger/person.h"

enum { PLANS_MAX = 64 }; /* plans of one member that are looked at */

static size_t open_plans(struct ledger *ledger, int64_t telegram_id,
                         const struct catalog_plan **plans, size_t max);
static bool opened_before(const struct ledger *ledger, const struct catalog_plan **plans, size_t n,
                          const struct catalog_group *group);

bool access_entitled(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group)
{
    const struct catalog_plan *plans[PLANS_MAX];
    size_t count = open_plans(ledger, telegram_id, plans, PLANS_MAX);
    return opened_before(ledger, plans, count, group);
}

void access_each(struct ledger *ledger, int64_t telegram_id, access_visit_fn *visit, void *context)
{
    const struct catalog_plan *plans[PLANS_MAX];
    size_t count = open_plans(ledger, telegram_id, plans, PLANS_MAX);
    for (size_t p = 0; p < count; p++) {
        for (size_t g = 0; g < plans[p]->group_count; g++) {
            const struct catalog_group *group = &ledger->catalog->groups[plans[p]->groups[g]];
            struct record_place place;
            if (opened_before(ledger, plans, p, group))
                continue;
            place_load(ledger, group->name, telegram_id, &place);
            if (place.status != PLACE_IN && place.status != PLACE_ADMIN &&
                place.status != PLACE_BANNED)
                visit(ledger, telegram_id, group, context);
        }
    }
}

/* The plans that this member's active and grace entitlements name and that are configured. */
static size_t open_plans(struct ledger *ledger, int64_t telegram_id,
                         const struct catalog_plan **plans, size_t max)
{
    size_t count = 0;
    char name[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (count < max && entitlement_next(ledger, telegram_id, name, &entitlement)) {
        if (entitlement.status != ENTITLEMENT_ACTIVE && entitlement.status != ENTITLEMENT_GRACE)
            continue;
        const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(name));
        if (plan != NULL)
            plans[count++] = plan;
    }
    return count;
}

static bool opened_before(const struct ledger *ledger, const struct catalog_plan **plans, size_t n,
                          const struct catalog_group *group)
{
    for (size_t i = 0; i < n; i++) {
        if (catalog_plan_opens(ledger->catalog, plans[i], group))
            return true;
    }
    return false;
}
