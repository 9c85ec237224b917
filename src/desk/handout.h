/* What the answer to a request hands out besides what the verdict says: a secret that the ingress
 * made when the request came in, of which the ledger gets only the hash, or the end of a cookie.
 * Kept while the request is parked; bounded. Pure but for the secrets' randomness; one thread. */
#ifndef USHER_DESK_HANDOUT_H
#define USHER_DESK_HANDOUT_H

#include "base/buf.h"

#include <stdint.h>

enum handout_kind {
    HANDOUT_NONE,
    HANDOUT_CODE,    /* of a login: a member "code" of the answer */
    HANDOUT_COOKIE,  /* of a session */
    HANDOUT_KEY,     /* a member "key" */
    HANDOUT_FAREWELL /* the cookie is forgotten */
};

enum {
    HANDOUTS_MAX = 64,
    HANDOUT_HASH_BYTES = 32,
    HANDOUT_SECRET_SIZE = 68,
    HANDOUT_COOKIE_SIZE = 192
};

struct handout {
    enum handout_kind kind; /* NONE: free */
    bool plain;             /* the cookie is for http on this machine */
    char secret[HANDOUT_SECRET_SIZE];
};

struct handouts {
    struct handout items[HANDOUTS_MAX];
};

/* What this method and path (with /api/v1/) hands out. */
enum handout_kind handout_of(struct slice method, struct slice path);

/* Takes a place and makes its secret, whose hash goes to the ledger ("" for FAREWELL); 0 when there
 * is no room. */
uint32_t handout_begin(struct handouts *handouts, enum handout_kind kind, bool plain,
                       uint8_t hash[HANDOUT_HASH_BYTES]);
const struct handout *handout_find(const struct handouts *handouts, uint32_t id);
/* Forgets the secret; 0 is nothing. */
void handout_end(struct handouts *handouts, uint32_t id);

/* The value of Set-Cookie; "" when this kind sets none. */
void handout_cookie(const struct handout *handout, char out[HANDOUT_COOKIE_SIZE]);
/* The JSON object of the answer, with what is shown once in front. */
void handout_body(const struct handout *handout, struct slice body, struct buf *out);

#endif
