/* usher under torture, in one thread and on a made-up clock: see sim.h. A run has two parts. First
 * there are faults of all kinds; then they stop, everybody can be reached, and within two days all
 * that is owed must have arrived. Checked:
 *
 * - each event that a gateway was told is safe changed the state once, whatever came twice, late,
 * or in another order; each payment is granted, unsettled, taken back or recorded, as the auditor
 * has computed it from what was said of it so far, by whichever of its names, and runs until the
 * date that the auditor has computed;
 * - at the end, access is for money that is really there at the gateway, and money that is there
 * has access, is listed, or was put aside by the operator; what was paid beyond orders is credit;
 * - nobody is let into a group without having paid, and nobody stays whose time is over;
 * - what open orders hold of seats and codes is given back, no code is used more often than it may
 * be, no order is paid twice, and each check-in earns what it should;
 * - in the news each ticket has a number of its own and its end is told, each reminder comes once,
 * all points come to nothing in double entry, and a reader's copy is what the state is;
 * - nobody gets a broadcast twice, and each ends with counts that fit what was heard of it;
 * - no sliding window of a bot's or a chat's at the server is over its limit, crashes or not;
 * - at the end no delivery is open, each granted payment's receipt has arrived, and who has paid is
 *   in every group of their plans;
 * - the journal, applied to an empty state, gives the same state, byte for byte. */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/sim/auditor.h"
#include "tests/sim/auditor_news.h"
#include "tests/sim/broadcasts.h"
#include "tests/sim/coupons.h"
#include "tests/sim/gateways.h"
#include "tests/sim/news.h"
#include "tests/sim/operator.h"
#include "tests/sim/people.h"
#include "tests/sim/staff.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"
#include "tests/sim/usher.h"
#include "tests/sim/weather.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    USAGE = 2,
    SETTLE_MS = 26 * HOUR_MS /* a held removal waits for the operator's morning */
};

static uint64_t run(const struct options *options);
static void check_nothing_open(struct sim *sim);
static void check_daily(struct sim *sim, struct event *event);
static void converge(struct sim *sim);
static void report(struct sim *sim, uint64_t took_us);
static bool parse(int argc, char **argv, struct options *options, uint64_t *runs);
static bool before(const struct heap_node *a, const struct heap_node *b);

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .members = 200, .days = 120};
    uint64_t runs = 5;
    if (!parse(argc, argv, &options, &runs)) {
        fprintf(stderr, "usage: simulation [--seed N] [--runs N] [--members N] [--days N] "
                        "[--window N] [--disk] [--quiet] [--trace] [--twice]\n");
        return USAGE;
    }
    for (; runs > 0; runs--, options.seed++) {
        struct options again = options;
        uint64_t hash = run(&options);
        again.quiet = true;
        if (options.twice && run(&again) != hash) {
            printf("seed %" PRIu64 ": two runs of it are not the same\n", options.seed);
            return 1;
        }
    }
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
    printf("again: simulation --seed %" PRIu64 " --runs 1 --members %" PRIu64 " --days %" PRIu64,
           options->seed, options->members, options->days);
    if (options->window > 0)
        printf(" --window %" PRIu64, options->window);
    printf("%s --trace\n", options->disk ? " --disk" : "");
    exit(1);
}

static uint64_t run(const struct options *options)
{
    struct sim sim = {.options = *options,
                      .prng = {options->seed},
                      .faults = true,
                      .hash = UINT64_C(0xcbf29ce484222325)};
    uint64_t started_us = clock_mono_us();
    int64_t start_ms = 0;
    bool known = clock_parse_utc(SLICE("2026-01-01T00:00:00Z"), &start_ms);
    ASSERT(known);
    sim.start_ms = (uint64_t)start_ms + sim_below(&sim, 365) * DAY_MS;
    sim.now_ms = sim.start_ms;
    sim.end_ms = sim.start_ms + options->days * DAY_MS;
    heap_init(&sim.events, before);
    telegram_new(&sim);
    terms_new(&sim);
    weather_new(&sim);
    people_new(&sim);
    gateways_new(&sim);
    operator_new(&sim);
    auditor_new(&sim);
    broadcasts_new(&sim);
    coupons_new(&sim);
    news_new(&sim);
    books_new(&sim);
    staff_new(&sim);
    usher_new(&sim);
    sim_at(&sim, sim.start_ms + DAY_MS, check_daily);
    sim_run(&sim, sim.end_ms);
    converge(&sim);
    report(&sim, clock_mono_us() - started_us);
    usher_destroy(&sim);
    books_destroy(&sim);
    news_destroy(&sim);
    coupons_destroy(&sim);
    broadcasts_destroy(&sim);
    auditor_destroy(&sim);
    gateways_destroy(&sim);
    telegram_destroy(&sim);
    people_destroy(&sim);
    sim_events_deinit(&sim);
    terms_destroy(&sim);
    return sim.hash;
}

/* In no state but done, but for what has come up in these two hours. */
static void check_nothing_open(struct sim *sim)
{
    static const char *const states[] = {"pending", "started", "dead", "held", "waiting"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const struct message_query query = {
            .what = QUERY_QUEUE, .text = slice_from(states[i]), .limit = 1};
        struct slice json = usher_ask(sim, &query, 200);
        cJSON *root = cJSON_ParseWithLength(json.data, json.len);
        const cJSON *oldest = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "deliveries"), 0);
        const cJSON *created = cJSON_GetObjectItem(oldest, "created");
        int64_t created_ms = (int64_t)sim->now_ms;
        if (cJSON_IsString(created))
            (void)clock_parse_utc(slice_from(created->valuestring), &created_ms);
        CHECK(sim, (uint64_t)created_ms + 2 * HOUR_MS > sim->now_ms, "a delivery is left %s: %.*s",
              states[i], SLICE_ARG(json));
        cJSON_Delete(root);
    }
}

static void check_daily(struct sim *sim, struct event *event)
{
    if (sim->calm)
        return;
    if (event->a % 2 == 0)
        auditor_check_places(sim, SETTLE_MS);
    auditor_check_prompt(sim);
    sim_at(sim, sim->now_ms + DAY_MS / 2, check_daily)->a = event->a + 1;
}

static void converge(struct sim *sim)
{
    weather_clears(sim);
    sim_run(sim, sim->now_ms + 10 * MINUTE_MS); /* an outage may still last */
    auditor_check_prompt(sim);
    sim_run(sim, sim->now_ms + 30 * MINUTE_MS);
    auditor_check_prompt(sim);
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
    news_check(sim);
    books_check(sim);
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
           " crashes (%" PRIu64 " by power), %" PRIu64
           " epochs, %zu configurations, %u clock steps, trace %016" PRIx64 ", %.1f s\n",
           sim->options.seed, sim->options.members, sim->options.days, sim->gateways->payment_count,
           sums.granted, sums.unsettled, sums.taken_back, sums.recorded, usher_commands(sim),
           telegram_calls(sim), broadcasts_heard_count(sim), usher_crashes(sim),
           usher_power_cuts(sim), usher_epochs(sim), sim->terms_count, sim->weather.steps,
           sim->hash, (double)took_us / 1e6);
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
        {"--window", &options->window, NULL},   {"--disk", NULL, &options->disk},
        {"--quiet", NULL, &options->quiet},     {"--trace", NULL, &options->trace},
        {"--twice", NULL, &options->twice},
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
