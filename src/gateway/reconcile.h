/* Reconciliation: every while a gateway is asked for the lists of what was paid there and went
 * back, page by page, and what is on them goes to the ledger like what callbacks say, so that money
 * is never at a gateway without being granted or listed, nor gone while its access stays, though a
 * callback never came. The ledger knows what it has already; what was handed in is remembered here
 * besides, so that the journal is not filled with repeats. A list that does not come or may
 * not be read does not keep us from the others. Pure: the time is given (wall, so that it goes with
 * the test clock); used by one thread.
 */
#ifndef USHER_GATEWAY_RECONCILE_H
#define USHER_GATEWAY_RECONCILE_H

#include "gateway/check.h"

enum {
    RECONCILE_PAGES_MAX = 20,    /* of a list, in a run */
    RECONCILE_SEEN_MAX = 16384,  /* events that are remembered, of a gateway; the oldest go first */
    RECONCILE_YOUNG_MS = 300000, /* a callback may still be on its way so long, or for `every` */
    RECONCILE_FIRST_MS = 60000   /* the first run is so soon after the start, or after `every` */
};

enum reconcile_taken {
    RECONCILE_TAKEN, /* it is on its way to the ledger */
    RECONCILE_LATER, /* not now; the next run finds it again */
    RECONCILE_FULL   /* there is no room for more: the run ends */
};

struct reconcile_owner {
    void *context;
    /* whole: the event is all there is to say; else the gateway is to be asked about its
     * payment_id, and reconcile_remember is told when that was done. */
    enum reconcile_taken (*found)(void *context, const struct config_gateway *gateway,
                                  const struct payment_event *event, bool whole);
};

/* What a run came to. */
struct reconcile_run {
    uint32_t pages;
    uint32_t listed;    /* payments on them */
    uint32_t handed_in; /* of these, what was not before */
    bool cut;           /* there were more pages, or more payments than there was room for */
    bool failed;        /* a page did not come, or cannot be read */
    unsigned status;    /* of the first that failed; 0: no answer, or none has */
};

struct reconcile;

/* NULL when out of memory. */
struct reconcile *reconcile_new(uint64_t wall_ms);
void reconcile_destroy(struct reconcile **reconcile);

/* Is it time for a run, and can this gateway be asked: then ask is filled with the first page, and
 * each answer goes to reconcile_answer. */
bool reconcile_begin(struct reconcile *reconcile, const struct config *config,
                     const struct config_gateway *gateway, uint64_t wall_ms, struct check_ask *ask);
/* status 0: none came. True: ask is filled with the next page; false: the run is over, and is told.
 */
bool reconcile_answer(struct reconcile *reconcile, const struct config *config,
                      const struct config_gateway *gateway, unsigned status, struct slice body,
                      uint64_t wall_ms, const struct reconcile_owner *owner, struct check_ask *ask,
                      struct reconcile_run *run);
void reconcile_remember(struct reconcile *reconcile, const struct config_gateway *gateway,
                        const struct payment_event *event);

#endif
