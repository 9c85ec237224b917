/* The ledger alone: commands applied per second to a state of so many members, through the calls
 * that the apply thread uses (ledger_begin, ledger_apply, ledger_commit), in batches as large as
 * its. Each payment is followed by the outcome of its letter, a batch later. First every member
 * pays once (growth); then random members pay again (--extra payments), in --rounds rounds that are
 * timed apart.
 *
 *     ledger --folder DIR [--members 10000] [--extra 0] [--rounds 3]
 *            [--unapplied N | --sent 1 | --waiting 1] [--config usher.yaml]
 *
 * With --unapplied the folder becomes the data_dir of a usher whose state lags: what is applied and
 * N further payments are in its journal, under the catalog of that configuration. With --sent 1 it
 * becomes one that has nothing left to do: everybody paid within the last hour and got their
 * letter. With --waiting 1 everybody paid, and nobody has got it yet. */
#include "base/clock.h"
#include "base/prng.h"
#include "bench/bench.h"
#include "config/config.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

#include <openssl/sha.h>
#include <sys/stat.h>

enum {
    BATCH = 65536, /* as in actors/ledger_apply.c */
    COMMANDS_BYTES_MAX = 32 << 20,
    CATALOG_BYTES_MAX = 1 << 20,
    ID_FIRST = 1000001,
    HOUR_MS = 3600 * 1000
};

#define START_MS UINT64_C(1767225600000) /* 2026-01-01 */

struct bench {
    struct store *store;
    struct ledger *ledger;
    struct journal *journal; /* NULL unless --unapplied */
    struct effects effects;
    struct prng prng;
    uint64_t members;
    bool sent;         /* nothing is left to be sent at the end */
    bool waiting;      /* no letter goes out */
    uint64_t sequence; /* of the last command */
    uint64_t at_ms;
    struct buf commands; /* a batch, one behind another */
    size_t ends[BATCH];  /* where each ends in commands */
    size_t count;
};

static void open_all(struct bench *bench, const char *folder, bool with_journal);
static void configure(struct bench *bench, const char *config_path);
static void read_catalog(const char *config_path, struct buf *rows);
static void own_catalog(struct buf *rows);
static double pay(struct bench *bench, uint64_t count, bool again, bool apply);
static void add_payment(struct bench *bench, uint64_t member);
static void add_outcomes(struct bench *bench);
static void add_outcome(struct bench *bench, const struct effect *effect);
static void add(struct bench *bench, const struct message *message);
static void run_batch(struct bench *bench, bool apply);
static void send_all(struct bench *bench);
static void append_batch(struct bench *bench);
static void apply_batch(struct bench *bench);
static struct slice command(const struct bench *bench, size_t i);
static uint64_t memory_bytes(const char *field);
static uint64_t disk_bytes(const char *folder, const char *name);

int main(int argc, char **argv)
{
    static struct bench bench;
    const char *folder = bench_text(argc, argv, "--folder", NULL);
    uint64_t extra = bench_number(argc, argv, "--extra", "0");
    uint64_t rounds = bench_number(argc, argv, "--rounds", "3");
    uint64_t unapplied = bench_number(argc, argv, "--unapplied", "0");
    bench.sent = bench_number(argc, argv, "--sent", "0") != 0;
    bool waiting = bench_number(argc, argv, "--waiting", "0") != 0;
    bench.members = bench_number(argc, argv, "--members", "10000");
    bench.at_ms = bench.sent || waiting ? clock_wall_ms() - HOUR_MS : START_MS;
    bench.prng.state = 5;
    if (bench.members == 0 || rounds == 0)
        bench_die("%s: at least one member, and one round", argv[0]);
    open_all(&bench, folder, unapplied > 0 || bench.sent || waiting);
    configure(&bench, bench_text(argc, argv, "--config", ""));
    bench.waiting = waiting;
    (void)printf("{\"members\":%llu,\"grow_per_s\":%.1f,\"per_s\":[",
                 (unsigned long long)bench.members, pay(&bench, bench.members, false, true));
    if (bench.sent)
        send_all(&bench);
    for (uint64_t i = 0; i < rounds && extra > 0; i++)
        (void)printf("%s%.1f", i > 0 ? "," : "", pay(&bench, extra / rounds, true, true));
    (void)pay(&bench, unapplied, true, false);
    (void)printf(
        "],\"rss_bytes\":%llu,\"anon_bytes\":%llu,\"state_bytes\":%llu,"
        "\"applied\":%llu,\"tail\":%llu}\n",
        (unsigned long long)memory_bytes("VmRSS:"), (unsigned long long)memory_bytes("RssAnon:"),
        (unsigned long long)disk_bytes(folder, "state/data.mdb"),
        (unsigned long long)ledger_applied(bench.ledger), (unsigned long long)bench.sequence);
    ledger_close(&bench.ledger);
    store_close(&bench.store);
    journal_close(&bench.journal);
    buf_deinit(&bench.commands);
    free(bench.effects.items);
    return 0;
}

static void open_all(struct bench *bench, const char *folder, bool with_journal)
{
    char path[1024];
    struct why why = {""};
    const struct store_options options = {.sync_lazily = true};
    const struct journal_options journal_options = {0};
    buf_init(&bench->commands, COMMANDS_BYTES_MAX);
    (void)snprintf(path, sizeof path, "%s/state", folder);
    if (mkdir(path, 0700) != 0 || store_open(path, &options, &bench->store, &why) != ERROR_NONE ||
        ledger_open(bench->store, &bench->ledger, &why) != ERROR_NONE)
        bench_die("%s: %s", path, why.text);
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    if (with_journal && (mkdir(path, 0700) != 0 ||
                         journal_open(path, &journal_options, &bench->journal, &why) != ERROR_NONE))
        bench_die("%s: %s", path, why.text);
}

/* The configuration's catalog, so that a usher with this configuration finds it in force; or one of
 * our own. */
static void configure(struct bench *bench, const char *config_path)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    struct buf rows;
    buf_init(&rows, CATALOG_BYTES_MAX);
    if (config_path[0] != 0)
        read_catalog(config_path, &rows);
    else
        own_catalog(&rows);
    (void)SHA256((const unsigned char *)rows.data, rows.len, hash);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {slice_of(hash, sizeof hash), buf_slice(&rows)}};
    add(bench, &message);
    run_batch(bench, true);
    run_batch(bench, true); /* now the groups have their links, and letters need not wait */
    buf_deinit(&rows);
}

static void read_catalog(const char *config_path, struct buf *rows)
{
    struct config *config;
    struct buf errors;
    buf_init(&errors, 65536);
    if (config_load(config_path, &config, &errors) != ERROR_NONE)
        bench_die("%.*s", SLICE_ARG(buf_slice(&errors)));
    config_catalog(config, rows);
    buf_deinit(&errors);
    config_destroy(&config);
}

static void own_catalog(struct buf *rows)
{
    const struct message messages[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Trade Club"),
                               .timezone = SLICE("Asia/Shanghai"),
                               .removals_per_hour = 100}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("bot0")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("group0"),
                           .bot = SLICE("bot0"),
                           .chat_id = -1001000000001,
                           .link_ttl_ms = 1}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("starter")}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {SLICE("starter"), SLICE("group0")}},
        {.kind = MESSAGE_catalog_price,
         .catalog_price = {SLICE("starter"), 900, SLICE("USD"), 1, 0}},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        wire_encode(rows, &messages[i]);
}

/* Returns commands per second. apply = false: payments alone, and only journaled. */
static double pay(struct bench *bench, uint64_t count, bool again, bool apply)
{
    uint64_t start_us = clock_mono_us();
    uint64_t before = bench->sequence;
    for (uint64_t i = 0; i < count; i++) {
        add_payment(bench, again ? prng_below(&bench->prng, bench->members) : i);
        if (bench->count == BATCH || i + 1 == count)
            run_batch(bench, apply);
    }
    while (bench->count > 0)
        run_batch(bench, apply); /* the outcomes of the last payments, and what follows from them */
    return bench_per_second(bench->sequence - before, clock_mono_us() - start_us);
}

/* Of what the last batch let go; they go with the next payments. */
static void add_outcomes(struct bench *bench)
{
    for (size_t i = 0; i < bench->effects.count && bench->count < BATCH / 2; i++) {
        if (bench->effects.items[i].ready)
            add_outcome(bench, &bench->effects.items[i]);
    }
}

static void add_outcome(struct bench *bench, const struct effect *effect)
{
    bool link = effect->kind == DELIVERY_create_link;
    const struct message outcome = {
        .kind = MESSAGE_cmd_outcome,
        .cmd_outcome = {.delivery = effect->delivery,
                        .lane = slice_from(effect->lane),
                        .result = OUTCOME_DONE,
                        .parts_count = 2,
                        .link = link ? SLICE("https://t.me/+AAAAAAAAAAAAAAAA") : SLICE("")}};
    add(bench, &outcome);
}

static void add_payment(struct bench *bench, uint64_t member)
{
    char event_id[40];
    char payment_id[40];
    /* Who pay one after another are no neighbours in the tree. */
    uint64_t id = ID_FIRST + member * UINT64_C(2654435761) % UINT64_C(1000000007);
    (void)snprintf(event_id, sizeof event_id, "evt_%016llx",
                   (unsigned long long)prng_next(&bench->prng));
    (void)snprintf(payment_id, sizeof payment_id, "pi_%016llx",
                   (unsigned long long)prng_next(&bench->prng));
    const struct message payment = {.kind = MESSAGE_cmd_payment,
                                    .cmd_payment = {.gateway = SLICE("ime"),
                                                    .event_id = slice_from(event_id),
                                                    .payment_id = slice_from(payment_id),
                                                    .kind = PAYMENT_PAID,
                                                    .telegram_id = (int64_t)id,
                                                    .plan = SLICE("starter"),
                                                    .amount = 900,
                                                    .currency = SLICE("USD")}};
    add(bench, &payment);
}

static void add(struct bench *bench, const struct message *message)
{
    wire_encode(&bench->commands, message);
    if (bench->commands.failed)
        bench_die("out of memory for the commands");
    bench->ends[bench->count++] = bench->commands.len;
}

static void run_batch(struct bench *bench, bool apply)
{
    if (bench->journal != NULL)
        append_batch(bench);
    if (apply)
        apply_batch(bench);
    bench->sequence += bench->count;
    bench->at_ms++;
    bench->count = 0;
    buf_clear(&bench->commands);
    if (apply && !bench->waiting)
        add_outcomes(bench);
}

/* What was left over of all that is ready goes out too. */
static void send_all(struct bench *bench)
{
    struct effects ready = {0};
    for (;;) {
        while (bench->count > 0)
            run_batch(bench, true);
        uint64_t after = 0;
        ready.count = 0;
        if (ledger_pending(bench->ledger, &after, BATCH, &ready) != ERROR_NONE)
            bench_die("what is pending cannot be read");
        if (ready.count == 0)
            break;
        for (size_t i = 0; i < ready.count; i++) {
            add_outcome(bench, &ready.items[i]);
            if (bench->count == BATCH || i + 1 == ready.count)
                run_batch(bench, true);
        }
    }
    free(ready.items);
}

static void append_batch(struct bench *bench)
{
    static struct slice commands[BATCH];
    uint64_t first;
    for (size_t i = 0; i < bench->count; i++)
        commands[i] = command(bench, i);
    enum error error = journal_append(bench->journal, commands, bench->count, bench->at_ms, &first);
    if (error != ERROR_NONE || first != bench->sequence + 1)
        bench_die("the journal: %s", error_text(error));
}

static void apply_batch(struct bench *bench)
{
    unsigned result = RESULT_ok;
    enum error error = ledger_begin(bench->ledger);
    bench->effects.count = 0;
    for (size_t i = 0; i < bench->count && error == ERROR_NONE; i++) {
        error = ledger_apply(bench->ledger, bench->sequence + 1 + i, bench->at_ms,
                             command(bench, i), &result, &bench->effects);
        if (result != RESULT_ok && result != RESULT_granted)
            bench_die("a payment was not granted: %s", result_text(result));
    }
    if (error == ERROR_NONE)
        error = ledger_commit(bench->ledger);
    if (error != ERROR_NONE)
        bench_die("the ledger: %s", error_text(error));
}

static struct slice command(const struct bench *bench, size_t i)
{
    size_t from = i == 0 ? 0 : bench->ends[i - 1];
    return slice_of(bench->commands.data + from, bench->ends[i] - from);
}

/* A field of /proc/self/status, which counts in KiB. */
static uint64_t memory_bytes(const char *field)
{
    char line[256];
    uint64_t kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, field, strlen(field)) == 0)
            kib = strtoull(line + strlen(field), NULL, 10);
    if (status != NULL)
        (void)fclose(status);
    return kib * 1024;
}

/* What a file takes on the disk: LMDB's may have holes. */
static uint64_t disk_bytes(const char *folder, const char *name)
{
    char path[1024];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &info) == 0 ? (uint64_t)info.st_blocks * 512 : 0;
}
