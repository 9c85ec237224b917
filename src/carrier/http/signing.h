/* Who we are, said to an HTTP service at each attempt: a header with our secret, or, to a gateway
 * that knows a merchant by a signature over what is asked, that signature. It is made here and not
 * where the request is rendered, so that nothing of a key is journaled and a repeat carries its own
 * time. Pure. */
#ifndef USHER_CARRIER_HTTP_SIGNING_H
#define USHER_CARRIER_HTTP_SIGNING_H

#include "courier/carrier.h"

enum { HTTP_SIGNING_HEADERS_MAX = 2 };

/* What goes out. */
struct signed_request {
    const struct endpoint *endpoint;
    const char *method;
    struct slice path; /* behind the endpoint's address, with its query */
    struct slice body;
    uint64_t delivery;
    uint64_t at_ms;
};

/* Appends what comes behind the path: nothing, or the pairs of the query that make it ours. */
void http_sign_address(struct buf *out, const struct signed_request *signing);
/* Appends header number n, "Name: value" without an end. False: there is no such one. Both leave
 * out failed when the key signs nothing (then it is starved as well: at the next attempt it may),
 * or there is no room. */
bool http_sign_header(struct buf *out, size_t n, const struct signed_request *signing);

#endif
