#include "tests/unit/http/sockets.h"

static struct heard heard;

static void a_request_arrives_whole(void **state)
{
    (void)state;
    bool repeated = false;
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    uint64_t before_ms = clock_wall_ms();
    assert_true(say(fd, "POST /hooks/a%2Fb?x=%20&y HTTP/1.1\r\nHost: h\r\nX-Sig: t=1,v1=ab\r\n"
                        "Empty:\r\nContent-Length: 5\r\n\r\nhello"));
    const struct http_request *request = take_one(server);
    assert_true(slice_is(request->method, "POST"));
    assert_true(slice_is(request->path, "/hooks/a%2Fb"));
    assert_true(slice_is(request->query, "x=%20&y"));
    assert_true(slice_is(request->body, "hello"));
    assert_int_equal(request->header_count, 4);
    struct slice sig =
        http_header_find(request->headers, request->header_count, "x-sig", &repeated);
    assert_true(slice_is(sig, "t=1,v1=ab"));
    assert_false(repeated);
    assert_true(request->received_ms >= before_ms && request->received_ms <= clock_wall_ms());
    assert_int_equal(http_server_parked(server), 1);
    answer_ok(server, request->id, "success");
    hear(fd, &heard);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.body, "success");
    assert_non_null(strstr(heard.text, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_int_equal(http_server_parked(server), 0);
    (void)close(fd);
    http_server_stop(&server);
}

static bool fixed_or_not(const struct http_request *request, struct http_fixed *out)
{
    if (!slice_is(request->path, "/fixed"))
        return false;
    *out = (struct http_fixed){
        .answer = {.status = 200, .content_type = "text/css", .body = SLICE("it stays")},
        .fields = {{"ETag", "\"x\""}, {NULL, NULL}}};
    return true;
}

/* By the server's own threads: nobody takes it, and the connection goes on. */
static void what_is_fixed_is_not_parked(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    options.fixed = fixed_or_not;
    options.parked_max = 1;
    struct http_server *server = server_with(options);
    int parked = dial(http_server_port(server));
    assert_true(say(parked, "GET /other HTTP/1.1\r\nHost: h\r\n\r\n"));
    uint64_t id = take_one(server)->id;
    int fd = dial(http_server_port(server));
    for (int i = 0; i < 3; i++) {
        assert_true(say(fd, "GET /fixed?a HTTP/1.1\r\nHost: h\r\n\r\n"));
        hear(fd, &heard);
        assert_int_equal(heard.status, 200);
        assert_string_equal(heard.body, "it stays");
        assert_non_null(strstr(heard.text, "ETag: \"x\"\r\n"));
        assert_non_null(strstr(heard.text, "Content-Type: text/css\r\n"));
    }
    assert_int_equal(http_server_parked(server), 1);
    answer_ok(server, id, "other");
    hear(parked, &heard);
    assert_string_equal(heard.body, "other");
    (void)close(parked);
    (void)close(fd);
    http_server_stop(&server);
}

static void one_connection_serves_many_requests(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    uint64_t last_id = 0;
    for (int i = 0; i < 50; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "answer %d", i);
        assert_true(say(fd, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
        const struct http_request *request = take_one(server);
        assert_int_equal(request->body.len, 0);
        assert_int_equal(request->query.len, 0);
        assert_int_not_equal(request->id, last_id);
        last_id = request->id;
        answer_ok(server, request->id, text);
        hear(fd, &heard);
        assert_string_equal(heard.body, text);
    }
    (void)close(fd);
    http_server_stop(&server);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    int fd = dial(http_server_port(owner.server));
    for (int i = 0; i < 20; i++)
        assert_true(say(fd, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
                            "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nyy"));
    for (int i = 0; i < 20; i++) {
        hear(fd, &heard);
        assert_string_equal(heard.body, "1");
        hear(fd, &heard);
        assert_string_equal(heard.body, "2");
    }
    (void)close(fd);
    owner_stop(&owner);
}

static void answers_come_in_any_order(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    struct http_server *server = server_with(server_defaults());
    int fds[COUNT];
    uint64_t ids[COUNT];
    for (int i = 0; i < COUNT; i++) {
        fds[i] = dial(http_server_port(server));
        assert_true(say(fds[i], "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
        ids[i] = take_one(server)->id;
    }
    assert_int_equal(http_server_parked(server), COUNT);
    for (int i = COUNT - 1; i >= 0; i--) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%d", i);
        answer_ok(server, ids[i], text);
        hear(fds[i], &heard);
        assert_string_equal(heard.body, text);
        (void)close(fds[i]);
    }
    http_server_stop(&server);
}

static void ids_that_are_not_parked_are_ignored(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    answer_ok(server, 0, "no");
    answer_ok(server, 1, "no");
    answer_ok(server, UINT64_MAX, "no");
    assert_true(say(fd, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
    uint64_t first = take_one(server)->id;
    answer_ok(server, first + (UINT64_C(1) << 32), "of another generation");
    answer_ok(server, first + 1, "of another slot");
    answer_ok(server, first, "right");
    answer_ok(server, first, "twice");
    hear(fd, &heard);
    assert_string_equal(heard.body, "right");
    assert_true(say(fd, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
    uint64_t second = take_one(server)->id;
    answer_ok(server, first, "late");
    answer_ok(server, second, "in time");
    hear(fd, &heard);
    assert_string_equal(heard.body, "in time");
    (void)close(fd);
    http_server_stop(&server);
}

static void a_peer_may_hang_up_while_parked(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    for (int i = 0; i < 20; i++) {
        int fd = dial(http_server_port(server));
        assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"));
        const struct http_request *request = take_one(server);
        if (i % 2 == 0) {
            struct linger reset = {.l_onoff = 1, .l_linger = 0};
            assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
        }
        (void)close(fd);
        assert_true(slice_is(request->body, "abc")); /* valid until it is answered */
        answer_ok(server, request->id, "to nobody");
        assert_int_equal(http_server_parked(server), 0);
    }
    http_server_stop(&server);
}

static void status_0_closes_without_an_answer(void **state)
{
    (void)state;
    const struct http_answer nothing = {.status = 0};
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"));
    http_server_answer(server, take_one(server)->id, &nothing);
    hear(fd, &heard);
    assert_int_equal(heard.len, 0);
    assert_int_equal(http_server_parked(server), 0);
    (void)close(fd);
    http_server_stop(&server);
}

static void the_fd_is_readable_while_requests_wait(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    struct http_server *server = server_with(server_defaults());
    const struct http_request *requests[COUNT];
    int fds[COUNT];
    size_t taken = 0;
    assert_false(readable(http_server_fd(server), 0));
    assert_int_equal(http_server_take(server, requests, COUNT), 0);
    for (int i = 0; i < COUNT; i++) {
        fds[i] = dial(http_server_port(server));
        assert_true(say(fds[i], "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    }
    while (taken < COUNT) {
        assert_true(readable(http_server_fd(server), WAIT_MS_MAX));
        taken += http_server_take(server, requests + taken, 1);
    }
    assert_false(readable(http_server_fd(server), 0));
    for (int i = 0; i < COUNT; i++) {
        answer_ok(server, requests[i]->id, "");
        (void)close(fds[i]);
    }
    http_server_stop(&server);
}

static void over_the_most_parked_is_busy_at_once(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    options.parked_max = 2;
    struct http_server *server = server_with(options);
    int parked[2];
    uint64_t ids[2];
    for (int i = 0; i < 2; i++) {
        parked[i] = dial(http_server_port(server));
        assert_true(say(parked[i], "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
        ids[i] = take_one(server)->id;
    }
    int fd = dial(http_server_port(server));
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"));
    hear(fd, &heard);
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.text, "\r\nRetry-After: 1\r\n"));
    assert_non_null(strstr(heard.text, "\r\nContent-Type: application/problem+json\r\n"));
    assert_non_null(strstr(heard.body, "\"status\":503"));
    answer_ok(server, ids[0], "0");
    hear(parked[0], &heard);
    assert_true(say(fd, "GET /y HTTP/1.1\r\nHost: h\r\n\r\n")); /* the connection is still good */
    const struct http_request *request = take_one(server);
    assert_true(slice_is(request->path, "/y"));
    answer_ok(server, request->id, "y");
    hear(fd, &heard);
    assert_string_equal(heard.body, "y");
    answer_ok(server, ids[1], "1");
    hear(parked[1], &heard);
    assert_string_equal(heard.body, "1");
    (void)close(fd);
    (void)close(parked[0]);
    (void)close(parked[1]);
    http_server_stop(&server);
}

static void quiesced_it_finishes_what_it_has(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    uint16_t port = http_server_port(server);
    int fd = dial(port);
    int idle = dial(port);
    assert_true(say(idle, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    answer_ok(server, take_one(server)->id, "");
    hear(idle, &heard);
    assert_true(say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    uint64_t id = take_one(server)->id;
    http_server_quiesce(server);
    http_server_quiesce(server);
    assert_int_equal(dial(port), -1);
    assert_true(say(idle, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    hear(idle, &heard);
    assert_int_equal(heard.status, 503);
    answer_ok(server, id, "done");
    hear(fd, &heard);
    assert_string_equal(heard.body, "done");
    (void)close(fd);
    (void)close(idle);
    http_server_stop(&server);
}

static void stopping_answers_what_is_parked(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    int taken = dial(http_server_port(server));
    int waiting = dial(http_server_port(server));
    int silent = dial(http_server_port(server));
    int half = dial(http_server_port(server));
    assert_true(say(taken, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    (void)take_one(server);
    assert_true(say(waiting, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    assert_true(readable(http_server_fd(server), WAIT_MS_MAX));
    assert_true(say(half, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"));
    http_server_stop(&server);
    assert_null(server);
    hear(taken, &heard);
    assert_int_equal(heard.status, 503);
    hear(waiting, &heard);
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.text, "\r\nRetry-After: 1\r\n"));
    assert_true(closes(silent));
    assert_true(closes(half));
    (void)close(taken);
    (void)close(waiting);
    (void)close(silent);
    (void)close(half);
    http_server_stop(&server); /* of nothing */
}

/* The answers have to go out before the sockets are closed. */
static void stopping_answers_all_that_is_parked(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static int fds[MANY];
    struct http_server_options options = server_defaults();
    options.connections_max = MANY;
    options.parked_max = MANY;
    struct http_server *server = server_with(options);
    for (int i = 0; i < MANY; i++) {
        fds[i] = dial(http_server_port(server));
        assert_true(say(fds[i], "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
        (void)take_one(server);
    }
    http_server_stop(&server);
    for (int i = 0; i < MANY; i++) {
        hear(fds[i], &heard);
        assert_int_equal(heard.status, 503);
        (void)close(fds[i]);
    }
}

static void methods_pass_through(void **state)
{
    (void)state;
    static const char *const methods[] = {"DELETE", "PUT", "PATCH", "OPTIONS", "BREW"};
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: h\r\n\r\n", methods[i]);
        assert_true(say(fd, text));
        const struct http_request *request = take_one(server);
        assert_true(slice_is(request->method, methods[i]));
        struct http_answer answer = {.status = 405, .allow = "GET, HEAD"};
        http_server_answer(server, request->id, &answer);
        hear(fd, &heard);
        assert_int_equal(heard.status, 405);
        assert_non_null(strstr(heard.text, "\r\nAllow: GET, HEAD\r\n"));
    }
    assert_true(say(fd, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    answer_ok(server, take_one(server)->id, "twelve bytes");
    hear_answer(fd, &heard, true);
    assert_int_equal(heard.body_len, 0);
    assert_non_null(strstr(heard.text, "\r\nContent-Length: 12\r\n"));
    answer_ok(server, take_one(server)->id, "again");
    hear(fd, &heard);
    assert_string_equal(heard.body, "again");
    (void)close(fd);
    http_server_stop(&server);
}

static void what_it_cannot_listen_on_is_said(void **state)
{
    (void)state;
    struct http_server *first = server_with(server_defaults());
    struct http_server_options options = server_defaults();
    struct http_server *second = first;
    struct why why = {""};
    options.port = http_server_port(first);
    assert_int_equal(http_server_start(&options, &second, &why), ERROR_IO);
    assert_null(second);
    assert_non_null(strstr(why.text, "127.0.0.1"));
    options.host = "not an address";
    assert_int_equal(http_server_start(&options, &second, &why), ERROR_INVALID);
    assert_null(second);
    assert_non_null(strstr(why.text, "not an address"));
    http_server_stop(&first);
}

static void a_header_given_twice_is_no_header(void **state)
{
    (void)state;
    bool repeated = true;
    const struct http_header headers[] = {
        {SLICE("X-One"), SLICE("1")}, {SLICE("X-Two"), SLICE("2")}, {SLICE("x-two"), SLICE("2")}};
    assert_true(slice_is(http_header_find(headers, 3, "x-ONE", &repeated), "1"));
    assert_false(repeated);
    assert_null(http_header_find(headers, 3, "X-Two", &repeated).data);
    assert_true(repeated);
    assert_null(http_header_find(headers, 3, "X-Tw", &repeated).data);
    assert_false(repeated);
    assert_true(slice_is(http_header_find(headers, 2, "X-Two", &repeated), "2"));
}

/* Many peers, some of which leave in the middle; the owner and the stop in other threads. */
struct crowd {
    uint16_t port;
    unsigned seed;
    uint64_t answers;
    bool correct;
};

static void *crowd_main(void *context)
{
    static const char request[] = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    struct crowd *crowd = context;
    struct heard *answer = malloc(sizeof(*answer));
    crowd->correct = answer != NULL;
    for (unsigned i = 0; i < 60 && crowd->correct; i++) {
        int fd = dial(crowd->port);
        if (fd < 0)
            continue;
        for (unsigned j = 0; j < 4; j++) {
            bool leave = (i * 4 + j + crowd->seed) % 7 == 0;
            size_t len = leave ? 30 : sizeof(request) - 1;
            if (!say_bytes(fd, request, len) || leave)
                break;
            if ((i + j + crowd->seed) % 11 == 0)
                break; /* asked, and gone before the answer */
            hear(fd, answer);
            crowd->correct = answer->status == 200 && strcmp(answer->body, "3") == 0;
            crowd->answers++;
        }
        (void)close(fd);
    }
    free(answer);
    return NULL;
}

static void a_crowd_is_served(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    struct owner owner;
    struct crowd crowds[THREADS];
    pthread_t threads[THREADS];
    uint64_t answers = 0;
    struct http_server_options options = server_defaults();
    options.connections_max = 1024;
    owner_start(&owner, options);
    for (unsigned i = 0; i < THREADS; i++) {
        crowds[i] = (struct crowd){.port = http_server_port(owner.server), .seed = i};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowds[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(crowds[i].correct);
        answers += crowds[i].answers;
    }
    assert_true(answers > 100);
    assert_true(atomic_load(&owner.answered) >= answers);
    owner_stop(&owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_arrives_whole),
        cmocka_unit_test(what_is_fixed_is_not_parked),
        cmocka_unit_test(one_connection_serves_many_requests),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(answers_come_in_any_order),
        cmocka_unit_test(ids_that_are_not_parked_are_ignored),
        cmocka_unit_test(a_peer_may_hang_up_while_parked),
        cmocka_unit_test(status_0_closes_without_an_answer),
        cmocka_unit_test(the_fd_is_readable_while_requests_wait),
        cmocka_unit_test(over_the_most_parked_is_busy_at_once),
        cmocka_unit_test(quiesced_it_finishes_what_it_has),
        cmocka_unit_test(stopping_answers_what_is_parked),
        cmocka_unit_test(stopping_answers_all_that_is_parked),
        cmocka_unit_test(methods_pass_through),
        cmocka_unit_test(what_it_cannot_listen_on_is_said),
        cmocka_unit_test(a_header_given_twice_is_no_header),
        cmocka_unit_test(a_crowd_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
