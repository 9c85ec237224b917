#include "http/load.h"
#include "http/server.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static atomic_bool quit;

enum { CONNECTIONS = 256 };

/* Waits until every connection has a request parked, as a group commit does, and answers all at
 * once: then all of a thread's connections become busy in the same moment. */
static void *owner(void *context)
{
    struct http_server *server = context;
    const struct http_request *requests[CONNECTIONS];
    const struct http_answer ok = {.status = 200, .body = SLICE("ok")};
    while (!atomic_load(&quit)) {
        for (int i = 0; i < 20 && http_server_parked(server) < CONNECTIONS; i++)
            (void)poll(NULL, 0, 1);
        size_t count = http_server_take(server, requests, CONNECTIONS);
        for (size_t i = 0; i < count; i++)
            http_server_answer(server, requests[i]->id, &ok);
    }
    return NULL;
}

static enum load_next next(void *context, uint32_t thread, struct load_request *request)
{
    (void)context;
    (void)thread;
    request->bytes = SLICE("POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    return LOAD_REQUEST;
}

/* libmicrohttpd 0.9.75 takes 128 events at a time and stands still when it got exactly that many
 * (workers.c). On one processor, where a thread finds all that was sent while another one ran, with
 * 128 connections a thread, the moment comes within a second. */
static void many_busy_connections_never_stand_still(void **state)
{
    (void)state;
    enum { REQUESTS = 400 * CONNECTIONS, ANSWER_MS = 5000 };
    cpu_set_t one;
    CPU_ZERO(&one);
    int cpu = sched_getcpu();
    CPU_SET(cpu < 0 ? 0 : (size_t)cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    struct http_server_options options = {.host = "127.0.0.1",
                                          .threads = 2,
                                          .connections_max = 512,
                                          .parked_max = 512,
                                          .body_bytes_max = 1024,
                                          .idle_timeout_s = 60};
    struct http_server *server;
    struct load_report *report = calloc(1, sizeof *report);
    pthread_t thread;
    assert_non_null(report);
    assert_int_equal(http_server_start(&options, &server, NULL), ERROR_NONE);
    assert_int_equal(pthread_create(&thread, NULL, owner, server), 0);
    struct load_options load = {.host = "127.0.0.1",
                                .port = http_server_port(server),
                                .threads = 1,
                                .connections = CONNECTIONS,
                                .requests_max = REQUESTS,
                                .duration_ms_max = 60000,
                                .answer_ms_max = ANSWER_MS,
                                .reconnect_ms = 10,
                                .next = next};
    struct why why = {""};
    assert_int_equal(load_run(&load, report, &why), ERROR_NONE);
    assert_int_equal(report->statuses[200], REQUESTS);
    assert_int_equal(report->outcomes[LOAD_UNKNOWN], 0);
    atomic_store(&quit, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    http_server_stop(&server);
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_busy_connections_never_stand_still)};
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
