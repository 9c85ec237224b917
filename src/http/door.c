/* The thread that lets connections in and sees the last of them out. It accepts by itself, instead
 * of libmicrohttpd, for three reasons: being full is then an answer (503) and not an endless wait
 * in the backlog; new connections go to the threads in turn; and MHD_quiesce_daemon of
 * 0.9.75 may abort when it meets a worker that stops listening at the same moment. */
#include "http/server_state.h"

#include "base/assert.h"
#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096, /* the kernel cuts it to net.core.somaxconn */
    ACCEPTS_A_TURN = 256,
    ROUND_MS = 500, /* between two looks at the deadlines */
    STARVED_MS = 10,
    LINGER_MS_MAX = 10000,
    DRAIN_BYTES = 1 << 20,
    DRAINS_A_TURN = 16,
    EVENTS = 64
};

/* What epoll says about whom; numbers from 0 on are lingerers. */
#define EVENT_LISTEN UINT64_MAX
#define EVENT_WAKE   (UINT64_MAX - 1)

static enum error listen_on(const struct addrinfo *address, int *out);
static void *door_main(void *context);
static void let_in(struct http_server *server);
static bool enter(struct http_server *server, const struct sockaddr *peer, struct peer_key *key,
                  bool *counted);
static void turn_away(struct http_server *server, int fd, enum refusal refusal);
static void drain(struct http_server *server, size_t index);
static void show_out(struct http_server *server, uint64_t now_ms);
static bool has_left(struct slot *slot, short events);
static void lingerer_close(struct http_server *server, struct lingerer *lingerer);
static bool watch(int epoll_fd, int fd, uint64_t event);

enum error door_open(struct http_server *server, struct why *why)
{
    char port[8];
    struct addrinfo *addresses = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const char *host = server->options.host;
    ASSERT(snprintf(port, sizeof(port), "%u", server->options.port) > 0);
    int code = getaddrinfo(host, port, &hints, &addresses);
    if (code != 0)
        return why_set(why, ERROR_INVALID, "cannot listen on %s:%s: %s", host, port,
                       gai_strerror(code));
    enum error error = listen_on(addresses, &server->listen_fd);
    int number = errno;
    freeaddrinfo(addresses);
    if (error != ERROR_NONE)
        return why_set(why, number == EACCES ? ERROR_PERMISSION : error,
                       "http.listen: cannot listen on %s:%s: %s; choose %s", host, port,
                       strerror(number),
                       number == EADDRNOTAVAIL ? "an address of this machine, or 0.0.0.0"
                       : number == EADDRINUSE  ? "another port, or end who listens there"
                                               : "another address or port");
    struct sockaddr_storage bound;
    socklen_t len = sizeof(bound);
    ASSERT(getsockname(server->listen_fd, (struct sockaddr *)&bound, &len) == 0);
    /* The port is at the same place in both families. */
    server->port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
    return ERROR_NONE;
}

enum error door_start(struct http_server *server, struct why *why)
{
    server->door_epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->door_wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->door_epoll_fd < 0 || server->door_wake_fd < 0 ||
        !watch(server->door_epoll_fd, server->door_wake_fd, EVENT_WAKE) ||
        !watch(server->door_epoll_fd, server->listen_fd, EVENT_LISTEN))
        return why_set(why, ERROR_IO, "cannot watch the listening socket: %s", strerror(errno));
    int code = pthread_create(&server->door, NULL, door_main, server);
    if (code != 0)
        return why_set(why, ERROR_BUSY, "cannot start a thread: %s", strerror(code));
    server->door_started = true;
    return ERROR_NONE;
}

/* Under the lock because the thread looks at listen_fd too. */
void door_quiesce(struct http_server *server)
{
    ASSERT(pthread_mutex_lock(&server->door_lock) == 0);
    if (server->listen_fd >= 0)
        ASSERT(close(server->listen_fd) == 0);
    server->listen_fd = -1;
    ASSERT(pthread_mutex_unlock(&server->door_lock) == 0);
}

void door_close(struct http_server *server)
{
    if (server->door_started) {
        uint64_t one = 1;
        atomic_store(&server->door_quit, true);
        ASSERT(write(server->door_wake_fd, &one, sizeof(one)) == sizeof(one));
        ASSERT(pthread_join(server->door, NULL) == 0);
        server->door_started = false;
    }
    door_quiesce(server);
    for (size_t i = 0; i < HTTP_LINGER_MAX; i++)
        lingerer_close(server, &server->lingerers[i]);
    if (server->door_epoll_fd >= 0)
        ASSERT(close(server->door_epoll_fd) == 0);
    if (server->door_wake_fd >= 0)
        ASSERT(close(server->door_wake_fd) == 0);
    server->door_epoll_fd = -1;
    server->door_wake_fd = -1;
}

void door_linger(struct http_server *server, int fd)
{
    if (atomic_load(&server->stopping))
        return;
    ASSERT(pthread_mutex_lock(&server->door_lock) == 0);
    for (size_t i = 0; i < HTTP_LINGER_MAX; i++) {
        struct lingerer *lingerer = &server->lingerers[i];
        if (lingerer->fd >= 0)
            continue;
        lingerer->fd = dup(fd);
        lingerer->deadline_ms = clock_mono_ms() + LINGER_MS_MAX;
        if (lingerer->fd >= 0 && !watch(server->door_epoll_fd, lingerer->fd, i))
            lingerer_close(server, lingerer);
        break;
    }
    ASSERT(pthread_mutex_unlock(&server->door_lock) == 0);
}

static enum error listen_on(const struct addrinfo *address, int *out)
{
    int one = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERROR_IO;
    /* Accepted sockets inherit TCP_NODELAY on Linux. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int number = errno;
        (void)close(fd);
        errno = number;
        return ERROR_IO;
    }
    *out = fd;
    return ERROR_NONE;
}

static void *door_main(void *context)
{
    struct http_server *server = context;
    struct epoll_event events[EVENTS];
    uint64_t next_round_ms = 0;
    while (!atomic_load(&server->door_quit)) {
        int count = epoll_wait(server->door_epoll_fd, events, EVENTS, ROUND_MS);
        ASSERT(count >= 0 || errno == EINTR);
        for (int i = 0; i < count; i++) {
            if (events[i].data.u64 == EVENT_LISTEN)
                let_in(server);
            else if (events[i].data.u64 != EVENT_WAKE)
                drain(server, (size_t)events[i].data.u64);
        }
        uint64_t now_ms = clock_mono_ms();
        if (now_ms >= next_round_ms) {
            show_out(server, now_ms);
            next_round_ms = now_ms + ROUND_MS;
        }
    }
    return NULL;
}

static void let_in(struct http_server *server)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage peer;
        socklen_t peer_len = sizeof(peer);
        struct peer_key key;
        bool counted;
        ASSERT(pthread_mutex_lock(&server->door_lock) == 0);
        int listen_fd = server->listen_fd;
        int fd = listen_fd < 0 ? -1
                               : accept4(listen_fd, (struct sockaddr *)&peer, &peer_len,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        int number = listen_fd < 0 ? EAGAIN : errno;
        ASSERT(pthread_mutex_unlock(&server->door_lock) == 0);
        if (fd < 0) {
            /* Out of descriptors or memory: those who wait may wait on, and we not spin. */
            if (number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM)
                (void)poll(NULL, 0, STARVED_MS);
            return;
        }
        if (atomic_load(&server->connections) + atomic_load(&server->arriving) >=
            server->options.connections_max)
            turn_away(server, fd, REFUSAL_BUSY);
        else if (!enter(server, (struct sockaddr *)&peer, &key, &counted))
            turn_away(server, fd, REFUSAL_PEER_TOO_MANY);
        else /* closes fd when it fails */
            workers_add(server, fd, (struct sockaddr *)&peer, peer_len, counted ? &key : NULL);
    }
}

/* counted: under key; false for those who are not limited. */
static bool enter(struct http_server *server, const struct sockaddr *peer, struct peer_key *key,
                  bool *counted)
{
    bool loopback = false;
    *counted = server->crowd != NULL && peer_from_sockaddr(peer, key, &loopback) && !loopback;
    if (!*counted || peer_enter(server->crowd, key))
        return true;
    metric_add(metric_series(METRIC_usher_busy_total, "peer", NULL), 1);
    return false;
}

static void turn_away(struct http_server *server, int fd, enum refusal refusal)
{
    struct reply_refusal *busy = &server->replies.refusals[refusal];
    metric_add(busy->metric, 1);
    (void)!send(fd, busy->closing, busy->closing_len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    door_linger(server, fd);
    ASSERT(close(fd) == 0);
}

/* Reads and forgets; without a buffer, as Linux allows for TCP. */
static void drain(struct http_server *server, size_t index)
{
    ASSERT(pthread_mutex_lock(&server->door_lock) == 0);
    struct lingerer *lingerer = &server->lingerers[index];
    for (int i = 0; i < DRAINS_A_TURN && lingerer->fd >= 0; i++) {
        ssize_t got = recv(lingerer->fd, NULL, DRAIN_BYTES, MSG_TRUNC | MSG_DONTWAIT);
        if (got > 0)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        lingerer_close(server, lingerer);
    }
    ASSERT(pthread_mutex_unlock(&server->door_lock) == 0);
}

/* Cuts those whose request or reply takes too long: libmicrohttpd's timeout starts again with every
 * byte, which a slow sender lives on. Cuts those who left in the middle of a request, too: it
 * misses an end that comes together with data, because epoll tells it of both but once. And ends
 * lingering. */
static void show_out(struct http_server *server, uint64_t now_ms)
{
    ASSERT(pthread_mutex_lock(&server->slots_lock) == 0);
    uint32_t count = server->slots_used;
    for (uint32_t i = 0; i < count; i++)
        server->watched[i] = (struct pollfd){.fd = server->slots[i].fd, .events = POLLRDHUP};
    (void)poll(server->watched, count, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct slot *slot = &server->slots[i];
        if (slot->fd >= 0 && (atomic_load(&slot->deadline_ms) <= now_ms ||
                              has_left(slot, server->watched[i].revents)))
            (void)shutdown(slot->fd, SHUT_RDWR);
    }
    ASSERT(pthread_mutex_unlock(&server->slots_lock) == 0);
    ASSERT(pthread_mutex_lock(&server->door_lock) == 0);
    for (size_t i = 0; i < HTTP_LINGER_MAX; i++)
        if (server->lingerers[i].fd >= 0 && server->lingerers[i].deadline_ms <= now_ms)
            lingerer_close(server, &server->lingerers[i]);
    ASSERT(pthread_mutex_unlock(&server->door_lock) == 0);
}

/* A peer may close its half and still wait for an answer; so not while one is due, and only when a
 * whole round passed since its last byte was read. */
static bool has_left(struct slot *slot, short events)
{
    char byte;
    bool due = atomic_load(&slot->deadline_ms) == UINT64_MAX || atomic_load(&slot->replying);
    bool before = slot->end_of_data;
    slot->end_of_data =
        !due && (events & POLLRDHUP) != 0 && recv(slot->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    return before && slot->end_of_data;
}

/* Closing alone would leave it in the epoll set while libmicrohttpd has not closed its own copy. */
static void lingerer_close(struct http_server *server, struct lingerer *lingerer)
{
    if (lingerer->fd < 0)
        return;
    (void)epoll_ctl(server->door_epoll_fd, EPOLL_CTL_DEL, lingerer->fd, NULL);
    ASSERT(close(lingerer->fd) == 0);
    lingerer->fd = -1;
}

static bool watch(int epoll_fd, int fd, uint64_t event)
{
    struct epoll_event interest = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = event};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &interest) == 0;
}
