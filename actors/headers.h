/* The headers of a request that go on to the verifier. */
#ifndef USHER_ACTORS_HEADERS_H
#define USHER_ACTORS_HEADERS_H

#include "base/buf.h"
#include "http/server.h"

/* Encodes those that the verifier needs into out, which is cleared first; all: every one. One that
 * is not text can be no header of a gateway, so it is left out: what should have been there is then
 * missing. False when they are too many bytes. */
bool headers_collect(struct buf *out, const struct http_request *request, bool all);

#endif
