/* Upgrades: the next usher has other rules by number (what they say is the same). It keeps the
 * state as it found it and says cmd_upgrade before anything else, as actors/ledger_epoch.c has it.
 * In the end the journal behind the last checkpoint must give the state. */
#include "base/assert.h"
#include "ledger/epoch.h"
#include "tests/sim/usher_state.h"

#include <inttypes.h>

static void last_upgrade(struct sim *sim, uint64_t from, struct message_cmd_upgrade *out);
static void keep(struct sim *sim, uint64_t applied);

void usher_upgrade(struct sim *sim)
{
    sim->usher->rules++;
    usher_restart(sim);
}

bool epoch_begins(struct sim *sim, struct message *out)
{
    struct usher *usher = sim->usher;
    struct message_cmd_upgrade waiting = {0};
    struct epoch epoch;
    enum error error = epoch_read(usher->store, &epoch);
    ASSERT(error == ERROR_NONE);
    last_upgrade(sim, epoch.applied, &waiting);
    CHECK(sim, epoch.rules <= usher->rules && waiting.rules <= usher->rules,
          "the state is of rules %" PRIu64 ", and the program's are %" PRIu64, epoch.rules,
          usher->rules);
    if (epoch.rules == usher->rules || waiting.rules == usher->rules) {
        /* A power cut must not undo what the checkpoint has. */
        CHECK(sim, waiting.rules != usher->rules || waiting.from <= epoch.applied + 1,
              "epoch of rules %" PRIu64 " begins at %" PRIu64 ", and the state ends at %" PRIu64,
              waiting.rules, waiting.from, epoch.applied);
        return false;
    }
    if (epoch.applied > 0)
        keep(sim, epoch.applied);
    *out = (struct message){.kind = MESSAGE_cmd_upgrade,
                            .cmd_upgrade = {.rules = usher->rules, .from = epoch.applied + 1}};
    return true;
}

void epoch_check_replay(struct sim *sim)
{
    struct usher *usher = sim->usher;
    struct epoch now, kept;
    enum error error = epoch_read(usher->store, &now);
    ASSERT(error == ERROR_NONE);
    usher->epochs = now.number;
    if (usher->kept == NULL)
        return;
    error = epoch_read(usher->kept, &kept);
    ASSERT(error == ERROR_NONE);
    CHECK(sim, epoch_serves(&kept, now.rules, now.from),
          "the checkpoint at %" PRIu64 " does not serve the epoch from %" PRIu64, kept.applied,
          now.from);
    replay_onto(sim, usher->kept);
}

static void last_upgrade(struct sim *sim, uint64_t from, struct message_cmd_upgrade *out)
{
    struct usher *usher = sim->usher;
    for (size_t i = (size_t)from; i < usher->tail; i++) {
        struct message message;
        if (wire_decode_one(entry_command(usher, i), &message, NULL) == ERROR_NONE &&
            message.kind == MESSAGE_cmd_upgrade)
            *out = message.cmd_upgrade;
    }
}

/* Durable: no power cut goes back behind it. */
static void keep(struct sim *sim, uint64_t applied)
{
    struct usher *usher = sim->usher;
    if (!sim->options.disk)
        power_sync(sim, applied);
    store_close(&usher->kept);
    enum error error = store_open_memory(&usher->kept);
    ASSERT(error == ERROR_NONE);
    copy_store(usher->store, usher->kept);
}
