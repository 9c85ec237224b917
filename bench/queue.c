/* usher as a queue, alone: put, lease, done, with nothing in front and nobody behind.
 *
 *     put    a command of --bytes bytes (a member's "/start", which owes them one letter) is
 *            appended to the journal; acknowledged when its group commit is on disk
 *     lease  the ledger has applied it, and the dispatcher lends its delivery out with all that a
 *            worker needs (ledger_work)
 *     done   the outcome is a command too: acknowledged when it is on disk in the journal
 *
 * As in the real ledger, one thread appends what waits and another applies it, many batches a
 * commit. Never more than
 * --in-flight puts, and as many leases, wait for their acknowledgement. First --jobs are put only;
 * then as many are put and worked off at the same time; that run ends when the last outcome is
 * durable and applied. */
#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"
#include "journal/journal.h"
#include "ledger/dispatch.h"
#include "ledger/numbers.h"

#include <pthread.h>
#include <sys/stat.h>

enum {
    IN_FLIGHT_MAX = 4096,
    APPLY_MAX = 16384,      /* entries in a batch */
    COMMIT_ENTRIES = 65536, /* both as in actors/ledger_apply.c */
    COMMIT_MS = 1000,
    BYTES_MAX = 500,
    STORAGE_MAX = 16 << 20,
    LEASE_MS = 60000
};

struct commands {
    struct buf bytes; /* one behind another */
    size_t ends[IN_FLIGHT_MAX];
    size_t count;
};

struct queue {
    struct journal *journal;
    struct store *store;
    struct ledger *ledger;
    struct dispatch *dispatch;
    struct effects effects;
    bool open; /* a batch of the ledger */
    uint64_t commit_at_ms;
    uint64_t uncommitted;
    uint64_t jobs;
    uint64_t in_flight;
    uint64_t bytes;
    uint64_t numbered;     /* jobs made so far, over all runs */
    struct commands ready; /* the clients' next puts */
    struct commands sending;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct commands outcomes; /* reported and not yet taken by the appending thread */
    uint64_t tail;
    uint64_t done; /* outcomes on disk, in this run */
};

static void open_all(struct queue *queue, const char *folder);
static void configure(struct queue *queue);
static double run_puts(struct queue *queue);
static double run_cycle(struct queue *queue);
static void *append_all(void *context);
static void apply_all(struct queue *queue);
static void apply_to(struct queue *queue, uint64_t tail);
static void commit(struct queue *queue);
static size_t lend(struct queue *queue, size_t max, struct commands *outcomes);
static void add(struct commands *commands, const struct message *message);
static void add_jobs(struct queue *queue, struct commands *commands, uint64_t count);
static void clear(struct commands *commands);
static uint64_t append(struct queue *queue, const struct commands *first,
                       const struct commands *second);

int main(int argc, char **argv)
{
    static struct queue queue;
    queue.jobs = bench_number(argc, argv, "--jobs", "50000");
    queue.in_flight = bench_number(argc, argv, "--in-flight", "256");
    queue.bytes = bench_number(argc, argv, "--bytes", "500");
    if (queue.in_flight == 0 || queue.in_flight > IN_FLIGHT_MAX || queue.bytes > BYTES_MAX)
        bench_die("%s: 1 to %d in flight, at most %d bytes", argv[0], (int)IN_FLIGHT_MAX,
                  (int)BYTES_MAX);
    open_all(&queue, bench_text(argc, argv, "--folder", NULL));
    configure(&queue);
    double puts = run_puts(&queue);
    apply_to(&queue, queue.tail);
    commit(&queue);
    dispatch_clear(queue.dispatch); /* those letters are not part of the second run */
    double cycles = run_cycle(&queue);
    (void)printf("{\"put_per_s\":%.1f,\"cycle_per_s\":%.1f}\n", puts, cycles);
    dispatch_destroy(&queue.dispatch);
    ledger_close(&queue.ledger);
    store_close(&queue.store);
    journal_close(&queue.journal);
    return 0;
}

static void open_all(struct queue *queue, const char *folder)
{
    char path[1024];
    struct why why = {""};
    const struct store_options store_options = {.sync_lazily = true};
    const struct journal_options journal_options = {0};
    struct commands *all[] = {&queue->ready, &queue->sending, &queue->outcomes};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buf_init(&all[i]->bytes, STORAGE_MAX);
    ASSERT(pthread_mutex_init(&queue->lock, NULL) == 0);
    ASSERT(pthread_cond_init(&queue->changed, NULL) == 0);
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    if (mkdir(path, 0700) != 0 ||
        journal_open(path, &journal_options, &queue->journal, &why) != ERROR_NONE)
        bench_die("%s: %s", path, why.text);
    (void)snprintf(path, sizeof path, "%s/state", folder);
    if (mkdir(path, 0700) != 0 ||
        store_open(path, &store_options, &queue->store, &why) != ERROR_NONE ||
        ledger_open(queue->store, &queue->ledger, &why) != ERROR_NONE)
        bench_die("%s: %s", path, why.text);
    queue->dispatch = dispatch_new(&(struct dispatch_options){0}); /* it never holds many */
    if (queue->dispatch == NULL)
        bench_die("out of memory");
}

/* One bot that people write to. */
static void configure(struct queue *queue)
{
    static const char hash[32] = {1};
    static struct commands none;
    struct buf rows;
    buf_init(&rows, 4096);
    const struct message community = {.kind = MESSAGE_catalog_community,
                                      .catalog_community = {.name = SLICE("Trade Club"),
                                                            .timezone = SLICE("Asia/Shanghai"),
                                                            .removals_per_hour = 100}};
    const struct message bot = {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("bot0")}};
    wire_encode(&rows, &community);
    wire_encode(&rows, &bot);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {slice_of(hash, sizeof hash), buf_slice(&rows)}};
    add(&queue->ready, &message);
    queue->tail = append(queue, &queue->ready, &none);
    clear(&queue->ready);
    buf_deinit(&rows);
}

/* Jobs are encoded within the time: it is a client's work, but a client's on this machine. */
static double run_puts(struct queue *queue)
{
    static struct commands none;
    uint64_t start_us = clock_mono_us();
    for (uint64_t put = 0; put < queue->jobs;) {
        uint64_t left = queue->jobs - put;
        clear(&queue->ready);
        add_jobs(queue, &queue->ready, left < queue->in_flight ? left : queue->in_flight);
        queue->tail = append(queue, &queue->ready, &none);
        put += queue->ready.count;
    }
    return bench_per_second(queue->jobs, clock_mono_us() - start_us);
}

static double run_cycle(struct queue *queue)
{
    pthread_t thread;
    uint64_t start_us = clock_mono_us();
    queue->done = 0;
    ASSERT(pthread_create(&thread, NULL, append_all, queue) == 0);
    apply_all(queue);
    ASSERT(pthread_join(thread, NULL) == 0);
    apply_to(queue, queue->tail);
    commit(queue);
    return bench_per_second(queue->jobs, clock_mono_us() - start_us);
}

/* The journal thread: each append holds a put of every client, and what outcomes there are. */
static void *append_all(void *context)
{
    struct queue *queue = context;
    uint64_t put = 0;
    uint64_t done = 0;
    while (put < queue->jobs || done < queue->jobs) {
        uint64_t left = queue->jobs - put;
        clear(&queue->ready);
        add_jobs(queue, &queue->ready, left < queue->in_flight ? left : queue->in_flight);
        ASSERT(pthread_mutex_lock(&queue->lock) == 0);
        while (queue->ready.count == 0 && queue->outcomes.count == 0)
            ASSERT(pthread_cond_wait(&queue->changed, &queue->lock) == 0);
        struct buf spare = queue->sending.bytes;
        memcpy(queue->sending.ends, queue->outcomes.ends,
               queue->outcomes.count * sizeof queue->outcomes.ends[0]);
        queue->sending.count = queue->outcomes.count;
        queue->sending.bytes = queue->outcomes.bytes;
        queue->outcomes.bytes = spare;
        clear(&queue->outcomes);
        ASSERT(pthread_mutex_unlock(&queue->lock) == 0);
        uint64_t tail = append(queue, &queue->ready, &queue->sending);
        put += queue->ready.count;
        done += queue->sending.count;
        ASSERT(pthread_mutex_lock(&queue->lock) == 0);
        queue->tail = tail;
        queue->done = done;
        ASSERT(pthread_cond_broadcast(&queue->changed) == 0);
        ASSERT(pthread_mutex_unlock(&queue->lock) == 0);
    }
    return NULL;
}

/* The apply thread, and the workers, which are done at once. */
static void apply_all(struct queue *queue)
{
    static struct commands reported;
    uint64_t leased = 0;
    buf_init(&reported.bytes, STORAGE_MAX);
    for (;;) {
        ASSERT(pthread_mutex_lock(&queue->lock) == 0);
        while (queue->done < queue->jobs && ledger_applied(queue->ledger) == queue->tail)
            ASSERT(pthread_cond_wait(&queue->changed, &queue->lock) == 0);
        uint64_t tail = queue->tail;
        uint64_t done = queue->done;
        ASSERT(pthread_mutex_unlock(&queue->lock) == 0);
        if (done == queue->jobs)
            break;
        apply_to(queue, tail);
        clear(&reported);
        leased += lend(queue, queue->in_flight - (leased - done), &reported);
        ASSERT(pthread_mutex_lock(&queue->lock) == 0);
        for (size_t i = 0; i < reported.count; i++)
            queue->outcomes.ends[queue->outcomes.count++] =
                queue->outcomes.bytes.len + reported.ends[i];
        buf_append_slice(&queue->outcomes.bytes, buf_slice(&reported.bytes));
        ASSERT(!queue->outcomes.bytes.failed);
        ASSERT(pthread_cond_broadcast(&queue->changed) == 0);
        ASSERT(pthread_mutex_unlock(&queue->lock) == 0);
    }
    buf_deinit(&reported.bytes);
}

/* Batches of what there is, at most APPLY_MAX entries each. */
static void apply_to(struct queue *queue, uint64_t tail)
{
    static struct journal_entry entries[APPLY_MAX];
    static struct buf storage = {.max = STORAGE_MAX};
    struct why why = {""};
    size_t count = 0;
    while (ledger_applied(queue->ledger) < tail) {
        uint64_t first = ledger_applied(queue->ledger) + 1;
        size_t max = tail - first + 1 < APPLY_MAX ? (size_t)(tail - first + 1) : APPLY_MAX;
        if (journal_read(queue->journal, first, entries, max, &storage, &count, &why) !=
                ERROR_NONE ||
            count == 0)
            bench_die("the journal: %s", why.text);
        queue->effects.count = 0;
        enum error error = queue->open ? ERROR_NONE : ledger_begin(queue->ledger);
        if (!queue->open)
            queue->commit_at_ms = clock_mono_ms() + COMMIT_MS;
        queue->open = true;
        for (size_t i = 0; i < count && error == ERROR_NONE; i++) {
            unsigned result = RESULT_ok;
            error = ledger_apply(queue->ledger, entries[i].sequence, entries[i].at_ms,
                                 entries[i].command, &result, &queue->effects);
            if (result != RESULT_ok)
                bench_die("a command was refused: %s", result_text(result));
        }
        if (error == ERROR_NONE)
            error = dispatch_update(queue->dispatch, &queue->effects);
        if (error != ERROR_NONE)
            bench_die("the ledger: %s", error_text(error));
        queue->uncommitted += count;
        if (queue->uncommitted >= COMMIT_ENTRIES || clock_mono_ms() >= queue->commit_at_ms)
            commit(queue);
    }
}

static void commit(struct queue *queue)
{
    if (queue->open && ledger_commit(queue->ledger) != ERROR_NONE)
        bench_die("the state cannot be committed");
    queue->open = false;
    queue->uncommitted = 0;
}

/* Leases, and what the workers report. */
static size_t lend(struct queue *queue, size_t max, struct commands *outcomes)
{
    static uint64_t deliveries[IN_FLIGHT_MAX];
    static struct buf work = {.max = STORAGE_MAX};
    uint64_t now_ms = clock_wall_ms();
    size_t count = dispatch_lease(queue->dispatch, SLICE("telegram:bot0"), now_ms,
                                  now_ms + LEASE_MS, deliveries, max, NULL);
    buf_clear(&work);
    for (size_t i = 0; i < count; i++) {
        if (ledger_work(queue->ledger, deliveries[i], now_ms + LEASE_MS, &work) != ERROR_NONE)
            bench_die("a delivery is gone");
        const struct message outcome = {.kind = MESSAGE_cmd_outcome,
                                        .cmd_outcome = {.delivery = deliveries[i],
                                                        .lane = SLICE("telegram:bot0"),
                                                        .result = OUTCOME_DONE,
                                                        .parts_count = 1}};
        add(outcomes, &outcome);
    }
    return count;
}

static void add(struct commands *commands, const struct message *message)
{
    wire_encode(&commands->bytes, message);
    ASSERT(!commands->bytes.failed && commands->count < IN_FLIGHT_MAX);
    commands->ends[commands->count++] = commands->bytes.len;
}

/* A letter each: every job is another member. */
static void add_jobs(struct queue *queue, struct commands *commands, uint64_t count)
{
    static char text[256];
    static char name[256];
    size_t text_len = queue->bytes < 300 ? 7 : 240;
    memset(text, 'x', sizeof text);
    memset(name, 'n', sizeof name);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = ++queue->numbered;
        const struct message message = {
            .kind = MESSAGE_cmd_said,
            .cmd_said = {
                .bot = SLICE("bot0"),
                .update_id = number,
                .chat_id = (int64_t)(number * UINT64_C(2654435761) % UINT64_C(1000000007)) + 1,
                .telegram_id = (int64_t)(number * UINT64_C(2654435761) % UINT64_C(1000000007)) + 1,
                .origin = SAID_PRIVATE,
                .module = MODULE_access,
                .verb = SLICE("start"),
                .name = slice_of(name, queue->bytes - text_len - 40),
                .language = SLICE("en"),
                .arg = slice_of(text, text_len),
                .date_ms = 1}};
        add(commands, &message);
    }
}

static void clear(struct commands *commands)
{
    commands->count = 0;
    buf_clear(&commands->bytes);
}

/* Returns the new tail; everything is on disk then. */
static uint64_t append(struct queue *queue, const struct commands *first,
                       const struct commands *second)
{
    static struct slice slices[2 * IN_FLIGHT_MAX];
    const struct commands *both[] = {first, second};
    size_t count = 0;
    uint64_t sequence;
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < both[n]->count; i++) {
            size_t from = i == 0 ? 0 : both[n]->ends[i - 1];
            slices[count++] = slice_of(both[n]->bytes.data + from, both[n]->ends[i] - from);
        }
    enum error error = journal_append(queue->journal, slices, count, clock_wall_ms(), &sequence);
    if (error != ERROR_NONE)
        bench_die("the journal: %s", error_text(error));
    return sequence + count - 1;
}
