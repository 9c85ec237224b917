/* What the ingress answers. Each answer is counted, by route and status, and how long it took is
 * measured. For the ingress's thread. */
#ifndef USHER_ACTORS_ANSWERS_H
#define USHER_ACTORS_ANSWERS_H

#include "base/buf.h"
#include "http/route.h"
#include "http/server.h"

struct parked_entry; /* http/parked.h */

enum { ANSWERS_BUSY_RETRY_S = 2 };

struct answers {
    struct http_server *server; /* lent */
    struct buf problem;
};

/* Who waits for an answer. */
struct asker {
    uint64_t id;          /* of the HTTP request */
    const char *label;    /* of the route; static */
    uint64_t received_us; /* monotonic */
};
struct asker asker_of(const struct http_request *request, const struct route_match *match);
struct asker asker_parked(const struct parked_entry *entry); /* its tag is the request's id */

/* server may be set later, before the first answer. */
void answers_init(struct answers *answers);
void answers_deinit(struct answers *answers);

void answers_give(struct answers *answers, struct asker asker, const struct http_answer *answer);
/* A problem document. allow: of a 405, else NULL; retry_after_s: 0 for none. */
void answers_refuse(struct answers *answers, struct asker asker, unsigned status, const char *allow,
                    uint32_t retry_after_s, const char *detail);
/* 503: there is no room; where is the label of usher_busy_total. */
void answers_busy(struct answers *answers, struct asker asker, const char *where);

#endif
