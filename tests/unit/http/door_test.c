#include "tests/unit/http/sockets.h"

#include <ifaddrs.h>

static struct heard heard;

static void over_the_most_connections_is_an_answer(void **state)
{
    (void)state;
    enum { MOST = 4 };
    struct http_server_options options = server_defaults();
    struct owner owner;
    int fds[MOST];
    options.connections_max = MOST;
    owner_start(&owner, options);
    for (int i = 0; i < MOST; i++) {
        fds[i] = dial(http_server_port(owner.server));
        assert_true(say(fds[i], "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        hear(fds[i], &heard);
        assert_int_equal(heard.status, 200);
    }
    int fd = dial(http_server_port(owner.server));
    hear(fd, &heard); /* before it asked anything */
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.text, "\r\nRetry-After: 1\r\n"));
    assert_true(closes(fd));
    (void)close(fd);
    assert_true(say(fds[0], "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    hear(fds[0], &heard);
    assert_int_equal(heard.status, 200);
    for (int i = 0; i < MOST; i++)
        (void)close(fds[i]);
    /* And as soon as the server noticed that they left, there is room. */
    uint64_t until_ms = clock_mono_ms() + WAIT_MS_MAX;
    do {
        fd = dial(http_server_port(owner.server));
        (void)say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        hear(fd, &heard);
        (void)close(fd);
    } while (heard.status != 200 && clock_mono_ms() < until_ms);
    assert_int_equal(heard.status, 200);
    owner_stop(&owner);
}

/* An address of this machine that is not its loopback; false where it has none. */
static bool own_address(struct sockaddr_in *out)
{
    struct ifaddrs *all = NULL;
    bool found = false;
    assert_int_equal(getifaddrs(&all), 0);
    for (const struct ifaddrs *at = all; at != NULL && !found; at = at->ifa_next) {
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(out, at->ifa_addr, sizeof(*out));
        found = ntohl(out->sin_addr.s_addr) >> 24 != 127;
    }
    freeifaddrs(all);
    return found;
}

static int dial_at(const struct sockaddr_in *address, uint16_t port)
{
    struct sockaddr_in peer = *address;
    peer.sin_port = htons(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
    return fd;
}

static unsigned asked(int fd)
{
    (void)say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    hear(fd, &heard);
    return heard.status;
}

static void of_one_address_so_many_connections(void **state)
{
    (void)state;
    enum { MOST = 3 };
    struct http_server_options options = server_defaults();
    struct owner owner;
    struct sockaddr_in address;
    int fds[MOST];
    if (!own_address(&address))
        skip(); /* a machine without a network */
    options.host = "0.0.0.0";
    options.peer_connections_max = MOST;
    owner_start(&owner, options);
    uint16_t port = http_server_port(owner.server);
    for (int i = 0; i < MOST; i++) {
        fds[i] = dial_at(&address, port);
        assert_int_equal(asked(fds[i]), 200);
    }
    int fd = dial_at(&address, port);
    hear(fd, &heard); /* before it asked anything */
    assert_int_equal(heard.status, 429);
    assert_non_null(strstr(heard.text, "too many connections"));
    assert_true(closes(fd));
    (void)close(fd);
    for (int i = 0; i < 2 * MOST; i++) { /* others are let in; this machine itself is not counted */
        int other = dial(port);
        assert_int_equal(asked(other), 200);
        (void)close(other);
    }
    (void)close(fds[0]);
    uint64_t until_ms = clock_mono_ms() + WAIT_MS_MAX;
    unsigned status;
    do {
        fd = dial_at(&address, port);
        status = asked(fd);
        (void)close(fd);
    } while (status != 200 && clock_mono_ms() < until_ms);
    assert_int_equal(status, 200);
    for (int i = 1; i < MOST; i++)
        (void)close(fds[i]);
    owner_stop(&owner);
}

/* Sends a byte whenever nothing came for 100 ms; true when the server hung up on that. */
static bool trickle(uint16_t port, const char *head, char byte)
{
    char scratch[256];
    int fd = dial(port);
    uint64_t until_ms = clock_mono_ms() + WAIT_MS_MAX;
    bool cut = !say(fd, head);
    while (!cut && clock_mono_ms() < until_ms) {
        if (readable(fd, 100))
            cut = recv(fd, scratch, sizeof(scratch), 0) <= 0;
        else
            cut = !say_bytes(fd, &byte, 1);
    }
    (void)close(fd);
    return cut;
}

static void slow_senders_are_cut(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    struct owner owner;
    options.idle_timeout_s = 1;
    owner_start(&owner, options);
    uint16_t port = http_server_port(owner.server);
    assert_true(trickle(port, "", 'G'));
    assert_true(trickle(port, "GET / HTTP/1.1\r\nX: ", 'x'));
    assert_true(trickle(port, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n", 'x'));
    assert_int_equal(atomic_load(&owner.answered), 0);
    owner_stop(&owner);
}

static void silent_connections_are_closed_but_parked_ones_wait(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    options.idle_timeout_s = 1;
    struct http_server *server = server_with(options);
    int parked = dial(http_server_port(server));
    int silent = dial(http_server_port(server));
    assert_true(say(parked, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    uint64_t id = take_one(server)->id;
    assert_true(closes(silent));
    assert_false(readable(parked, 2500)); /* longer than any limit of a sender */
    answer_ok(server, id, "at last");
    hear(parked, &heard);
    assert_string_equal(heard.body, "at last");
    (void)close(parked);
    (void)close(silent);
    http_server_stop(&server);
}

/* The end comes together with the data, which libmicrohttpd alone would miss. */
static void those_who_leave_halfway_make_room(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    struct owner owner;
    options.connections_max = 8;
    options.idle_timeout_s = 3600;
    owner_start(&owner, options);
    for (int i = 0; i < 8; i++) {
        int fd = dial(http_server_port(owner.server));
        (void)say(fd, "POST /x HTTP/1.1\r\nHo");
        (void)close(fd);
    }
    uint64_t until_ms = clock_mono_ms() + WAIT_MS_MAX;
    do {
        int fd = dial(http_server_port(owner.server));
        (void)say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        hear(fd, &heard);
        (void)close(fd);
    } while (heard.status != 200 && clock_mono_ms() < until_ms);
    assert_int_equal(heard.status, 200);
    owner_stop(&owner);
}

/* More refused senders at once than may linger: the server stays well and the table is emptied. */
static void lingering_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 300 };
    struct http_server_options options = server_defaults();
    struct owner owner;
    static int fds[MANY];
    options.connections_max = 1024;
    owner_start(&owner, options);
    for (int i = 0; i < MANY; i++) {
        fds[i] = dial(http_server_port(owner.server));
        assert_true(fds[i] >= 0);
        assert_true(say(fds[i], "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n"));
        hear(fds[i], &heard);
        assert_int_equal(heard.status, 413);
    }
    for (int i = 0; i < MANY; i++)
        (void)close(fds[i]);
    int fd = dial(http_server_port(owner.server));
    assert_true(say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    hear(fd, &heard);
    assert_int_equal(heard.status, 200);
    (void)close(fd);
    owner_stop(&owner);
}

static void it_listens_on_both_families(void **state)
{
    (void)state;
    struct http_server_options options = server_defaults();
    struct http_server *server = NULL;
    struct why why;
    options.host = "::1";
    if (http_server_start(&options, &server, &why) != ERROR_NONE)
        skip(); /* a machine without IPv6 */
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port = htons(http_server_port(server)),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_true(say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    answer_ok(server, take_one(server)->id, "six");
    hear(fd, &heard);
    assert_string_equal(heard.body, "six");
    (void)close(fd);
    http_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_most_connections_is_an_answer),
        cmocka_unit_test(of_one_address_so_many_connections),
        cmocka_unit_test(slow_senders_are_cut),
        cmocka_unit_test(silent_connections_are_closed_but_parked_ones_wait),
        cmocka_unit_test(those_who_leave_halfway_make_room),
        cmocka_unit_test(lingering_is_bounded),
        cmocka_unit_test(it_listens_on_both_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
