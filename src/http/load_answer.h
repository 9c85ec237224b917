/* Reads HTTP/1.1 answers off a stream, as much as a load generator has to know of them. Pure. */
#ifndef USHER_HTTP_LOAD_ANSWER_H
#define USHER_HTTP_LOAD_ANSWER_H

#include "base/slice.h"

#include <stdint.h>

enum load_head {
    LOAD_HEAD_PARTIAL, /* more bytes needed */
    LOAD_HEAD_READ,
    LOAD_HEAD_BAD /* not HTTP/1.x, or framed in a way that is not understood (chunked) */
};

struct load_answer {
    unsigned status;
    size_t head_len;
    bool sized; /* false: the body ends with the connection */
    uint64_t body_len;
    bool closes; /* the server will close the connection after it */
};

/* Looks for one whole head at the front of bytes. to_head: the request was a HEAD, whose answer has
 * no body whatever its Content-Length says. 1xx answers are the caller's to skip (their body_len is
 * 0). */
enum load_head load_answer_read(struct slice bytes, bool to_head, struct load_answer *out);

#endif
