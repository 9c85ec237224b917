/* usher under torture, in one thread and on a made-up clock: see sim.h. A run has two parts. First
 * there are faults of all kinds; then they stop, everybody can be reached, and within two days all
 * that is owed must have arrived. Checked:
 *
 * - each event that a gateway was told is safe changed the state once, whatever came twice, late,
 * or in another order; each payment is granted, unsettled, taken back or recorded, as the auditor
 * has computed it, and runs until the date that the auditor has computed;
 * - nobody is let into a group without having paid, and nobody stays whose time is over;
 * - nobody gets a broadcast twice, and each ends with counts that fit what was heard of it;
 * - no sliding window of a bot's or a chat's at the server is over its limit, crashes or not;
 * - at the end no delivery is open, each granted payment's receipt has arrived, and who has paid is
 *   in every group of their plans;
 * - the journal, applied to an empty state, gives the same state, byte for byte. */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/sim/auditor.h"
#include "tests/sim/broadcasts.h"
#include "tests/sim/gateways.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "tests/sim/usher.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { USAGE = 2, SETTLE_MS = 26 * HOUR_MS }; /* a held removal waits for the operator's morning */

static const char community[] =
    "data_dir: ./var\n"
    "http: {listen: \"127.0.0.1:0\"}\n"
    "admin: {token: \"simulation-admin-token-0001\"}\n"
    "community: {name: Trade Club, timezone: %s, language: en, removals_per_hour: %u}\n"
    "bots:\n"
    "  - {name: main, token: \"1:AAAAAAAAAAAAAAAAAAAA\", api_url: \"http://127.0.0.1:1\", "
    "updates: polling, limits: {per_second: %u}}\n"
    "  - {name: second, token: \"2:AAAAAAAAAAAAAAAAAAAA\", api_url: \"http://127.0.0.1:1\", "
    "updates: polling}\n"
    "groups:\n"
    "  - {name: starter, bot: main, chat_id: -1001000000001, invite: join_request}\n"
    "  - {name: core, bot: main, chat_id: -1001000000002, invite: one_time_link}\n"
    "  - {name: lounge, bot: second, chat_id: -1001000000003, invite: join_request}\n"
    "plans:\n"
    "  - name: starter\n"
    "    groups: [starter]\n"
    "    prices: [{amount: \"9.00\", currency: USD, period: 1 month}, "
    "{amount: \"79.00\", currency: USD, period: 1 year}]\n"
    "  - name: core\n"
    "    groups: [starter, core]\n"
    "    seats: %u\n"
    "    grace: 3 days\n"
    "    prices: [{amount: \"29.00\", currency: USD, period: 1 month}, "
    "{amount: \"299.00\", currency: EUR, period: 3 months}]\n"
    "  - name: vip\n"
    "    groups: [core, lounge]\n"
    "    prices: [{amount: \"50.00\", currency: USD, period: 2 weeks}, "
    "{amount: \"99.00\", currency: USD, period: 30 days}]\n"
    "gateways:\n"
    "  - {name: stripe, kind: stripe, secrets: [\"whsec_simulation\"]}\n"
    "  - {name: ime, kind: stripe, secrets: [\"whsec_simulation\"]}\n";

static void run(const struct options *options);
static void make_community(struct sim *sim);
static void make_weather(struct sim *sim);
static void check_nothing_open(struct sim *sim);
static void check_daily(struct sim *sim, struct event *event);
static void converge(struct sim *sim);
static void report(struct sim *sim, uint64_t took_us);
static bool parse(int argc, char **argv, struct options *options, uint64_t *runs);
static bool before(const struct heap_node *a, const struct heap_node *b);

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .members = 300, .days = 120};
    uint64_t runs = 5;
    if (!parse(argc, argv, &options, &runs)) {
        fprintf(stderr, "usage: simulation [--seed N] [--runs N] [--members N] [--days N] "
                        "[--disk] [--quiet] [--trace]\n");
        return USAGE;
    }
    for (; runs > 0; runs--, options.seed++)
        run(&options);
    return 0;
}

void sim_fail(const struct sim *sim, const char *format, ...)
{
    const struct options *options = &sim->options;
    va_list args;
    printf("seed %" PRIu64 ": ", options->seed);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf(" (day %" PRIu64 ", command %" PRIu64 ")\n", (sim->now_ms - sim->start_ms) / DAY_MS,
           usher_commands(sim));
    printf("again: simulation --seed %" PRIu64 " --runs 1 --members %" PRIu64 " --days %" PRIu64
           "%s --trace\n",
           options->seed, options->members, options->days, options->disk ? " --disk" : "");
    exit(1);
}

static void run(const struct options *options)
{
    struct sim sim = {.options = *options, .prng = {options->seed}, .faults = true};
    uint64_t started_us = clock_mono_us();
    int64_t start_ms = 0;
    bool known = clock_parse_utc(SLICE("2026-01-01T00:00:00Z"), &start_ms);
    ASSERT(known);
    sim.start_ms = (uint64_t)start_ms + sim_below(&sim, 365) * DAY_MS;
    sim.now_ms = sim.start_ms;
    sim.end_ms = sim.start_ms + options->days * DAY_MS;
    heap_init(&sim.events, before);
    make_community(&sim);
    make_weather(&sim);
    people_new(&sim);
    telegram_new(&sim);
    gateways_new(&sim);
    auditor_new(&sim);
    broadcasts_new(&sim);
    usher_new(&sim);
    sim_at(&sim, sim.start_ms + DAY_MS, check_daily);
    sim_run(&sim, sim.end_ms);
    converge(&sim);
    report(&sim, clock_mono_us() - started_us);
    usher_destroy(&sim);
    broadcasts_destroy(&sim);
    auditor_destroy(&sim);
    gateways_destroy(&sim);
    telegram_destroy(&sim);
    people_destroy(&sim);
    sim_events_deinit(&sim);
    config_destroy(&sim.config);
}

static void make_community(struct sim *sim)
{
    static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York",
                                        "UTC"};
    struct buf errors;
    char yaml[sizeof community + 128];
    uint64_t seats = 1 + sim->options.members / sim_between(sim, 4, 12);
    int len = snprintf(yaml, sizeof yaml, community, zones[sim_below(sim, 4)],
                       sim_chance(sim, 5000) ? 1000U : 3U, sim_chance(sim, 5000) ? 30U : 3U,
                       (unsigned)seats);
    buf_init(&errors, 65536);
    enum error error =
        config_parse(slice_of(yaml, (size_t)len), "community", &sim->config, &errors);
    CHECK(sim, error == ERROR_NONE, "the community is not valid: %.*s",
          SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&errors);
}

/* Each run has faults of its own. */
static void make_weather(struct sim *sim)
{
    unsigned wild = sim_chance(sim, 2000) ? 0 : (unsigned)sim_between(sim, 1, 10);
    sim->weather = (struct weather){
        .lost = wild * (unsigned)sim_below(sim, 20),
        .doubled = wild * (unsigned)sim_below(sim, 20),
        .crash = wild * (unsigned)sim_below(sim, 6),
        .bot_crash = wild * (unsigned)sim_below(sim, 6),
        .aborted = wild * 2,
        .failed = wild * (unsigned)sim_below(sim, 30),
        .in_doubt = wild * (unsigned)sim_below(sim, 20),
        .not_sent = wild * (unsigned)sim_below(sim, 30),
        .flood = wild * (unsigned)sim_below(sim, 5),
        .slow = wild * (unsigned)sim_below(sim, 50),
        .outage_max_ms = sim_chance(sim, 5000) ? 5 * SECOND_MS : 5 * MINUTE_MS,
        .latency_max_ms = sim_between(sim, 2, 300),
    };
}

/* In no state but done. */
static void check_nothing_open(struct sim *sim)
{
    static const char *const states[] = {"pending", "started", "dead", "held", "waiting"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const struct message_query query = {
            .what = QUERY_QUEUE, .text = slice_from(states[i]), .limit = 1};
        struct slice json = usher_ask(sim, &query, 200);
        cJSON *root = cJSON_ParseWithLength(json.data, json.len);
        int left = cJSON_GetArraySize(cJSON_GetObjectItem(root, "deliveries"));
        cJSON_Delete(root);
        CHECK(sim, left == 0, "a delivery is left %s: %.*s", states[i], SLICE_ARG(json));
    }
}

static void check_daily(struct sim *sim, struct event *event)
{
    (void)event;
    auditor_check_places(sim, SETTLE_MS);
    if (!sim->calm)
        sim_at(sim, sim->now_ms + DAY_MS, check_daily);
}

static void converge(struct sim *sim)
{
    sim->faults = false;
    sim_run(sim, sim->now_ms + 10 * MINUTE_MS); /* an outage may still last */
    people_calm(sim);
    sim_run(sim, sim->now_ms + DAY_MS);
    people_ask(sim);
    sim_run(sim, sim->now_ms + DAY_MS);
    CHECK(sim, usher_up(sim), "usher is down");
    CHECK(sim, telegram_updates_waiting(sim) == 0, "updates wait for ever");
    check_nothing_open(sim);
    auditor_check_arrived(sim);
    auditor_check_places(sim, 2 * HOUR_MS);
    auditor_check_ledger(sim);
    broadcasts_check(sim);
    usher_check_replay(sim);
}

static void report(struct sim *sim, uint64_t took_us)
{
    struct auditor_sums sums;
    auditor_sums(sim, &sums);
    if (sim->options.quiet)
        return;
    printf("seed %" PRIu64 ": %" PRIu64 " members, %" PRIu64 " days, %zu payments (%" PRIu64
           " granted, %" PRIu64 " unsettled, %" PRIu64 " taken back, %" PRIu64
           " recorded), %" PRIu64 " commands, %" PRIu64 " calls, %" PRIu64 " notices, %" PRIu64
           " crashes, %.1f s\n",
           sim->options.seed, sim->options.members, sim->options.days, sim->gateways->payment_count,
           sums.granted, sums.unsettled, sums.taken_back, sums.recorded, usher_commands(sim),
           telegram_calls(sim), broadcasts_heard_count(sim), usher_crashes(sim),
           (double)took_us / 1e6);
    (void)fflush(stdout);
}

static bool parse(int argc, char **argv, struct options *options, uint64_t *runs)
{
    const struct {
        const char *name;
        uint64_t *number;
        bool *flag;
    } known[] = {
        {"--seed", &options->seed, NULL},       {"--runs", runs, NULL},
        {"--members", &options->members, NULL}, {"--days", &options->days, NULL},
        {"--disk", NULL, &options->disk},       {"--quiet", NULL, &options->quiet},
        {"--trace", NULL, &options->trace},
    };
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof known / sizeof known[0] && strcmp(argv[i], known[k].name) != 0)
            k++;
        if (k == sizeof known / sizeof known[0])
            return false;
        if (known[k].flag != NULL) {
            *known[k].flag = true;
            continue;
        }
        long long value;
        if (++i == argc || !slice_to_i64(slice_from(argv[i]), &value) || value < 1)
            return false;
        *known[k].number = (uint64_t)value;
    }
    return true;
}

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    const struct event *x = (const struct event *)(const void *)a;
    const struct event *y = (const struct event *)(const void *)b;
    return x->at_ms != y->at_ms ? x->at_ms < y->at_ms : x->order < y->order;
}
