/* A load engine: HTTP/1.1 clients on kept connections, raw over epoll, in one or more threads.
 * Closed loop: a connection sends its next request when the answer came. Open loop: requests arrive
 * at a constant rate, whether or not the server keeps up, and a latency counts from the time at
 * which the request should have gone out, so that a stall is not forgotten. The requests come,
 * complete to the last byte, from a call back. Plays the gateways in demo and benches, the
 * impatient and the persistent ones too: it hangs up when told to, and goes on connecting while a
 * server is down. Bounded in time, and in number if wanted. */
#ifndef USHER_HTTP_LOAD_H
#define USHER_HTTP_LOAD_H

#include "base/error.h"
#include "base/slice.h"
#include "http/histogram.h"

#include <stdatomic.h>

enum { LOAD_THREADS_MAX = 64, LOAD_CONNECTIONS_MAX = 65536, LOAD_STATUS_MAX = 599 };

enum load_outcome {
    LOAD_ANSWERED, /* a complete answer of any status */
    LOAD_UNKNOWN,  /* sent, at least in part; no whole answer came: lost connection, or too late */
    LOAD_HUNG_UP,  /* sent, and we left before the answer, as told */
    LOAD_NOT_SENT, /* certain that not a byte of it went out before the run ended */
    LOAD_OUTCOME_COUNT
};

enum load_next {
    LOAD_REQUEST,
    LOAD_LATER, /* none now: ask again in a few milliseconds */
    LOAD_END    /* none any more for this thread */
};

struct load_request {
    struct slice bytes;   /* head and body; must stay until its result was reported */
    uint64_t tag;         /* comes back with the result */
    uint32_t patience_ms; /* hang up after that long without an answer; 0: answer_ms_max */
    bool hang_up;         /* hang up as soon as it is sent */
};

struct load_result {
    uint64_t tag;
    enum load_outcome outcome;
    unsigned status;     /* when answered */
    uint64_t latency_us; /* when answered */
    struct slice body;   /* of the answer if it is small, else absent; valid during the call only */
};

/* Called from the engine's threads: thread (0 ...) says which, so that each can have state of its
 * own. Every request that next gave gets one result. *request is zeroed before the call. */
typedef enum load_next load_next_fn(void *context, uint32_t thread, struct load_request *request);
typedef void load_done_fn(void *context, uint32_t thread, const struct load_result *result);

struct load_options {
    const char *host; /* a numeric address or a name */
    uint16_t port;
    uint32_t threads;
    uint32_t connections;     /* of all threads together; at least one each */
    double rate_per_second;   /* of all threads together; 0: closed loop */
    uint64_t requests_max;    /* 0: unlimited */
    uint64_t duration_ms_max; /* after that no request starts */
    uint32_t answer_ms_max;   /* after that an answer is given up: unknown */
    uint32_t reconnect_ms;    /* pause after a connection could not be made */
    const atomic_bool *stop;  /* ends the run early when it becomes true; may be NULL */
    load_next_fn *next;
    load_done_fn *done; /* may be NULL */
    void *context;
};

struct load_report {
    uint64_t outcomes[LOAD_OUTCOME_COUNT];
    uint64_t statuses[LOAD_STATUS_MAX + 1]; /* answers by status */
    uint64_t connects;                      /* connections made */
    uint64_t connects_failed;
    uint64_t unsent; /* open loop: arrivals for which there was no free connection until the end */
    uint64_t sent_bytes;
    uint64_t duration_us;        /* from the start to the last result */
    struct histogram latency_us; /* of answers */
};

/* Runs to the end in the calling thread and threads of its own. */
enum error load_run(const struct load_options *options, struct load_report *report,
                    struct why *why);

#endif
