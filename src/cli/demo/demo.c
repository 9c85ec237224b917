/* usher demo: a flash sale against a simulated Telegram, with the real programs. Exits 0 only if
 * every genuine buyer is in their groups and nobody else. */
#include "cli/demo/demo.h"

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/demo/newcomers.h"
#include "cli/demo/regulars.h"
#include "cli/demo/sale.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: usher demo [--buyers N] [--seconds N] [--flash N] [--seed N] [--keep]\n"
    "\n"
    "Starts telegram-sim and usher in a folder of their own, lets buyers pay through\n"
    "signed Stripe, Standard Webhooks and iMe callbacks, with repeats, refunds and\n"
    "forgeries among them, and shows how they become members. Three buy with a\n"
    "coupon, and check in; one orders by the bot's buttons, and one on a page,\n"
    "without Telegram. Then a flash of renewals measures the door. Exits 0 only if\n"
    "every genuine buyer is in their groups and nobody else, orders, coupons and\n"
    "points came out right, and no limit of Telegram's was passed.\n"
    "\n"
    "  --buyers N    20 to 10000 (default 300)\n"
    "  --seconds N   over which the sale spreads (default 8)\n"
    "  --flash N     renewals in the flash, 0 for none (default 100000)\n"
    "  --seed N      of the order of things (default: the time)\n"
    "  --keep        leave the folder with logs and data behind\n";

enum {
    FIRST_ID = 10001,
    START_MS = 3000,
    SALE_CONNECTIONS = 32,
    FLASH_CONNECTIONS = 256,
    FLASH_MS = 4000,
    LINE_MS = 1000,
    PATIENCE_MS = 120000, /* beyond the time that Telegram's limits ask for */
    CALLS_PER_SECOND = 30
};

struct demo {
    size_t buyers;
    unsigned seconds;
    size_t flash_count;
    uint64_t seed;
    bool keep;
    struct world world;
    struct sale sale;
    struct sale flash;
    struct regulars regulars;
    struct newcomers newcomers;
    uint64_t start_ms;
    bool failed; /* something did not come out as promised */
};

static volatile sig_atomic_t interrupted;

static int parse(struct demo *demo, int argc, char **argv);
static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *out);
static enum error play(struct demo *demo, struct why *why);
static enum error run_shown(struct demo *demo, struct sale *sale, const char *name,
                            uint32_t connections, uint64_t duration_ms, struct why *why);
static void *run_sale(void *arguments);
static enum error wait_until_inside(struct demo *demo, struct why *why);
static enum error show(struct demo *demo, const char *phase, struct world_sight *sight,
                       struct why *why);
static enum error conclude(struct demo *demo, struct why *why);
static bool all_inside(const struct demo *demo, const struct world_sight *sight);
static size_t expected_inside(const struct demo *demo, size_t group);
static bool belongs(const struct demo *demo, size_t group, int64_t user);
static void check(struct demo *demo, bool held, const char *what);
static void check_groups(struct demo *demo, const cJSON *report);
static void show_latencies(const struct demo *demo, const cJSON *report);
static enum error check_payments(struct demo *demo, struct why *why);
static void interrupt(int signal);

int cli_demo(int argc, char **argv)
{
    struct demo *demo = calloc(1, sizeof *demo);
    struct why why = {""};
    if (demo == NULL)
        return CLI_FAILED;
    int code = parse(demo, argc, argv);
    if (code == CLI_GO_ON) {
        struct sigaction action = {.sa_handler = interrupt};
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
        enum error error = play(demo, &why);
        bool drained = world_stop(&demo->world, demo->keep || error != ERROR_NONE || demo->failed);
        if (error == ERROR_NONE)
            check(demo, drained, "usher drained and exited 0 on SIGTERM");
        if (error != ERROR_NONE)
            (void)fprintf(stderr, "usher: demo: %s\n", why.text);
        if (demo->keep || error != ERROR_NONE || demo->failed)
            (void)fprintf(stderr, "logs and data are in %s\n", demo->world.folder);
        code = error == ERROR_NONE && !demo->failed ? CLI_DONE : CLI_FAILED;
        sale_deinit(&demo->sale);
        sale_deinit(&demo->flash);
        free(demo->sale.buyers);
    }
    free(demo);
    return code;
}

static int parse(struct demo *demo, int argc, char **argv)
{
    static const struct option options[] = {{"buyers", required_argument, NULL, 'b'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"flash", required_argument, NULL, 'f'},
                                            {"seed", required_argument, NULL, 'r'},
                                            {"keep", no_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    uint64_t buyers = 300;
    uint64_t seconds = 8;
    uint64_t flash = 100000;
    *demo = (struct demo){.seed = clock_wall_ms()};
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        bool good = true;
        if (option == 'b')
            good = number(optarg, 20, 10000, &buyers);
        else if (option == 's')
            good = number(optarg, 1, 600, &seconds);
        else if (option == 'f')
            good = number(optarg, 0, 200000, &flash);
        else if (option == 'r')
            good = number(optarg, 0, INT64_MAX, &demo->seed);
        else if (option == 'k')
            demo->keep = true;
        else if (option == 'h') {
            (void)fputs(usage, stdout);
            return CLI_DONE;
        } else {
            return cli_usage_error(usage, "demo: see --help");
        }
        if (!good)
            return cli_usage_error(usage, "demo: \"%s\" is out of range", optarg);
    }
    if (optind < argc)
        return cli_usage_error(usage, "demo: \"%s\" is one operand too many", argv[optind]);
    demo->buyers = (size_t)buyers;
    demo->seconds = (unsigned)seconds;
    demo->flash_count = (size_t)flash;
    return CLI_GO_ON;
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    long long value;
    if (!slice_to_i64(slice_from(text), &value) || value < 0 || (uint64_t)value < least ||
        (uint64_t)value > most)
        return false;
    *out = (uint64_t)value;
    return true;
}

static enum error play(struct demo *demo, struct why *why)
{
    static const char *const languages[] = {"en", "zh-hans", "zh-hant"};
    (void)printf("usher demo: %zu buyers, seed %llu\n", demo->buyers,
                 (unsigned long long)demo->seed);
    (void)fflush(stdout);
    enum error error = world_start(&demo->world, why);
    demo->start_ms = clock_mono_ms();
    for (size_t i = 0; error == ERROR_NONE && i < 3; i++) {
        size_t from = demo->buyers * i / 3;
        error = world_users(&demo->world, FIRST_ID + (int64_t)from,
                            (uint32_t)(demo->buyers * (i + 1) / 3 - from), languages[i], 0.1, why);
    }
    if (error == ERROR_NONE)
        error = sale_invite(&demo->sale, &demo->world, demo->buyers, FIRST_ID, why);
    if (error == ERROR_NONE)
        error = regulars_order(&demo->regulars, &demo->sale, demo->start_ms, why);
    if (error == ERROR_NONE)
        error = newcomers_order(&demo->newcomers, &demo->sale, demo->start_ms, why);
    if (error == ERROR_NONE)
        error = sale_prepare(&demo->sale, demo->seconds, demo->seed, why);
    if (error == ERROR_NONE && demo->flash_count > 0)
        error = sale_prepare_flash(&demo->flash, &demo->sale, demo->flash_count, why);
    while (error == ERROR_NONE && clock_mono_ms() < demo->start_ms + START_MS)
        (void)usleep(LINE_MS * 1000 / 20); /* they are talking to the bot */
    if (error == ERROR_NONE)
        error = run_shown(demo, &demo->sale, "sale", SALE_CONNECTIONS,
                          (demo->seconds + 60) * 1000ULL, why);
    if (error == ERROR_NONE)
        error = wait_until_inside(demo, why);
    if (error == ERROR_NONE && demo->flash_count > 0)
        error = run_shown(demo, &demo->flash, "flash", FLASH_CONNECTIONS, FLASH_MS, why);
    if (error == ERROR_NONE)
        error = wait_until_inside(demo, why);
    return error == ERROR_NONE ? conclude(demo, why) : error;
}

struct run_arguments {
    struct sale *sale;
    uint32_t connections;
    uint64_t duration_ms;
};

static enum error run_shown(struct demo *demo, struct sale *sale, const char *name,
                            uint32_t connections, uint64_t duration_ms, struct why *why)
{
    struct run_arguments arguments = {sale, connections, duration_ms};
    struct world_sight sight;
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_sale, &arguments) != 0)
        return why_set(why, ERROR_MEMORY, "no thread can be started");
    (void)printf("%26s %7s %8s  %9s %9s %6s %4s\n", "accepted", "refused", "renewals",
                 world_plans[0], world_plans[1], "calls", "over");
    enum error error = ERROR_NONE;
    while (!atomic_load(&sale->over) && error == ERROR_NONE) {
        error = show(demo, name, &sight, why);
        for (int i = 0; i < 20 && !atomic_load(&sale->over); i++)
            (void)usleep(LINE_MS * 1000 / 20);
    }
    atomic_store(&sale->stop, error != ERROR_NONE);
    (void)pthread_join(thread, NULL);
    if (error == ERROR_NONE && sale->error != ERROR_NONE)
        error = why_set(why, sale->error, "%s", sale->why.text);
    return error;
}

static void *run_sale(void *arguments)
{
    struct run_arguments *run = arguments;
    sale_run(run->sale, run->connections, run->duration_ms);
    return NULL;
}

/* Until everybody who paid is in, and nothing is left to be done. */
static enum error wait_until_inside(struct demo *demo, struct why *why)
{
    uint64_t deadline_ms =
        clock_mono_ms() + PATIENCE_MS + demo->buyers * 8 * 1000 / CALLS_PER_SECOND;
    for (;;) {
        struct world_sight sight;
        cJSON *status = NULL;
        int64_t pending = -1;
        enum error error = show(demo, "settling", &sight, why);
        if (error == ERROR_NONE)
            error = world_ask(&demo->world, "status", &status, why);
        if (error != ERROR_NONE)
            return error;
        (void)json_i64(json_pointer(status, "/deliveries/pending"), &pending);
        json_free(&status);
        if (pending == 0 && all_inside(demo, &sight) && regulars_over(&demo->regulars))
            return ERROR_NONE;
        if (clock_mono_ms() > deadline_ms)
            return why_set(why, ERROR_TIMEOUT, "not everybody who paid came in and was told");
        (void)usleep(LINE_MS * 1000);
    }
}

/* One line of progress; over: calls beyond a limit. Then what newcomers and regulars did. */
static enum error show(struct demo *demo, const char *phase, struct world_sight *sight,
                       struct why *why)
{
    if (interrupted)
        return why_set(why, ERROR_CLOSED, "interrupted");
    enum error error = world_see(&demo->world, sight, why);
    if (error != ERROR_NONE)
        return error;
    unsigned long accepted = 0;
    unsigned long refused = 0;
    unsigned long renewed = atomic_load(&demo->flash.accepted[FATE_GENUINE]);
    for (size_t i = 0; i < FATE_COUNT; i++) {
        accepted += atomic_load(&demo->sale.accepted[i]);
        refused += atomic_load(&demo->sale.refused[i]);
    }
    (void)printf("%5.1f s  %-8s %8lu %7lu %8lu  %4llu/%-4zu %4llu/%-4zu %6llu %4llu\n",
                 (double)(clock_mono_ms() - demo->start_ms) / 1000.0, phase, accepted, refused,
                 renewed, (unsigned long long)sight->inside[0], expected_inside(demo, 0),
                 (unsigned long long)sight->inside[1], expected_inside(demo, 1),
                 (unsigned long long)sight->calls, (unsigned long long)sight->violations);
    (void)fflush(stdout);
    error = newcomers_see(&demo->newcomers, why);
    return error == ERROR_NONE ? regulars_see(&demo->regulars, !all_inside(demo, sight), why)
                               : error;
}

static enum error conclude(struct demo *demo, struct why *why)
{
    static const char *const fates[] = {"genuine payments", "repeats of them", "refunds ahead",
                                        "forgeries"};
    struct sale *sale = &demo->sale;
    cJSON *report = NULL;
    enum error error = world_report(&demo->world, &report, why);
    if (error != ERROR_NONE)
        return error;
    (void)printf("\n%-20s %8s %8s %8s %8s\n", "callbacks", "sent", "accepted", "refused", "other");
    for (size_t i = 0; i < FATE_COUNT; i++)
        (void)printf("%-20s %8lu %8lu %8lu %8lu\n", fates[i], sale->sent[i], sale->accepted[i],
                     sale->refused[i], sale->other[i]);
    int64_t calls = 0;
    int64_t violations = -1;
    (void)json_i64(json_member(report, "call_count"), &calls);
    (void)json_i64(json_member(report, "violation_count"), &violations);
    error = newcomers_conclude(&demo->newcomers, why);
    if (error == ERROR_NONE)
        error = regulars_conclude(&demo->regulars, why);
    if (error != ERROR_NONE) {
        json_free(&report);
        return error;
    }
    (void)printf("\n%-26s %lld (%d a second are allowed)\n", "calls to Telegram", (long long)calls,
                 CALLS_PER_SECOND);
    (void)printf("%-26s %lld\n", "limit violations", (long long)violations);
    show_latencies(demo, report);
    if (demo->flash_count > 0) {
        const struct load_report *load = &demo->flash.report;
        double seconds = (double)load->duration_us / 1e6;
        (void)printf("%-26s %.0f/s (%llu in %.2f s, %ld processors)\n", "durable 200s in the flash",
                     seconds > 0 ? (double)load->statuses[200] / seconds : 0.0,
                     (unsigned long long)load->statuses[200], seconds,
                     sysconf(_SC_NPROCESSORS_ONLN));
        (void)printf("%-26s p99 %.1f ms on %d connections\n", "from callback to 200",
                     (double)histogram_percentile(&load->latency_us, 99) / 1000.0,
                     FLASH_CONNECTIONS);
    }
    (void)putchar('\n');
    check_groups(demo, report);
    check(demo, violations == 0, "no limit of Telegram's was passed");
    check(demo,
          sale->accepted[FATE_FORGED] == 0 && sale->refused[FATE_FORGED] == sale->sent[FATE_FORGED],
          "every forgery was answered 401");
    check(demo,
          sale->accepted[FATE_GENUINE] == sale->sent[FATE_GENUINE] &&
              sale->accepted[FATE_REPEATED] == sale->sent[FATE_REPEATED],
          "every genuine callback was answered 200");
    check(demo, demo->newcomers.bot_right,
          "an order by the bot's buttons was paid, and is whose it is");
    check(demo, demo->newcomers.page_right,
          "an order from a page went to who opened it on Telegram");
    check(demo, demo->regulars.coupons_right,
          "every order with a coupon was paid at its lower amount, and granted");
    check(demo, demo->regulars.checkins_right, "every check-in gave its points, once");
    json_free(&report);
    return check_payments(demo, why);
}

static void check_groups(struct demo *demo, const cJSON *report)
{
    size_t missing = 0;
    size_t strangers = 0;
    for (size_t group = 0; group < WORLD_GROUPS; group++) {
        const cJSON *chat;
        const cJSON *member;
        for (size_t i = 0; i < demo->buyers; i++)
            missing += belongs(demo, group, demo->sale.buyers[i].id) &&
                       !world_inside(report, group, demo->sale.buyers[i].id);
        cJSON_ArrayForEach(chat, json_member(report, "chats"))
        {
            int64_t id = 0;
            if (!json_i64(json_member(chat, "id"), &id) || id != world_chat_ids[group])
                continue;
            cJSON_ArrayForEach(member, json_member(chat, "members"))
            {
                if (json_i64(json_member(member, "user_id"), &id))
                    strangers += !belongs(demo, group, id);
            }
        }
    }
    check(demo, missing == 0, "every genuine buyer is in their groups");
    check(demo, strangers == 0, "nobody else is in a group");
}

static bool all_inside(const struct demo *demo, const struct world_sight *sight)
{
    bool inside = true;
    for (size_t i = 0; i < WORLD_GROUPS; i++)
        inside = inside && sight->inside[i] >= expected_inside(demo, i);
    return inside;
}

static size_t expected_inside(const struct demo *demo, size_t group)
{
    size_t count = 0;
    for (size_t i = 0; i < demo->sale.buyer_count; i++)
        count += belongs(demo, group, demo->sale.buyers[i].id);
    return count;
}

/* Plan 0 opens group 0, plan 1 both. */
static bool belongs(const struct demo *demo, size_t group, int64_t user)
{
    int64_t index = user - FIRST_ID;
    if (index < 0 || index >= (int64_t)demo->sale.buyer_count)
        return false;
    const struct buyer *buyer = &demo->sale.buyers[index];
    return buyer_genuine(buyer) && group <= buyer->plan;
}

static void check(struct demo *demo, bool held, const char *what)
{
    (void)printf("%s  %s\n", held ? "ok    " : "FAILED", what);
    demo->failed = demo->failed || !held;
}

/* From the callback's 200 to the first message that came after it. */
static void show_latencies(const struct demo *demo, const cJSON *report)
{
    struct histogram *histogram = malloc(sizeof *histogram);
    if (histogram == NULL)
        return;
    histogram_init(histogram);
    for (size_t i = 0; i < demo->buyers; i++) {
        const struct buyer *buyer = &demo->sale.buyers[i];
        char id[24];
        const cJSON *message;
        if (!buyer_genuine(buyer))
            continue;
        (void)snprintf(id, sizeof id, "%lld", (long long)buyer->id);
        cJSON_ArrayForEach(message,
                           json_member(json_member(json_member(report, "users"), id), "messages"))
        {
            int64_t at_ms = 0;
            if (json_i64(json_member(message, "at_ms"), &at_ms) &&
                (uint64_t)at_ms >= buyer->paid_ms) {
                histogram_record(histogram, (uint64_t)at_ms - buyer->paid_ms);
                break;
            }
        }
    }
    (void)printf("%-26s median %.2f s, p99 %.2f s\n", "from callback to message",
                 (double)histogram_percentile(histogram, 50) / 1000.0,
                 (double)histogram_percentile(histogram, 99) / 1000.0);
    free(histogram);
}

/* Each payment that was answered 200 counts once: as many as usher lists, and one month each. */
static enum error check_payments(struct demo *demo, struct why *why)
{
    uint64_t listed = 0;
    uint64_t odd = 0;
    uint64_t owed = atomic_load(&demo->flash.accepted[FATE_GENUINE]);
    uint64_t unknown = demo->flash.report.outcomes[LOAD_UNKNOWN];
    for (size_t i = 0; i < demo->buyers; i++) {
        char path[48];
        cJSON *member = NULL;
        const cJSON *payment;
        const struct buyer *buyer = &demo->sale.buyers[i];
        if (!buyer_genuine(buyer))
            continue;
        owed++;
        (void)snprintf(path, sizeof path, "members/%lld", (long long)buyer->id);
        enum error error = world_ask(&demo->world, path, &member, why);
        if (error != ERROR_NONE)
            return error;
        int64_t count = 0;
        (void)json_i64(json_member(member, "payment_count"), &count);
        listed += (uint64_t)count;
        cJSON_ArrayForEach(payment, json_member(member, "payments")) odd +=
            !slice_is(json_string(json_member(payment, "state")), "granted");
        json_free(&member);
    }
    check(demo, listed >= owed && listed <= owed + unknown && odd == 0,
          "every payment that was answered 200 is granted once, and no other");
    return ERROR_NONE;
}

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}
