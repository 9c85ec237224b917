/* cmd_configure: a new configuration is in force. Groups that moved to another chat begin anew;
 * each join-request group gets its link; then the modules are told. */
#include "ledger/group.h"
#include "ledger/link.h"
#include "ledger/news.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
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
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_group record;
        group_load(ledger, group, &record);
        if (record.chat_id == group->chat_id) {
            record.configured_id =
                group->chat_id; /* it moved there by itself, and the file says so now */
        } else if (record.configured_id != group->chat_id) {
            outbox_cancel(ledger, record.link_delivery, "the group was configured anew");
            memset(&record, 0, sizeof record);
            record.configured_id = group->chat_id;
            record.chat_id = group->chat_id;
        }
        if (record.link_ttl_ms < group->link_ttl_ms)
            record.link_ttl_ms = group->link_ttl_ms;
        group_store(ledger, group, &record);
        link_ask(ledger, group);
    }
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
