/* At the start: is the state of the rules of this program? When it is of older ones, the state is
 * kept beside, durably, and cmd_upgrade will be the first of the start commands. A kill anywhere in
 * between leaves a start that does the same again, or finds cmd_upgrade in the journal. */
#include "actors/ledger.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/checkpoint.h"

#include <stdlib.h>

enum { READ_ENTRIES = 1024, READ_BYTES = 16 * 1024 * 1024 };

/* What the journal has behind the state. */
struct waiting {
    uint64_t commands;
    uint64_t rules; /* of the last cmd_upgrade among them, 0: there is none */
    uint64_t from;
};

static enum error read_waiting(const struct ledger_host *host, struct waiting *waiting,
                               struct why *why);
static void look_at(const struct journal_entry *entry, struct waiting *waiting);
static enum error keep(const struct ledger_host *host, const struct epoch *epoch, struct why *why);

enum error epoch_open(struct ledger_host *host, struct why *why)
{
    struct waiting waiting = {.commands = 0};
    uint64_t rules = ledger_rules();
    struct epoch epoch;

    enum error error = epoch_read(host->store, &epoch);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot read the state: %s", error_text(error));
    error = read_waiting(host, &waiting, why);
    if (error != ERROR_NONE)
        return error;
    uint64_t newest = waiting.rules > epoch.rules ? waiting.rules : epoch.rules;
    if (newest > rules)
        return why_set(why, ERROR_VERSION,
                       "this data_dir follows rules %llu, and this usher knows rules up to %llu: "
                       "it is older; start the one that wrote it, or a newer one",
                       (unsigned long long)newest, (unsigned long long)rules);
    bool begun = waiting.rules == 0 ? epoch.rules == rules
                                    : waiting.rules == rules && waiting.from <= epoch.applied + 1;
    if (begun)
        return ERROR_NONE;
    if (epoch.applied > 0)
        error = keep(host, &epoch, why);
    if (error != ERROR_NONE)
        return error;
    host->epoch_from = epoch.applied + 1;
    log_event(LOG_epoch_begins, "rules=%llu before=%llu from=%llu", (unsigned long long)rules,
              (unsigned long long)epoch.rules, (unsigned long long)host->epoch_from);
    if (waiting.commands > 0)
        log_event(LOG_upgrade_behind,
                  "commands=%llu remedy=\"they were accepted by another usher and are applied by "
                  "the rules of this one; before an upgrade stop usher with SIGTERM\"",
                  (unsigned long long)waiting.commands);
    return ERROR_NONE;
}

static enum error read_waiting(const struct ledger_host *host, struct waiting *waiting,
                               struct why *why)
{
    struct journal_entry *entries = calloc(READ_ENTRIES, sizeof(*entries));
    uint64_t next = ledger_applied(host->ledger) + 1;
    enum error error = ERROR_NONE;
    struct buf storage;
    size_t count = 1;

    if (entries == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    waiting->commands = journal_tail(host->journal) + 1 - next;
    buf_init(&storage, READ_BYTES);
    while (error == ERROR_NONE && count > 0) {
        error = journal_read(host->journal, next, entries, READ_ENTRIES, &storage, &count, why);
        for (size_t i = 0; error == ERROR_NONE && i < count; i++)
            look_at(&entries[i], waiting);
        next += count;
    }
    buf_deinit(&storage);
    free(entries);
    return error;
}

static void look_at(const struct journal_entry *entry, struct waiting *waiting)
{
    struct message message;
    if (wire_decode_one(entry->command, &message, NULL) != ERROR_NONE ||
        message.kind != MESSAGE_cmd_upgrade)
        return;
    waiting->rules = message.cmd_upgrade.rules;
    waiting->from = message.cmd_upgrade.from;
}

/* What the state holds must not be undone by a power cut once the epoch is said to begin there. */
static enum error keep(const struct ledger_host *host, const struct epoch *epoch, struct why *why)
{
    struct epoch kept;
    enum error error = store_sync(host->store);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot make the state durable: %s", error_text(error));
    error = checkpoint_keep(host->config->data_dir, host->store, clock_wall_ms(), true, &kept, why);
    if (error == ERROR_NONE && kept.applied != epoch->applied)
        error = why_set(why, ERROR_CORRUPT, "the checkpoint ends at command %llu, not at %llu",
                        (unsigned long long)kept.applied, (unsigned long long)epoch->applied);
    return error;
}
