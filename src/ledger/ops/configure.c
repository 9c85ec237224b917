/* cmd_configure: a new configuration is in force, and the modules are told. */
#include "ledger/access_list.h"
#include "ledger/news.h"
#include "ledger/ops/ops.h"
#include "ledger/registry.h"

static void put_meta(struct ledger *ledger, const char *name, struct slice value);

enum result op_configure(struct ledger *ledger, const struct message_cmd_configure *command)
{
    enum error error = state_catalog_use(ledger, command->hash, command->catalog);
    if (error == ERROR_MEMORY) {
        state_fail(ledger, error);
        return RESULT_invalid;
    }
    if (error != ERROR_NONE)
        return RESULT_invalid;
    put_meta(ledger, "catalog_hash", command->hash);
    put_meta(ledger, "catalog", command->catalog);
    news_readers(ledger);
    access_list_changed(ledger);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->configured != NULL)
            (*module)->configured(ledger);
    return RESULT_ok;
}

static void put_meta(struct ledger *ledger, const char *name, struct slice value)
{
    struct key key;
    key_clear(&key);
    key_text(&key, slice_from(name));
    state_put_bytes(ledger, TABLE_meta, &key, value);
}
