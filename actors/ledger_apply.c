/* The ledger's apply thread: brings the state up to the journal in batches that grow with what
 * waits, answers those who wait for a result or ask a question, and lends deliveries to the bots
 * (ledger_lending.c).
 *
 * Nobody waits for the state's disk: what was applied counts at once, since the journal, which is
 * on disk, gives the same state again. So many batches are one commit. When that fails, the state
 * falls back to the commit before, and what it has said already is applied once more in silence. */
#include "actors/clockwork.h"
#include "actors/ledger.h"
#include "actors/reload.h"
#include "actors/trouble.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ledger/look.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    BATCH_ENTRIES = 65536,
    BATCH_ENTRIES_MIN = 256,
    COMMIT_ENTRIES = 2048, /* at first; then as many as the disk takes in the times below */
    BATCH_BYTES = 32 * 1024 * 1024,
    SERVING_ENTRIES = 8192, /* in a batch, once somebody waits for the end of it */
    /* The journal's writes wait behind those of a commit: so long it may take, and the next is
     * smaller when it took longer. While the journal is written, it has the disk for itself for a
     * while after each. */
    BUSY_COMMIT_MS = 10,
    QUIET_COMMIT_MS = 40, /* who asks waits for one, and is to be answered within 50 */
    REST_FACTOR = 3,
    FULL_REST_FACTOR = 6, /* of one that could have been larger: more come than are applied */
    COMMIT_MS = 1000,     /* the longest that a commit waits while commands come */
    IDLE_MS = 50,         /* and when none come */
    QUERY_QUOTA = 64,
    RETRY_MS = 1000,
    STATUS_MS = 1000,
    DUE_MS = 5000,
    OUT_BYTES_MAX = 65536,
    NICE = 10
};

struct apply {
    struct actor *actor;
    struct ledger_host *host;
    struct inlet queries;
    struct inlet credits;
    void *wake;
    char data_dir[PATH_MAX]; /* a copy: a reload replaces the configuration under this thread */
    struct outlet due, looks;
    struct verdict_outlets verdicts;
    struct lending lending;
    struct telling telling;
    struct clockwork clockwork;
    struct effects effects;
    struct journal_entry *entries; /* BATCH_ENTRIES */
    struct buf storage;            /* their commands */
    struct became *results;        /* BATCH_ENTRIES, of the batch */
    size_t commit_max;             /* entries in a commit */
    bool open;                     /* a batch of the ledger */
    size_t uncommitted;     /* entries in it, and what ticks moved: a step of a walk is one */
    uint64_t begun_ms;      /* mono: when it began */
    uint64_t commit_at_ms;  /* mono: when to commit it */
    uint64_t rest_until_ms; /* mono: not before this */
    uint64_t tail;          /* of the journal, as last seen */
    uint64_t tail_ms;       /* mono: since when */
    struct answering answering;
    struct buf access;      /* who may ask of the API, as it was told */
    struct tally tally;     /* of the batch */
    uint64_t known;         /* last command whose effects the dispatcher has seen */
    uint64_t applied_at_ms; /* stamp of the last entry applied */
    uint64_t retry_at_ms;   /* mono; 0: the last batch went well */
    uint64_t status_at_ms;  /* mono: when to send the next one */
    uint64_t due_at_ms;     /* mono: when to repeat it */
    uint64_t due_sent;      /* wall ms that the scheduler knows */
    uint64_t lend_at_ms;    /* wall; 0: never */
    bool ticked;            /* since the scheduler was last told */
    bool woken;             /* in this turn */
    bool writable_sent;
    bool broken;
    struct loop loop;
};

static enum error open_all(struct apply *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_queries(void *state);
static void take_credits(void *state);
static void take_wakes(void *state);
static void take_asks(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static enum error begin(struct apply *it, uint64_t now_ms);
static void apply_batch(struct apply *it, uint64_t tail);
static enum error read_batch(struct apply *it, uint64_t tail, size_t *count, struct why *why);
static void commit(struct apply *it);
static enum error apply_entries(struct apply *it, size_t count);
static void batch_failed(struct apply *it, enum error error, const struct why *why);
static void give_up(struct apply *it, enum error error, const char *detail);
static void send_due(struct apply *it);
static void send_looks(struct apply *it);
static void send_status(struct apply *it);
static void publish(struct apply *it, uint64_t start_us);
static void adapt(struct apply *it, uint64_t took_us);
static bool serving(const struct apply *it);
static bool full(const struct apply *it);
static uint64_t commit_time_ms(const struct apply *it);

enum error apply_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct apply *it = calloc(1, sizeof(*it));

    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        /* The journal thread runs already, and sends wakes until it is stopped. */
        it->host->wake_pull = it->wake;
        it->wake = NULL;
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "apply", run, destroy, it, out, why);
}

static enum error open_all(struct apply *it, struct site *site, struct why *why)
{
    enum error error;

    it->host = site->ledger;
    ASSERT(slice_copy(slice_from(site->config->data_dir), it->data_dir, sizeof(it->data_dir)));
    it->wake = it->host->wake_pull;
    it->host->wake_pull = NULL;
    it->commit_max = COMMIT_ENTRIES;
    buf_init(&it->storage, BATCH_BYTES);
    buf_init(&it->access, ACCESS_LIST_BYTES_MAX);
    it->entries = calloc(BATCH_ENTRIES, sizeof(*it->entries));
    it->results = calloc(BATCH_ENTRIES, sizeof(*it->results));
    bool counts = tally_open(&it->tally);
    if (it->entries == NULL || it->results == NULL || !counts)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    error = inlet_open(&it->queries, site->topology, LINK_queries, 0, why);
    if (error != ERROR_NONE)
        return error;
    error = inlet_open(&it->credits, site->topology, LINK_credits, 0, why);
    if (error != ERROR_NONE)
        return error;
    error = outlet_open(&it->due, site->topology, LINK_due, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    error = outlet_open(&it->looks, site->topology, LINK_looks, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    error = verdict_outlets_open(&it->verdicts, site, why);
    if (error == ERROR_NONE)
        error = answering_open(&it->answering, site, &it->verdicts, why);
    if (error == ERROR_NONE)
        error = lending_open(&it->lending, site, &it->verdicts, why);
    if (error == ERROR_NONE)
        error = telling_open(&it->telling, site, why);
    if (error == ERROR_NONE)
        error = clockwork_open(&it->clockwork, site, &it->verdicts, why);
    it->known = ledger_applied(it->host->ledger);
    return error;
}

static void run(struct actor *actor, void *state)
{
    struct apply *it = state;
    /* A burst waits in the journal: the door, which gateways wait for, goes before. */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    it->actor = actor;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->queries, .ready = take_queries},
                    {.inlet = &it->credits, .ready = take_credits},
                    {.socket = it->wake, .ready = take_wakes},
                    {.inlet = &it->telling.asks, .ready = take_asks}},
        .count = 4,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .swap = swap,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
    commit(it);
}

static void destroy(void *state)
{
    struct apply *it = state;
    telling_close(&it->telling);
    clockwork_close(&it->clockwork);
    lending_close(&it->lending);
    answering_close(&it->answering);
    verdict_outlets_close(&it->verdicts);
    outlet_deinit(&it->looks);
    outlet_deinit(&it->due);
    inlet_deinit(&it->queries);
    inlet_deinit(&it->credits);
    if (it->wake != NULL)
        ASSERT(zmq_close(it->wake) == 0);
    buf_deinit(&it->storage);
    buf_deinit(&it->access);
    free(it->effects.items);
    free(it->entries);
    free(it->results);
    tally_close(&it->tally);
    free(it);
}

static void take_queries(void *state)
{
    struct apply *it = state;
    struct message message;

    for (int n = 0; n < QUERY_QUOTA && inlet_next(&it->queries, &message); n++) {
        if (message.kind != MESSAGE_query) {
            log_event(LOG_bad_message, "actor=apply kind=%s", message_name(message.kind));
            continue;
        }
        bool done = clockwork_ask(&it->clockwork, &message.query) ||
                    (serving(it) && answering_listen(&it->answering, &message.query));
        if (!done)
            answering_ask(&it->answering, &message.query, atomic_load(&it->host->tail));
    }
}

static void take_credits(void *state)
{
    struct apply *it = state;
    struct message message;

    for (int n = 0; n < QUERY_QUOTA && inlet_next(&it->credits, &message); n++) {
        if (message.kind == MESSAGE_credit)
            lending_credit(&it->lending, &message.credit, serving(it));
        else
            log_event(LOG_bad_message, "actor=apply kind=%s", message_name(message.kind));
    }
}

static void take_wakes(void *state)
{
    struct apply *it = state;
    zmq_msg_t message;

    ASSERT(zmq_msg_init(&message) == 0);
    while (post_receive(it->wake, &message)) {
        /* Before the tail is read: a wake that is left out from here on is for a later tail. */
        atomic_store(&it->host->woken, false);
        it->woken = true;
        const struct waiter *waiters = zmq_msg_data(&message);
        size_t count = zmq_msg_size(&message) / sizeof(*waiters);
        for (size_t i = 0; i < count; i++)
            answering_expect(&it->answering, &waiters[i]);
    }
    ASSERT(zmq_msg_close(&message) == 0);
}

static void take_asks(void *state)
{
    struct apply *it = state;
    telling_take(&it->telling);
}

static long timeout_ms(void *state)
{
    struct apply *it = state;
    uint64_t now_ms = clock_mono_ms();
    uint64_t wall_ms = clock_wall_ms();
    uint64_t commit_ms = commit_time_ms(it);
    uint64_t at_ms = it->open && commit_ms < it->status_at_ms ? commit_ms : it->status_at_ms;
    if (it->ticked && it->rest_until_ms > now_ms && it->rest_until_ms < at_ms)
        at_ms = it->rest_until_ms;
    bool behind = !it->broken && ledger_applied(it->host->ledger) < atomic_load(&it->host->tail);

    if (behind && it->retry_at_ms == 0 && !full(it))
        return 0;
    if (!verdict_outlets_flush(&it->verdicts) || !outlet_empty(&it->lending.work) ||
        telling_waits(&it->telling))
        return 1;
    if (behind && it->retry_at_ms != 0 && it->retry_at_ms < at_ms)
        at_ms = it->retry_at_ms;
    uint64_t answer_ms = answering_deadline_ms(&it->answering);
    at_ms = answer_ms < at_ms ? answer_ms : at_ms;
    long wait = at_ms <= now_ms ? 0 : (long)(at_ms - now_ms);
    wait = clockwork_timeout_ms(&it->clockwork, wait);
    if (behind || it->lend_at_ms == 0)
        return wait;
    if (it->lend_at_ms <= wall_ms)
        return 0;
    return it->lend_at_ms - wall_ms < (uint64_t)wait ? (long)(it->lend_at_ms - wall_ms) : wait;
}

static void turn(void *state)
{
    struct apply *it = state;
    uint64_t tail = atomic_load(&it->host->tail);
    uint64_t now_ms = clock_mono_ms();

    if (tail != it->tail) {
        it->tail = tail;
        it->tail_ms = now_ms;
    }
    /* Whoever waits for a sequence up to this tail was announced before it was published. */
    take_wakes(it);
    /* Before a long batch, so that /readyz says yes while a start catches up. */
    if (now_ms >= it->status_at_ms || it->writable_sent != atomic_load(&it->host->writable))
        send_status(it);
    verdict_outlets_flush(&it->verdicts);
    if (!it->broken && ledger_applied(it->host->ledger) < tail && now_ms >= it->retry_at_ms &&
        !full(it))
        apply_batch(it, tail);
    else if (it->woken && !it->open && !it->broken && it->retry_at_ms == 0)
        (void)begin(it, now_ms); /* the journal is writing what will be in it */
    it->woken = false;
    if (atomic_load(&it->host->stopping))
        answering_hurry(&it->answering);
    answering_turn(&it->answering);
    clockwork_turn(&it->clockwork);

    uint64_t applied = ledger_applied(it->host->ledger);
    uint64_t wall_ms = clock_wall_ms();
    /* While the state lags, outcomes that would end leases may wait in the journal: leases run out
     * by the journal's time, unless a clock that was set back has left that ahead. And nothing is
     * lent before the state knows of this start and all before it. */
    bool level = applied == atomic_load(&it->host->tail) || it->applied_at_ms > wall_ms;
    uint64_t as_of_ms = level ? wall_ms : it->applied_at_ms;
    if (serving(it))
        it->lend_at_ms = lending_turn(&it->lending, as_of_ms, wall_ms);
    outlet_flush(&it->lending.work); /* a payer waits for it, for all below nobody does */
    verdict_outlets_flush(&it->verdicts);
    if (!it->broken)
        telling_turn(&it->telling, level, wall_ms);
    outlet_flush(&it->looks);
    if (clock_mono_ms() >= commit_time_ms(it))
        commit(it);
    send_due(it);
    outlet_flush(&it->due);
}

static bool drained(void *state, bool idle)
{
    struct apply *it = state;
    bool level = it->broken || ledger_applied(it->host->ledger) == atomic_load(&it->host->tail);
    return idle && level && answering_deadline_ms(&it->answering) == UINT64_MAX;
}

static void swap(void *state, struct change *change)
{
    ((struct apply *)state)->lending.config = change->config;
}

/* Opens a batch, which ends after a while, whether anything comes or not. */
static enum error begin(struct apply *it, uint64_t now_ms)
{
    enum error error = ledger_begin(it->host->ledger);
    it->open = error == ERROR_NONE;
    it->uncommitted = 0;
    it->begun_ms = now_ms;
    it->commit_at_ms = now_ms + IDLE_MS;
    return error;
}

static void apply_batch(struct apply *it, uint64_t tail)
{
    uint64_t start_us = clock_mono_us();
    struct why why = {""};
    size_t count = 0;
    enum error error = ERROR_NONE;

    if (!it->open)
        error = begin(it, start_us / 1000);
    if (error == ERROR_NONE)
        error = read_batch(it, tail, &count, &why);
    it->effects.count = 0;
    if (error == ERROR_NONE)
        error = apply_entries(it, count);
    if (error != ERROR_NONE) {
        batch_failed(it, error, &why);
        return;
    }
    if (count == 0)
        return;
    error = dispatch_update(it->lending.dispatch, &it->effects);
    if (error != ERROR_NONE) /* the state has moved on and its mirror has not: start anew */
        give_up(it, error, "the dispatcher");
    uint64_t last = it->entries[count - 1].sequence;
    it->known = last > it->known ? last : it->known;
    it->uncommitted += count;
    it->retry_at_ms = 0;
    uint64_t idle_ms = clock_mono_ms() + IDLE_MS;
    it->commit_at_ms = idle_ms < it->begun_ms + COMMIT_MS ? idle_ms : it->begun_ms + COMMIT_MS;
    it->applied_at_ms = it->entries[count - 1].at_ms;
    publish(it, start_us);
    /* Before the answers: who is told a code may use it at once. */
    access_tell(&it->verdicts, it->host->ledger, &it->access, serving(it), false);
    answering_tell(&it->answering, it->entries, it->results, count);
    send_looks(it);
}

/* The next entries; none when the ledger turns out to be up to tail. */
static enum error read_batch(struct apply *it, uint64_t tail, size_t *count, struct why *why)
{
    uint64_t first = ledger_applied(it->host->ledger) + 1;
    size_t most = serving(it) ? it->commit_max : BATCH_ENTRIES;
    size_t room = most > it->uncommitted ? most - it->uncommitted : 1;
    if (serving(it) && room > SERVING_ENTRIES)
        room = SERVING_ENTRIES;
    *count = 0;
    if (first > tail)
        return ERROR_NONE;
    size_t max = tail - first + 1 < room ? (size_t)(tail - first + 1) : room;
    enum error error =
        journal_read(it->host->journal, first, it->entries, max, &it->storage, count, why);
    if (error == ERROR_NONE && *count == 0)
        error = why_set(why, ERROR_CORRUPT, "command %llu is not in the journal",
                        (unsigned long long)first);
    return error;
}

static void commit(struct apply *it)
{
    struct why why = {""};
    uint64_t start_us = clock_mono_us();
    if (!it->open)
        return;
    if (it->uncommitted == 0) {
        ledger_abort(it->host->ledger);
        it->open = false;
        return;
    }
    enum error error = ledger_commit(it->host->ledger);
    it->open = false;
    if (error != ERROR_NONE) {
        batch_failed(it, error, &why);
        return;
    }
    uint64_t took_us = clock_mono_us() - start_us;
    metric_observe(metric_series(METRIC_usher_commit_seconds, NULL, NULL), (double)took_us / 1e6);
    adapt(it, took_us);
    it->uncommitted = 0;
}

static enum error apply_entries(struct apply *it, size_t count)
{
    tally_clear(&it->tally);
    for (size_t i = 0; i < count; i++) {
        const struct journal_entry *entry = &it->entries[i];
        enum message_kind kind = wire_kind(entry->command);
        size_t before = it->effects.count;
        unsigned result = RESULT_ok;
        enum error error = ledger_apply(it->host->ledger, entry->sequence, entry->at_ms,
                                        entry->command, &result, &it->effects);
        if (error != ERROR_NONE) {
            if (error == ERROR_CORRUPT)
                log_event(LOG_command_not_applied, "sequence=%llu kind=%u",
                          (unsigned long long)entry->sequence, (unsigned)kind);
            return error;
        }
        it->results[i] = (struct became){result, ledger_subject(it->host->ledger)};
        if (kind == MESSAGE_cmd_tick) {
            it->ticked = true;
            it->uncommitted += it->effects.count - before;
        }
        if (entry->sequence <= it->known) {
            it->effects.count = before; /* told before the commit failed */
            continue;
        }
        tally_count(&it->tally, kind, result);
        clockwork_applied(&it->clockwork, kind);
        if (kind == MESSAGE_cmd_outcome)
            tally_delivered(entry, &it->effects, before);
    }
    return ERROR_NONE;
}

/* The state is that of the last commit again. Full, busy or failing disks are waited for; damage is
 * not. */
static void batch_failed(struct apply *it, enum error error, const struct why *why)
{
    if (it->open)
        ledger_abort(it->host->ledger);
    it->open = false;
    it->uncommitted = 0;
    metric_add(metric_series(METRIC_usher_busy_total, "state", NULL), 1);
    it->retry_at_ms = clock_mono_ms() + RETRY_MS;
    log_event(LOG_state_not_writable, "applied=%llu error=\"%s\" detail=\"%s\"",
              (unsigned long long)ledger_applied(it->host->ledger), error_text(error), why->text);
    if (error != ERROR_CORRUPT && error != ERROR_VERSION)
        return;
    give_up(it, error, why->text);
}

static void give_up(struct apply *it, enum error error, const char *detail)
{
    log_event(LOG_fatal, "actor=apply error=\"%s\" detail=\"%s\"", error_text(error), detail);
    it->broken = true;
    actor_fail(it->actor);
}

/* The scheduler hears of a new due time; and of the same one again when a tick was applied (so that
 * it may send the next) and every few seconds (it may have started anew). The next tick waits while
 * the disk rests from what the last one moved: a walk takes its time, and others need not wait. */
static void send_due(struct apply *it)
{
    uint64_t due_ms = ledger_next_due(it->host->ledger);
    uint64_t now_ms = clock_mono_ms();
    const struct message message = {.kind = MESSAGE_due, .due = {.at_ms = due_ms}};

    if (it->ticked && now_ms < it->rest_until_ms)
        return;
    if (due_ms == it->due_sent && !it->ticked && now_ms < it->due_at_ms)
        return;
    if (!outlet_has_room(&it->due) || !outlet_put(&it->due, &message))
        return; /* no scheduler now; it is told when it comes */
    it->ticked = false;
    it->due_sent = due_ms;
    it->due_at_ms = now_ms + DUE_MS;
}

/* Best effort: whoever asked may ask again. What is applied once more after a start was asked then.
 */
static void send_looks(struct apply *it)
{
    struct message message;
    while (look_take(it->host->ledger, &message))
        if (serving(it) && outlet_has_room(&it->looks))
            (void)outlet_put(&it->looks, &message);
}

static void send_status(struct apply *it)
{
    const struct message message = {.kind = MESSAGE_status,
                                    .status = {.writable = atomic_load(&it->host->writable),
                                               .tail = atomic_load(&it->host->tail),
                                               .applied = ledger_applied(it->host->ledger)}};

    it->writable_sent = message.status.writable != 0;
    it->status_at_ms = clock_mono_ms() + STATUS_MS;
    verdict_outlets_tell(&it->verdicts, &message);
    access_tell(&it->verdicts, it->host->ledger, &it->access, serving(it), true);
    ledger_metrics(it->host->ledger);
    trouble_disk(it->data_dir, clock_mono_ms());
}

/* After a commit: metrics, and the size of the next batch. */
static void publish(struct apply *it, uint64_t start_us)
{
    uint64_t took_us = clock_mono_us() - start_us;
    metric_observe(metric_series(METRIC_usher_apply_seconds, NULL, NULL), (double)took_us / 1e6);
    metric_set(metric_series(METRIC_usher_journal_applied, NULL, NULL),
               (int64_t)ledger_applied(it->host->ledger));
    tally_publish(&it->tally);
}

/* The size of the next commit, and the rest before it. While a start catches up, nobody waits. */
static void adapt(struct apply *it, uint64_t took_us)
{
    uint64_t now_ms = clock_mono_ms();
    bool busy = now_ms - it->tail_ms < IDLE_MS;
    uint64_t limit_us = (busy ? BUSY_COMMIT_MS : QUIET_COMMIT_MS) * UINT64_C(1000);
    unsigned factor = full(it) ? FULL_REST_FACTOR : REST_FACTOR;
    if (!serving(it))
        return;
    if (took_us > limit_us && it->uncommitted / 2 >= BATCH_ENTRIES_MIN)
        it->commit_max = it->uncommitted / 2;
    else if (took_us < limit_us / 2 && full(it) && it->commit_max * 2 <= BATCH_ENTRIES)
        it->commit_max *= 2;
    it->rest_until_ms = busy ? now_ms + took_us * factor / 1000 : 0;
}

/* The open commit takes no more. */
static bool full(const struct apply *it)
{
    return it->uncommitted >= (serving(it) ? it->commit_max : BATCH_ENTRIES);
}

/* Monotonic ms at which what is open is to be committed. */
static uint64_t commit_time_ms(const struct apply *it)
{
    uint64_t at_ms = full(it) ? 0 : it->commit_at_ms;
    return at_ms > it->rest_until_ms ? at_ms : it->rest_until_ms;
}

/* Whether deliveries are lent: the state knows of this start and all before it, and, after a commit
 * that failed, all that it has told the dispatcher. */
static bool serving(const struct apply *it)
{
    uint64_t boot = atomic_load(&it->host->boot);
    uint64_t applied = ledger_applied(it->host->ledger);
    return !it->broken && boot != 0 && applied >= boot && applied >= it->known;
}
