/* Inside the dispatcher: the first deliveries of one stream, as many as memory is to hold of them.
 *
 *     in the order of the state ──▶ first ... edge │ ... behind it, only in the state
 *
 * Whatever does not come behind the edge is here, all of it. A window that is whole has no edge:
 * nothing of its stream is elsewhere. The edge speaks of the order in which the state has them; the
 * heap may differ from it where times were shortened or moved here (dispatch.h). */
#ifndef USHER_LEDGER_WINDOW_H
#define USHER_LEDGER_WINDOW_H

#include "base/heap.h"
#include "wire/delivery.h"

#include <stdint.h>

struct lane_queue;

/* A delivery that the dispatcher has in memory: pending, or leased. It is in one heap. */
struct entry {
    struct heap_node node;
    struct heap *heap;
    struct lane_queue *lane;
    uint64_t delivery;
    uint64_t turn_ms;
    uint64_t not_before_ms; /* as the state has it */
    uint64_t due_ms;        /* the same, shortened or moved with the clock */
    uint64_t time_ms;       /* due_ms, or the end of its lease */
    unsigned priority;
    bool yields; /* wire/delivery.h */
    bool gone;   /* leased, but not pending any more */
    enum delivery_budget budget;
};

/* What is ready stands in two streams, by enum delivery_budget: by priority, turn, id. What waits
 * for its time is the third: by that, id. */
enum stream { STREAM_LATER = BUDGET_FREE + 1, STREAMS };

struct order {
    uint64_t by[3];
};

struct window {
    struct heap heap;
    bool later;   /* it is one of STREAM_LATER */
    bool filling; /* it is the walk's, and not in use yet */
    bool whole;
    struct order edge;
};

void window_init(struct window *window, unsigned stream, bool filling);
void window_deinit(struct window *window); /* its entries are the caller's */

/* Belongs here, unless it is leased. */
bool window_takes(const struct window *window, const struct entry *entry);
/* Wall ms from which on something may be due that is not here; UINT64_MAX: never. */
uint64_t window_blind_ms(const struct window *window);

struct entry *window_first(const struct window *window);     /* NULL: none */
bool window_add(struct window *window, struct entry *entry); /* false: out of memory */

/* How many of what is ready here go before such a one. */
size_t window_before(const struct window *window, const struct entry *entry);

/* Keeps the first of them, and has an edge then. */
size_t window_cut(struct window *window, size_t keep);
/* Keeps what does not come behind this edge, which is its own from now on. */
size_t window_trim(struct window *window, bool whole, const struct order *edge);
/* Both return how many went out: these, until the next is added. */
struct entry *window_out(const struct window *window, size_t n);

/* Out of the heap that it is in, if any. */
void entry_take_out(struct entry *entry);

#endif
