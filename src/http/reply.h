/* Replies as libmicrohttpd takes them. What the server refuses by itself is a table, made once at
 * start; what the owner answers is made on the fly, but short answers are kept and used again,
 * because most are the same few bytes. Part of the server, seen by nobody else. */
#ifndef USHER_HTTP_REPLY_H
#define USHER_HTTP_REPLY_H

#include "base/metrics.h"
#include "http/server.h"

#include <microhttpd.h>
#include <stdatomic.h>

/* REFUSAL(name, status, retry_after_s, detail) */
#define REFUSAL_LIST(R)                                                                            \
    R(BAD_TARGET, 400, 0, "the request target holds a byte that is not allowed")                   \
    R(BAD_HEADER, 400, 0, "a header field is malformed")                                           \
    R(BAD_HOST, 400, 0, "the header Host is missing, there twice, or no host")                     \
    R(BAD_FRAMING, 400, 0, "the length of the body is malformed or ambiguous")                     \
    R(BODY_TOO_LARGE, 413, 0, "the body is larger than the limit")                                 \
    R(TARGET_TOO_LONG, 414, 0, "the path or the query is longer than the limit")                   \
    R(PEER_TOO_FAST, 429, 1, "too many requests from this address")                                \
    R(PEER_TOO_MANY, 429, 1, "too many connections from this address")                             \
    R(TOO_MANY_HEADERS, 431, 0, "more header fields than the limit")                               \
    R(TRANSFER_CODING, 501, 0, "the only transfer coding understood is chunked")                   \
    R(BUSY, 503, 1, "too busy, try again")

enum refusal {
    REFUSAL_NONE,
#define R(name, status, retry_after_s, detail) REFUSAL_##name,
    REFUSAL_LIST(R)
#undef R
        REFUSAL_COUNT
};

struct reply_refusal {
    unsigned status;
    struct MHD_Response *response; /* the connection stays open */
    char *closing;                 /* the whole answer as bytes, with Connection: close */
    size_t closing_len;
    struct metric_series *metric;
};

/* A response and how many hold it: the cache, and each parked request that it answers. */
struct reply {
    struct MHD_Response *response;
    atomic_uint holders;
};

enum { REPLY_CACHE_ENTRIES = 256, REPLY_CACHE_TEXT_MAX = 64 };

/* What one kept reply says; texts longer than these are not kept. */
struct reply_cached {
    struct reply *reply; /* NULL: free */
    unsigned status;
    uint32_t retry_after_s;
    char content_type[REPLY_CACHE_TEXT_MAX];
    char allow[REPLY_CACHE_TEXT_MAX];
    size_t body_len;
    char body[REPLY_CACHE_TEXT_MAX];
};

/* reply_get is for the owner's thread only; the refusals do not change after the start. */
struct reply_set {
    struct reply_refusal refusals[REFUSAL_COUNT];
    struct reply_cached cache[REPLY_CACHE_ENTRIES];
};

enum error reply_set_init(struct reply_set *set);
void reply_set_deinit(struct reply_set *set);

/* A reply that the caller releases; NULL when out of memory. */
struct reply *reply_get(struct reply_set *set, const struct http_answer *answer);
/* From any thread: a response of an answer that stays; NULL when out of memory. The caller destroys
 * it once it is queued. */
struct MHD_Response *reply_fixed(const struct http_fixed *fixed);
/* From any thread. */
void reply_release(struct reply **reply);

#endif
