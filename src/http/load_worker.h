/* One thread's part of a load: its connections and its loop. Part of load.c, seen by nobody else.
 */
#ifndef USHER_HTTP_LOAD_WORKER_H
#define USHER_HTTP_LOAD_WORKER_H

#include "http/load.h"

#include <sys/socket.h>

/* Shared by the workers of a run. */
struct load_shared {
    const struct load_options *options;
    struct sockaddr_storage address;
    socklen_t address_len;
    uint64_t start_us;
};

struct load_worker {
    struct load_shared *shared;
    uint32_t thread;
    uint32_t connections;
    uint64_t requests_max; /* this thread's share; 0: unlimited */
    enum error error;      /* of the thread */
    struct load_report report;
};

void load_worker_run(struct load_worker *worker);

#endif
