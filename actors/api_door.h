/* The ingress's door for the API: who asks, by the list that the ledger tells (desk/entry.h); what
 * the answer hands out once (desk/handout.h); and the patience with wrong tokens and codes
 * (desk/logins.h). */
#ifndef USHER_ACTORS_API_DOOR_H
#define USHER_ACTORS_API_DOOR_H

#include "actors/answers.h"
#include "actors/post.h"
#include "config/config.h"
#include "desk/entry.h"
#include "desk/handout.h"
#include "desk/logins.h"
#include "http/parked.h"

/* What the ingress lends, and its own; for its thread. */
struct api_door {
    const struct config *config;
    struct outlet *requests;
    struct answers *answers;
    struct entries entries;
    struct handouts handouts;
    struct logins logins;
    struct buf asker; /* of the request at hand, encoded */
    struct buf body;
    uint8_t minted[HANDOUT_HASH_BYTES];
};

/* What goes on with a request that may come in. */
struct api_pass {
    struct slice asker;
    struct slice minted;
    uint32_t handout; /* kept with the parked request; 0: none */
};

/* The lent fields are set. */
void api_door_open(struct api_door *door);
void api_door_close(struct api_door *door);

/* The list as the ledger tells it. */
void api_door_list(struct api_door *door, struct slice rows);
/* False: it is answered, or will be. Else the pass, which holds until the next call, and whose
 * handout is the caller's to end (api_door_drop) when the request goes no further. */
bool api_door_enter(struct api_door *door, const struct http_request *request,
                    const struct route_match *match, struct api_pass *pass);
void api_door_drop(struct api_door *door, uint32_t handout);

/* The verdict for a request of the API. */
void api_door_verdict(struct api_door *door, const struct parked_entry *entry,
                      const struct message_verdict *verdict);

/* Tells those whose refusal has waited long enough; all of them when we stop. */
void api_door_turn(struct api_door *door, bool all);
uint64_t api_door_due_ms(const struct api_door *door); /* mono; UINT64_MAX: nobody waits */

#endif
