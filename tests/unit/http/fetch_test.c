#include "http/fetch.h"
#include "http/server.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static atomic_bool quit;

/* Says what it was asked, with status 418 so that a status is told from success. */
static void *echo(void *context)
{
    struct http_server *server = context;
    const struct http_request *request;
    while (!atomic_load(&quit)) {
        struct pollfd fd = {.fd = http_server_fd(server), .events = POLLIN};
        (void)poll(&fd, 1, 10);
        while (http_server_take(server, &request, 1) == 1) {
            bool repeated;
            struct slice said =
                http_header_find(request->headers, request->header_count, "X-Said", &repeated);
            char text[256];
            int len = snprintf(text, sizeof text, "%.*s %.*s %.*s %.*s", SLICE_ARG(request->method),
                               SLICE_ARG(request->path), SLICE_ARG(said), SLICE_ARG(request->body));
            const struct http_answer answer = {.status = 418, .body = slice_of(text, (size_t)len)};
            http_server_answer(server, request->id, &answer);
        }
    }
    return NULL;
}

static void brings_the_answer(void **state)
{
    (void)state;
    struct http_server_options options = {.host = "127.0.0.1",
                                          .threads = 1,
                                          .connections_max = 8,
                                          .parked_max = 8,
                                          .body_bytes_max = 1024,
                                          .idle_timeout_s = 10};
    struct http_server *server;
    pthread_t thread;
    assert_int_equal(http_server_start(&options, &server, NULL), ERROR_NONE);
    assert_int_equal(pthread_create(&thread, NULL, echo, server), 0);
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/some/path", http_server_port(server));
    const char *headers[] = {"X-Said: hello", NULL};
    struct fetch fetch = {
        .method = "POST", .url = url, .headers = headers, .body = SLICE("{}"), .timeout_ms = 10000};
    struct buf answer;
    unsigned status;
    buf_init(&answer, 1024);
    for (int i = 0; i < 2; i++) { /* what the last one brought is cleared first */
        assert_int_equal(fetch_run(&fetch, &status, &answer, NULL), ERROR_NONE);
        assert_int_equal(status, 418);
        assert_true(slice_is(buf_slice(&answer), "POST /some/path hello {}"));
    }
    fetch.method = "PUT";
    assert_int_equal(fetch_run(&fetch, &status, &answer, NULL), ERROR_NONE);
    assert_true(slice_is(buf_slice(&answer), "PUT /some/path hello {}"));
    static const char *const bodiless[] = {"DELETE", "GET"};
    for (int i = 0; i < 2; i++) {
        char expected[64];
        fetch.method = bodiless[i];
        fetch.body = SLICE("");
        (void)snprintf(expected, sizeof expected, "%s /some/path hello ", bodiless[i]);
        assert_int_equal(fetch_run(&fetch, &status, &answer, NULL), ERROR_NONE);
        assert_true(slice_is(buf_slice(&answer), expected));
    }
    atomic_store(&quit, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    http_server_stop(&server);

    struct why why = {""};
    assert_int_equal(fetch_run(&fetch, &status, &answer, &why), ERROR_IO); /* nobody listens */
    assert_true(why.text[0] != 0);
    assert_int_equal(status, 0);
    buf_deinit(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(brings_the_answer)};
    return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
