/* What an ingress has heard of the ledger, which says each second how it is. */
#ifndef USHER_ACTORS_HEARD_H
#define USHER_ACTORS_HEARD_H

#include <stdbool.h>
#include <stdint.h>

enum { HEARD_MS_MAX = 5000 }; /* older news is no news */

struct heard {
    uint64_t started_ms; /* mono, as all of these */
    uint64_t said_ms;    /* when it was last heard of; 0: never */
    bool writable;       /* as it said then */
};

/* From then on it counts as gone, if nothing is heard before. At the start it has the same time to
 * say so first. */
static inline uint64_t heard_until_ms(const struct heard *ledger)
{
    return (ledger->said_ms > 0 ? ledger->said_ms : ledger->started_ms) + HEARD_MS_MAX + 1;
}

static inline bool heard_no_more(const struct heard *ledger, uint64_t now_ms)
{
    return now_ms >= heard_until_ms(ledger);
}

#endif
