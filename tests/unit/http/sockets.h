/* A browser's end of the wire, byte by byte, for tests of the HTTP server. Every wait is bounded.
 */
#ifndef USHER_TESTS_HTTP_SOCKETS_H
#define USHER_TESTS_HTTP_SOCKETS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS_MAX = 20000, HEARD_MAX = 65536 };

/* What was read from a connection: one answer, NUL-terminated. */
struct heard {
    char text[HEARD_MAX];
    size_t len;
    unsigned status; /* 0: closed or reset before an answer came */
    const char *body;
    size_t body_len;
};

static inline struct http_server_options server_defaults(void)
{
    return (struct http_server_options){.host = "127.0.0.1",
                                        .threads = 2,
                                        .connections_max = 64,
                                        .parked_max = 32,
                                        .body_bytes_max = 65536,
                                        .idle_timeout_s = 10};
}

static inline struct http_server *server_with(struct http_server_options options)
{
    struct http_server *server = NULL;
    struct why why = {""};
    enum error error = http_server_start(&options, &server, &why);
    if (error != ERROR_NONE)
        fail_msg("%s", why.text);
    return server;
}

static inline int dial(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* False when the other side no longer takes it. */
static inline bool say_bytes(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static inline bool say(int fd, const char *text)
{
    return say_bytes(fd, text, strlen(text));
}

static inline bool readable(int fd, int timeout_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, timeout_ms) == 1;
}

/* One answer with a Content-Length, or what there is until the end. head: it has no body. */
static inline void hear_answer(int fd, struct heard *heard, bool head)
{
    memset(heard, 0, sizeof(*heard));
    size_t want = SIZE_MAX;
    while (heard->len < want && heard->len < HEARD_MAX - 1) {
        if (!readable(fd, WAIT_MS_MAX))
            fail_msg("nothing to read for %d ms", WAIT_MS_MAX);
        /* Not a byte more than this answer: the next one belongs to the next call. */
        size_t room = want == SIZE_MAX ? 1 : want - heard->len;
        ssize_t got = recv(fd, heard->text + heard->len, room, 0);
        if (got <= 0)
            break;
        heard->len += (size_t)got;
        heard->text[heard->len] = '\0';
        char *end = want == SIZE_MAX ? strstr(heard->text, "\r\n\r\n") : NULL;
        if (end == NULL)
            continue;
        char *length = strcasestr(heard->text, "\r\nContent-Length: ");
        heard->body = end + 4;
        want = heard->len;
        if (length != NULL && length < end && !head)
            want += (size_t)strtoul(length + 18, NULL, 10);
    }
    if (heard->body != NULL) {
        heard->body_len = heard->len - (size_t)(heard->body - heard->text);
        heard->status = (unsigned)strtoul(heard->text + strlen("HTTP/1.1 "), NULL, 10);
    }
}

static inline void hear(int fd, struct heard *heard)
{
    hear_answer(fd, heard, false);
}

/* Does the other side close within the time? What it still says is thrown away. */
static inline bool closes(int fd)
{
    char scratch[4096];
    while (readable(fd, WAIT_MS_MAX))
        if (recv(fd, scratch, sizeof(scratch), 0) <= 0)
            return true;
    return false;
}

/* Does a byte come before the other side closes, within the time? */
static inline bool hears_more(int fd)
{
    char byte;
    assert_true(readable(fd, WAIT_MS_MAX));
    return recv(fd, &byte, 1, 0) > 0;
}

/* The test as the owner: waits for the next request. */
static inline const struct http_request *take_one(struct http_server *server)
{
    const struct http_request *request = NULL;
    if (!readable(http_server_fd(server), WAIT_MS_MAX))
        fail_msg("no request for %d ms", WAIT_MS_MAX);
    assert_int_equal(http_server_take(server, &request, 1), 1);
    return request;
}

static inline void answer_ok(struct http_server *server, uint64_t id, const char *body)
{
    struct http_answer answer = {.status = 200, .body = slice_from(body)};
    http_server_answer(server, id, &answer);
}

/* An owner in a thread of its own that answers every request at once: 200 and the length of its
 * body. */
struct owner {
    struct http_server *server;
    pthread_t thread;
    atomic_bool quit;
    _Atomic uint64_t answered;
};

static inline void *owner_main(void *context)
{
    struct owner *owner = context;
    const struct http_request *requests[64];
    while (!atomic_load(&owner->quit)) {
        if (!readable(http_server_fd(owner->server), 10))
            continue;
        size_t count = http_server_take(owner->server, requests, 64);
        for (size_t i = 0; i < count; i++) {
            char text[32];
            (void)snprintf(text, sizeof(text), "%zu", requests[i]->body.len);
            answer_ok(owner->server, requests[i]->id, text);
        }
        atomic_fetch_add(&owner->answered, count);
    }
    return NULL;
}

static inline void owner_start(struct owner *owner, struct http_server_options options)
{
    memset(owner, 0, sizeof(*owner));
    owner->server = server_with(options);
    assert_int_equal(pthread_create(&owner->thread, NULL, owner_main, owner), 0);
}

static inline void owner_stop(struct owner *owner)
{
    atomic_store(&owner->quit, true);
    assert_int_equal(pthread_join(owner->thread, NULL), 0);
    http_server_stop(&owner->server);
    assert_null(owner->server);
}

#endif
