/* What the parts of the HTTP server share: server.c (the owner's side), workers.c (the threads that
 * serve), intake.c (libmicrohttpd's callbacks, on those threads) and door.c (a thread that accepts,
 * and shows the slow ones out). A connection holds one slot from start to end, and has one request
 * at a time in it:
 *
 *     reading ──▶ parked ──take──▶ parked ──answer──▶ replying ──▶ reading ...
 *        └─────── refused by the server itself ──────────▲
 *
 * Locks are leaves: nothing is called with one held, but system calls that
 * do not wait and libmicrohttpd's suspend, which calls nothing back. */
#ifndef USHER_HTTP_SERVER_STATE_H
#define USHER_HTTP_SERVER_STATE_H

#include "http/peer.h"
#include "http/reply.h"
#include "http/server.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

enum {
    HTTP_PATH_MAX = 512,
    HTTP_QUERY_MAX = 1024,
    /* Request line, headers and read buffer of one connection. libmicrohttpd clears all of it after
     * each request: 64 KiB cost a fifth of the processor. */
    HTTP_CONNECTION_MEMORY = 16 * 1024,
    HTTP_BODY_KEEP = 16 * 1024, /* a body buffer up to this size stays with its slot */
    HTTP_LINGER_MAX = 256       /* refused connections that still send */
};

/* Of all bodies larger than HTTP_BODY_KEEP together; over it a request is refused as busy. */
#define HTTP_BODIES_BYTES_MAX (UINT64_C(256) << 20)

struct http_server;

struct slot {
    struct http_request request;
    struct http_server *server;
    uint32_t index;
    uint32_t generation;
    struct MHD_Connection *connection;
    struct worker *worker; /* whose connection it is */
    struct peer_key peer;
    bool peer_known;
    bool peer_limited;            /* false: a local peer */
    bool peer_counted;            /* peer_leave when the connection ends */
    struct peer_key request_peer; /* whose request it is: the peer's, or forwarded */
    char address[PEER_ADDRESS_BYTES];
    char request_address[PEER_ADDRESS_BYTES]; /* the same */

    /* The request being read; libmicrohttpd's thread only. */
    enum { SLOT_READING_HEAD, SLOT_READING_BODY, SLOT_PARKED } phase;
    enum refusal refusal; /* decided, said when the body has been read */
    bool linger;          /* closed in the middle of a request: let the peer read why */
    uint64_t body_received;
    char *body;
    size_t body_cap;
    size_t body_len;
    char target[HTTP_PATH_MAX + 1 + HTTP_QUERY_MAX];
    struct slice target_sent;       /* in libmicrohttpd's buffer, while the head is read */
    struct slot *next_head, **back; /* worker->heads; back NULL: not there */

    /* Between the threads. */
    _Atomic uint64_t parked_id;   /* 0: not parked, or answered */
    _Atomic uint64_t deadline_ms; /* at which the connection is cut; UINT64_MAX while parked */
    atomic_bool replying;         /* answered, reply not yet sent */
    struct reply *reply;          /* handed over by resuming the connection */
    unsigned reply_status;

    /* Under slots_lock. */
    struct slot *next_free;
    int fd;           /* -1 when no connection holds the slot */
    bool end_of_data; /* the door saw the peer's end with nothing left to read */
};

/* An accepted socket on its way to a worker. */
struct newcomer {
    struct newcomer *next;
    int fd;
    struct sockaddr_storage peer;
    socklen_t peer_len;
    struct peer_key key;
    bool counted; /* in the crowd, under key */
};

/* One thread that serves connections. */
struct worker {
    struct http_server *server;
    pthread_mutex_t lock;
    struct newcomer *newcomers; /* under lock */
    struct MHD_Daemon *daemon;
    bool counted; /* the connection being added is in the crowd, and no slot's yet; its thread only
                   */
    struct slot *heads; /* whose request line has come, and not all of the head; its thread only */
    pthread_t thread;
    bool started;
    int wake_fd;
    atomic_bool woken; /* wake_fd is readable, or about to be */
    atomic_bool quit;
};

struct lingerer {
    int fd; /* -1: free */
    uint64_t deadline_ms;
};

struct http_server {
    struct http_server_options options;
    struct worker *workers; /* options.threads */
    uint32_t worker_count;
    uint32_t next_worker;     /* the door's thread only */
    struct peer_table *peers; /* NULL: unlimited */
    struct peer_crowd *crowd; /* NULL: any number of connections */
    struct reply_set replies;
    uint64_t request_ms_max; /* from the end of a reply to the end of the next one's request */

    struct slot *slots;  /* connections_max; memory is taken as they come into use */
    uint32_t slots_used; /* under slots_lock: so many were ever in use, from the first on */
    pthread_mutex_t slots_lock;
    struct slot *free_slots;
    _Atomic uint32_t connections;
    _Atomic uint32_t arriving; /* accepted, on the way to their worker */
    _Atomic uint64_t bodies_bytes;

    pthread_mutex_t queue_lock;
    struct slot **queue; /* a ring of connections_max */
    uint32_t queue_head;
    uint32_t queue_count;
    bool draining; /* nothing is parked any more */
    int queue_fd;
    _Atomic uint32_t parked;

    pthread_mutex_t sent_lock; /* for stop: replies going out */
    pthread_cond_t sent;
    atomic_bool stopping;

    struct pollfd *watched; /* connections_max, for the door */
    pthread_t door;
    bool door_started;
    pthread_mutex_t door_lock;
    struct lingerer lingerers[HTTP_LINGER_MAX];
    int listen_fd; /* -1 once quiesced */
    int door_epoll_fd;
    int door_wake_fd;
    atomic_bool door_quit;
    uint16_t port;
};

/* intake.c: what MHD_start_daemon is given by the workers. */
void *intake_target(void *server, const char *target, struct MHD_Connection *connection);
size_t intake_keep_escapes(void *server, struct MHD_Connection *connection, char *text);
enum MHD_Result intake_request(void *server, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_len, void **slot);
/* libmicrohttpd's own log: of a head that it refuses we answer ourselves (MHD_USE_ERROR_LOG). */
void intake_log(void *worker, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void intake_request_done(void *server, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code);
void intake_connection(void *server, struct MHD_Connection *connection, void **slot,
                       enum MHD_ConnectionNotificationCode code);

/* workers.c. The door's thread hands connections to the workers in turn; a socket that cannot be
 * handed over is closed, and leaves the crowd if it is counted there under the key (NULL: it is
 * not). workers_stop comes after the door is shut (door_close). */
enum error workers_start(struct http_server *server, struct why *why);
void workers_stop(struct http_server *server);
void workers_add(struct http_server *server, int fd, const struct sockaddr *peer,
                 socklen_t peer_len, const struct peer_key *counted);
struct worker *worker_of(struct http_server *server, struct MHD_Connection *connection);
/* Has the worker run its daemon: after a connection was resumed. Costs a system call only when the
 * worker has not been told already. */
void worker_wake(struct worker *worker);

/* door.c. Listens before it returns; the thread starts with door_start. */
enum error door_open(struct http_server *server, struct why *why);
enum error door_start(struct http_server *server, struct why *why);
void door_quiesce(struct http_server *server);
void door_close(struct http_server *server);
/* Keeps a copy of a socket that libmicrohttpd is about to close, until the peer has finished
 * sending or patience ends: closing a socket with unread bytes would reset it, and the peer would
 * never read the answer. When HTTP_LINGER_MAX linger already, this does nothing. */
void door_linger(struct http_server *server, int fd);

#endif
