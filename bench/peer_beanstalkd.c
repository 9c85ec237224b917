/* The same work on beanstalkd: put, reserve, delete, over TCP on loopback. It handles one command
 * of a connection at a time, so requests in flight are connections: --in-flight producers and as
 * many workers, in a thread each. First --jobs are put only; then those are deleted without being
 * measured, and as many are put, reserved and deleted at the same time. */
#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, BYTES_MAX = 4096, EVENTS = 256 };

enum role { PUTTING, RESERVING, DELETING };

struct connection {
    int fd;
    enum role role;
    size_t len;
    char buffer[BYTES_MAX + 256];
};

struct crowd {
    uint16_t port;
    uint64_t jobs;
    uint64_t count; /* of connections */
    uint64_t bytes;
    bool works;       /* or puts */
    uint64_t started; /* puts, or deletes */
    uint64_t finished;
    int epoll_fd;
};

static void run(struct crowd *producers, struct crowd *workers);
static void *run_crowd(void *context);
static int dial(uint16_t port);
static void ask(struct crowd *crowd, struct connection *connection);
static void hear(struct crowd *crowd, struct connection *connection);
static void understand(struct crowd *crowd, struct connection *connection, const char *line_end);
static void say(const struct connection *connection, const char *text, size_t len);

int main(int argc, char **argv)
{
    struct crowd producers = {.port = (uint16_t)bench_number(argc, argv, "--port", NULL),
                              .jobs = bench_number(argc, argv, "--jobs", "50000"),
                              .count = bench_number(argc, argv, "--in-flight", "256"),
                              .bytes = bench_number(argc, argv, "--bytes", "500")};
    struct crowd workers = producers;
    workers.works = true;
    if (producers.count == 0 || producers.count > CONNECTIONS_MAX || producers.bytes > BYTES_MAX)
        bench_die("%s: 1 to %d in flight, at most %d bytes", argv[0], (int)CONNECTIONS_MAX,
                  (int)BYTES_MAX);
    uint64_t start_us = clock_mono_us();
    run(&producers, NULL);
    double puts = bench_per_second(producers.jobs, clock_mono_us() - start_us);
    run(NULL, &workers);
    start_us = clock_mono_us();
    run(&producers, &workers);
    double cycles = bench_per_second(producers.jobs, clock_mono_us() - start_us);
    (void)printf("{\"put_per_s\":%.1f,\"cycle_per_s\":%.1f}\n", puts, cycles);
    return 0;
}

static void run(struct crowd *producers, struct crowd *workers)
{
    pthread_t thread;
    if (producers != NULL && workers != NULL)
        ASSERT(pthread_create(&thread, NULL, run_crowd, producers) == 0);
    (void)run_crowd(workers != NULL ? workers : producers);
    if (producers != NULL && workers != NULL)
        ASSERT(pthread_join(thread, NULL) == 0);
}

static void *run_crowd(void *context)
{
    struct crowd *crowd = context;
    struct connection *connections = calloc(crowd->count, sizeof *connections);
    struct epoll_event events[EVENTS];
    crowd->started = crowd->finished = 0;
    crowd->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (connections == NULL || crowd->epoll_fd < 0)
        bench_die("out of memory or descriptors");
    for (uint64_t i = 0; i < crowd->count; i++) {
        struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &connections[i]};
        connections[i].fd = dial(crowd->port);
        ASSERT(epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, connections[i].fd, &interest) == 0);
        ask(crowd, &connections[i]);
    }
    while (crowd->finished < crowd->jobs) {
        int count = epoll_wait(crowd->epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < count; i++)
            hear(crowd, events[i].data.ptr);
    }
    for (uint64_t i = 0; i < crowd->count; i++)
        (void)close(connections[i].fd);
    (void)close(crowd->epoll_fd);
    free(connections);
    return NULL;
}

static int dial(uint16_t port)
{
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        bench_die("beanstalkd: %s", strerror(errno));
    return fd;
}

/* The connection's next request, if there is one. */
static void ask(struct crowd *crowd, struct connection *connection)
{
    char text[BYTES_MAX + 64];
    connection->len = 0;
    if (crowd->works) {
        connection->role = RESERVING;
        say(connection, "reserve\r\n", 9);
    } else if (crowd->started < crowd->jobs) {
        crowd->started++;
        connection->role = PUTTING;
        int head =
            snprintf(text, sizeof text, "put 0 0 60 %llu\r\n", (unsigned long long)crowd->bytes);
        memset(text + head, 'b', crowd->bytes);
        memcpy(text + head + crowd->bytes, "\r\n", 2);
        say(connection, text, (size_t)head + crowd->bytes + 2);
    }
}

static void hear(struct crowd *crowd, struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->buffer + connection->len,
                       sizeof connection->buffer - 1 - connection->len, 0);
    if (got <= 0)
        bench_die("beanstalkd: the connection ended");
    connection->len += (size_t)got;
    connection->buffer[connection->len] = 0;
    const char *line_end = strstr(connection->buffer, "\r\n");
    if (line_end != NULL)
        understand(crowd, connection, line_end);
}

static void understand(struct crowd *crowd, struct connection *connection, const char *line_end)
{
    static const char *const expected[] = {
        [PUTTING] = "INSERTED ", [RESERVING] = "RESERVED ", [DELETING] = "DELETED"};
    unsigned long long id = 0;
    unsigned long long bytes = 0;
    const char *wanted = expected[connection->role];
    if (strncmp(connection->buffer, wanted, strlen(wanted)) != 0)
        bench_die("beanstalkd said: %.60s", connection->buffer);
    if (connection->role != RESERVING) {
        crowd->finished++;
        ask(crowd, connection);
        return;
    }
    if (sscanf(connection->buffer, "RESERVED %llu %llu", &id, &bytes) != 2)
        bench_die("beanstalkd said: %.60s", connection->buffer);
    if (connection->len < (size_t)(line_end - connection->buffer) + 2 + bytes + 2)
        return; /* the body is not here yet */
    char text[64];
    int len = snprintf(text, sizeof text, "delete %llu\r\n", id);
    connection->role = DELETING;
    connection->len = 0;
    say(connection, text, (size_t)len);
}

/* Requests are small and answered one by one, so a socket's buffer always has room. */
static void say(const struct connection *connection, const char *text, size_t len)
{
    if (send(connection->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        bench_die("beanstalkd: %s", strerror(errno));
}
