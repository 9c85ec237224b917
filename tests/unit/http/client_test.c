#include "http/client.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server's side is played by the test itself, in the same thread: whatever it waits for, it
 * keeps the client going meanwhile. */
enum { WAIT_MS_MAX = 20000, RESULTS_MAX = 64 };

static struct http_client *client;
static int listen_fd;
static char url[128];
static char request[65536];

static struct seen {
    void *tag;
    enum http_failure failure;
    unsigned status;
    uint32_t retry_after_s;
    char body[256];
    char error[128];
} seen[RESULTS_MAX];
static size_t seen_count;
static const char *chained_url; /* the next call back starts this one */

static void on_done(void *context, const struct http_result *result)
{
    assert_ptr_equal(context, &seen_count);
    assert_true(seen_count < RESULTS_MAX);
    struct seen *one = &seen[seen_count++];
    one->tag = result->tag;
    one->failure = result->failure;
    one->status = result->status;
    one->retry_after_s = result->retry_after_s;
    assert_true(slice_copy(result->body, one->body, sizeof(one->body)));
    (void)snprintf(one->error, sizeof(one->error), "%s", result->error);
    assert_int_equal(result->error[0] == '\0', result->failure == HTTP_ANSWERED);
    assert_null(strstr(result->error, "secret"));
    assert_null(strstr(result->error, "127.0.0.1"));
    if (chained_url != NULL) {
        assert_int_equal(http_client_start(client, "GET", chained_url, NULL, NULL,
                                           (struct slice){NULL, 0}, 5000, NULL),
                         ERROR_NONE);
        chained_url = NULL;
    }
}

/* Runs the client until fd (or, with -1, only the client) has something; false when time is up. */
static bool pump(int fd, int timeout_ms)
{
    uint64_t until_ms = clock_mono_ms() + (uint64_t)timeout_ms;
    size_t before = seen_count;
    for (;;) {
        struct pollfd wait[2] = {{.fd = http_client_fd(client), .events = POLLIN},
                                 {.fd = fd, .events = POLLIN}};
        http_client_run(client);
        if (fd < 0 && seen_count > before)
            return true;
        uint64_t now_ms = clock_mono_ms();
        long next_ms = http_client_timeout_ms(client);
        int left_ms = now_ms < until_ms ? (int)(until_ms - now_ms) : 0;
        (void)poll(wait, 2, next_ms >= 0 && next_ms < left_ms ? (int)next_ms : left_ms);
        if (fd >= 0 && wait[1].revents != 0)
            return true;
        if (left_ms == 0)
            return false;
    }
}

static void pump_results(size_t count)
{
    while (seen_count < count)
        assert_true(pump(-1, WAIT_MS_MAX));
}

static int accept_one(void)
{
    assert_true(pump(listen_fd, WAIT_MS_MAX));
    int fd = accept(listen_fd, NULL, NULL);
    assert_true(fd >= 0);
    return fd;
}

/* One whole request into request, NUL-terminated. */
static void read_request(int fd)
{
    size_t len = 0;
    size_t want = SIZE_MAX;
    while (len < want) {
        assert_true(pump(fd, WAIT_MS_MAX));
        ssize_t got = recv(fd, request + len, sizeof(request) - 1 - len, 0);
        assert_true(got > 0);
        len += (size_t)got;
        request[len] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *length = strstr(request, "\r\nContent-Length: ");
        if (end != NULL)
            want = (size_t)(end - request) + 4 +
                   (length != NULL ? (size_t)strtoul(length + 18, NULL, 10) : 0);
    }
    assert_int_equal(len, want);
}

static void reply(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Whether or not libcurl connected once more: it must not have said anything. */
static void assert_not_repeated(void)
{
    char byte;
    while (pump(listen_fd, 0)) {
        int fd = accept(listen_fd, NULL, NULL);
        assert_true(fd >= 0);
        assert_true(pump(fd, WAIT_MS_MAX));
        assert_int_equal(recv(fd, &byte, 1, 0), 0);
        (void)close(fd);
    }
}

static void start(const char *method, const char *body, uint32_t timeout_ms)
{
    assert_int_equal(http_client_start(client, method, url, NULL,
                                       body != NULL ? "application/json" : NULL, slice_from(body),
                                       timeout_ms, &url),
                     ERROR_NONE);
}

static int set_up(void **state)
{
    (void)state;
    const struct http_client_options options = {.connections_max = 8, .body_bytes_max = 128};
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (listen_fd < 0 || bind(listen_fd, (struct sockaddr *)&address, len) != 0 ||
        listen(listen_fd, 16) != 0 ||
        getsockname(listen_fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/bot1:secret/sendMessage",
                   ntohs(address.sin_port));
    seen_count = 0;
    chained_url = NULL;
    return http_client_new(&options, on_done, &seen_count, &client) == ERROR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    http_client_destroy(&client);
    http_client_destroy(&client);
    (void)close(listen_fd);
    return 0;
}

static void a_post_is_sent_whole_and_connections_are_kept(void **state)
{
    (void)state;
    const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
    char body[] = "{\"chat_id\":1}";
    char own_url[sizeof(url)];
    memcpy(own_url, url, sizeof(url));
    assert_int_equal(http_client_start(client, "POST", own_url, headers, "application/json",
                                       slice_from(body), 5000, body),
                     ERROR_NONE);
    memset(own_url, 'x', sizeof(own_url) - 1); /* both were copied */
    memset(body, 'x', sizeof(body) - 1);
    assert_int_equal(http_client_busy(client), 1);
    int fd = accept_one();
    read_request(fd);
    assert_int_equal(strncmp(request, "POST /bot1:secret/sendMessage HTTP/1.1\r\n", 40), 0);
    assert_non_null(strstr(request, "\r\nX-One: 1\r\nX-Two: 2\r\n"));
    assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(request, "\r\nContent-Length: 13\r\n"));
    assert_null(strstr(request, "Expect"));
    assert_string_equal(strstr(request, "\r\n\r\n") + 4, "{\"chat_id\":1}");
    reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
    pump_results(1);
    assert_int_equal(seen[0].failure, HTTP_ANSWERED);
    assert_int_equal(seen[0].status, 200);
    assert_string_equal(seen[0].body, "done");
    assert_ptr_equal(seen[0].tag, body);
    assert_int_equal(http_client_busy(client), 0);
    for (size_t i = 2; i < 6; i++) {
        start(i % 2 == 0 ? "POST" : "GET", i % 2 == 0 ? "{}" : NULL, 5000);
        read_request(fd); /* on the same connection */
        assert_null(strstr(request, "X-One"));
        reply(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno");
        pump_results(i);
        assert_int_equal(seen[i - 1].failure, HTTP_ANSWERED);
        assert_int_equal(seen[i - 1].status, 400);
    }
    (void)close(fd);
}

static void what_never_left_is_not_sent(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://127.0.0.1:1/bot1:secret/x",         /* refused */
        "http://no-such-host.invalid/bot1:secret/", /* not resolved */
        "file:///bot1:secret",
        "ftp://127.0.0.1/bot1:secret",
        "http://",
        "bot1:secret",
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_int_equal(
            http_client_start(client, "POST", urls[i], NULL, NULL, SLICE("x"), 3000, NULL),
            ERROR_NONE);
        pump_results(i + 1);
        if (seen[i].failure != HTTP_NOT_SENT)
            fail_msg("%s: %d %s", urls[i], (int)seen[i].failure, seen[i].error);
        assert_int_equal(seen[i].status, 0);
    }
}

static void a_failed_handshake_is_not_sent(void **state)
{
    (void)state;
    char tls[sizeof(url) + 1];
    (void)snprintf(tls, sizeof(tls), "https%s", url + 4);
    assert_int_equal(http_client_start(client, "POST", tls, NULL, NULL, SLICE("x"), 5000, NULL),
                     ERROR_NONE);
    int fd = accept_one();
    reply(fd, "HTTP/1.1 400 This is not TLS\r\n\r\n");
    pump_results(1);
    assert_int_equal(seen[0].failure, HTTP_NOT_SENT);
    (void)close(fd);
    /* And one that never comes to an end. */
    assert_int_equal(http_client_start(client, "POST", tls, NULL, NULL, SLICE("x"), 300, NULL),
                     ERROR_NONE);
    fd = accept_one();
    pump_results(2);
    assert_int_equal(seen[1].failure, HTTP_NOT_SENT);
    (void)close(fd);
}

static void what_was_sent_is_in_doubt(void **state)
{
    (void)state;
    static const char *const answers[] = {
        NULL, /* none in time */
        "",   /* hangs up */
        "HTTP/1.1 200 OK\r\nContent-Len",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "\x15\x03\x01 nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 129\r\n\r\n"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    };
    enum { COUNT = sizeof(answers) / sizeof(answers[0]) };
    for (size_t i = 0; i < COUNT; i++) {
        start("POST", "{}", answers[i] == NULL ? 300 : 5000);
        int fd = accept_one();
        read_request(fd);
        if (answers[i] != NULL) {
            reply(fd, answers[i]);
            (void)shutdown(fd, SHUT_RDWR);
        }
        pump_results(i + 1);
        if (seen[i].failure != HTTP_IN_DOUBT)
            fail_msg("answer %zu: %d %s", i, (int)seen[i].failure, seen[i].error);
        assert_int_equal(seen[i].status, 0);
        assert_string_equal(seen[i].body, "");
        (void)close(fd);
    }
    assert_string_equal(seen[COUNT - 1].error, "answer larger than the limit");
    assert_not_repeated();
}

static int connection_used_once(void)
{
    start("GET", NULL, 5000);
    int fd = accept_one();
    read_request(fd);
    reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    pump_results(seen_count + 1);
    return fd;
}

/* libcurl would by itself send it again on a new connection. */
static void a_post_is_not_repeated_when_a_kept_connection_ends(void **state)
{
    (void)state;
    int fd = connection_used_once();
    start("POST", "{}", 5000);
    read_request(fd);
    (void)close(fd); /* acted on, and then killed */
    pump_results(2);
    assert_int_equal(seen[1].failure, HTTP_IN_DOUBT);
    assert_not_repeated();
}

static void a_get_may_be_repeated(void **state)
{
    (void)state;
    int fd = connection_used_once();
    start("GET", NULL, 5000);
    read_request(fd);
    (void)close(fd);
    fd = accept_one();
    read_request(fd);
    reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    pump_results(2);
    assert_int_equal(seen[1].failure, HTTP_ANSWERED);
    /* When the repetition cannot connect, the first one still may have been acted on. */
    start("GET", NULL, 5000);
    read_request(fd);
    (void)close(listen_fd);
    (void)close(fd);
    pump_results(3);
    assert_int_equal(seen[2].failure, HTTP_IN_DOUBT);
    listen_fd = socket(AF_INET, SOCK_STREAM, 0); /* for tear_down */
}

static void a_connection_closed_while_idle_is_replaced(void **state)
{
    (void)state;
    int fd = connection_used_once();
    (void)close(fd);
    start("POST", "{}", 5000);
    fd = accept_one();
    read_request(fd);
    reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    pump_results(2);
    assert_int_equal(seen[1].failure, HTTP_ANSWERED);
    (void)close(fd);
}

static void a_post_without_a_body_has_its_own_connection(void **state)
{
    (void)state;
    int kept = connection_used_once();
    start("POST", "", 5000);
    int fd = accept_one();
    read_request(fd);
    assert_non_null(strstr(request, "\r\nContent-Length: 0\r\n"));
    (void)close(fd);
    pump_results(2);
    assert_int_equal(seen[1].failure, HTTP_IN_DOUBT);
    assert_not_repeated();
    (void)close(kept);
}

static void redirects_are_answers(void **state)
{
    (void)state;
    start("GET", NULL, 5000);
    int fd = accept_one();
    read_request(fd);
    reply(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    pump_results(1);
    assert_int_equal(seen[0].failure, HTTP_ANSWERED);
    assert_int_equal(seen[0].status, 302);
    (void)close(fd);
}

static void retry_after_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint32_t seconds;
    } rows[] = {{"7", 7}, {"0", 0}, {"-5", 0}, {"soon", 0}, {"99999999999", UINT32_MAX}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        start("GET", NULL, 5000);
        int fd = accept_one();
        read_request(fd);
        (void)snprintf(text, sizeof(text),
                       "HTTP/1.1 429 Too Many Requests\r\nRetry-After: %s\r\n"
                       "Connection: close\r\nContent-Length: 0\r\n\r\n",
                       rows[i].value);
        reply(fd, text);
        pump_results(i + 1);
        assert_int_equal(seen[i].status, 429);
        if (seen[i].retry_after_s != rows[i].seconds)
            fail_msg("Retry-After: %s is %u s", rows[i].value, seen[i].retry_after_s);
        (void)close(fd);
    }
}

static void over_the_most_connections_is_busy(void **state)
{
    (void)state;
    int fds[8];
    for (int i = 0; i < 8; i++)
        start("POST", "{}", 5000);
    assert_int_equal(http_client_start(client, "POST", url, NULL, NULL, SLICE("{}"), 5000, NULL),
                     ERROR_BUSY);
    assert_int_equal(http_client_busy(client), 8);
    for (int i = 0; i < 8; i++)
        fds[i] = accept_one();
    for (int i = 0; i < 8; i++) {
        read_request(fds[i]);
        reply(fds[i], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    pump_results(8);
    assert_int_equal(http_client_busy(client), 0);
    start("POST", "{}", 5000);
    for (int i = 0; i < 8; i++)
        (void)close(fds[i]);
}

static void a_call_back_may_start_another(void **state)
{
    (void)state;
    start("GET", NULL, 5000);
    chained_url = url;
    int fd = accept_one();
    for (size_t i = 1; i <= 2; i++) {
        read_request(fd);
        reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        pump_results(i);
        assert_int_equal(seen[i - 1].failure, HTTP_ANSWERED);
    }
    (void)close(fd);
}

static void destroying_cuts_off_in_silence(void **state)
{
    (void)state;
    start("POST", "{}", 5000);
    start("GET", NULL, 5000);
    int fd = accept_one();
    read_request(fd);
    http_client_destroy(&client);
    assert_null(client);
    assert_int_equal(seen_count, 0);
    (void)close(fd);
}

#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(a_post_is_sent_whole_and_connections_are_kept),
        WITH_CLIENT(what_never_left_is_not_sent),
        WITH_CLIENT(a_failed_handshake_is_not_sent),
        WITH_CLIENT(what_was_sent_is_in_doubt),
        WITH_CLIENT(a_post_is_not_repeated_when_a_kept_connection_ends),
        WITH_CLIENT(a_get_may_be_repeated),
        WITH_CLIENT(a_connection_closed_while_idle_is_replaced),
        WITH_CLIENT(a_post_without_a_body_has_its_own_connection),
        WITH_CLIENT(redirects_are_answers),
        WITH_CLIENT(retry_after_is_read),
        WITH_CLIENT(over_the_most_connections_is_busy),
        WITH_CLIENT(a_call_back_may_start_another),
        WITH_CLIENT(destroying_cuts_off_in_silence),
    };
    /* The tests' own server is not behind anybody's proxy. */
    (void)unsetenv("http_proxy");
    (void)unsetenv("https_proxy");
    (void)unsetenv("all_proxy");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
