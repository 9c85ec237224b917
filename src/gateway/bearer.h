/* The token by which a lane says who it is, where its gateway wants one: fetched when a call is to
 * go out, kept until it expires or the gateway takes it no more. Pure: the time is given (mono).
 *
 *   none ──asked──▶ under way ──took──▶ good ──expired, refused──▶ none
 *                       └──── refused ──▶ none, for a moment
 */
#ifndef USHER_GATEWAY_BEARER_H
#define USHER_GATEWAY_BEARER_H

#include "gateway/check.h"

enum { BEARER_AGAIN_MS = 1000 /* between two questions for one that was refused */ };

struct bearer {
    const struct check_token *how; /* NULL: the lane goes by its keys */
    uint64_t until_ms;             /* good until then; 0: there is none */
    uint64_t since_ms;             /* when it came; UINT64_MAX: there is none */
    uint64_t again_ms;             /* asked for no earlier */
    bool under_way;
    bool worked; /* a call by it was answered other than 401 */
    char text[CHECK_TOKEN_MAX + 1];
};

void bearer_init(struct bearer *bearer, const struct check_token *how);
/* May calls go out? */
bool bearer_good(const struct bearer *bearer, uint64_t now_ms);
/* It is to be fetched now; the answer comes to bearer_took. False: it is on its way, or it is too
 * early. */
bool bearer_ask(struct bearer *bearer, uint64_t now_ms);
/* status 0: no answer. False: there is no token in it, and who waited for it is to be told. */
bool bearer_took(struct bearer *bearer, unsigned status, struct slice body, uint64_t now_ms);
/* A call that began then was answered so. True: that was the end of the token, not of the call,
 * which goes again by a new one. A token that never worked is no better when it is fetched anew. */
bool bearer_ended(struct bearer *bearer, unsigned status, uint64_t began_ms);
/* Milliseconds until bearer_good or bearer_ask may say otherwise; -1: not before an answer. */
long bearer_timeout_ms(const struct bearer *bearer, uint64_t now_ms);
/* The lane as its calls go out by the token; what it points to is the bearer's. */
void bearer_apply(const struct bearer *bearer, struct config_lane *lane);

#endif
