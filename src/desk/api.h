/* The operators' API under /api/v1: a table of resources and methods, each with a function that
 * makes one question or one command of a request, or refuses it. Pure but for random order numbers.
 * Errors are problem documents (RFC 9457). Used by any number of threads at a time. */
#ifndef USHER_DESK_API_H
#define USHER_DESK_API_H

#include "config/config.h"
#include "desk/judgement.h"

/* The reason of a judgement that refused a token, not the lack of one. */
#define API_TOKEN_WRONG "token_wrong"
extern const char api_unauthorized[]; /* the detail of all 401 */

enum { API_BODY_BYTES_MAX = 131072 }; /* a broadcast in three languages, each letter escaped */

/* Before anything else is read: 0, 404 for a path that is no resource, 405 for a method that the
 * resource does not have; then *allow names those it has. */
unsigned api_route(struct slice method, struct slice path, const char **allow);

struct api_request {
    struct slice method;
    struct slice path;            /* percent-encoded, without the query */
    struct slice query;           /* without '?' */
    struct slice authorization;   /* the header's value; absent when missing or repeated */
    struct slice idempotency_key; /* the header's value, or "" */
    /* Whom the ingress knows; NULL: nobody. */
    const struct message_access_row *asker;
    struct slice minted; /* the hash of a secret that the answer will show; or "" */
    struct slice actor;  /* who asks, for the audit; set by api_judge */
    unsigned who;        /* enum who of ledger/module.h; set by api_judge */
    struct slice body;
    uint64_t now_ms;
};

/* judgement must be clear. */
void api_judge(const struct config *config, const struct api_request *request,
               struct judgement *judgement);

#endif
