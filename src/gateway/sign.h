/* The other side: the headers with which a gateway would send a body, for the demo, the benches and
 * tests. Made with the same profile and keys that judge a callback. */
#ifndef USHER_GATEWAY_SIGN_H
#define USHER_GATEWAY_SIGN_H

#include "base/buf.h"
#include "gateway/gateway.h"

/* Appends "Name: value\r\n" for each header that this gateway's callback with this body carries at
 * now_ms: timestamp, event id, what else the signature covers, and last the signature, made with
 * secret number secret_index (from 0); a gateway whose signature stands in the body has no such
 * header. event_id may be absent when no header carries it. ERROR_INVALID when there is no such
 * secret, the event id is missing, or the body is not what a signature of this kind covers;
 * ERROR_PERMISSION when only the gateway can sign (RSA); ERROR_TOO_LARGE when out is full. */
enum error gateway_sign(struct gateway *gateway, struct slice method, struct slice path,
                        struct slice body, struct slice event_id, uint64_t now_ms,
                        size_t secret_index, struct buf *out);

/* Appends the body as it is sent: of a gateway whose signature stands in it with the signature
 * behind its other members or pairs, else as it is. Errors as above. */
enum error gateway_sign_body(struct gateway *gateway, struct slice body, size_t secret_index,
                             struct buf *out);

#endif
