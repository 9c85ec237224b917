/* How usher says who it is to an HTTP service: one header. */
#ifndef USHER_CARRIER_HTTP_WHO_H
#define USHER_CARRIER_HTTP_WHO_H

#include "base/buf.h"

/* Appends the header without an end: what stands before the secret, such as "Authorization: Bearer
 * " (NULL: nothing), and the secret; with a user both of them, "user:secret" in base64, as Basic
 * wants it (RFC 7617). user and secret have HTTP_WHO_MAX bytes at most together, else out fails. */
enum { HTTP_WHO_MAX = 1536 };
void http_who(struct buf *out, const char *scheme, const char *user, const char *secret);

#endif
