/* A member wants to manage a subscription of theirs: the module that knows its gateway does it. */
#include "ledger/registry.h"
#include "ledger/said.h"
#include "modules/payment/subscription.h"

static const struct module *module_of(struct ledger *ledger,
                                      const struct subscription *subscription);

bool subscription_manageable(struct ledger *ledger, const struct subscription *subscription)
{
    return module_of(ledger, subscription) != NULL;
}

void subscription_manage_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct subscription subscription;
    long long n;
    bool found = slice_to_i64(said->arg, &n) && n > 0 &&
                 subscription_at(ledger, said->telegram_id, (uint64_t)n, &subscription);
    const struct module *module = found ? module_of(ledger, &subscription) : NULL;
    if (module == NULL)
        said_stale(ledger, said);
    else
        module->manage(ledger, said, (uint64_t)n, &subscription);
}

/* NULL: none knows it, or there is nothing to manage any more. */
static const struct module *module_of(struct ledger *ledger,
                                      const struct subscription *subscription)
{
    if (subscription->record.state == SUBSCRIPTION_ENDED)
        return NULL;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->manages != NULL && (*module)->manages(ledger, subscription))
            return *module;
    return NULL;
}
