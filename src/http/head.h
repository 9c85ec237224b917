/* Judges the head of a request where libmicrohttpd (0.9.75) does not: it takes HTTP/1.1 without a
 * Host, and ends names, values and the target at a NUL, so that what stands behind one is lost
 * without a word. It parses in place: ends of words became NUL, and the bytes between two words are
 * still there, so a gap that holds more than what separates them shows that something was cut off.
 * Pure. */
#ifndef USHER_HTTP_HEAD_H
#define USHER_HTTP_HEAD_H

#include "http/reply.h"
#include "http/server.h"

struct head {
    const char *method;                /* where the head begins */
    size_t bytes;                      /* up to the end of the empty line; 0: not known */
    struct slice target;               /* as sent, with its query */
    const char *version;               /* "HTTP/1.1" */
    const struct http_header *headers; /* in the order in which they came */
    size_t header_count;
};

enum refusal head_judge(const struct head *head);

#endif
