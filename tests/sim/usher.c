#include "tests/sim/usher.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "store/store.h"
#include "tests/sim/auditor.h"
#include "tests/sim/broadcasts.h"
#include "tests/sim/gateways.h"
#include "tests/sim/news.h"
#include "tests/sim/telegram.h"
#include "tests/sim/usher_state.h"
#include "text/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES_MAX = 1 << 20, TICK_REPEAT_MS = 5000 };

static const struct waiter nobody = {WAITER_NONE, 0, 0};

static void open_store(struct sim *sim);
static void boot(struct sim *sim, struct event *event);
static void put_start(struct sim *sim, const struct message *command, uint64_t waiter);
static void put(struct sim *sim, struct slice command, struct waiter waiter);
static void arrive(struct sim *sim, struct event *event);
static void commit(struct sim *sim, struct event *event);
static void acknowledge(struct sim *sim, struct waiter waiter);
static void plan_apply(struct sim *sim);
static void apply(struct sim *sim, struct event *event);
static void applied(struct sim *sim, size_t from, size_t count, const struct outcome_of *outcomes);
static void trace(struct sim *sim, const struct entry *entry, uint64_t sequence, unsigned result);
static void plan_tick(struct sim *sim);
static void tick(struct sim *sim, struct event *event);
static void recheck(struct sim *sim, struct event *event);
static void audit(struct sim *sim, size_t index, struct outcome_of outcome);
static void configure(struct sim *sim);

void usher_new(struct sim *sim)
{
    struct usher *usher = calloc(1, sizeof *usher);
    ASSERT(usher != NULL);
    sim->usher = usher;
    usher->rules = 1;
    buf_init(&usher->bytes, SIZE_MAX / 2);
    buf_init(&usher->waiting_bytes, SIZE_MAX / 2);
    buf_init(&usher->catalog, BYTES_MAX);
    buf_init(&usher->scratch, BYTES_MAX);
    buf_init(&usher->params, BYTES_MAX);
    buf_init(&usher->json, BYTES_MAX);
    if (sim->options.disk) {
        snprintf(usher->directory, sizeof usher->directory, "/tmp/usher-simulation-XXXXXX");
        ASSERT(mkdtemp(usher->directory) != NULL);
    }
    open_store(sim);
    enum error error = store_open_memory(&usher->synced);
    ASSERT(error == ERROR_NONE);
    sim_at(sim, sim->now_ms, boot);
}

void usher_destroy(struct sim *sim)
{
    struct usher *usher = sim->usher;
    for (size_t bot = 0; bot < BOTS; bot++)
        bot_stop(sim, bot);
    ledger_close(&usher->ledger);
    store_close(&usher->store);
    store_close(&usher->synced);
    store_close(&usher->kept);
    dispatch_destroy(&usher->dispatch);
    calendar_destroy(&usher->calendar);
    if (sim->options.disk) {
        char path[128];
        static const char *const files[] = {"data.mdb", "lock.mdb"};
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            snprintf(path, sizeof path, "%s/%s", usher->directory, files[i]);
            (void)unlink(path);
        }
        (void)rmdir(usher->directory);
    }
    free(usher->effects.items);
    free(usher->journal);
    free(usher->waiting);
    buf_deinit(&usher->bytes);
    buf_deinit(&usher->waiting_bytes);
    buf_deinit(&usher->catalog);
    buf_deinit(&usher->scratch);
    buf_deinit(&usher->params);
    buf_deinit(&usher->json);
    free(usher);
    sim->usher = NULL;
}

bool usher_up(const struct sim *sim)
{
    return sim->usher->ledger != NULL;
}

void usher_restart(struct sim *sim)
{
    if (usher_up(sim))
        usher_crash(sim);
}

void usher_clock_set(struct sim *sim)
{
    /* The scheduler and the apply thread look at the clock at least once a second. */
    if (usher_up(sim))
        sim_at(sim, sim->now_ms + sim_below(sim, SECOND_MS), recheck)->a = sim->usher->process;
}

uint64_t usher_since(const struct sim *sim)
{
    return usher_up(sim) ? sim->usher->since_ms : 0;
}

void usher_submit(struct sim *sim, const struct message *command, struct waiter waiter)
{
    struct buf *scratch = &sim->usher->scratch;
    buf_clear(scratch);
    wire_encode(scratch, command);
    ASSERT(!scratch->failed);
    put(sim, buf_slice(scratch), waiter);
}

uint64_t usher_commands(const struct sim *sim)
{
    return sim->usher->tail;
}

uint64_t usher_crashes(const struct sim *sim)
{
    return sim->usher->crashes;
}

uint64_t usher_power_cuts(const struct sim *sim)
{
    return sim->usher->power_cuts;
}

void usher_counts(struct sim *sim, struct ledger_counts *out)
{
    ASSERT(usher_up(sim));
    ledger_counts(sim->usher->ledger, out);
}

struct slice usher_ask(struct sim *sim, const struct message_query *query, unsigned status)
{
    struct buf *json = &sim->usher->json;
    unsigned got = 0;
    buf_clear(json);
    enum error error = ledger_query(sim->usher->ledger, query, json, &got);
    CHECK(sim, error == ERROR_NONE && got == status,
          "the ledger answers a question about %" PRId64 " \"%.*s\" with %u (%s)", query->subject,
          SLICE_ARG(query->text), got, error_text(error));
    return buf_slice(json);
}

uint64_t usher_epochs(const struct sim *sim)
{
    return sim->usher->epochs;
}

void usher_check_replay(struct sim *sim)
{
    struct store *store;
    enum error error = store_open_memory(&store);
    ASSERT(error == ERROR_NONE);
    replay_onto(sim, store);
    store_close(&store);
    epoch_check_replay(sim);
}

void replay_onto(struct sim *sim, struct store *store)
{
    struct usher *usher = sim->usher;
    uint8_t hashes[2][32];
    struct store *stores[2] = {usher->store, store};
    struct ledger *ledger;
    enum error error = ledger_open(store, &ledger, NULL);
    ASSERT(error == ERROR_NONE);
    for (size_t from = (size_t)ledger_applied(ledger); from < usher->tail;) {
        usher->effects.count = 0;
        size_t end = from + 1 + (size_t)sim_below(sim, 4096);
        error = ledger_begin(ledger);
        for (; error == ERROR_NONE && from < end && from < usher->tail; from++) {
            unsigned result;
            error = ledger_apply(ledger, from + 1, usher->journal[from].at_ms,
                                 entry_command(usher, from), &result, &usher->effects);
        }
        if (error == ERROR_NONE)
            error = ledger_commit(ledger);
        CHECK(sim, error == ERROR_NONE, "replay stops at command %zu: %s", from, error_text(error));
    }
    for (int i = 0; i < 2; i++) {
        struct store_txn *txn;
        error = store_begin(stores[i], false, &txn);
        ASSERT(error == ERROR_NONE);
        error = store_hash(txn, hashes[i]);
        ASSERT(error == ERROR_NONE);
        store_abort(&txn);
    }
    CHECK(sim, memcmp(hashes[0], hashes[1], sizeof hashes[0]) == 0,
          "the journal of %zu commands, replayed, gives another state", usher->tail);
    ledger_close(&ledger);
}

/* All that is not in the journal or the state is lost. */
void usher_crash(struct sim *sim)
{
    struct usher *usher = sim->usher;
    ASSERT(usher_up(sim));
    usher->crashes++;
    bool power = !sim->options.disk && sim_chance(sim, sim->weather.power);
    for (size_t bot = 0; bot < BOTS; bot++)
        bot_stop(sim, bot);
    ledger_close(&usher->ledger);
    dispatch_destroy(&usher->dispatch);
    usher->waiting_count = 0;
    buf_clear(&usher->waiting_bytes);
    usher->commit_planned = usher->apply_planned = false;
    usher->tick_ms = usher->tick_after_ms = usher->lend_ms = 0;
    usher->boot = 0;
    usher->process++;
    usher->applied_at_ms = 0;
    if (sim->options.disk)
        store_close(&usher->store);
    if (power)
        power_cut(sim);
    uint64_t outage_ms = sim_chance(sim, 5000) ? 100 : sim->weather.outage_max_ms;
    sim_at(sim, sim->now_ms + 1 + sim_below(sim, outage_ms), boot);
}

static void open_store(struct sim *sim)
{
    struct usher *usher = sim->usher;
    struct why why = {""};
    enum error error;
    if (sim->options.disk)
        error = store_open(usher->directory, &(struct store_options){.sync_lazily = true},
                           &usher->store, &why);
    else
        error = store_open_memory(&usher->store);
    CHECK(sim, error == ERROR_NONE, "the state does not open: %s", why.text);
}

static void boot(struct sim *sim, struct event *event)
{
    (void)event;
    struct usher *usher = sim->usher;
    struct why why = {""};
    configure(sim);
    if (sim->options.disk && usher->store == NULL)
        open_store(sim);
    enum error error = ledger_open(usher->store, &usher->ledger, &why);
    CHECK(sim, error == ERROR_NONE, "the ledger does not open: %s", why.text);
    CHECK(sim, ledger_applied(usher->ledger) <= usher->tail, "the state is ahead of the journal");
    bots_dispatch(sim);
    usher->since_ms = sim->now_ms;
    usher->skew_ms = sim->skew_ms;

    const struct message terms = {.kind = MESSAGE_cmd_configure,
                                  .cmd_configure = {.hash = slice_of(usher->catalog_hash, 32),
                                                    .catalog = buf_slice(&usher->catalog)}};
    const struct message start = {.kind = MESSAGE_cmd_boot,
                                  .cmd_boot = {.version = SLICE("simulation")}};
    bool configured = ledger_applied(usher->ledger) == usher->tail &&
                      memcmp(ledger_catalog_hash(usher->ledger), usher->catalog_hash, 32) == 0;
    struct message upgrade;
    if (epoch_begins(sim, &upgrade))
        put_start(sim, &upgrade, WAITER_NONE);
    if (!configured)
        put_start(sim, &terms, (uint64_t)WAITER_TERMS | (sim->terms_count - 1) << 8);
    put_start(sim, &start, WAITER_NONE);
    plan_apply(sim);
    for (size_t bot = 0; bot < BOTS; bot++)
        bot_start(sim, bot);
    feeds_start(sim);
}

static void put_start(struct sim *sim, const struct message *command, uint64_t waiter)
{
    struct usher *usher = sim->usher;
    buf_clear(&usher->scratch);
    wire_encode(&usher->scratch, command);
    struct event *own = sim_at(sim, sim->now_ms, arrive);
    own->bytes = malloc(usher->scratch.len);
    ASSERT(own->bytes != NULL);
    memcpy(own->bytes, usher->scratch.data, usher->scratch.len);
    own->len = usher->scratch.len;
    own->a = usher->process;
    own->b = waiter;
}

/* What a process reads of its configuration when it starts. */
static void configure(struct sim *sim)
{
    struct usher *usher = sim->usher;
    buf_clear(&usher->catalog);
    config_catalog(sim->config, &usher->catalog);
    ASSERT(!usher->catalog.failed);
    sha256(buf_slice(&usher->catalog), usher->catalog_hash);
    calendar_destroy(&usher->calendar);
    enum error error = calendar_new(sim->config->timezone, &usher->calendar);
    ASSERT(error == ERROR_NONE);
}

/* One way to the journal, on which messages are lost and doubled. */
static void put(struct sim *sim, struct slice command, struct waiter waiter)
{
    if (!usher_up(sim) || sim_fault(sim, sim->weather.lost))
        return;
    unsigned copies = sim_fault(sim, sim->weather.doubled) ? 2 : 1;
    for (unsigned i = 0; i < copies; i++) {
        uint64_t delay_ms = i == 0 ? sim_below(sim, 4) : sim_below(sim, 20 * SECOND_MS);
        uint64_t at_ms = sim->now_ms + delay_ms;
        if (waiter.kind == WAITER_UPDATE && i == 0) { /* a bot's updates have one way, in order */
            uint64_t *last_ms = &sim->usher->update_ms[waiter.id];
            at_ms = at_ms > *last_ms ? at_ms : *last_ms;
            *last_ms = at_ms;
        }
        struct event *event = sim_at(sim, at_ms, arrive);
        event->bytes = malloc(command.len);
        ASSERT(event->bytes != NULL);
        memcpy(event->bytes, command.data, command.len);
        event->len = command.len;
        event->a = sim->usher->process;
        event->b = (uint64_t)waiter.kind | waiter.id << 8;
        event->c = waiter.id2;
    }
}

static void arrive(struct sim *sim, struct event *event)
{
    struct usher *usher = sim->usher;
    if (!usher_up(sim) || event->a != usher->process)
        return;
    usher->waiting =
        sim_grow(usher->waiting, &usher->waiting_cap, usher->waiting_count, sizeof *usher->waiting);
    usher->waiting[usher->waiting_count++] =
        (struct entry){.offset = usher->waiting_bytes.len,
                       .len = (uint32_t)event->len,
                       .waiter = {(enum waiter_kind)(event->b & 255), event->b >> 8, event->c}};
    buf_append(&usher->waiting_bytes, event->bytes, event->len);
    if (usher->commit_planned)
        return;
    usher->commit_planned = true;
    sim_at(sim, sim->now_ms + 1 + sim_below(sim, 8), commit)->a = usher->process;
}

/* The group commit: all that waits becomes durable, or nothing. */
static void commit(struct sim *sim, struct event *event)
{
    struct usher *usher = sim->usher;
    if (!usher_up(sim) || event->a != usher->process)
        return;
    usher->commit_planned = false;
    if (sim_fault(sim, sim->weather.crash)) {
        usher_crash(sim);
        return;
    }
    size_t from = usher->tail;
    size_t base = usher->bytes.len;
    buf_append_slice(&usher->bytes, buf_slice(&usher->waiting_bytes));
    ASSERT(!usher->bytes.failed && !usher->waiting_bytes.failed);
    for (size_t i = 0; i < usher->waiting_count; i++) {
        usher->journal =
            sim_grow(usher->journal, &usher->journal_cap, usher->tail, sizeof *usher->journal);
        struct entry *entry = &usher->journal[usher->tail++];
        *entry = usher->waiting[i];
        entry->offset += base;
        /* As journal_append has it: the journal's time never goes back. */
        uint64_t last_ms = usher->tail > 1 ? entry[-1].at_ms : 0;
        entry->at_ms = sim_wall(sim) > last_ms ? sim_wall(sim) : last_ms;
        if (entry->waiter.kind == WAITER_UPDATE)
            feeds_durable(sim, (size_t)entry->waiter.id, entry->waiter.id2);
        struct slice command = entry_command(usher, usher->tail - 1);
        /* Only this process' own: others of before are in the journal already. */
        struct message message;
        if (usher->boot == 0 && entry->waiter.kind == WAITER_NONE &&
            wire_decode_one(command, &message, NULL) == ERROR_NONE &&
            message.kind == MESSAGE_cmd_boot)
            usher->boot = usher->tail;
        auditor_durable(sim, command);
    }
    usher->waiting_count = 0;
    buf_clear(&usher->waiting_bytes);
    plan_apply(sim);
    if (sim_fault(sim, sim->weather.crash)) { /* durable, and nobody is told */
        usher_crash(sim);
        return;
    }
    for (size_t i = from; i < usher->tail; i++)
        if (!sim_fault(sim, sim->weather.lost))
            acknowledge(sim, usher->journal[i].waiter);
}

static void acknowledge(struct sim *sim, struct waiter waiter)
{
    if (waiter.kind == WAITER_EVENT)
        gateways_acked(sim, waiter.id);
    else if (waiter.kind == WAITER_UPDATE)
        feeds_settled(sim, (size_t)waiter.id, waiter.id2);
    else if (waiter.kind == WAITER_RELEASE && waiter.id2 == 0)
        gateways_released(sim, waiter.id);
}

static void plan_apply(struct sim *sim)
{
    struct usher *usher = sim->usher;
    if (usher->apply_planned || ledger_applied(usher->ledger) == usher->tail)
        return;
    usher->apply_planned = true;
    uint64_t delay_ms =
        sim_fault(sim, sim->weather.lag) ? sim_below(sim, MINUTE_MS) : sim_below(sim, 4);
    sim_at(sim, sim->now_ms + delay_ms, apply)->a = usher->process;
}

static void apply(struct sim *sim, struct event *event)
{
    enum { BATCH_MAX = 512 };
    struct usher *usher = sim->usher;
    struct outcome_of outcomes[BATCH_MAX];
    if (!usher_up(sim) || event->a != usher->process)
        return;
    usher->apply_planned = false;
    size_t from = (size_t)ledger_applied(usher->ledger);
    size_t count = usher->tail - from < BATCH_MAX ? usher->tail - from : BATCH_MAX;
    if (sim_chance(sim, 1000))
        count = 1 + (size_t)sim_below(sim, count);
    usher->effects.count = 0;
    enum error error = ledger_begin(usher->ledger);
    for (size_t i = 0; i < count && error == ERROR_NONE; i++) {
        error = ledger_apply(usher->ledger, from + i + 1, usher->journal[from + i].at_ms,
                             entry_command(usher, from + i), &outcomes[i].result, &usher->effects);
        outcomes[i].subject = ledger_subject(usher->ledger);
        outcomes[i].due_ms = ledger_next_due(usher->ledger);
    }
    CHECK(sim, error == ERROR_NONE, "a command cannot be applied: %s", error_text(error));
    if (sim_fault(sim, sim->weather.crash)) {
        usher_crash(sim);
        return;
    }
    if (sim_fault(sim, sim->weather.aborted)) {
        ledger_abort(usher->ledger);
        plan_apply(sim);
        return;
    }
    error = ledger_commit(usher->ledger);
    CHECK(sim, error == ERROR_NONE, "the state cannot be committed: %s", error_text(error));
    applied(sim, from, count, outcomes);
    if (sim_fault(sim, sim->weather.crash)) { /* and nobody acts on it */
        usher_crash(sim);
        return;
    }
    error = dispatch_update(usher->dispatch, &usher->effects);
    ASSERT(error == ERROR_NONE);
    plan_apply(sim);
    plan_tick(sim);
    bots_lend(sim);
    news_told(sim);
}

static void applied(struct sim *sim, size_t from, size_t count, const struct outcome_of *outcomes)
{
    struct usher *usher = sim->usher;
    usher->applied_at_ms = usher->journal[from + count - 1].at_ms;
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &usher->journal[from + i];
        struct slice command = entry_command(usher, from + i);
        if (entry->waiter.kind == WAITER_NONE)
            usher->tick_after_ms = 0;
        sim_note(sim, &entry->at_ms, sizeof entry->at_ms);
        sim_note(sim, command.data, command.len);
        sim_note(sim, &outcomes[i].result, sizeof outcomes[i].result);
        if (sim->options.trace)
            trace(sim, entry, from + i + 1, outcomes[i].result);
        if (entry->waiter.kind == WAITER_STARTED)
            bot_started(sim, entry->waiter, outcomes[i].result);
        audit(sim, from + i, outcomes[i]);
    }
}

/* The auditor hears of each command once, when it is applied for the first time. Applied again
 * after a power cut, it must come to the same. */
static void audit(struct sim *sim, size_t index, struct outcome_of outcome)
{
    struct usher *usher = sim->usher;
    struct entry *entry = &usher->journal[index];
    struct message message;
    if (index < usher->audited) {
        CHECK(sim, entry->result == outcome.result,
              "command %zu comes to %s, and came to %s before", index + 1,
              result_name(outcome.result), result_name(entry->result));
        return;
    }
    usher->audited = index + 1;
    entry->result = outcome.result;
    enum error error = wire_decode_one(entry_command(usher, index), &message, NULL);
    ASSERT(error == ERROR_NONE);
    if (entry->waiter.kind == WAITER_BROADCAST)
        broadcasts_told(sim, entry->waiter, (enum result)outcome.result);
    else
        auditor_applied(sim, entry->waiter, entry->at_ms, outcome, &message);
}

static void trace(struct sim *sim, const struct entry *entry, uint64_t sequence, unsigned result)
{
    struct message message;
    struct buf *json = &sim->usher->json;
    struct slice command = slice_of(sim->usher->bytes.data + entry->offset, entry->len);
    enum error error = wire_decode_one(command, &message, NULL);
    ASSERT(error == ERROR_NONE);
    buf_clear(json);
    message_print(json, &message);
    printf("%" PRIu64 " %" PRIu64 ".%03" PRIu64 " %.*s => %s\n", sequence,
           (entry->at_ms - sim->start_ms) / 1000, (entry->at_ms - sim->start_ms) % 1000,
           SLICE_ARG(buf_slice(json)), result_name(result));
}

/* The scheduler: says that a due time has come, and says it again when that had no effect. */
static void plan_tick(struct sim *sim)
{
    struct usher *usher = sim->usher;
    uint64_t due_ms = ledger_next_due(usher->ledger);
    if (due_ms == 0)
        return;
    uint64_t at_ms = sim_when(sim, due_ms);
    if (at_ms < usher->tick_after_ms)
        at_ms = usher->tick_after_ms;
    if (usher->tick_ms != 0 && usher->tick_ms <= at_ms)
        return;
    usher->tick_ms = at_ms;
    struct event *event = sim_at(sim, at_ms, tick);
    event->a = usher->process;
    event->b = at_ms;
}

static void tick(struct sim *sim, struct event *event)
{
    struct usher *usher = sim->usher;
    if (!usher_up(sim) || event->a != usher->process || event->b != usher->tick_ms)
        return;
    usher->tick_ms = 0;
    uint64_t due_ms = ledger_next_due(usher->ledger);
    if (due_ms != 0 && due_ms <= sim_wall(sim) && usher->tick_after_ms <= sim->now_ms) {
        const struct message message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = due_ms}};
        usher_submit(sim, &message, nobody);
        usher->tick_after_ms = sim->now_ms + TICK_REPEAT_MS;
    }
    plan_tick(sim);
}

/* What was planned by the clock as it went before is planned anew. */
static void recheck(struct sim *sim, struct event *event)
{
    struct usher *usher = sim->usher;
    if (!usher_up(sim) || event->a != usher->process)
        return;
    usher->tick_ms = usher->lend_ms = 0;
    plan_tick(sim);
    bots_lend(sim);
}

struct slice entry_command(const struct usher *usher, size_t index)
{
    return slice_of(usher->bytes.data + usher->journal[index].offset, usher->journal[index].len);
}
