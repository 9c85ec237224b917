#include "http/server_state.h"

#include "base/assert.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { STOP_WAIT_MS_MAX = 1000 };

static enum error server_allocate(struct http_server *server);
static void server_free(struct http_server *server);
static const struct slot *known_slot(const struct http_server *server, uint64_t id);
static void refuse_parked(struct http_server *server);
static void wait_until_sent(struct http_server *server);

enum error http_server_start(const struct http_server_options *options, struct http_server **out,
                             struct why *why)
{
    ASSERT(options->host != NULL && options->threads > 0 && options->connections_max > 0);
    ASSERT(options->parked_max > 0 && options->idle_timeout_s > 0);
    *out = NULL;
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory for the HTTP server");
    server->options = *options;
    server->listen_fd = server->queue_fd = server->door_epoll_fd = server->door_wake_fd = -1;
    enum error error = server_allocate(server);
    if (error != ERROR_NONE)
        why_set(why, error, "out of memory or descriptors for the HTTP server");
    if (error == ERROR_NONE)
        error = door_open(server, why);
    if (error == ERROR_NONE)
        error = workers_start(server, why);
    if (error == ERROR_NONE)
        error = door_start(server, why);
    if (error != ERROR_NONE) {
        atomic_store(&server->stopping, true);
        server_free(server);
        return error;
    }
    server->options.host = NULL; /* the caller's */
    *out = server;
    return ERROR_NONE;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

int http_server_fd(const struct http_server *server)
{
    return server->queue_fd;
}

size_t http_server_take(struct http_server *server, const struct http_request **out, size_t max)
{
    size_t count = 0;
    ASSERT(pthread_mutex_lock(&server->queue_lock) == 0);
    for (; count < max && server->queue_count > 0; count++) {
        out[count] = &server->queue[server->queue_head]->request;
        server->queue_head = (server->queue_head + 1) % server->options.connections_max;
        server->queue_count--;
    }
    if (server->queue_count == 0) {
        /* Within the lock: whoever parks next signals after this. */
        uint64_t ignored;
        ASSERT(read(server->queue_fd, &ignored, sizeof(ignored)) > 0 || errno == EAGAIN);
    }
    ASSERT(pthread_mutex_unlock(&server->queue_lock) == 0);
    return count;
}

void http_server_answer(struct http_server *server, uint64_t id, const struct http_answer *answer)
{
    uint32_t number = (uint32_t)id;
    uint64_t expected = id;
    if (number == 0 || number > server->options.connections_max)
        return;
    struct slot *slot = &server->slots[number - 1];
    if (!atomic_compare_exchange_strong(&slot->parked_id, &expected, 0))
        return;
    atomic_fetch_sub(&server->parked, 1);
    slot->reply = answer->status == 0 ? NULL : reply_get(&server->replies, answer);
    slot->reply_status = answer->status;
    atomic_store(&slot->deadline_ms, clock_mono_ms() + server->request_ms_max);
    atomic_store(&slot->replying, true);
    struct worker *worker = slot->worker; /* the slot may have another owner once resumed */
    MHD_resume_connection(slot->connection);
    worker_wake(worker);
}

/* The slot is the owner's while its request is parked. */
void http_server_peer(const struct http_server *server, uint64_t id, char out[HTTP_PEER_BYTES])
{
    const struct slot *slot = known_slot(server, id);
    out[0] = '\0';
    if (slot != NULL)
        peer_text(&slot->request_peer, out);
}

void http_server_address(const struct http_server *server, uint64_t id,
                         char out[HTTP_ADDRESS_BYTES])
{
    const struct slot *slot = known_slot(server, id);
    out[0] = '\0';
    if (slot != NULL)
        memcpy(out, slot->request_address, HTTP_ADDRESS_BYTES);
}

/* NULL when this request is over, or nobody knows from where it came. */
static const struct slot *known_slot(const struct http_server *server, uint64_t id)
{
    uint32_t number = (uint32_t)id;
    if (number == 0 || number > server->options.connections_max)
        return NULL;
    const struct slot *slot = &server->slots[number - 1];
    return atomic_load(&slot->parked_id) == id && slot->peer_known ? slot : NULL;
}

size_t http_server_parked(const struct http_server *server)
{
    return atomic_load(&server->parked);
}

void http_server_quiesce(struct http_server *server)
{
    door_quiesce(server);
    ASSERT(pthread_mutex_lock(&server->queue_lock) == 0);
    server->draining = true;
    ASSERT(pthread_mutex_unlock(&server->queue_lock) == 0);
}

void http_server_stop(struct http_server **server)
{
    if (*server == NULL)
        return;
    http_server_quiesce(*server);
    atomic_store(&(*server)->stopping, true);
    refuse_parked(*server);
    wait_until_sent(*server);
    server_free(*server);
    *server = NULL;
}

struct slice http_header_find(const struct http_header *headers, size_t count, const char *name,
                              bool *repeated)
{
    struct slice found = {NULL, 0};
    size_t len = strlen(name);
    *repeated = false;
    for (size_t i = 0; i < count; i++) {
        if (headers[i].name.len != len || strncasecmp(headers[i].name.data, name, len) != 0)
            continue;
        if (found.data != NULL) {
            *repeated = true;
            return (struct slice){NULL, 0};
        }
        found = headers[i].value;
    }
    return found;
}

static enum error server_allocate(struct http_server *server)
{
    uint32_t count = server->options.connections_max;
    pthread_condattr_t monotonic;
    ASSERT(pthread_mutex_init(&server->slots_lock, NULL) == 0);
    ASSERT(pthread_mutex_init(&server->queue_lock, NULL) == 0);
    ASSERT(pthread_mutex_init(&server->door_lock, NULL) == 0);
    ASSERT(pthread_mutex_init(&server->sent_lock, NULL) == 0);
    ASSERT(pthread_condattr_init(&monotonic) == 0);
    ASSERT(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    ASSERT(pthread_cond_init(&server->sent, &monotonic) == 0);
    ASSERT(pthread_condattr_destroy(&monotonic) == 0);
    for (size_t i = 0; i < HTTP_LINGER_MAX; i++)
        server->lingerers[i].fd = -1;
    server->request_ms_max = 2 * UINT64_C(1000) * server->options.idle_timeout_s;
    server->slots = calloc(count, sizeof(*server->slots));
    server->queue = calloc(count, sizeof(struct slot *));
    server->watched = calloc(count, sizeof(*server->watched));
    if (server->slots == NULL || server->queue == NULL || server->watched == NULL)
        return ERROR_MEMORY;
    if (server->options.peer_per_second > 0) {
        server->peers = peer_table_new(server->options.peer_per_second);
        if (server->peers == NULL)
            return ERROR_MEMORY;
    }
    if (server->options.peer_connections_max > 0 && !server->options.trust_forwarded) {
        server->crowd = peer_crowd_new(count, server->options.peer_connections_max);
        if (server->crowd == NULL)
            return ERROR_MEMORY;
    }
    server->queue_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return server->queue_fd < 0 ? ERROR_IO : reply_set_init(&server->replies);
}

/* The door first, which hands the workers connections; then the workers, which use everything else.
 */
static void server_free(struct http_server *server)
{
    door_close(server);
    workers_stop(server);
    reply_set_deinit(&server->replies);
    peer_table_destroy(&server->peers);
    peer_crowd_destroy(&server->crowd);
    if (server->queue_fd >= 0)
        ASSERT(close(server->queue_fd) == 0);
    free(server->watched);
    free(server->queue);
    free(server->slots);
    ASSERT(pthread_cond_destroy(&server->sent) == 0);
    ASSERT(pthread_mutex_destroy(&server->sent_lock) == 0);
    ASSERT(pthread_mutex_destroy(&server->door_lock) == 0);
    ASSERT(pthread_mutex_destroy(&server->queue_lock) == 0);
    ASSERT(pthread_mutex_destroy(&server->slots_lock) == 0);
    free(server);
}

/* draining is set, so that none is added. */
static void refuse_parked(struct http_server *server)
{
    const struct http_answer busy = {.status = 503, .retry_after_s = 1};
    for (uint32_t i = 0; i < server->options.connections_max; i++)
        http_server_answer(server, atomic_load(&server->slots[i].parked_id), &busy);
}

static bool all_sent(const struct http_server *server)
{
    for (uint32_t i = 0; i < server->options.connections_max; i++)
        if (atomic_load(&server->slots[i].replying))
            return false;
    return true;
}

/* Stopping the workers cuts what is half sent, so it gets a moment. */
static void wait_until_sent(struct http_server *server)
{
    uint64_t until_ms = clock_mono_ms() + STOP_WAIT_MS_MAX;
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
                             .tv_nsec = (long)(until_ms % 1000) * 1000000};
    int code = 0;
    ASSERT(pthread_mutex_lock(&server->sent_lock) == 0);
    while (code == 0 && !all_sent(server))
        code = pthread_cond_timedwait(&server->sent, &server->sent_lock, &until);
    ASSERT(pthread_mutex_unlock(&server->sent_lock) == 0);
}
