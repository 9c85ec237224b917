#include "ledger/group.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/group/group.h"
#include "modules/group/link.h"

struct visitor {
    void (*visit)(void *context, const struct catalog_group *group, const char *link);
    void *context;
};

static access_visit_fn look, show;

static bool ready(struct ledger *ledger, int64_t telegram_id)
{
    bool ready = true;
    access_each(ledger, telegram_id, look, &ready);
    return ready;
}

static void each(struct ledger *ledger, int64_t telegram_id,
                 void (*visit)(void *context, const struct catalog_group *group, const char *link),
                 void *context)
{
    struct visitor visitor = {visit, context};
    access_each(ledger, telegram_id, show, &visitor);
}

static void look(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group,
                 void *context)
{
    bool *ready = context;
    *ready = link_ready(ledger, group, telegram_id) && *ready;
}

static void show(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group,
                 void *context)
{
    const struct visitor *visitor = context;
    struct record_group record;
    struct record_place place;
    if (group->invite == INVITE_JOIN_REQUEST) {
        group_load(ledger, group, &record);
        visitor->visit(visitor->context, group, record.link);
        return;
    }
    place_load(ledger, group->name, telegram_id, &place);
    visitor->visit(visitor->context, group, link_usable(ledger, &place) ? place.link : "");
}

const struct doors group_doors = {ready, each};
