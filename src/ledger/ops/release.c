/* cmd_release: the operator lets held removals go, or has dead letters tried again. */
#include "ledger/ops/ops.h"
#include "ledger/registry.h"
#include "ledger/release.h"

enum result op_release(struct ledger *ledger, const struct message_cmd_release *command)
{
    if (command->what != RELEASE_HELD && command->what != RELEASE_DEAD)
        return RESULT_invalid;
    enum delivery_stage stage = command->what == RELEASE_HELD ? STAGE_HELD : STAGE_DEAD;
    if (command->delivery != 0)
        return release_one(ledger, stage, command->delivery) ? RESULT_ok : RESULT_not_found;
    release_all(ledger, stage);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if (stage == STAGE_HELD && (*module)->released != NULL)
            (*module)->released(ledger);
    return RESULT_ok;
}
