/* The engine against a server that misbehaves: each connection gets the next line of a script. */
#include "http/load.h"

#include "tests/unit/http/sockets.h"

/* What the server does with a connection: reads one request, says this, and closes if it says so.
 */
struct act {
    const char *answer; /* NULL: none */
    bool stay;          /* go on with the next act on the same connection */
    bool reset;         /* close with a reset */
    bool deaf;          /* reads no more than the first byte of the request */
};

struct server {
    const struct act *acts;
    size_t act_count;
    int listen_fd;
    uint16_t port;
    pthread_t thread;
    size_t requests; /* whole ones, read */
};

struct seen {
    uint64_t tag;
    enum load_outcome outcome;
    unsigned status;
    char body[64];
    size_t body_len;
    bool has_body;
};

static struct seen seen[64];
static size_t seen_count;
static size_t given;
static size_t given_max;
static struct load_request template;
static struct load_report report;
static struct server server;

static const char post[] = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";

static enum load_next next(void *context, uint32_t thread, struct load_request *request)
{
    (void)context;
    (void)thread;
    if (given == given_max)
        return LOAD_END;
    *request = template;
    request->tag = given++;
    return LOAD_REQUEST;
}

static void done(void *context, uint32_t thread, const struct load_result *result)
{
    (void)context;
    (void)thread;
    struct seen *one = &seen[seen_count++ % 64];
    one->tag = result->tag;
    one->outcome = result->outcome;
    one->status = result->status;
    one->body_len = result->body.len;
    one->has_body = result->body.data != NULL;
    (void)slice_copy(result->body, one->body, sizeof(one->body));
}

/* False at the end. Requests end in "abc" or, without a body, in an empty line. */
static bool read_request(int fd, size_t len_max)
{
    static char bytes[1 << 20];
    size_t len = 0;
    while (len < len_max) {
        if (!readable(fd, WAIT_MS_MAX))
            return false;
        ssize_t got =
            recv(fd, bytes, sizeof(bytes) < len_max - len ? sizeof(bytes) : len_max - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    return true;
}

static void *server_main(void *context)
{
    struct server *self = context;
    int fd = -1;
    for (size_t i = 0; i < self->act_count; i++) {
        const struct act *act = &self->acts[i];
        if (fd < 0 && readable(self->listen_fd, WAIT_MS_MAX))
            fd = accept(self->listen_fd, NULL, NULL);
        if (fd < 0)
            break;
        if (read_request(fd, act->deaf ? 1 : template.bytes.len) && !act->deaf)
            self->requests++;
        if (act->answer != NULL)
            (void)say(fd, act->answer);
        if (act->stay)
            continue;
        if (act->reset) {
            struct linger reset = {.l_onoff = 1, .l_linger = 0};
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        } else {
            (void)shutdown(fd, SHUT_WR);
            (void)closes(fd); /* so that what was said is read */
        }
        (void)close(fd);
        fd = -1;
    }
    if (fd >= 0) {
        (void)closes(fd);
        (void)close(fd);
    }
    return NULL;
}

static void server_listen(uint16_t port)
{
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(server.listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
    assert_int_equal(bind(server.listen_fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server.listen_fd, 16), 0);
    assert_int_equal(getsockname(server.listen_fd, (struct sockaddr *)&address, &len), 0);
    server.port = ntohs(address.sin_port);
}

static struct load_options one_connection(void)
{
    return (struct load_options){.host = "127.0.0.1",
                                 .port = server.port,
                                 .threads = 1,
                                 .connections = 1,
                                 .duration_ms_max = 20000,
                                 .answer_ms_max = 10000,
                                 .reconnect_ms = 5,
                                 .next = next,
                                 .done = done};
}

/* Plays the acts to count requests on one connection. */
static void play(const struct act *acts, size_t act_count, size_t count, uint32_t answer_ms_max)
{
    struct why why = {""};
    server = (struct server){.acts = acts, .act_count = act_count};
    server_listen(0);
    assert_int_equal(pthread_create(&server.thread, NULL, server_main, &server), 0);
    struct load_options options = one_connection();
    options.answer_ms_max = answer_ms_max;
    given = 0;
    given_max = count;
    seen_count = 0;
    assert_int_equal(load_run(&options, &report, &why), ERROR_NONE);
    /* Who hung up is gone before the server has looked: it ends by itself when it has heard all. */
    if (!template.hang_up)
        (void)shutdown(server.listen_fd, SHUT_RDWR);
    assert_int_equal(pthread_join(server.thread, NULL), 0);
    (void)close(server.listen_fd);
    assert_int_equal(seen_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(seen[i].tag, i);
}

#define PLAY(acts, count) play(acts, sizeof(acts) / sizeof((acts)[0]), count, 10000)
#define OK                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static int set_up(void **state)
{
    (void)state;
    template = (struct load_request){.bytes = slice_from(post)};
    return 0;
}

static void closing_answers_are_followed_by_a_new_connection(void **state)
{
    (void)state;
    static const struct act acts[] = {
        {.answer = "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"},
        {.answer = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"},
        {.answer = "HTTP/1.1 200 OK\r\n\r\nuntil the end"},
        {.answer = OK, .stay = true},
        {.answer = "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n" OK, .stay = true},
    };
    PLAY(acts, 5);
    assert_int_equal(report.connects, 4);
    assert_int_equal(seen[0].status, 503);
    assert_string_equal(seen[0].body, "x");
    assert_int_equal(seen[1].status, 200);
    assert_int_equal(seen[2].outcome, LOAD_ANSWERED);
    assert_false(seen[2].has_body); /* its size was not said */
    assert_int_equal(seen[4].status, 200);
    assert_string_equal(seen[4].body, "ok");
    assert_int_equal(report.statuses[102], 0);
}

static void lost_answers_are_unknown_and_it_goes_on(void **state)
{
    (void)state;
    static const struct act acts[] = {
        {.answer = NULL},
        {.answer = NULL, .reset = true},
        {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"},
        {.answer = "HTTP/1.1 200 OK\r\nConte"},
        {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmore"},
        {.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {.answer = "220 mail.example.org ESMTP\r\n\r\n"},
        {.answer = OK, .stay = true},
    };
    PLAY(acts, 8);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(seen[i].outcome, LOAD_UNKNOWN);
    assert_int_equal(seen[7].outcome, LOAD_ANSWERED);
    assert_int_equal(server.requests, 8); /* each was sent once */
    assert_int_equal(report.latency_us.count, 1);
}

static void late_answers_are_unknown(void **state)
{
    (void)state;
    static const struct act acts[] = {{.answer = NULL}, {.answer = OK, .stay = true}};
    static const struct act silent[] = {{.stay = true}};
    play(silent, 1, 1, 50);
    assert_int_equal(seen[0].outcome, LOAD_UNKNOWN);
    assert_true(report.duration_us >= 50000);
    PLAY(acts, 2);
}

static void the_impatient_hang_up(void **state)
{
    (void)state;
    static const struct act acts[] = {{.answer = NULL}, {.answer = NULL}, {.answer = NULL}};
    template.hang_up = true;
    PLAY(acts, 3);
    assert_int_equal(report.outcomes[LOAD_HUNG_UP], 3);
    assert_int_equal(server.requests, 3); /* they did arrive, whole */
    template.hang_up = false;
    template.patience_ms = 20;
    static const struct act silent[] = {{.stay = true}};
    play(silent, 1, 1, 10000);
    assert_int_equal(seen[0].outcome, LOAD_HUNG_UP);
    assert_true(report.duration_us >= 20000 && report.duration_us < 5000000);
}

static void bodies_of_any_size_are_read_past(void **state)
{
    (void)state;
    static char large[300000];
    memset(large, 'x', sizeof(large) - 1);
    char head[64];
    int head_len = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                            (size_t)299000);
    (void)memcpy(large, head, (size_t)head_len);
    large[head_len + 299000] = '\0';
    const struct act acts[] = {{.answer = large, .stay = true}, {.answer = OK, .stay = true}};
    PLAY(acts, 2);
    assert_int_equal(seen[0].outcome, LOAD_ANSWERED);
    assert_false(seen[0].has_body);
    assert_string_equal(seen[1].body, "ok");
    assert_int_equal(report.connects, 1);
}

static void heads_that_do_not_fit_are_no_answer(void **state)
{
    (void)state;
    static char head[20000];
    memset(head, 'x', sizeof(head) - 1);
    (void)memcpy(head, "HTTP/1.1 200 OK\r\nX: ", 20);
    const struct act acts[] = {{.answer = head}, {.answer = OK, .stay = true}};
    PLAY(acts, 2);
    assert_int_equal(seen[0].outcome, LOAD_UNKNOWN);
    assert_int_equal(seen[1].outcome, LOAD_ANSWERED);
}

static void a_head_request_gets_no_body(void **state)
{
    (void)state;
    static const struct act acts[] = {
        {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", .stay = true},
        {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", .stay = true},
    };
    template.bytes = SLICE("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    PLAY(acts, 2);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 2);
}

/* Larger than any socket buffer, to a server that takes its time to read it. */
static void large_requests_are_sent_in_parts(void **state)
{
    (void)state;
    static const struct act acts[] = {{.answer = OK, .stay = true}, {.answer = OK, .stay = true}};
    size_t len = (size_t)32 << 20;
    char *bytes = malloc(len);
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    template.bytes = slice_of(bytes, len);
    PLAY(acts, 2);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 2);
    assert_int_equal(server.requests, 2);
    assert_int_equal(report.sent_bytes, 2 * len);
    /* And one that answers at once and does not listen. */
    static const struct act early[] = {
        {.answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", .deaf = true},
    };
    PLAY(early, 1);
    assert_int_equal(seen[0].status, 413);
    /* Cut off in the middle it is in doubt, and the rest is not sent to anybody else. */
    static const struct act cut[] = {{.deaf = true, .reset = true}, {.answer = OK, .stay = true}};
    PLAY(cut, 2);
    assert_int_equal(seen[0].outcome, LOAD_UNKNOWN);
    assert_int_equal(seen[1].outcome, LOAD_ANSWERED);
    assert_int_equal(server.requests, 1);
    free(bytes);
}

static void *listen_later(void *context)
{
    struct server *self = context;
    (void)readable(-1, 100); /* down for a while */
    server_listen(self->port);
    return server_main(self);
}

static void a_server_that_is_down_is_waited_for(void **state)
{
    (void)state;
    static const struct act acts[] = {{.answer = OK, .stay = true}, {.answer = OK, .stay = true}};
    struct why why = {""};
    server = (struct server){.acts = acts, .act_count = 2};
    server_listen(0);
    (void)close(server.listen_fd);
    struct load_options options = one_connection();
    given = seen_count = 0;
    given_max = 2;
    assert_int_equal(pthread_create(&server.thread, NULL, listen_later, &server), 0);
    assert_int_equal(load_run(&options, &report, &why), ERROR_NONE);
    assert_int_equal(pthread_join(server.thread, NULL), 0);
    (void)close(server.listen_fd);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 2);
    assert_int_equal(report.connects, 1);
    assert_true(report.connects_failed >= 2);
    /* And one that never comes back ends the run in time, with nothing said of what was not asked.
     */
    given = seen_count = 0;
    options.port = server.port;
    options.duration_ms_max = 100;
    assert_int_equal(load_run(&options, &report, &why), ERROR_NONE);
    assert_int_equal(given, 0);
    assert_int_equal(seen_count, 0);
    assert_int_equal(report.connects, 0);
    assert_true(report.connects_failed >= 2);
    assert_true(report.duration_us < 10000000);
}

#define WITH_TEMPLATE(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TEMPLATE(closing_answers_are_followed_by_a_new_connection),
        WITH_TEMPLATE(lost_answers_are_unknown_and_it_goes_on),
        WITH_TEMPLATE(late_answers_are_unknown),
        WITH_TEMPLATE(the_impatient_hang_up),
        WITH_TEMPLATE(bodies_of_any_size_are_read_past),
        WITH_TEMPLATE(heads_that_do_not_fit_are_no_answer),
        WITH_TEMPLATE(a_head_request_gets_no_body),
        WITH_TEMPLATE(large_requests_are_sent_in_parts),
        WITH_TEMPLATE(a_server_that_is_down_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
