/* The query of a URL, "state=dead&limit=7", and percent-encoding (RFC 3986). Strict: what is
 * malformed, given twice or not known is an error of the caller and no guess of ours. Pure. */
#ifndef USHER_HTTP_QUERY_H
#define USHER_HTTP_QUERY_H

#include "base/buf.h"
#include "base/slice.h"

enum { QUERY_DETAIL_BYTES = 512 };

/* What is wrong with a query, for a problem document. */
struct query_fault {
    const char *code;                /* static: "parameter_unknown" or "parameter_twice" */
    char detail[QUERY_DETAIL_BYTES]; /* names the parameter and the known ones */
};

/* Is every parameter one of names (" state limit", each with a blank before it; "" for none), and
 * none there twice. */
bool query_known(struct slice query, const char *names, struct query_fault *fault);
bool query_name_listed(const char *names, struct slice name);

/* The decoded value of a parameter as a NUL-terminated string; "" when it is absent. False when it
 * does not decode or fit. */
bool query_get(struct slice query, const char *name, char *out, size_t out_size);

/* False for a malformed escape, for a NUL, for what is not text afterwards (slice_is_text), and for
 * what does not fit. */
bool percent_decode(struct slice text, bool plus_is_space, char *out, size_t out_size);

/* Appends text, percent-encoded but for letters, digits and -._~: it can stand in a path or a
 * query. */
void percent_encode(struct buf *out, struct slice text);

#endif
