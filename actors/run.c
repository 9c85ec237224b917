/* usher run: starts the actors of this process in an order that works, waits, and stops them so
 * that nothing that was taken on is left: first the doors, then each actor behind them once it has
 * nothing left to take. */
#include "actors/actors.h"
#include "actors/exporter.h"
#include "actors/herald.h"
#include "actors/ledger.h"
#include "actors/mirror.h"
#include "actors/reload.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process_metrics.h"
#include "cli/cli.h"
#include "config/web.h"
#include "desk/pace.h"
#include "base/version.h"
#include "ledger/epoch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char usage[] =
    "usage: usher run [--config FILE] [--role ROLE[:WHICH],...] [--metrics ADDRESS]\n"
    "\n"
    "Runs usher until SIGTERM or SIGINT, then finishes what is in hand and exits. A second signal "
    "ends\n"
    "it at once. SIGHUP reads the configuration again; one with errors changes nothing.\n"
    "\n"
    "  --config FILE   the configuration (default $USHER_CONFIG,\n"
    "                  ./usher.yaml, /etc/usher/usher.yaml)\n"
    "  --role LIST     the actors to run here (default: all): ingress, verifier, ledger, granter,\n"
    "                  notifier, scheduler, mirror, webhooks, checker. WHICH names one of\n"
    "                  several: ingress:2 and verifier:2 have the\n"
    "                  second endpoint of the links verdicts and requests, notifier:NAME is one "
    "bot's\n"
    "  --metrics ADDRESS  where this process serves its metrics, in place of metrics.listen:\n"
    "                  127.0.0.1:9465. Processes of one host need one each; \"none\": nowhere\n";

enum {
    ACTORS_MAX = CONFIG_LANES_MAX + 32,
    PHASES = 5,
    DRAIN_MS = 20000, /* a call to Telegram may take 15 s */
    DRAIN_FATAL_MS = 2000,
    DESCRIPTORS_A_LANE = 520, /* its calls under way, at most 512 */
    DESCRIPTORS_ELSE = 768    /* refused connections that linger, stores, links, asked gateways */
};

/* MEMBERS_MIRROR, MEMBERS_WEBHOOKS: one, or none where it is turned off or there are none.
 * MEMBERS_EXPORTER: one in each process, whatever its roles, or none. */
enum members {
    MEMBERS_ONE,
    MEMBERS_MIRROR,
    MEMBERS_WEBHOOKS,
    MEMBERS_EXPORTER,
    MEMBERS_INGRESS,
    MEMBERS_VERIFIER,
    MEMBERS_LANE
};

/* In the order of starting; phase is the order of stopping. */
static const struct role {
    const char *name;
    enum members members;
    unsigned phase;
    actor_starter *start;
    enum reload_step reload;
    const struct maker *maker;
} roles[] = {
    {"metrics", MEMBERS_EXPORTER, 4, exporter_start, RELOAD_NEVER, NULL},
    {"ledger", MEMBERS_ONE, 3, journal_start, RELOAD_LEDGER, &journal_maker},
    {"ledger", MEMBERS_ONE, 4, apply_start, RELOAD_OUTWARD, NULL},
    {"notifier", MEMBERS_LANE, 0, notifier_start, RELOAD_OUTWARD, NULL},
    {"granter", MEMBERS_ONE, 2, granter_start, RELOAD_OUTWARD, &granter_maker},
    {"scheduler", MEMBERS_ONE, 0, scheduler_start, RELOAD_NEVER, NULL},
    {"mirror", MEMBERS_MIRROR, 2, mirror_start, RELOAD_NEVER, NULL},
    {"mirror", MEMBERS_MIRROR, 2, reads_start, RELOAD_NEVER, NULL},
    {"webhooks", MEMBERS_WEBHOOKS, 2, webhooks_start, RELOAD_OUTWARD, NULL},
    {"checker", MEMBERS_ONE, 0, checker_start, RELOAD_OUTWARD, NULL},
    {"verifier", MEMBERS_VERIFIER, 1, verifier_start, RELOAD_INWARD, &verifier_maker},
    {"ingress", MEMBERS_INGRESS, 0, ingress_start, RELOAD_DOOR, NULL},
};
enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

struct started {
    struct actor *actor;
    const struct role *role;
    bool drained;
    bool swaps; /* it was told of a change and has not answered */
};

struct run {
    struct config *config;
    const char *config_path;
    const char *metrics; /* --metrics, or NULL */
    char metrics_host[64];
    uint32_t connections_wanted; /* by the configuration; descriptors may allow fewer */
    struct site site;
    struct herald herald;
    uint64_t selected[ROLES]; /* by role, a bit for each member */
    struct started started[ACTORS_MAX];
    size_t count;
    int signals; /* signalfd */
    bool fatal;
    bool stop; /* SIGTERM or SIGINT came */
    bool reload;
};

static int parse(struct run *run, int argc, char **argv, struct cli_common *common,
                 const char **roles_text);
static bool listen_metrics(struct run *run, struct why *why);
static void say_build(void);
static void say_ready(const struct run *run);
static bool select_roles(struct run *run, const char *text, struct why *why);
static bool select_role(struct run *run, struct slice name, struct slice which, struct why *why);
static bool member_index(const struct run *run, const struct role *role, struct slice which,
                         size_t *index);
static size_t member_count(const struct run *run, const struct role *role);
static void raise_descriptors(struct config *config);
static enum error start_all(struct run *run, struct why *why);
static enum error catch_signals(struct run *run, struct why *why);
static void watch(struct run *run, long timeout);
static void take_signal(struct run *run);
static void reload(struct run *run);
static void change_all(struct run *run, struct reload_part *parts);
static bool swaps(const struct run *run);
static void stop_all(struct run *run);
static bool phase_drained(const struct run *run, unsigned phase);

int cli_run(int argc, char **argv)
{
    struct run run = {.signals = -1};
    struct cli_common common;
    struct why why = {""};
    const char *roles_text = NULL;

    int code = parse(&run, argc, argv, &common, &roles_text);
    if (code != CLI_GO_ON)
        return code;
    run.config = cli_config_load(&common);
    if (run.config == NULL)
        return CLI_FAILED;
    log_set_json(run.config->log_format == LOG_JSON);
    log_event(LOG_started, "version=%s config=%s", version_text(), common.config_path);
    run.config_path = common.config_path;
    process_metrics_begin();
    say_build();
    run.connections_wanted = run.config->http.connections_max;
    raise_descriptors(run.config);
    run.site.config = run.config;
    enum error error = catch_signals(&run, &why);
    if (error == ERROR_NONE)
        error = topology_new(run.config, &run.site.topology, &why);
    if (error == ERROR_NONE &&
        (!listen_metrics(&run, &why) || !select_roles(&run, roles_text, &why))) {
        error = ERROR_INVALID;
        code = CLI_USAGE;
    }
    if (error == ERROR_NONE)
        error = pace_new(&run.site.pace);
    if (error == ERROR_NONE)
        error = start_all(&run, &why);
    if (error == ERROR_NONE)
        error = herald_open(&run.herald, run.site.topology, &why);
    if (error == ERROR_NONE) {
        say_ready(&run);
        while (!run.fatal && !run.stop) {
            watch(&run, HERALD_MS);
            herald_turn(&run.herald, run.config);
            if (run.reload)
                reload(&run);
        }
    } else {
        fprintf(stderr, "usher: %s\n", why.text);
    }
    run.stop = true;
    log_event(LOG_stopping, "fatal=%d", run.fatal || error != ERROR_NONE);
    stop_all(&run);
    herald_close(&run.herald);
    ledger_host_close(&run.site.ledger);
    mirror_host_close(&run.site.mirror);
    topology_destroy(&run.site.topology);
    pace_destroy(&run.site.pace);
    if (run.signals >= 0)
        close(run.signals);
    config_destroy(&run.config);
    log_event(LOG_stopped, "fatal=%d", run.fatal || error != ERROR_NONE);
    if (error != ERROR_NONE)
        return code == CLI_USAGE ? CLI_USAGE : CLI_FAILED;
    return run.fatal ? CLI_FAILED : CLI_DONE;
}

static int parse(struct run *run, int argc, char **argv, struct cli_common *common,
                 const char **roles_text)
{
    static const struct option options[] = {CLI_COMMON_OPTIONS,
                                            {"role", required_argument, NULL, 'r'},
                                            {"metrics", required_argument, NULL, 'm'},
                                            {0}};
    int option;

    cli_common_begin(common);
    while ((option = getopt_long(argc, argv, CLI_COMMON_SHORT "r:m:", options, NULL)) != -1) {
        if (option == 'r') {
            *roles_text = optarg;
            continue;
        }
        if (option == 'm') {
            run->metrics = optarg;
            continue;
        }
        int code = cli_common_option(common, option, usage);
        if (code != CLI_GO_ON)
            return code;
    }
    if (optind < argc)
        return cli_usage_error(usage, "run: \"%s\" is one operand too many", argv[optind]);
    return CLI_GO_ON;
}

/* --metrics has the last word; and what this process does not listen on is no key that a reload may
 * not change, so the configuration stays as it is. */
static bool listen_metrics(struct run *run, struct why *why)
{
    struct config_listen *listen = &run->site.metrics;
    const char *host = run->config->metrics.host;

    listen->host = run->metrics_host;
    listen->port = run->config->metrics.port;
    if (run->metrics == NULL && host != NULL) {
        ASSERT(slice_copy(slice_from(host), run->metrics_host, sizeof(run->metrics_host)));
        return true;
    }
    if (run->metrics != NULL && web_split_listen(slice_from(run->metrics), run->metrics_host,
                                                 sizeof(run->metrics_host), &listen->port))
        return true;
    listen->host = NULL;
    if (run->metrics == NULL || strcmp(run->metrics, "none") == 0)
        return true;
    why_set(why, ERROR_INVALID,
            "--metrics: \"%s\" is no address; expected an IP address and a port, such as "
            "127.0.0.1:9465, or none",
            run->metrics);
    return false;
}

static void say_build(void)
{
    char rules[24];
    snprintf(rules, sizeof(rules), "%llu", (unsigned long long)ledger_rules());
    metric_set(metric_series(METRIC_usher_build_info, version_text(), rules), 1);
}

static void say_ready(const struct run *run)
{
    char http[128] = "none";
    char metrics[160] = "";
    if (run->site.http_port != 0)
        snprintf(http, sizeof(http), "%s:%u", run->config->http.listen.host, run->site.http_port);
    if (run->site.metrics_port != 0)
        snprintf(metrics, sizeof(metrics), " metrics=%s:%u", run->site.metrics.host,
                 run->site.metrics_port);
    log_event(LOG_ready, "http=%s%s", http, metrics);
}

/* text: "ingress,verifier:2" or NULL for all. */
static bool select_roles(struct run *run, const char *text, struct why *why)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].members == MEMBERS_EXPORTER)
            run->selected[i] = member_count(run, &roles[i]);
    if (text == NULL) {
        for (size_t i = 0; i < ROLES; i++)
            if (!select_role(run, slice_from(roles[i].name), (struct slice){NULL, 0}, why))
                return false;
        return true;
    }
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        const char *colon = memchr(at, ':', len);
        struct slice name = slice_of(at, colon == NULL ? len : (size_t)(colon - at));
        struct slice which = {NULL, 0};
        if (colon != NULL)
            which = slice_of(colon + 1, len - name.len - 1);
        if (!select_role(run, name, which, why))
            return false;
        at += len;
        if (*at == '\0')
            return true;
    }
}

static bool select_role(struct run *run, struct slice name, struct slice which, struct why *why)
{
    bool known = false;

    for (size_t i = 0; i < ROLES; i++) {
        if (!slice_is(name, roles[i].name))
            continue;
        known = true;
        size_t count = member_count(run, &roles[i]);
        size_t index = 0;
        if (which.data == NULL && roles[i].members == MEMBERS_INGRESS)
            count = 1; /* one process listens once */
        if (which.data == NULL) {
            run->selected[i] |= count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
        } else if (member_index(run, &roles[i], which, &index)) {
            run->selected[i] |= (uint64_t)1 << index;
        } else {
            why_set(why, ERROR_INVALID, "--role: there is no %.*s \"%.*s\"", SLICE_ARG(name),
                    SLICE_ARG(which));
            return false;
        }
    }
    if (!known)
        why_set(why, ERROR_INVALID, "--role: \"%.*s\" is no role", SLICE_ARG(name));
    return known;
}

static bool member_index(const struct run *run, const struct role *role, struct slice which,
                         size_t *index)
{
    long long number;

    if (role->members == MEMBERS_ONE || role->members == MEMBERS_MIRROR ||
        role->members == MEMBERS_WEBHOOKS || role->members == MEMBERS_EXPORTER)
        return false;
    if (role->members == MEMBERS_LANE) {
        struct lane_name bot = lane_of_bot(which);
        return config_lane_find(run->config, which, index) ||
               config_lane_find(run->config, slice_from(bot.text), index);
    }
    if (!slice_to_i64(which, &number) || number < 1 ||
        (unsigned long long)number > member_count(run, role))
        return false;
    *index = (size_t)number - 1;
    return true;
}

static size_t member_count(const struct run *run, const struct role *role)
{
    const struct topology *topology = run->site.topology;
    switch (role->members) {
    case MEMBERS_ONE:
        return 1;
    case MEMBERS_MIRROR:
        return run->config->mirror_enabled ? 1 : 0;
    case MEMBERS_WEBHOOKS:
        return run->config->webhook_count > 0 ? 1 : 0;
    case MEMBERS_EXPORTER:
        return run->site.metrics.host != NULL ? 1 : 0;
    case MEMBERS_INGRESS:
        return topology_endpoints(topology, LINK_verdicts);
    case MEMBERS_VERIFIER:
        return topology_endpoints(topology, LINK_requests);
    case MEMBERS_LANE:
        return config_lane_count(run->config);
    }
    return 0;
}

/* As many descriptors as the configuration may need: 1024, the usual limit, are fewer than the
 * connections that are let in by default, and without one nobody can be told 503 and Telegram not
 * be called. Where the hard limit stands against it, fewer connections are let in. */
static void raise_descriptors(struct config *config)
{
    struct rlimit limit;
    rlim_t others = DESCRIPTORS_ELSE + (rlim_t)config_lane_count(config) * DESCRIPTORS_A_LANE;
    rlim_t wanted = config->http.connections_max + others;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = before;
    if (limit.rlim_cur >= wanted)
        return;
    rlim_t room = limit.rlim_cur > 2 * others ? limit.rlim_cur - others : limit.rlim_cur / 2;
    if (room < config->http.connections_max)
        config->http.connections_max = room > 0 ? (uint32_t)room : 1;
    log_event(LOG_descriptors_low, "limit=%llu wanted=%llu connections_max=%u",
              (unsigned long long)limit.rlim_cur, (unsigned long long)wanted,
              config->http.connections_max);
}

static enum error start_all(struct run *run, struct why *why)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (run->selected[i] != 0 && roles[i].start == journal_start) {
            enum error error =
                ledger_host_open(run->config, run->site.topology, &run->site.ledger, why);
            if (error != ERROR_NONE)
                return error;
        }
        for (size_t member = 0; member < 64; member++) {
            if ((run->selected[i] >> member & 1) == 0)
                continue;
            ASSERT(run->count < ACTORS_MAX);
            struct started *started = &run->started[run->count];
            *started = (struct started){.role = &roles[i]};
            enum error error = roles[i].start(&run->site, member, &started->actor, why);
            if (error != ERROR_NONE)
                return error;
            run->count++;
        }
    }
    return ERROR_NONE;
}

/* Blocked before any thread starts, so that all inherit it; read by the main thread alone. */
static enum error catch_signals(struct run *run, struct why *why)
{
    sigset_t blocked;
    sigset_t stop;

    sigfillset(&blocked);
    static const int ours[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        sigdelset(&blocked, ours[i]);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &blocked, NULL) != 0)
        return why_set(why, ERROR_IO, "cannot block signals");
    run->signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run->signals < 0)
        return why_set(why, ERROR_IO, "cannot read signals: %s", strerror(errno));
    return ERROR_NONE;
}

/* Waits for a signal or a word of an actor, timeout ms at most (-1: for ever). */
static void watch(struct run *run, long timeout)
{
    zmq_pollitem_t items[ACTORS_MAX + 1] = {{.fd = run->signals, .events = ZMQ_POLLIN}};
    size_t which[ACTORS_MAX + 1] = {0};
    int count = 1;

    for (size_t i = 0; i < run->count; i++) {
        if (run->started[i].actor == NULL)
            continue;
        which[count] = i;
        items[count++] =
            (zmq_pollitem_t){.socket = actor_control(run->started[i].actor), .events = ZMQ_POLLIN};
    }
    int n = zmq_poll(items, count, timeout);
    ASSERT(n >= 0 || errno == EINTR);
    for (int i = 1; n > 0 && i < count; i++) {
        struct started *started = &run->started[which[i]];
        enum control word;
        while ((items[i].revents & ZMQ_POLLIN) != 0 && actor_hear(started->actor, &word)) {
            started->drained = started->drained || word == CONTROL_DRAINED;
            started->swaps = started->swaps && word != CONTROL_SWAPPED;
            run->fatal = run->fatal || word == CONTROL_FATAL;
        }
    }
    take_signal(run);
}

static void take_signal(struct run *run)
{
    struct signalfd_siginfo info;
    while (read(run->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            run->reload = true;
        else if (run->stop)
            _exit(CLI_FAILED); /* a second signal: at once */
        else
            run->stop = true;
    }
}

/* The configuration anew, or nothing at all. */
static void reload(struct run *run)
{
    struct reload_part parts[ACTORS_MAX];

    run->reload = false;
    struct config *config = reload_read(run->config_path, run->config, run->connections_wanted);
    if (config == NULL)
        return;
    for (size_t i = 0; i < run->count; i++)
        parts[i] = (struct reload_part){.actor = run->started[i].actor,
                                        .maker = run->started[i].role->maker,
                                        .step = run->started[i].role->reload};
    if (reload_make(parts, run->count, config) != ERROR_NONE) {
        config_destroy(&config);
        return;
    }
    change_all(run, parts);
    reload_drop(parts, run->count); /* what was made of the old one, before it goes itself */
    struct config *old = run->config;
    run->config = config;
    run->site.config = config;
    log_set_json(config->log_format == LOG_JSON);
    if (run->site.ledger != NULL)
        run->site.ledger->config = config;
    config_destroy(&old);
    log_event(LOG_reloaded, "config=%s", run->config_path);
}

/* Each step when all of the one before have swapped. Actors that have failed swap too. */
static void change_all(struct run *run, struct reload_part *parts)
{
    for (enum reload_step step = RELOAD_NEVER + 1; step < RELOAD_STEPS; step++) {
        for (size_t i = 0; i < run->count; i++)
            run->started[i].swaps = run->started[i].role->reload == step;
        reload_tell(parts, run->count, step);
        while (swaps(run))
            watch(run, -1);
    }
}

static bool swaps(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->started[i].swaps)
            return true;
    return false;
}

static void stop_all(struct run *run)
{
    if (run->site.ledger != NULL)
        atomic_store(&run->site.ledger->stopping, true);
    for (unsigned phase = 0; phase < PHASES; phase++) {
        uint64_t until_ms = clock_mono_ms() + (run->fatal ? DRAIN_FATAL_MS : DRAIN_MS);
        for (size_t i = 0; i < run->count; i++)
            if (run->started[i].role->phase == phase)
                actor_tell(run->started[i].actor, CONTROL_QUIESCE);
        while (!phase_drained(run, phase)) {
            uint64_t now_ms = clock_mono_ms();
            if (now_ms >= until_ms) {
                log_event(LOG_not_drained, "phase=%u", phase);
                break;
            }
            watch(run, (long)(until_ms - now_ms));
        }
        for (size_t i = 0; i < run->count; i++)
            if (run->started[i].role->phase == phase)
                actor_join(&run->started[i].actor);
    }
    run->count = 0;
}

static bool phase_drained(const struct run *run, unsigned phase)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->started[i].role->phase == phase && !run->started[i].drained)
            return false;
    return true;
}
