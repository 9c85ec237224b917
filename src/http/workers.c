/* The threads that serve connections: each has a libmicrohttpd daemon of its own and runs it with
 * MHD_run. The threads of libmicrohttpd's own pool would do, but for a fault of 0.9.75: MHD_epoll
 * fetches 128 events at a time, and when it got exactly that many it waits for more, without a
 * limit, before it serves the ones it has; 256 busy connections on two threads then stand still
 * together. MHD_run never waits. tests/unit/http/workers_test.c holds us to that. */
#include "http/server_state.h"

#include "base/assert.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { IDLE_MS = 1000 };

static bool worker_start(struct http_server *server, struct worker *worker);
static void worker_stop(struct worker *worker);
static void *worker_main(void *context);
static void take_newcomers(struct worker *worker);

enum error workers_start(struct http_server *server, struct why *why)
{
    server->workers = calloc(server->options.threads, sizeof(*server->workers));
    if (server->workers == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory for the HTTP server");
    for (uint32_t i = 0; i < server->options.threads; i++) {
        server->workers[i].server = server;
        server->workers[i].wake_fd = -1;
        ASSERT(pthread_mutex_init(&server->workers[i].lock, NULL) == 0);
        server->worker_count++;
        if (!worker_start(server, &server->workers[i]))
            return why_set(why, ERROR_BUSY, "cannot start the threads of the HTTP server");
    }
    return ERROR_NONE;
}

void workers_stop(struct http_server *server)
{
    for (uint32_t i = 0; i < server->worker_count; i++)
        worker_stop(&server->workers[i]);
    free(server->workers);
    server->workers = NULL;
    server->worker_count = 0;
}

void workers_add(struct http_server *server, int fd, const struct sockaddr *peer,
                 socklen_t peer_len, const struct peer_key *counted)
{
    struct worker *worker = &server->workers[server->next_worker++ % server->worker_count];
    struct newcomer *newcomer = malloc(sizeof(*newcomer));
    if (newcomer == NULL || peer_len > sizeof(newcomer->peer)) {
        free(newcomer);
        ASSERT(close(fd) == 0);
        if (counted != NULL)
            peer_leave(server->crowd, counted);
        return;
    }
    newcomer->fd = fd;
    newcomer->peer_len = peer_len;
    memcpy(&newcomer->peer, peer, peer_len);
    newcomer->counted = counted != NULL;
    if (counted != NULL)
        newcomer->key = *counted;
    ASSERT(pthread_mutex_lock(&worker->lock) == 0);
    atomic_fetch_add(&server->arriving, 1);
    newcomer->next = worker->newcomers;
    worker->newcomers = newcomer;
    ASSERT(pthread_mutex_unlock(&worker->lock) == 0);
    worker_wake(worker);
}

struct worker *worker_of(struct http_server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    for (uint32_t i = 0; info != NULL && i < server->worker_count; i++)
        if (server->workers[i].daemon == info->daemon)
            return &server->workers[i];
    ASSERT(false);
    return NULL;
}

void worker_wake(struct worker *worker)
{
    uint64_t one = 1;
    if (!atomic_exchange(&worker->woken, true))
        ASSERT(write(worker->wake_fd, &one, sizeof(one)) == sizeof(one));
}

static bool worker_start(struct http_server *server, struct worker *worker)
{
    /* The limit is the door's business: no daemon shall reach its own before the door says no. */
    uint64_t connections = 2 * (uint64_t)server->options.connections_max;
    worker->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET |
            MHD_USE_ERROR_LOG,
        0, NULL, NULL, intake_request, server, MHD_OPTION_EXTERNAL_LOGGER, intake_log, worker,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)(connections < INT32_MAX ? connections : INT32_MAX),
        MHD_OPTION_CONNECTION_TIMEOUT, server->options.idle_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, intake_target, server, MHD_OPTION_UNESCAPE_CALLBACK,
        intake_keep_escapes, server, MHD_OPTION_NOTIFY_COMPLETED, intake_request_done, server,
        MHD_OPTION_NOTIFY_CONNECTION, intake_connection, server, MHD_OPTION_END);
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->daemon == NULL || worker->wake_fd < 0)
        return false;
    worker->started = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
    return worker->started;
}

static void worker_stop(struct worker *worker)
{
    if (worker->started) {
        atomic_store(&worker->quit, true);
        worker_wake(worker);
        ASSERT(pthread_join(worker->thread, NULL) == 0);
    }
    if (worker->daemon != NULL) {
        take_newcomers(worker); /* to be closed with the others */
        MHD_stop_daemon(worker->daemon);
    }
    if (worker->wake_fd >= 0)
        ASSERT(close(worker->wake_fd) == 0);
    ASSERT(pthread_mutex_destroy(&worker->lock) == 0);
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    (void)pthread_setname_np(pthread_self(), "http");
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ASSERT(info != NULL);
    struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN},
                           {.fd = worker->wake_fd, .events = POLLIN}};
    while (!atomic_load(&worker->quit)) {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        bool bounded = MHD_get_timeout(worker->daemon, &wait_ms) == MHD_YES && wait_ms < IDLE_MS;
        int ready = poll(fds, 2, bounded ? (int)wait_ms : IDLE_MS);
        ASSERT(ready >= 0 || errno == EINTR);
        /* Cleared before the daemon runs: what is told after this wakes us again. */
        uint64_t ignored;
        if (ready > 0 && fds[1].revents != 0) {
            ASSERT(read(worker->wake_fd, &ignored, sizeof(ignored)) == sizeof(ignored));
            atomic_store(&worker->woken, false);
        }
        take_newcomers(worker);
        ASSERT(MHD_run(worker->daemon) == MHD_YES);
    }
    return NULL;
}

/* In the worker's thread: a daemon without threads of its own may be given connections by no other.
 */
static void take_newcomers(struct worker *worker)
{
    ASSERT(pthread_mutex_lock(&worker->lock) == 0);
    struct newcomer *newcomer = worker->newcomers;
    worker->newcomers = NULL;
    ASSERT(pthread_mutex_unlock(&worker->lock) == 0);
    while (newcomer != NULL) {
        struct newcomer *next = newcomer->next;
        worker->counted = newcomer->counted;
        /* Closes the socket when it fails. */
        (void)MHD_add_connection(worker->daemon, newcomer->fd,
                                 (const struct sockaddr *)&newcomer->peer, newcomer->peer_len);
        if (worker->counted) /* no slot has it */
            peer_leave(worker->server->crowd, &newcomer->key);
        worker->counted = false;
        atomic_fetch_sub(&worker->server->arriving, 1);
        free(newcomer);
        newcomer = next;
    }
}
