/* The ledger's journal thread: everything that waits goes into one append, then all who asked are
 * answered. When an append fails, nothing of it is acknowledged: those who can be asked again are
 * answered 503, and commands that nobody would repeat (outcomes, ticks, the start commands) are
 * kept and tried again. */
#include "actors/catalog.h"
#include "actors/ledger.h"
#include "actors/ledger_trim.h"
#include "actors/reload.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/version.h"
#include "ledger/epoch.h"

#include <stdlib.h>

enum {
    BATCH_COMMANDS = 4096,
    BATCH_BYTES = 16 * 1024 * 1024,
    STORAGE_BYTES_MAX = BATCH_BYTES + 4 * 1024 * 1024, /* one more command fits always */
    RETRY_MS = 1000,
    BUSY_RETRY_S = 5,
    QUIET_US = 5000,
    KINDS = 128
};

/* A command that waits for its append; offsets into storage. */
struct pending {
    uint64_t origin;
    uint64_t id;
    size_t body, body_len;
    size_t ack, ack_len;
    size_t type, type_len;
    uint8_t kind;
    bool wait;
};

struct journal_actor {
    struct actor *actor;
    struct ledger_host *host;
    struct inlet commands;
    struct verdict_outlets verdicts;
    void *wake;
    struct pending *batch; /* BATCH_COMMANDS */
    struct slice *slices;  /* BATCH_COMMANDS */
    size_t count;
    struct buf storage;
    struct buf spare;   /* for compacting storage */
    struct buf waiters; /* an array of struct waiter */
    size_t starts;      /* start commands at the front of the first batch, 0 once it is on disk */
    uint8_t catalog_hash[32];         /* of the last cmd_configure, also of one of an earlier run */
    struct catalog_change *configure; /* of a reload, not yet in the batch; or NULL */
    uint64_t retry_at_ms;             /* mono; 0: nothing is kept from an append that failed */
    uint64_t written_us;              /* mono: when something was last appended */
    struct trimmer trimmer;
    struct loop loop;
};

static enum error open_all(struct journal_actor *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_commands(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static enum error make(const struct config *config, void **made, struct why *why);
static void drop(void **made);
static void put_configure(struct journal_actor *it);
static void put_start_commands(struct journal_actor *it);
static void add(struct journal_actor *it, const struct message_command *command,
                enum message_kind kind);
static size_t store_bytes(struct buf *storage, struct slice bytes);
static void append(struct journal_actor *it);
static void appended(struct journal_actor *it, uint64_t first);
static void put_waiter(struct journal_actor *it, uint64_t sequence, const struct pending *pending);
static void answer(struct journal_actor *it, const struct pending *pending);
static void failed(struct journal_actor *it, enum error error);
static void shed(struct journal_actor *it);
static bool is_full(const struct journal_actor *it);
static void wake_apply(struct journal_actor *it);

enum error journal_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct journal_actor *it = calloc(1, sizeof(*it));

    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    put_start_commands(it);
    trimmer_open(&it->trimmer, it->host);
    return actor_start(topology_context(site->topology), "journal", run, destroy, it, out, why);
}

static enum error open_all(struct journal_actor *it, struct site *site, struct why *why)
{

    it->host = site->ledger;
    it->wake = it->host->wake_push;
    it->host->wake_push = NULL;
    memcpy(it->catalog_hash, it->host->catalog_hash, sizeof(it->catalog_hash));
    buf_init(&it->storage, STORAGE_BYTES_MAX);
    buf_init(&it->spare, STORAGE_BYTES_MAX);
    buf_init(&it->waiters, BATCH_COMMANDS * sizeof(struct waiter));
    it->batch = calloc(BATCH_COMMANDS, sizeof(*it->batch));
    it->slices = calloc(BATCH_COMMANDS, sizeof(*it->slices));
    /* All of it now: once commands are on disk, nothing may be in the way of saying so. */
    char *waiters = buf_reserve(&it->waiters, BATCH_COMMANDS * sizeof(struct waiter));
    if (it->batch == NULL || it->slices == NULL || waiters == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = inlet_open(&it->commands, site->topology, LINK_commands, 0, why);
    if (error != ERROR_NONE)
        return error;
    return verdict_outlets_open(&it->verdicts, site, why);
}

static void run(struct actor *actor, void *state)
{
    struct journal_actor *it = state;
    it->actor = actor;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->commands, .ready = take_commands}},
        .count = 1,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .swap = swap,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct journal_actor *it = state;
    trimmer_close(&it->trimmer);
    verdict_outlets_close(&it->verdicts);
    inlet_deinit(&it->commands);
    if (it->wake != NULL)
        ASSERT(zmq_close(it->wake) == 0);
    catalog_change_destroy(&it->configure);
    buf_deinit(&it->storage);
    buf_deinit(&it->spare);
    buf_deinit(&it->waiters);
    free(it->batch);
    free(it->slices);
    free(it);
}

static void take_commands(void *state)
{
    struct journal_actor *it = state;
    struct message message;
    struct message body;
    struct why why = {""};

    while (!is_full(it) && inlet_next(&it->commands, &message)) {
        if (message.kind != MESSAGE_command) {
            log_event(LOG_bad_message, "actor=journal kind=%s", message_name(message.kind));
            continue;
        }
        /* What is in the journal must be applicable for ever, so nothing else gets in. */
        const struct message_command *command = &message.command;
        if (wire_decode_one(command->body, &body, &why) == ERROR_NONE &&
            message_is_command(body.kind)) {
            add(it, command, body.kind);
            continue;
        }
        log_event(LOG_bad_message, "actor=journal error=\"%s\"", why.text);
        if (command->origin != 0)
            verdict_put_problem(&it->verdicts, command->origin, command->id, 500, 0, "internal",
                                "not a command");
    }
}

static long timeout_ms(void *state)
{
    struct journal_actor *it = state;
    long least = verdict_outlets_flush(&it->verdicts) ? -1 : 1;

    if (it->retry_at_ms != 0) {
        uint64_t now_ms = clock_mono_ms();
        long wait = it->retry_at_ms <= now_ms ? 0 : (long)(it->retry_at_ms - now_ms);
        least = least < 0 || wait < least ? wait : least;
    } else if (it->count > 0) {
        least = 0; /* the start commands, before anything else has come */
    }
    return trimmer_timeout_ms(&it->trimmer, it->count == 0, least);
}

static void turn(void *state)
{
    struct journal_actor *it = state;
    bool due = it->retry_at_ms == 0 || clock_mono_ms() >= it->retry_at_ms;

    put_configure(it);
    trimmer_turn(&it->trimmer, it->count == 0);
    if (it->count > 0 && due)
        append(it);
    else if (is_full(it))
        shed(it);
    /* The disk is full, and what must be kept fills the batch: the link backs up to its senders. */
    it->loop.sources[0].paused = is_full(it);
    verdict_outlets_flush(&it->verdicts);
}

static bool drained(void *state, bool idle)
{
    struct journal_actor *it = state;
    return idle && it->count == 0 && it->configure == NULL && verdict_outlets_flush(&it->verdicts);
}

/* The catalog goes into the batch before any command that is taken from now on. */
static void swap(void *state, struct change *change)
{
    struct journal_actor *it = state;
    struct catalog_change *old = it->configure;
    it->configure = change->made;
    change->made = old;
    put_configure(it);
    trimmer_configure(&it->trimmer, change->config);
    fact_keeper_configure(it->host->facts, change->config);
}

static enum error make(const struct config *config, void **made, struct why *why)
{
    struct catalog_change *change;
    enum error error = catalog_change_new(config, &change, why);
    *made = change;
    return error;
}

static void drop(void **made)
{
    struct catalog_change *change = *made;
    catalog_change_destroy(&change);
    *made = NULL;
}

const struct maker journal_maker = {make, drop};

/* Unless it is the catalog in force. It waits while the batch is full of what must be kept. */
static void put_configure(struct journal_actor *it)
{
    struct catalog_change *configure = it->configure;
    if (configure == NULL || is_full(it))
        return;
    if (memcmp(configure->hash, it->catalog_hash, sizeof(it->catalog_hash)) != 0) {
        const struct message_command command = {.body = buf_slice(&configure->command)};
        size_t before = it->count;
        add(it, &command, MESSAGE_cmd_configure);
        if (it->count == before)
            return; /* for want of memory: in the next turn */
        memcpy(it->catalog_hash, configure->hash, sizeof(it->catalog_hash));
        log_event(LOG_catalog_changed, "bytes=%zu", configure->command.len);
    }
    catalog_change_destroy(&it->configure);
}

/* The first entries of this run: the rules changed, if they did; attempts that had begun are in
 * doubt; and this is the configuration. They stand at the front of the first batch, so nothing can
 * be journaled before them. */
static void put_start_commands(struct journal_actor *it)
{
    const struct ledger_host *host = it->host;
    const struct message starts[] = {
        {.kind = MESSAGE_cmd_upgrade,
         .cmd_upgrade = {.rules = ledger_rules(), .from = host->epoch_from}},
        {.kind = MESSAGE_cmd_boot,
         .cmd_boot = {.version = slice_of(version_text(), strnlen(version_text(), 32))}},
        {.kind = MESSAGE_cmd_configure,
         .cmd_configure = {.hash = slice_of(host->catalog_hash, sizeof(host->catalog_hash)),
                           .catalog = buf_slice(&host->catalog)}},
    };
    const bool wanted[] = {host->epoch_from != 0, true, host->configure};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (!wanted[i])
            continue;
        buf_clear(&it->spare);
        wire_encode(&it->spare, &starts[i]);
        ASSERT(!it->spare.failed);
        const struct message_command command = {.body = buf_slice(&it->spare)};
        add(it, &command, starts[i].kind);
        it->starts++;
    }
}

static void add(struct journal_actor *it, const struct message_command *command,
                enum message_kind kind)
{
    struct pending *pending = &it->batch[it->count++];
    *pending = (struct pending){.origin = command->origin,
                                .id = command->id,
                                .body_len = command->body.len,
                                .ack_len = command->ack.len,
                                .type_len = command->ack_type.len,
                                .kind = (uint8_t)kind,
                                .wait = command->wait != 0};
    pending->body = store_bytes(&it->storage, command->body);
    pending->ack = store_bytes(&it->storage, command->ack);
    pending->type = store_bytes(&it->storage, command->ack_type);
    if (!it->storage.failed)
        return;
    /* Only for want of memory: the bound has room for one more command. */
    it->storage.failed = false;
    it->count--;
    if (command->origin != 0)
        verdict_put_problem(&it->verdicts, command->origin, command->id, 503, BUSY_RETRY_S, "busy",
                            "out of memory");
    else
        log_event(LOG_command_lost, "kind=%s", message_name(kind));
}

static size_t store_bytes(struct buf *storage, struct slice bytes)
{
    size_t offset = storage->len;
    buf_append_slice(storage, bytes);
    return offset;
}

static void append(struct journal_actor *it)
{
    uint64_t first = 0;
    uint64_t start_us = clock_mono_us();

    for (size_t i = 0; i < it->count; i++)
        it->slices[i] = slice_of(it->storage.data + it->batch[i].body, it->batch[i].body_len);
    if (start_us - it->written_us > QUIET_US)
        wake_apply(it); /* it begins a batch while this is written; at load it never sleeps */
    enum error error =
        journal_append(it->host->journal, it->slices, it->count, clock_wall_ms(), &first);
    it->written_us = clock_mono_us();
    metric_observe(metric_series(METRIC_usher_journal_commit_seconds, NULL, NULL),
                   (double)(it->written_us - start_us) / 1e6);
    if (error == ERROR_NONE)
        appended(it, first);
    else
        failed(it, error);
}

static void appended(struct journal_actor *it, uint64_t first)
{
    uint64_t kinds[KINDS] = {0};
    struct ledger_host *host = it->host;
    uint64_t tail = first + it->count - 1;

    buf_clear(&it->waiters);
    for (size_t i = 0; i < it->count; i++) {
        const struct pending *pending = &it->batch[i];
        kinds[pending->kind % KINDS]++;
        if (pending->wait && pending->origin != 0)
            put_waiter(it, first + i, pending);
    }
    ASSERT(!it->waiters.failed);
    if (it->starts > 0)
        atomic_store(&host->boot, first + it->starts - 1);
    it->starts = 0;
    if (!atomic_exchange(&host->writable, true))
        log_event(LOG_journal_writable, "tail=%llu", (unsigned long long)tail);
    it->retry_at_ms = 0;
    if (it->waiters.len > 0)
        ASSERT(post_send(it->wake, buf_slice(&it->waiters)));
    atomic_store(&host->tail, tail);
    wake_apply(it);
    /* The tail is published before anybody can know of the command and ask about it. */
    for (size_t i = 0; i < it->count; i++)
        if (it->batch[i].origin != 0 && !it->batch[i].wait)
            answer(it, &it->batch[i]);
    it->count = 0;
    buf_clear(&it->storage);
    for (unsigned kind = 0; kind < KINDS; kind++)
        if (kinds[kind] > 0)
            metric_add(metric_series(METRIC_usher_journal_commands_total,
                                     message_name((enum message_kind)kind), NULL),
                       kinds[kind]);
    metric_set(metric_series(METRIC_usher_journal_tail, NULL, NULL), (int64_t)tail);
}

static void put_waiter(struct journal_actor *it, uint64_t sequence, const struct pending *pending)
{
    struct waiter waiter = {.sequence = sequence, .origin = pending->origin, .id = pending->id};
    if (pending->ack_len <= sizeof(waiter.ack)) {
        waiter.ack_len = (uint32_t)pending->ack_len;
        memcpy(waiter.ack, it->storage.data + pending->ack, pending->ack_len);
    }
    buf_append(&it->waiters, &waiter, sizeof(waiter));
}

static void answer(struct journal_actor *it, const struct pending *pending)
{
    const char *base = it->storage.data;
    const struct message_verdict verdict = {
        .id = pending->id,
        .status = 200,
        .content_type = slice_of(base + pending->type, pending->type_len),
        .reason = SLICE("accepted"),
        .body = slice_of(base + pending->ack, pending->ack_len)};
    verdict_put(&it->verdicts, pending->origin, &verdict);
}

static void failed(struct journal_actor *it, enum error error)
{
    shed(it);
    metric_add(metric_series(METRIC_usher_busy_total, "journal", NULL), 1);
    it->retry_at_ms = clock_mono_ms() + RETRY_MS;
    if (atomic_exchange(&it->host->writable, false)) {
        log_event(LOG_journal_not_writable, "error=\"%s\"", error_text(error));
        wake_apply(it);
    }
    if (it->count > 0)
        return;
    /* A tick costs nothing and tells when there is room again, also when nobody asks. */
    struct message tick = {.kind = MESSAGE_cmd_tick};
    buf_clear(&it->spare);
    wire_encode(&it->spare, &tick);
    const struct message_command command = {.body = buf_slice(&it->spare)};
    add(it, &command, tick.kind);
}

/* Answers 503 to all who can try again, and leaves the others in the batch. */
static void shed(struct journal_actor *it)
{
    size_t kept = 0;

    buf_clear(&it->spare);
    for (size_t i = 0; i < it->count; i++) {
        struct pending pending = it->batch[i];
        if (pending.origin != 0) {
            verdict_put_problem(&it->verdicts, pending.origin, pending.id, 503, BUSY_RETRY_S,
                                "full", "it cannot be made durable now, try again");
            it->batch[i].origin = 0;
            continue;
        }
        pending.body =
            store_bytes(&it->spare, slice_of(it->storage.data + pending.body, pending.body_len));
        pending.ack = pending.ack_len = pending.type = pending.type_len = 0;
        it->batch[kept++] = pending;
    }
    it->count = kept;
    struct buf swap = it->storage;
    it->storage = it->spare;
    it->spare = swap;
    if (it->storage.failed) {
        it->count = 0;
        buf_clear(&it->storage);
        log_event(LOG_fatal, "actor=journal error=\"%s\"", error_text(ERROR_MEMORY));
        actor_fail(it->actor);
    }
}

static bool is_full(const struct journal_actor *it)
{
    return it->count == BATCH_COMMANDS || it->storage.len >= BATCH_BYTES;
}

/* Tells the apply thread that there is something, unless a wake is on its way already. Whatever it
 * should see is published before: it takes the wake first and looks then. */
static void wake_apply(struct journal_actor *it)
{
    if (!atomic_exchange(&it->host->woken, true))
        ASSERT(post_send(it->wake, SLICE("")));
}
