/* Inside the dispatcher: what it has in memory of each lane, by the lane's name. Lanes are few, and
 * none is forgotten before all are. */
#ifndef USHER_LEDGER_LANE_QUEUE_H
#define USHER_LEDGER_LANE_QUEUE_H

#include "base/slice.h"
#include "ledger/window.h"

struct lane_queue {
    char name[64];
    struct window now[STREAMS];
    struct window next[STREAMS]; /* being filled by the walk */
    size_t seen;                 /* by the walk: of what is ready and counted, that is not in now */
    size_t behind;               /* about as many are ready and counted, and in the state alone */
};

/* All zeros: there are none yet. */
struct lane_queues {
    struct lane_queue **items; /* a queue stays where it is */
    size_t count;
};

/* The entries of their windows are the caller's. None is there afterwards. */
void lane_queues_deinit(struct lane_queues *queues);
/* NULL: not known. */
struct lane_queue *lane_queues_find(const struct lane_queues *queues, struct slice name);
/* The one of this name, or a new one, whose windows in use are whole or have their edge before all
 * there is. NULL when out of memory, or the name has more than 63 bytes. */
struct lane_queue *lane_queues_make(struct lane_queues *queues, struct slice name, bool whole);

#endif
