#include "tests/unit/http/sockets.h"

static struct heard heard;

enum { MIB = 1 << 20 };

/* A client that sends its whole body, whatever comes back, and only then reads. */
static void stubborn(uint16_t port, size_t body_bytes, const char *more_headers)
{
    char head[256];
    char *block = calloc(1, MIB);
    assert_non_null(block);
    int fd = dial(port);
    (void)snprintf(head, sizeof(head),
                   "POST /hooks/x HTTP/1.1\r\nHost: h\r\n%sContent-Length: %zu\r\n\r\n",
                   more_headers, body_bytes);
    assert_true(say(fd, head));
    for (size_t sent = 0; sent < body_bytes; sent += MIB)
        assert_true(say_bytes(fd, block, MIB)); /* is never reset */
    hear(fd, &heard);
    assert_int_equal(heard.status, 413);
    assert_non_null(strstr(heard.text, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(heard.body, "\"status\":413"));
    assert_true(closes(fd));
    (void)close(fd);
    free(block);
}

static void a_body_too_large_is_refused_and_the_refusal_read(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    uint16_t port = http_server_port(owner.server);
    stubborn(port, (size_t)3 * MIB, "");
    stubborn(port, (size_t)50 * MIB, "");
    stubborn(port, (size_t)3 * MIB, "Expect: 100-continue\r\n");
    stubborn(port, (size_t)50 * MIB, "Expect: 100-continue\r\n");
    assert_int_equal(atomic_load(&owner.answered), 0);
    owner_stop(&owner);
}

static void a_polite_client_is_refused_before_it_sends(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    int fd = dial(http_server_port(owner.server));
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                        "Content-Length: 65537\r\n\r\n"));
    hear(fd, &heard);
    assert_int_equal(heard.status, 413);
    assert_true(closes(fd));
    (void)close(fd);
    fd = dial(http_server_port(owner.server));
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                        "Content-Length: 3\r\n\r\n"));
    hear_answer(fd, &heard, true);
    assert_int_equal(heard.status, 100);
    assert_true(say(fd, "abc"));
    hear(fd, &heard);
    assert_int_equal(heard.status, 200);
    (void)close(fd);
    owner_stop(&owner);
}

static void a_body_of_exactly_the_limit_is_taken(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    int fd = dial(http_server_port(owner.server));
    char *body = malloc(65536);
    assert_non_null(body);
    memset(body, 'x', 65536);
    for (int i = 0; i < 3; i++) {
        assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n"));
        assert_true(say_bytes(fd, body, 65536));
        hear(fd, &heard);
        assert_string_equal(heard.body, "65536");
    }
    free(body);
    (void)close(fd);
    owner_stop(&owner);
}

static void a_body_arrives_byte_by_byte(void **state)
{
    (void)state;
    enum { LEN = 5000 };
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    int one = 1;
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one)), 0);
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n"));
    for (int i = 0; i < LEN; i++) {
        char byte = (char)('a' + i % 26);
        assert_true(say_bytes(fd, &byte, 1));
    }
    const struct http_request *request = take_one(server);
    assert_int_equal(request->body.len, LEN);
    for (int i = 0; i < LEN; i++)
        assert_int_equal(request->body.data[i], 'a' + i % 26);
    answer_ok(server, request->id, "");
    hear(fd, &heard);
    (void)close(fd);
    http_server_stop(&server);
}

static void chunks_are_joined_and_counted(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    int fd = dial(http_server_port(server));
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                        "5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"));
    const struct http_request *request = take_one(server);
    assert_true(slice_is(request->body, "hello world"));
    answer_ok(server, request->id, "");
    hear(fd, &heard);
    assert_int_equal(heard.status, 200);

    char chunk[0x1000 + 8] = "1000\r\n";
    memset(chunk + 6, 'x', 0x1000);
    memcpy(chunk + 6 + 0x1000, "\r\n", 2);
    assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 1024; i++) /* 4 MiB, without an end */
        assert_true(say_bytes(fd, chunk, sizeof(chunk)));
    hear(fd, &heard);
    assert_int_equal(heard.status, 413);
    assert_true(closes(fd));
    (void)close(fd);
    http_server_stop(&server);
}

static void chunks_are_counted_to_the_byte(void **state)
{
    (void)state;
    struct owner owner;
    char *body = malloc(65537);
    assert_non_null(body);
    memset(body, 'x', 65537);
    owner_start(&owner, server_defaults());
    for (size_t over = 0; over <= 1; over++) {
        int fd = dial(http_server_port(owner.server));
        assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assert_true(say(fd, over == 0 ? "10000\r\n" : "10001\r\n"));
        assert_true(say_bytes(fd, body, 65536 + over));
        assert_true(say(fd, "\r\n0\r\n\r\n"));
        hear(fd, &heard);
        assert_int_equal(heard.status, over == 0 ? 200 : 413);
        (void)close(fd);
    }
    free(body);
    owner_stop(&owner);
}

static void bad_chunks_are_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"x\r\nhello\r\n0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n",
                                         "-1\r\n", "fffffffffffffffff\r\n"};
    struct owner owner;
    owner_start(&owner, server_defaults());
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        int fd = dial(http_server_port(owner.server));
        assert_true(say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        (void)say(fd, bodies[i]);
        hear(fd, &heard);
        assert_int_not_equal(heard.status, 200);
        assert_true(closes(fd));
        (void)close(fd);
    }
    assert_int_equal(atomic_load(&owner.answered), 0);
    owner_stop(&owner);
}

/* What is refused by its head alone. open: the connection can go on. */
struct bad_head {
    const char *head;
    unsigned status;
    bool open;
};

static void bad_heads_are_refused(void **state)
{
    (void)state;
    static const struct bad_head rows[] = {
        {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400, true},
        {"GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", 400, true},
        {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400,
         false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         400, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 501, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 3\r\n\r\nabc", 400, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\n", 400, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3x\r\n\r\n", 400, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 413, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: abc\r\n\r\n{}", 400, false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n{}", 400, false},
        {"GET / HTTP/1.1\r\n\r\n", 400, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400, false},
    };
    struct owner owner;
    owner_start(&owner, server_defaults());
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = dial(http_server_port(owner.server));
        assert_true(say(fd, rows[i].head));
        hear(fd, &heard);
        if (heard.status != rows[i].status)
            fail_msg("%s\nis answered %s", rows[i].head, heard.text);
        if (rows[i].open) {
            assert_true(say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
            hear(fd, &heard);
            assert_int_equal(heard.status, 200);
        } else {
            assert_false(hears_more(fd));
        }
        (void)close(fd);
    }
    owner_stop(&owner);
}

/* libmicrohttpd ends all these at the NUL. */
static void a_nul_in_a_head_is_refused(void **state)
{
    (void)state;
#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
    static const struct slice heads[] = {
        BYTES("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\nY: b\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\nHost: h\r\nX\0Y: b\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\nHost: h\0i\r\nX: b\r\n\r\n"),
        BYTES("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
        BYTES("GET /?a\0b HTTP/1.1\r\nHost: h\r\n\r\n"),
        BYTES("GE\0T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BYTES("GET / HTTP/1.1\nHost: h\nX: a\0b\n\n"),
    };
    struct owner owner;
    owner_start(&owner, server_defaults());
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        int fd = dial(http_server_port(owner.server));
        assert_true(say_bytes(fd, heads[i].data, heads[i].len));
        hear(fd, &heard);
        if (heard.status != 400)
            fail_msg("%zu is answered %s", i, heard.text);
        assert_false(hears_more(fd));
        (void)close(fd);
    }
    assert_int_equal(atomic_load(&owner.answered), 0);
    owner_stop(&owner);
}

/* One of many that are in the middle of their heads is refused, and the others go on. */
static void a_refused_head_is_told_from_others(void **state)
{
    (void)state;
    enum { OTHERS = 20 };
    int others[OTHERS];
    struct owner owner;
    owner_start(&owner, server_defaults());
    for (int i = 0; i < OTHERS; i++) {
        others[i] = dial(http_server_port(owner.server));
        assert_true(say(others[i], "POST / HTTP/1.1\r\nHost: h\r\nContent-Len"));
    }
    for (int i = 0; i < OTHERS; i += 2) {
        assert_true(say(others[i], "gth: x\r\n\r\n"));
        hear(others[i], &heard);
        assert_int_equal(heard.status, 400);
        assert_non_null(strstr(heard.body, "\"status\":400"));
        assert_false(hears_more(others[i]));
    }
    for (int i = 0; i < OTHERS; i++) {
        if (i % 2 == 1) {
            assert_true(say(others[i], "gth: 3\r\n\r\nabc"));
            hear(others[i], &heard);
            assert_int_equal(heard.status, 200);
        }
        (void)close(others[i]);
    }
    owner_stop(&owner);
}

static unsigned status_of_target(uint16_t port, size_t path_len, size_t query_len)
{
    char *text = calloc(1, path_len + query_len + 64);
    assert_non_null(text);
    (void)memcpy(text, "GET /", 5);
    memset(text + 5, 'p', path_len - 1);
    size_t len = 4 + path_len;
    if (query_len > 0) {
        text[len++] = '?';
        memset(text + len, 'q', query_len);
        len += query_len;
    }
    (void)memcpy(text + len, " HTTP/1.1\r\nHost: h\r\n\r\n", 23);
    int fd = dial(port);
    assert_true(say(fd, text));
    hear(fd, &heard);
    (void)close(fd);
    free(text);
    return heard.status;
}

static void targets_have_a_length(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    uint16_t port = http_server_port(owner.server);
    assert_int_equal(status_of_target(port, 512, 0), 200);
    assert_int_equal(status_of_target(port, 513, 0), 414);
    assert_int_equal(status_of_target(port, 512, 1024), 200);
    assert_int_equal(status_of_target(port, 1, 1025), 414);
    assert_int_equal(status_of_target(port, 20000, 0), 414);
    assert_int_equal(status_of_target(port, 1000000, 0), 414);
    owner_stop(&owner);
}

static unsigned status_of_headers(uint16_t port, unsigned count, size_t value_len)
{
    int fd = dial(port);
    char *value = calloc(1, value_len + 1);
    assert_non_null(value);
    memset(value, 'v', value_len);
    assert_true(say(fd, "GET / HTTP/1.1\r\nHost: h\r\n"));
    for (unsigned i = 1; i < count; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "X-%u: ", i);
        if (!say(fd, name) || !say_bytes(fd, value, value_len) || !say(fd, "\r\n"))
            break;
    }
    (void)say(fd, "\r\n");
    hear(fd, &heard);
    (void)close(fd);
    free(value);
    return heard.status;
}

static void headers_have_a_number(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    uint16_t port = http_server_port(owner.server);
    assert_int_equal(status_of_headers(port, 64, 10), 200);
    assert_int_equal(status_of_headers(port, 65, 10), 431);
    assert_int_equal(status_of_headers(port, 500, 2), 431);
    assert_int_equal(status_of_headers(port, 3, 7900), 200);
    assert_int_equal(status_of_headers(port, 2, 100000), 431);
    owner_stop(&owner);
}

static unsigned status_from(int fd, const char *forwarded)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", forwarded);
    assert_true(say(fd, text));
    hear(fd, &heard);
    return heard.status;
}

static void peers_have_a_rate(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    struct owner owner;
    options.peer_per_second = 3;
    owner_start(&owner, options);
    int fd = dial(http_server_port(owner.server));
    for (int i = 0; i < 50; i++) /* a loopback peer is exempt; the header is not believed */
        assert_int_equal(status_from(fd, "X-Forwarded-For: 203.0.113.1\r\n"), 200);
    (void)close(fd);
    owner_stop(&owner);

    options.trust_forwarded = true;
    owner_start(&owner, options);
    fd = dial(http_server_port(owner.server));
    unsigned refused = 0;
    for (int i = 0; i < 50; i++) {
        unsigned status = status_from(fd, "X-Forwarded-For: 10.0.0.1, 203.0.113.1\r\n");
        if (status == 429) {
            refused++;
            assert_non_null(strstr(heard.text, "\r\nRetry-After: 1\r\n"));
        } else {
            assert_int_equal(status, 200);
        }
    }
    assert_true(refused >= 30);
    /* Only the last address counts, over all such headers; others are other peers. */
    assert_int_equal(status_from(fd, "X-Forwarded-For: 203.0.113.1, 203.0.113.2\r\n"), 200);
    assert_int_equal(status_from(fd, "X-Forwarded-For: 203.0.113.1\r\n"
                                     "x-forwarded-for: 203.0.113.3\r\n"),
                     200);
    (void)close(fd);
    owner_stop(&owner);
}

/* The address that a proxy we trust has seen, else the one that called; gone with the request. */
static void whole_addresses_are_known(void **state)
{
    static const char sent[] =
        "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 10.0.0.1, 2001:db8:1:2:3::4\r\n\r\n";
    (void)state;
    for (int trusted = 0; trusted < 2; trusted++) {
        struct http_server_options options = server_defaults();
        char address[HTTP_ADDRESS_BYTES];
        options.trust_forwarded = trusted != 0;
        struct http_server *server = server_with(options);
        int fd = dial(http_server_port(server));
        assert_true(say(fd, sent));
        uint64_t id = take_one(server)->id;
        http_server_address(server, id, address);
        assert_string_equal(address, trusted ? "2001:db8:1:2:3::4" : "127.0.0.1");
        const struct http_answer answer = {.status = 200};
        http_server_answer(server, id, &answer);
        hear(fd, &heard);
        http_server_address(server, id, address);
        assert_string_equal(address, "");
        (void)close(fd);
        http_server_stop(&server);
    }
}

/* Several at once: libmicrohttpd treats the one that has waited longest better than the others. */
static void half_closed_peers_are_answered(void **state)
{
    enum { PEERS = 8 };
    (void)state;
    struct http_server *server = server_with(server_defaults());
    uint64_t ids[PEERS];
    int fds[PEERS];
    for (size_t i = 0; i < PEERS; i++) {
        fds[i] = dial(http_server_port(server));
        assert_true(say(fds[i], "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"));
        assert_int_equal(shutdown(fds[i], SHUT_WR), 0);
        ids[i] = take_one(server)->id;
    }
    for (size_t i = 0; i < PEERS; i++)
        answer_ok(server, ids[i], "heard you");
    for (size_t i = 0; i < PEERS; i++) {
        hear(fds[i], &heard);
        assert_string_equal(heard.body, "heard you");
        (void)close(fds[i]);
    }
    http_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_too_large_is_refused_and_the_refusal_read),
        cmocka_unit_test(a_polite_client_is_refused_before_it_sends),
        cmocka_unit_test(a_body_of_exactly_the_limit_is_taken),
        cmocka_unit_test(a_body_arrives_byte_by_byte),
        cmocka_unit_test(chunks_are_joined_and_counted),
        cmocka_unit_test(chunks_are_counted_to_the_byte),
        cmocka_unit_test(bad_chunks_are_refused),
        cmocka_unit_test(bad_heads_are_refused),
        cmocka_unit_test(a_nul_in_a_head_is_refused),
        cmocka_unit_test(a_refused_head_is_told_from_others),
        cmocka_unit_test(targets_have_a_length),
        cmocka_unit_test(headers_have_a_number),
        cmocka_unit_test(peers_have_a_rate),
        cmocka_unit_test(whole_addresses_are_known),
        cmocka_unit_test(half_closed_peers_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
