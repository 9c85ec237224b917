/* telegram-sim: start, the loop, the end. */
#include "call.h"
#include "control.h"
#include "methods.h"
#include "sim.h"
#include "webhook.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    TAKE_MAX = 256,
    THREADS = 2,
    CONNECTIONS_MAX = 8192,
    PARKED_MAX = 16384,
    BODY_BYTES_MAX = 8 << 20,
    IDLE_TIMEOUT_S = 120,
    WEBHOOK_BODY_BYTES_MAX = 1 << 16
};

static enum error sim_start(struct sim *sim, struct why *why);
static void sim_run(struct sim *sim, int signals);
static void sim_turn(struct sim *sim);
static void sim_stop(struct sim *sim);
static int wait_ms(struct sim *sim);
static int signals_open(void);

int main(int argc, char **argv)
{
    static struct sim sim;
    switch (options_read(argc, argv, &sim.options)) {
    case OPTIONS_RUN:
        break;
    case OPTIONS_EXIT_OK:
        options_deinit(&sim.options);
        return 0;
    case OPTIONS_EXIT_USAGE:
        options_deinit(&sim.options);
        return 2;
    case OPTIONS_EXIT_FAILED:
        options_deinit(&sim.options);
        return 1;
    }
    int code = 1;
    struct why why = {0};
    /* Before the server's threads start, so that they leave these signals to the descriptor. */
    int signals = signals_open();
    if (signals < 0) {
        fprintf(stderr, "telegram-sim: signalfd: %s\n", strerror(errno));
    } else if (sim_start(&sim, &why)) {
        fprintf(stderr, "telegram-sim: %s\n", why.text);
    } else {
        printf("listening %s:%u\n", sim.options.host, http_server_port(sim.server));
        if (fflush(stdout) == 0) {
            sim_run(&sim, signals);
            code = 0;
        }
    }
    sim_stop(&sim);
    if (signals >= 0)
        (void)close(signals);
    return code;
}

static enum error sim_start(struct sim *sim, struct why *why)
{
    sim->now_us = clock_mono_us();
    sim->now_ms = clock_wall_ms();
    api_init();
    methods_init();
    enum error error = report_init(&sim->report, sim->options.record_path, sim->now_ms, why);
    if (!error)
        error = sim_open(sim, why);
    if (error)
        return error;
    struct http_client_options client = {.connections_max = WEBHOOK_TRANSFERS_MAX,
                                         .body_bytes_max = WEBHOOK_BODY_BYTES_MAX};
    error = http_client_new(&client, webhook_done, sim, &sim->client);
    if (error)
        return why_set(why, error, "the HTTP client does not start: %s", error_text(error));
    struct http_server_options server = {.host = sim->options.host,
                                         .port = sim->options.port,
                                         .threads = THREADS,
                                         .connections_max = CONNECTIONS_MAX,
                                         .parked_max = PARKED_MAX,
                                         .body_bytes_max = BODY_BYTES_MAX,
                                         .idle_timeout_s = IDLE_TIMEOUT_S};
    return http_server_start(&server, &sim->server, why);
}

static void sim_run(struct sim *sim, int signals)
{
    struct pollfd fds[] = {{.fd = http_server_fd(sim->server), .events = POLLIN},
                           {.fd = http_client_fd(sim->client), .events = POLLIN},
                           {.fd = signals, .events = POLLIN}};
    while (!sim->stop) {
        int ready = poll(fds, sizeof(fds) / sizeof(*fds), wait_ms(sim));
        if (ready < 0 && errno != EINTR) {
            fprintf(stderr, "telegram-sim: poll: %s\n", strerror(errno));
            return;
        }
        if (ready > 0 && fds[2].revents)
            return;
        sim_turn(sim);
        if (ready == 0)
            report_flush(&sim->report);
    }
}

static void sim_turn(struct sim *sim)
{
    const struct http_request *requests[TAKE_MAX];
    sim->now_us = clock_mono_us();
    sim->now_ms = clock_wall_ms();
    size_t count = http_server_take(sim->server, requests, TAKE_MAX);
    for (size_t i = 0; i < count && !sim->stop; i++) {
        struct slice path = requests[i]->path;
        if (path.len >= 4 && memcmp(path.data, "/sim", 4) == 0)
            control_serve(sim, requests[i]);
        else
            call_serve(sim, requests[i]);
    }
    http_client_run(sim->client);
    timers_run(&sim->timers, sim, sim->now_us);
    updates_flush(sim);
    webhook_run(sim);
}

static void sim_stop(struct sim *sim)
{
    if (sim->server)
        http_server_quiesce(sim->server);
    sim_close(sim);
    if (sim->server)
        http_server_stop(&sim->server);
    http_client_destroy(&sim->client);
    webhook_forget(sim);
    report_deinit(&sim->report);
    methods_deinit();
    api_deinit();
    options_deinit(&sim->options);
}

/* Until the next thing is due; with a record waiting to be written, not for long. */
static int wait_ms(struct sim *sim)
{
    enum { RECORD_MS = 200 };
    int timeout = timers_timeout_ms(&sim->timers, clock_mono_us());
    long client = http_client_timeout_ms(sim->client);
    if (client >= 0 && (timeout < 0 || client < timeout))
        timeout = (int)client;
    if (sim->report.record && (timeout < 0 || timeout > RECORD_MS))
        timeout = RECORD_MS;
    return timeout;
}

static int signals_open(void)
{
    sigset_t set;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
