#include "ledger/doors.h"

#include "ledger/registry.h"

bool doors_ready(struct ledger *ledger, int64_t telegram_id)
{
    const struct doors *doors = registry_doors();
    return doors == NULL || doors->ready(ledger, telegram_id);
}

void doors_each(struct ledger *ledger, int64_t telegram_id,
                void (*visit)(void *context, const struct catalog_group *group, const char *link),
                void *context)
{
    const struct doors *doors = registry_doors();
    if (doors != NULL)
        doors->each(ledger, telegram_id, visit, context);
}
