/* Power cuts. The state is committed without MDB's meta page being synced, so a cut may leave it
 * some commits old, while the journal has all that it acknowledged. A second store stays behind: at
 * a cut it is brought forward to some commit of the last ones, and takes the first one's place. */
#include "base/assert.h"
#include "store/store.h"
#include "tests/sim/usher_state.h"

#include <inttypes.h>

enum { UNDONE_MAX = 1000 };

static void bring_forward(struct sim *sim, uint64_t to);

void power_cut(struct sim *sim)
{
    struct usher *usher = sim->usher;
    struct ledger *ledger;
    usher->power_cuts++;
    enum error error = ledger_open(usher->store, &ledger, NULL);
    ASSERT(error == ERROR_NONE);
    uint64_t applied = ledger_applied(ledger);
    ledger_close(&ledger);
    uint64_t undone = sim_below(sim, sim_chance(sim, 5000) ? 10 : UNDONE_MAX);
    bring_forward(sim, applied > undone ? applied - undone : 0);
    store_close(&usher->store);
    usher->store = usher->synced;
    error = store_open_memory(&usher->synced);
    ASSERT(error == ERROR_NONE);
    copy_store(usher->store, usher->synced);
}

void power_sync(struct sim *sim, uint64_t applied)
{
    bring_forward(sim, applied);
}

/* Not back: what was synced once is synced. */
static void bring_forward(struct sim *sim, uint64_t to)
{
    struct usher *usher = sim->usher;
    struct ledger *ledger;
    enum error error = ledger_open(usher->synced, &ledger, NULL);
    if (error == ERROR_NONE)
        error = ledger_begin(ledger);
    usher->effects.count = 0;
    for (uint64_t from = ledger_applied(ledger); from < to && error == ERROR_NONE; from++) {
        unsigned result;
        error = ledger_apply(ledger, from + 1, usher->journal[from].at_ms,
                             entry_command(usher, (size_t)from), &result, &usher->effects);
        CHECK(sim, error != ERROR_NONE || result == usher->journal[from].result,
              "command %" PRIu64 " comes to %s, and came to %s before", from + 1,
              result_name(result), result_name(usher->journal[from].result));
    }
    if (error == ERROR_NONE)
        error = ledger_commit(ledger);
    CHECK(sim, error == ERROR_NONE, "the state cannot be brought forward: %s", error_text(error));
    ledger_close(&ledger);
}

void copy_store(struct store *from, struct store *to)
{
    struct store_txn *read;
    struct store_txn *write;
    enum error error = store_begin(from, false, &read);
    if (error == ERROR_NONE)
        error = store_begin(to, true, &write);
    ASSERT(error == ERROR_NONE);
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct slice key = SLICE("\0");
        struct slice value;
        for (bool after = false;
             store_seek(read, (enum table)table, key, after, &key, &value) == ERROR_NONE;
             after = true) {
            error = store_put(write, (enum table)table, key, value);
            ASSERT(error == ERROR_NONE);
        }
    }
    store_abort(&read);
    error = store_commit(&write);
    ASSERT(error == ERROR_NONE);
}
