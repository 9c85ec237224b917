/* What is kept of a server's replies, and a mail through the client to a server of the test's. */
#include "http/smtp.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static void line(struct smtp *smtp, const char *text)
{
    smtp_line(smtp, slice_from(text), false);
}

static void the_last_whole_reply_counts(void **state)
{
    (void)state;
    struct smtp smtp;
    smtp_init(&smtp);
    line(&smtp, "220 hello\r\n");
    assert_int_equal(smtp.status, 220);
    line(&smtp, "250-one\r\n");
    assert_int_equal(smtp.status, 220);
    line(&smtp, "250 two\r\n");
    assert_true(slice_is(buf_slice(&smtp.reply), "250 two"));
    line(&smtp, "550 5.1.1 nobody\r\n");
    line(&smtp, "221 bye\r\n"); /* libcurl says QUIT behind a refusal */
    line(&smtp, "nonsense\r\n");
    line(&smtp, "25\r\n");
    line(&smtp, "");
    assert_int_equal(smtp.status, 550);
    assert_true(slice_is(buf_slice(&smtp.reply), "550 5.1.1 nobody"));
    line(&smtp, "250");
    assert_int_equal(smtp.status, 250);
    smtp_deinit(&smtp);
}

static void only_the_dot_brings_doubt(void **state)
{
    (void)state;
    static const struct {
        CURLcode code;
        unsigned status;
        bool whole;
        enum http_failure failure;
    } rows[] = {
        {CURLE_OK, 250, true, HTTP_ANSWERED},
        {CURLE_SEND_ERROR, 550, false, HTTP_ANSWERED},
        {CURLE_WEIRD_SERVER_REPLY, 451, true, HTTP_ANSWERED},
        {CURLE_LOGIN_DENIED, 535, false, HTTP_ANSWERED},
        {CURLE_COULDNT_CONNECT, 0, false, HTTP_NOT_SENT},
        {CURLE_OPERATION_TIMEDOUT, 220, false, HTTP_NOT_SENT},
        {CURLE_USE_SSL_FAILED, 250, false, HTTP_NOT_SENT},
        {CURLE_OPERATION_TIMEDOUT, 354, false, HTTP_NOT_SENT},
        {CURLE_OPERATION_TIMEDOUT, 354, true, HTTP_IN_DOUBT},
        {CURLE_RECV_ERROR, 354, true, HTTP_IN_DOUBT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct smtp smtp = {.status = rows[i].status};
        assert_int_equal(smtp_outcome(&smtp, rows[i].code, rows[i].whole), rows[i].failure);
    }
}

struct taken {
    bool over;
    enum http_failure failure;
    unsigned status;
    char reply[128];
    char error[128];
};

static void on_done(void *context, const struct http_result *result)
{
    struct taken *taken = context;
    taken->over = true;
    taken->failure = result->failure;
    taken->status = result->status;
    (void)slice_copy(result->body, taken->reply, sizeof taken->reply);
    (void)slice_copy(slice_from(result->error), taken->error, sizeof taken->error);
}

/* A server that answers each line, and the end of a message, by the next reply; "": by closing. */
struct server {
    int listener;
    const char *const *replies;
    char heard[4096];
    size_t len;
};

static void *serve(void *context)
{
    struct server *server = context;
    size_t seen = 0;
    int fd = accept(server->listener, NULL, NULL);
    for (const char *const *reply = server->replies; *reply != NULL && **reply != 0; reply++) {
        bool message = strncmp(*reply, "354", 3) == 0;
        (void)send(fd, *reply, strlen(*reply), MSG_NOSIGNAL);
        for (bool whole = false; !whole;) {
            ssize_t n =
                recv(fd, server->heard + server->len, sizeof server->heard - 1 - server->len, 0);
            if (n <= 0) {
                (void)close(fd);
                return NULL;
            }
            server->len += (size_t)n;
            whole = message ? strstr(server->heard + seen, "\r\n.\r\n") != NULL
                            : server->heard[server->len - 1] == '\n';
        }
        seen = server->len;
    }
    (void)close(fd);
    return NULL;
}

static struct taken deliver(bool tls, const char *const *replies, struct server *server)
{
    struct taken taken = {0};
    struct http_client *client;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    pthread_t thread;
    char url[64];
    *server = (struct server){.listener = socket(AF_INET, SOCK_STREAM, 0), .replies = replies};
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(address.sin_port));
    const struct http_client_options limits = {.connections_max = 4, .body_bytes_max = 4096};
    const struct http_mail mail = {.url = url,
                                   .from = "club@example.org",
                                   .to = "ann@example.net",
                                   .tls = tls,
                                   .message = SLICE("Subject: Hi\r\n\r\n.\r\nAnn\r\n")};
    assert_int_equal(pthread_create(&thread, NULL, serve, server), 0);
    assert_int_equal(http_client_new(&limits, on_done, &taken, &client), ERROR_NONE);
    uint64_t start_ms = clock_mono_ms();
    assert_int_equal(http_client_mail(client, &mail, 5000, NULL), ERROR_NONE);
    while (!taken.over && clock_mono_ms() < start_ms + 10000) {
        struct pollfd polled = {http_client_fd(client), POLLIN, 0};
        (void)poll(&polled, 1, 5);
        http_client_run(client);
    }
    assert_true(taken.over);
    http_client_destroy(&client);
    /* Nobody has waited for an answer to QUIT. */
    assert_true(clock_mono_ms() < start_ms + 4000);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(server->listener);
    return taken;
}

static void a_mail_goes_there_and_back(void **state)
{
    (void)state;
    struct server server;
    struct taken taken =
        deliver(false,
                (const char *const[]){"220 hi\r\n", "250-me\r\n250 SIZE 100000\r\n", "250 ok\r\n",
                                      "250 ok\r\n", "354 go\r\n", "250 taken\r\n", NULL},
                &server);
    assert_int_equal(taken.failure, HTTP_ANSWERED);
    assert_int_equal(taken.status, 250);
    assert_string_equal(taken.reply, "250 taken");
    assert_non_null(strstr(server.heard, "MAIL FROM:<club@example.org>"));
    assert_non_null(strstr(server.heard, "RCPT TO:<ann@example.net>\r\n"));
    assert_non_null(strstr(server.heard, "DATA\r\nSubject: Hi\r\n\r\n..\r\nAnn\r\n.\r\n"));
}

static void a_refusal_is_an_answer(void **state)
{
    (void)state;
    struct server server;
    struct taken taken = deliver(false,
                                 (const char *const[]){"220 hi\r\n", "250 me\r\n", "250 ok\r\n",
                                                       "550 5.1.1 nobody\r\n", NULL},
                                 &server);
    assert_int_equal(taken.failure, HTTP_ANSWERED);
    assert_int_equal(taken.status, 550);
    assert_string_equal(taken.reply, "550 5.1.1 nobody");
}

static void who_closes_behind_the_dot_may_have_taken_it(void **state)
{
    (void)state;
    struct server server;
    static const char *const lost[] = {"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "250 ok\r\n",
                                       "354 go\r\n", "",           NULL};
    static const char *const before[] = {"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "", NULL};
    assert_int_equal(deliver(false, lost, &server).failure, HTTP_IN_DOUBT);
    assert_int_equal(deliver(false, before, &server).failure, HTTP_NOT_SENT);
}

/* Nothing of the mail is said in the clear. */
static void without_starttls_nothing_goes(void **state)
{
    (void)state;
    struct server server;
    struct taken taken = deliver(
        true,
        (const char *const[]){"220 hi\r\n", "250-me\r\n250 STARTTLS\r\n", "454 not now\r\n", NULL},
        &server);
    assert_int_equal(taken.failure, HTTP_ANSWERED);
    assert_int_equal(taken.status, 454);
    assert_null(strstr(server.heard, "MAIL"));
    taken = deliver(true, (const char *const[]){"220 hi\r\n", "250 me\r\n", "221 bye\r\n", NULL},
                    &server);
    assert_int_equal(taken.failure, HTTP_NOT_SENT);
    assert_true(taken.error[0] != 0);
    assert_null(strstr(server.heard, "MAIL"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_whole_reply_counts),
        cmocka_unit_test(only_the_dot_brings_doubt),
        cmocka_unit_test(a_mail_goes_there_and_back),
        cmocka_unit_test(a_refusal_is_an_answer),
        cmocka_unit_test(who_closes_behind_the_dot_may_have_taken_it),
        cmocka_unit_test(without_starttls_nothing_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
