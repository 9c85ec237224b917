/* What is kept of a server's replies, and a mail through the client to a server of the test's. */
#include "http/smtp.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static void line(struct smtp *smtp, const char *text)
{
    smtp_line(smtp, slice_from(text));
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

/* Answers each line by the next reply; "": by closing. What it heard is in heard. */
static struct taken deliver(bool tls, const char *const *replies, char *heard, size_t size)
{
    struct taken taken = {0};
    struct http_client *client;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char url[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(listen(listener, 4), 0);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(address.sin_port));
    const struct http_client_options limits = {.connections_max = 4, .body_bytes_max = 4096};
    const struct http_mail mail = {.url = url,
                                   .from = "club@example.org",
                                   .to = "ann@example.net",
                                   .tls = tls,
                                   .message = SLICE("Subject: Hi\r\n\r\n.\r\nAnn\r\n")};
    assert_int_equal(http_client_new(&limits, on_done, &taken, &client), ERROR_NONE);
    assert_int_equal(http_client_mail(client, &mail, 3000, NULL), ERROR_NONE);
    int fd = -1;
    size_t len = 0, seen = 0;
    heard[0] = 0;
    for (uint64_t end_ms = clock_mono_ms() + 10000; !taken.over && clock_mono_ms() < end_ms;) {
        struct pollfd polled[2] = {{listener, POLLIN, 0}, {http_client_fd(client), POLLIN, 0}};
        (void)poll(polled, 2, 5);
        bool begins = fd < 0 && (polled[0].revents & POLLIN) != 0;
        if (begins)
            fd = accept(listener, NULL, NULL);
        ssize_t n = fd < 0 ? 0 : recv(fd, heard + len, size - 1 - len, MSG_DONTWAIT);
        len += n > 0 ? (size_t)n : 0;
        heard[len] = 0;
        /* A message ends with a line of one dot; before that nothing is said. */
        bool message = strstr(heard, "DATA\r\n") != NULL && len > seen &&
                       strncmp(heard + seen, "DATA", 4) != 0;
        bool line_ends = len > seen && heard[len - 1] == '\n' &&
                         (!message || strstr(heard + seen, "\r\n.\r\n") != NULL);
        if ((begins || line_ends) && *replies != NULL) {
            seen = len;
            if (**replies == 0)
                (void)shutdown(fd, SHUT_RDWR);
            else
                assert_true(send(fd, *replies, strlen(*replies), MSG_NOSIGNAL) > 0);
            replies++;
        }
        http_client_run(client);
    }
    assert_true(taken.over);
    (void)close(fd);
    (void)close(listener);
    http_client_destroy(&client);
    return taken;
}

static void a_mail_goes_there_and_back(void **state)
{
    (void)state;
    char heard[4096];
    struct taken taken = deliver(
        false,
        (const char *const[]){"220 hi\r\n", "250-me\r\n250 SIZE 100000\r\n", "250 ok\r\n",
                              "250 ok\r\n", "354 go\r\n", "250 taken\r\n", NULL},
        heard, sizeof heard);
    assert_int_equal(taken.failure, HTTP_ANSWERED);
    assert_int_equal(taken.status, 250);
    assert_string_equal(taken.reply, "250 taken");
    assert_non_null(strstr(heard, "MAIL FROM:<club@example.org>"));
    assert_non_null(strstr(heard, "RCPT TO:<ann@example.net>\r\n"));
    assert_non_null(strstr(heard, "DATA\r\nSubject: Hi\r\n\r\n..\r\nAnn\r\n.\r\n"));
}

static void a_refusal_is_an_answer(void **state)
{
    (void)state;
    char heard[4096];
    struct taken taken = deliver(
        false,
        (const char *const[]){"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "550 5.1.1 nobody\r\n",
                              "221 bye\r\n", NULL},
        heard, sizeof heard);
    assert_int_equal(taken.failure, HTTP_ANSWERED);
    assert_int_equal(taken.status, 550);
    assert_string_equal(taken.reply, "550 5.1.1 nobody");
}

static void who_closes_behind_the_dot_may_have_taken_it(void **state)
{
    (void)state;
    char heard[4096];
    static const char *const lost[] = {"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "250 ok\r\n",
                                       "354 go\r\n", "",           NULL};
    static const char *const before[] = {"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "", NULL};
    assert_int_equal(deliver(false, lost, heard, sizeof heard).failure, HTTP_IN_DOUBT);
    assert_int_equal(deliver(false, before, heard, sizeof heard).failure, HTTP_NOT_SENT);
}

/* Nothing of the mail is said in the clear. */
static void without_starttls_nothing_goes(void **state)
{
    (void)state;
    char heard[4096];
    struct taken taken =
        deliver(true, (const char *const[]){"220 hi\r\n", "250 me\r\n", "221 bye\r\n", NULL}, heard,
                sizeof heard);
    assert_int_equal(taken.failure, HTTP_NOT_SENT);
    assert_true(taken.error[0] != 0);
    assert_null(strstr(heard, "MAIL"));
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
