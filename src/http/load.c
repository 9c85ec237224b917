#include "http/load.h"

#include "base/assert.h"
#include "base/clock.h"
#include "http/load_worker.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum error check(const struct load_options *options, struct why *why);
static enum error resolve(const struct load_options *options, struct load_shared *shared,
                          struct why *why);
static void share_out(struct load_shared *shared, struct load_worker *workers);
static void *worker_main(void *context);
static void report_merge(struct load_report *into, const struct load_report *from);

enum error load_run(const struct load_options *options, struct load_report *report, struct why *why)
{
    struct load_shared shared = {.options = options};
    pthread_t threads[LOAD_THREADS_MAX];
    uint32_t started = 1; /* the calling thread is the first */
    memset(report, 0, sizeof(*report));
    histogram_init(&report->latency_us);
    enum error error = check(options, why);
    if (error == ERROR_NONE)
        error = resolve(options, &shared, why);
    if (error != ERROR_NONE)
        return error;
    struct load_worker *workers = calloc(options->threads, sizeof(*workers));
    if (workers == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory for the load");
    shared.start_us = clock_mono_us();
    share_out(&shared, workers);
    while (started < options->threads &&
           pthread_create(&threads[started], NULL, worker_main, &workers[started]) == 0)
        started++;
    if (started == options->threads)
        load_worker_run(&workers[0]);
    else
        error = why_set(why, ERROR_BUSY, "cannot start a thread for the load");
    for (uint32_t i = 1; i < started; i++)
        ASSERT(pthread_join(threads[i], NULL) == 0);
    for (uint32_t i = 0; i < started; i++) {
        report_merge(report, &workers[i].report);
        if (error == ERROR_NONE && workers[i].error != ERROR_NONE)
            error = why_set(why, workers[i].error, "the load cannot run: %s",
                            error_text(workers[i].error));
    }
    free(workers);
    return error;
}

static enum error check(const struct load_options *options, struct why *why)
{
    ASSERT(options->next != NULL);
    if (options->threads == 0 || options->threads > LOAD_THREADS_MAX)
        return why_set(why, ERROR_INVALID, "threads of a load: 1 to %d", (int)LOAD_THREADS_MAX);
    if (options->connections < options->threads || options->connections > LOAD_CONNECTIONS_MAX)
        return why_set(why, ERROR_INVALID, "connections of a load: one a thread to %d",
                       (int)LOAD_CONNECTIONS_MAX);
    if (!(options->rate_per_second >= 0 && options->rate_per_second <= 1e7))
        return why_set(why, ERROR_INVALID, "rate of a load: 0 to 10000000 a second");
    if (options->duration_ms_max == 0 || options->answer_ms_max == 0)
        return why_set(why, ERROR_INVALID, "a load needs a bound in time");
    return ERROR_NONE;
}

static enum error resolve(const struct load_options *options, struct load_shared *shared,
                          struct why *why)
{
    char port[8];
    struct addrinfo *addresses = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    ASSERT(snprintf(port, sizeof(port), "%u", options->port) > 0);
    int code = getaddrinfo(options->host, port, &hints, &addresses);
    if (code != 0)
        return why_set(why, ERROR_NOT_FOUND, "cannot find %s: %s", options->host,
                       gai_strerror(code));
    memcpy(&shared->address, addresses->ai_addr, addresses->ai_addrlen);
    shared->address_len = addresses->ai_addrlen;
    freeaddrinfo(addresses);
    return ERROR_NONE;
}

static void share_out(struct load_shared *shared, struct load_worker *workers)
{
    const struct load_options *options = shared->options;
    for (uint32_t i = 0; i < options->threads; i++) {
        struct load_worker *worker = &workers[i];
        worker->shared = shared;
        worker->thread = i;
        worker->connections = options->connections / options->threads +
                              (i < options->connections % options->threads ? 1 : 0);
        worker->requests_max = options->requests_max / options->threads +
                               (i < options->requests_max % options->threads ? 1 : 0);
        histogram_init(&worker->report.latency_us);
    }
}

static void *worker_main(void *context)
{
    load_worker_run(context);
    return NULL;
}

static void report_merge(struct load_report *into, const struct load_report *from)
{
    for (size_t i = 0; i < LOAD_OUTCOME_COUNT; i++)
        into->outcomes[i] += from->outcomes[i];
    for (size_t i = 0; i <= LOAD_STATUS_MAX; i++)
        into->statuses[i] += from->statuses[i];
    into->connects += from->connects;
    into->connects_failed += from->connects_failed;
    into->unsent += from->unsent;
    into->sent_bytes += from->sent_bytes;
    if (from->duration_us > into->duration_us)
        into->duration_us = from->duration_us;
    histogram_merge(&into->latency_us, &from->latency_us);
}
