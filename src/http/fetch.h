/* One HTTP request, waited for: for the command line and the demo, never for an actor. */
#ifndef USHER_HTTP_FETCH_H
#define USHER_HTTP_FETCH_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

struct fetch {
    const char *method; /* "GET", "DELETE", "POST" or "PUT" */
    const char *url;
    const char *const *headers; /* "Name: value" strings and a NULL, or NULL */
    struct slice body;          /* for POST */
    const char *content_type;   /* of it; NULL: JSON */
    uint32_t timeout_ms;
    uint64_t *date_ms; /* gets when the server says it is (Date), 0 when it does not; or NULL */
};

/* Fills status and answer (cleared first; its max bounds the answer). ERROR_IO with a sentence when
 * there was no complete answer. */
enum error fetch_run(const struct fetch *fetch, unsigned *status, struct buf *answer,
                     struct why *why);

#endif
