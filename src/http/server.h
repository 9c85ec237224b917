/* HTTP in, on libmicrohttpd (epoll, thread pool, suspend and resume). Its threads read whole
 * requests, refuse what breaks a limit by themselves (413, 431, 429, 503 with Retry-After), and
 * answer what is fixed (http_fixed_fn), and park the rest: the owner waits on http_server_fd, takes
 * a batch, and answers each by id, in any order, from its own thread. The number of parked requests
 * is bounded. microhttpd.h is seen only behind this header. */
#ifndef USHER_HTTP_SERVER_H
#define USHER_HTTP_SERVER_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

enum { HTTP_HEADERS_MAX = 64, HTTP_PEER_BYTES = 56, HTTP_ADDRESS_BYTES = 46 };

struct http_header {
    struct slice name; /* as sent; compare with http_header_find, case does not matter */
    struct slice value;
};

struct http_request {
    uint64_t id;
    struct slice method;
    struct slice path;  /* still percent-encoded, without the query, at most 512 bytes (else 414) */
    struct slice query; /* raw, without '?', at most 1024 bytes (else 414) */
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    struct slice body;
    uint64_t received_ms; /* wall time at which the request was complete */
    uint64_t received_us; /* monotonic */
};

enum { HTTP_FIXED_FIELDS_MAX = 15 };
struct http_fixed;

/* Answers what hangs by nothing but the request, such as a file that never changes; false: park it.
 * Called by the server's threads, several at a time, with a whole request. */
typedef bool http_fixed_fn(const struct http_request *request, struct http_fixed *out);

struct http_server_options {
    const char *host;
    uint16_t port; /* 0: any */
    uint32_t threads;
    uint32_t connections_max;
    uint32_t parked_max;
    uint32_t body_bytes_max;
    uint32_t peer_per_second; /* 0: unlimited; loopback peers exempt unless trust_forwarded */
    /* Open at once of one address, 0: any number; loopback peers exempt, and all with
     * trust_forwarded, where a connection is the proxy's. */
    uint32_t peer_connections_max;
    bool trust_forwarded;
    uint32_t idle_timeout_s;
    http_fixed_fn *fixed; /* NULL: everything is parked */
};

/* A header field of ours, both static. */
struct http_field {
    const char *name;
    const char *value;
};

struct http_answer {
    unsigned status; /* 0: close the connection without an answer (the simulator's faults) */
    const char *content_type;        /* NULL: text/plain; charset=utf-8 */
    const char *allow;               /* for 405, else NULL */
    uint32_t retry_after_s;          /* 0: none */
    const struct http_field *fields; /* more of them, one without a name ends them; or NULL */
    struct slice body;               /* copied */
};

/* An answer with room for its fields. The body, which is not copied, and all texts stay as long as
 * the program runs. */
struct http_fixed {
    struct http_answer answer; /* its fields: those below */
    struct http_field fields[HTTP_FIXED_FIELDS_MAX + 1];
};

struct http_server;

enum error http_server_start(const struct http_server_options *options, struct http_server **out,
                             struct why *why);
uint16_t http_server_port(const struct http_server *server);
/* Readable while requests wait to be taken. */
int http_server_fd(const struct http_server *server);
/* Up to max requests, oldest first. Each stays valid until it is answered. */
size_t http_server_take(struct http_server *server, const struct http_request **out, size_t max);
/* Answers a taken request; an id that is no longer parked (the peer hung up) is ignored. */
void http_server_answer(struct http_server *server, uint64_t id, const struct http_answer *answer);
/* The network of a taken request that is not answered yet; "" when it is not known. */
void http_server_peer(const struct http_server *server, uint64_t id, char out[HTTP_PEER_BYTES]);
/* The whole address of the same: for who must say it to somebody else, and kept by nobody. */
void http_server_address(const struct http_server *server, uint64_t id,
                         char out[HTTP_ADDRESS_BYTES]);
size_t http_server_parked(const struct http_server *server);
/* From now on no new connections; requests already parked may still be answered. */
void http_server_quiesce(struct http_server *server);
/* Answers what is still parked with 503 and frees everything. */
void http_server_stop(struct http_server **server);

/* The value of a header, any case; absent slice when it is missing. When the header occurs more
 * than once the slice is absent too and *repeated is set: a signature given twice is no signature.
 */
struct slice http_header_find(const struct http_header *headers, size_t count, const char *name,
                              bool *repeated);

#endif
