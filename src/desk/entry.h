/* Who comes in by the API's door, by the list that the ledger tells (access_list): the cookie of a
 * session, or a bearer token. What only the configuration knows, its own token, is left for the
 * verifier. Here, too, what else a cookie must show when it changes something, how often a key may
 * ask, and which codes are good for a login. Pure; one thread. */
#ifndef USHER_DESK_ENTRY_H
#define USHER_DESK_ENTRY_H

#include "http/server.h"
#include "wire/wire.h"

enum {
    ENTRY_SECRET_HEX = 64, /* characters of a cookie or a code */
    ENTRY_SEEN_MS = 600000 /* so often at most the ledger hears that a session is used */
};
#define ENTRY_COOKIE       "__Host-usher"
#define ENTRY_COOKIE_PLAIN "usher" /* over http on this machine */
#define ENTRY_KEY_PREFIX   "uk_"

struct entry_row {
    struct message_access_row access; /* points into entries.rows */
    uint64_t said_ms;                 /* wall: of a session: when its use was last said */
    double tokens;                    /* of a key: so many requests it may send now */
    uint64_t filled_ms;               /* mono: as of when; 0: it is full */
};

struct entries {
    struct buf rows;
    struct entry_row *items;
    size_t count;
    bool known; /* the ledger has told a list */
};

void entries_init(struct entries *entries);
void entries_deinit(struct entries *entries);
/* The list as it is now; what is counted of a key goes on. False, and the list as it was, when it
 * cannot be read or kept. */
bool entries_take(struct entries *entries, struct slice rows);

enum entry_verdict {
    ENTRY_OPEN,   /* nothing, or what the verifier must look at */
    ENTRY_KNOWN,  /* row says who */
    ENTRY_WRONG,  /* a credential that is none: it counts as a wrong token */
    ENTRY_OVER,   /* the cookie of a session that is over */
    ENTRY_FORGED, /* a cookie, and not the page that it was made for */
    ENTRY_TOO_OFTEN,
    ENTRY_EARLY /* the ledger has not told the list yet */
};

struct entry {
    enum entry_verdict verdict;
    const struct entry_row *row; /* KNOWN */
    const char *detail;          /* of a refusal; static */
    uint32_t retry_after_s;
    bool seen; /* it is time to tell the ledger that the session is used */
};

/* owner: the configuration's token. */
void entry_judge(struct entries *entries, const struct http_request *request, struct slice owner,
                 uint64_t wall_ms, uint64_t mono_ms, struct entry *out);

/* Is this body ({"code": "..."}) good for a login, and does it come from our page or from no page?
 * ENTRY_OPEN when it is, else ENTRY_WRONG, ENTRY_FORGED or ENTRY_EARLY. */
enum entry_verdict entry_login(const struct entries *entries, const struct http_request *request,
                               uint64_t wall_ms, const char **detail);

/* It came over plain http on this machine, by what it says. */
bool entry_plain(const struct http_request *request);

#endif
