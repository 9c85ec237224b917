#include "ledger/dispatch.h"

#include "base/assert.h"
#include "base/map.h"
#include "ledger/lane_queue.h"

#include <stdlib.h>

struct dispatch {
    struct dispatch_options options;
    struct map entries; /* by delivery id */
    struct heap leases; /* by their ends */
    struct lane_queues lanes;
    uint64_t now_ms; /* of the last look at what is due */
    bool walked;     /* once, so that a lane that is not known has nothing pending */
    bool walking;
    uint64_t walk_ms; /* wall: what is due then is ready for this walk */
    uint64_t walk_after;
    struct effects page;
};

static size_t lease(struct dispatch *dispatch, struct slice lane, enum delivery_budget budget,
                    uint64_t now_ms, uint64_t lease_until_ms, uint64_t *deliveries, size_t max,
                    size_t *yielding_max);
static bool lease_before(const struct heap_node *a, const struct heap_node *b);
static struct entry *lease_first(const struct dispatch *dispatch);
static bool lease_put(struct dispatch *dispatch, struct entry *entry);
static bool is_leased(const struct dispatch *dispatch, const struct entry *entry);
static bool lease_over(struct dispatch *dispatch, struct entry *entry);
static enum error update_one(struct dispatch *dispatch, const struct effect *effect);
static enum error set_ready(struct dispatch *dispatch, struct entry *entry,
                            const struct effect *effect);
static void describe(struct entry *entry, const struct effect *effect, struct lane_queue *lane);
static enum error add(struct dispatch *dispatch, const struct entry *like, struct window *window);
static struct window *window_for(const struct dispatch *dispatch, const struct entry *entry);
static unsigned stream_of(const struct dispatch *dispatch, const struct entry *entry);
static unsigned next_stream(const struct dispatch *dispatch, const struct entry *entry);
static bool place(struct dispatch *dispatch, struct entry *entry);
static void relieve(struct dispatch *dispatch, struct window *window);
static void drop(struct dispatch *dispatch, struct entry *entry);
static bool due_to_ready(struct dispatch *dispatch, struct lane_queue *lane, uint64_t now_ms);
static bool walk_needed(const struct dispatch *dispatch, uint64_t now_ms);
static void walk_begin(struct dispatch *dispatch, uint64_t now_ms);
static enum error walk_by(struct dispatch *dispatch, const struct effect *effect);
static enum error walk_end(struct dispatch *dispatch);
static void walk_join(struct dispatch *dispatch, struct lane_queue *lane, unsigned stream);
static void walk_void(struct dispatch *dispatch);
static uint64_t moved(uint64_t time_ms, int64_t by_ms);
static struct lane_queue *lane_make(struct dispatch *dispatch, struct slice name);

struct dispatch *dispatch_new(const struct dispatch_options *options)
{
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);
    if (dispatch == NULL)
        return NULL;
    dispatch->options = *options;
    ASSERT(options->source == NULL || options->window >= 2);
    map_init(&dispatch->entries);
    heap_init(&dispatch->leases, lease_before);
    return dispatch;
}

void dispatch_destroy(struct dispatch **dispatch)
{
    struct dispatch *self = *dispatch;
    if (self == NULL)
        return;
    dispatch_clear(self);
    heap_deinit(&self->leases);
    free(self->page.items);
    free(self);
    *dispatch = NULL;
}

void dispatch_clear(struct dispatch *dispatch)
{
    size_t at = 0;
    for (void *entry; (entry = map_each(&dispatch->entries, &at)) != NULL;)
        free(entry);
    map_deinit(&dispatch->entries);
    dispatch->leases.count = 0;
    lane_queues_deinit(&dispatch->lanes);
    dispatch->walked = false;
    dispatch->walking = false;
}

enum error dispatch_ledger(void *context, uint64_t *after, size_t max, struct effects *effects)
{
    return ledger_pending(context, after, max, effects);
}

enum error dispatch_update(struct dispatch *dispatch, const struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        enum error error = update_one(dispatch, &effects->items[i]);
        if (error != ERROR_NONE)
            return error;
    }
    return ERROR_NONE;
}

enum error dispatch_look(struct dispatch *dispatch, uint64_t now_ms, size_t most, bool *again)
{
    *again = false;
    (void)dispatch_advance(dispatch, now_ms);
    if (!dispatch->walking && !walk_needed(dispatch, now_ms))
        return ERROR_NONE;
    if (!dispatch->walking)
        walk_begin(dispatch, now_ms);
    while (most > 0) {
        size_t max = most < DISPATCH_STEP ? most : DISPATCH_STEP;
        dispatch->page.count = 0;
        enum error error = dispatch->options.source(dispatch->options.context,
                                                    &dispatch->walk_after, max, &dispatch->page);
        for (size_t i = 0; i < dispatch->page.count && error == ERROR_NONE; i++)
            error = walk_by(dispatch, &dispatch->page.items[i]);
        bool end = dispatch->walk_after == 0;
        if (end && error == ERROR_NONE)
            error = walk_end(dispatch);
        if (error != ERROR_NONE) {
            walk_void(dispatch);
            return error;
        }
        most = end ? 0 : most - max;
    }
    *again = true;
    return ERROR_NONE;
}

bool dispatch_knows(const struct dispatch *dispatch, struct slice lane)
{
    return lane_queues_find(&dispatch->lanes, lane) != NULL;
}

bool dispatch_forget_leases(struct dispatch *dispatch, struct slice lane)
{
    struct lane_queue *queue = lane_queues_find(&dispatch->lanes, lane);
    size_t at = 0;
    bool any = false;
    for (struct entry *entry;
         queue != NULL && (entry = map_each(&dispatch->entries, &at)) != NULL;) {
        if (entry->lane != queue || !is_leased(dispatch, entry))
            continue;
        entry_take_out(entry);
        entry->time_ms = 0; /* over at the next look; removing from the map would end this walk */
        bool fits = lease_put(dispatch, entry);
        ASSERT(fits); /* the heap held it a moment ago */
        any = true;
    }
    return any;
}

size_t dispatch_lease(struct dispatch *dispatch, struct slice lane, uint64_t now_ms,
                      uint64_t lease_until_ms, uint64_t *deliveries, size_t max,
                      size_t *yielding_max)
{
    return lease(dispatch, lane, BUDGET_COUNTED, now_ms, lease_until_ms, deliveries, max,
                 yielding_max);
}

size_t dispatch_lease_free(struct dispatch *dispatch, struct slice lane, uint64_t now_ms,
                           uint64_t lease_until_ms, uint64_t *deliveries, size_t max)
{
    return lease(dispatch, lane, BUDGET_FREE, now_ms, lease_until_ms, deliveries, max, NULL);
}

static size_t lease(struct dispatch *dispatch, struct slice lane, enum delivery_budget budget,
                    uint64_t now_ms, uint64_t lease_until_ms, uint64_t *deliveries, size_t max,
                    size_t *yielding_max)
{
    (void)dispatch_advance(dispatch, now_ms);
    struct lane_queue *queue = lane_queues_find(&dispatch->lanes, lane);
    size_t count = 0;
    while (queue != NULL && count < max) {
        struct entry *entry = window_first(&queue->now[budget]);
        if (entry == NULL || (entry->yields && yielding_max != NULL && *yielding_max == 0))
            break;
        entry_take_out(entry);
        entry->time_ms = lease_until_ms;
        if (!lease_put(dispatch, entry)) {
            bool fits = window_add(&queue->now[budget], entry);
            ASSERT(fits);
            break;
        }
        if (entry->yields && yielding_max != NULL)
            --*yielding_max;
        deliveries[count++] = entry->delivery;
    }
    return count;
}

size_t dispatch_before(const struct dispatch *dispatch, struct slice lane, unsigned priority,
                       uint64_t turn_ms, uint64_t delivery)
{
    const struct lane_queue *queue = lane_queues_find(&dispatch->lanes, lane);
    const struct entry *entry = map_get(&dispatch->entries, delivery);
    const struct entry like = {.priority = priority, .turn_ms = turn_ms, .delivery = delivery};
    const struct window *ready = queue == NULL ? NULL : &queue->now[BUDGET_COUNTED];
    if (ready == NULL || (entry != NULL && entry->heap != &ready->heap))
        return 0;
    /* Behind the edge all that is here goes before it, and of the rest who knows. */
    return window_before(ready, &like) + (window_takes(ready, &like) ? 0 : queue->behind);
}

size_t dispatch_held(const struct dispatch *dispatch)
{
    return dispatch->entries.count;
}

uint64_t dispatch_advance(struct dispatch *dispatch, uint64_t now_ms)
{
    struct entry *first;
    dispatch->now_ms = now_ms;
    while ((first = lease_first(dispatch)) != NULL && first->time_ms <= now_ms)
        if (!lease_over(dispatch, first))
            return now_ms + 1000; /* out of memory: later */
    uint64_t next_ms = first == NULL ? UINT64_MAX : first->time_ms;
    for (size_t i = 0; i < dispatch->lanes.count; i++) {
        struct lane_queue *lane = dispatch->lanes.items[i];
        if (!due_to_ready(dispatch, lane, now_ms))
            return now_ms + 1000;
        const struct entry *later = window_first(&lane->now[STREAM_LATER]);
        uint64_t blind_ms = window_blind_ms(&lane->now[STREAM_LATER]);
        if (later != NULL && later->time_ms < next_ms)
            next_ms = later->time_ms;
        if (blind_ms < next_ms)
            next_ms = blind_ms;
    }
    return next_ms == UINT64_MAX ? 0 : next_ms;
}

static bool due_to_ready(struct dispatch *dispatch, struct lane_queue *lane, uint64_t now_ms)
{
    struct window *later = &lane->now[STREAM_LATER];
    for (struct entry *entry; (entry = window_first(later)) != NULL && entry->time_ms <= now_ms;) {
        entry_take_out(entry);
        if (!place(dispatch, entry)) {
            bool fits = window_add(later, entry);
            ASSERT(fits);
            return false;
        }
    }
    return true;
}

/* All by the same, so the heaps of times stay in order; what is over (0) stays over. */
void dispatch_clock_set(struct dispatch *dispatch, int64_t by_ms)
{
    size_t at = 0;
    for (struct entry *entry; (entry = map_each(&dispatch->entries, &at)) != NULL;) {
        entry->time_ms = moved(entry->time_ms, by_ms);
        entry->due_ms = moved(entry->due_ms, by_ms);
    }
}

static uint64_t moved(uint64_t time_ms, int64_t by_ms)
{
    if (time_ms == 0)
        return 0;
    if (by_ms >= 0)
        return time_ms + (uint64_t)by_ms;
    uint64_t back_ms = (uint64_t)-by_ms;
    return time_ms > back_ms ? time_ms - back_ms : 1;
}

static enum error update_one(struct dispatch *dispatch, const struct effect *effect)
{
    struct entry *entry = map_get(&dispatch->entries, effect->delivery);
    bool leased = entry != NULL && is_leased(dispatch, entry);
    if (effect->ended)
        return !leased || lease_over(dispatch, entry) ? ERROR_NONE : ERROR_MEMORY;
    if (effect->ready)
        return set_ready(dispatch, entry, effect);
    if (leased)
        entry->gone = true;
    else if (entry != NULL)
        drop(dispatch, entry);
    return ERROR_NONE;
}

/* entry: NULL when the delivery is not in memory. */
static enum error set_ready(struct dispatch *dispatch, struct entry *entry,
                            const struct effect *effect)
{
    struct lane_queue *lane = lane_make(dispatch, slice_from(effect->lane));
    if (lane == NULL)
        return ERROR_MEMORY;
    if (entry == NULL) {
        struct entry like = {0};
        describe(&like, effect, lane);
        return add(dispatch, &like, window_for(dispatch, &like));
    }
    if (is_leased(dispatch, entry)) {
        uint64_t until_ms = entry->time_ms;
        describe(entry, effect, lane);
        entry->time_ms = until_ms;
        return ERROR_NONE;
    }
    entry_take_out(entry);
    describe(entry, effect, lane);
    return place(dispatch, entry) ? ERROR_NONE : ERROR_MEMORY;
}

static void describe(struct entry *entry, const struct effect *effect, struct lane_queue *lane)
{
    entry->lane = lane;
    entry->delivery = effect->delivery;
    entry->turn_ms = effect->turn_ms;
    entry->not_before_ms = effect->not_before_ms;
    entry->due_ms = effect->not_before_ms;
    entry->time_ms = effect->not_before_ms;
    entry->priority = effect->priority;
    entry->yields = delivery_yields(effect->kind, effect->priority);
    entry->gone = false;
    entry->budget = delivery_budget(effect->kind);
}

/* A new one; window: where it belongs, NULL: the state has it, and that is enough. */
static enum error add(struct dispatch *dispatch, const struct entry *like, struct window *window)
{
    if (window == NULL) {
        like->lane->behind += like->budget == BUDGET_COUNTED;
        return ERROR_NONE;
    }
    struct entry *entry = malloc(sizeof *entry);
    if (entry == NULL)
        return ERROR_MEMORY;
    *entry = *like;
    if (!map_put(&dispatch->entries, entry->delivery, entry)) {
        free(entry);
        return ERROR_MEMORY;
    }
    if (!window_add(window, entry)) {
        drop(dispatch, entry);
        return ERROR_MEMORY;
    }
    relieve(dispatch, window);
    return ERROR_NONE;
}

/* The one in use goes before the one of the walk. */
static struct window *window_for(const struct dispatch *dispatch, const struct entry *entry)
{
    struct window *now = &entry->lane->now[stream_of(dispatch, entry)];
    struct window *next = &entry->lane->next[next_stream(dispatch, entry)];
    if (window_takes(now, entry))
        return now;
    return dispatch->walking && window_takes(next, entry) ? next : NULL;
}

static unsigned stream_of(const struct dispatch *dispatch, const struct entry *entry)
{
    return entry->due_ms > dispatch->now_ms ? STREAM_LATER : entry->budget;
}

static unsigned next_stream(const struct dispatch *dispatch, const struct entry *entry)
{
    return entry->not_before_ms > dispatch->walk_ms ? STREAM_LATER : entry->budget;
}

/* Puts an entry that is in no heap where it belongs, which may be nowhere: then, and when what it
 * displaces is behind it, it is gone afterwards. False when out of memory: it is in no heap. */
static bool place(struct dispatch *dispatch, struct entry *entry)
{
    struct window *window = window_for(dispatch, entry);
    if (window == NULL) {
        entry->lane->behind += entry->budget == BUDGET_COUNTED;
        drop(dispatch, entry);
        return true;
    }
    if (!window_add(window, entry))
        return false;
    relieve(dispatch, window);
    return true;
}

/* A window that holds twice what it is to hold gives the second half back to the state, or to the
 * window of the walk. */
static void relieve(struct dispatch *dispatch, struct window *window)
{
    if (dispatch->options.source == NULL || window->heap.count <= 2 * dispatch->options.window)
        return;
    size_t out = window_cut(window, dispatch->options.window);
    for (size_t n = 0; n < out; n++) {
        struct entry *entry = window_out(window, n);
        /* Out of memory: the walk under way does not find it, but the next does. */
        if (window->filling || !place(dispatch, entry))
            drop(dispatch, entry);
    }
}

static void drop(struct dispatch *dispatch, struct entry *entry)
{
    entry_take_out(entry);
    free(map_remove(&dispatch->entries, entry->delivery));
}

static struct entry *lease_first(const struct dispatch *dispatch)
{
    return (struct entry *)(void *)heap_first(&dispatch->leases);
}

static bool lease_put(struct dispatch *dispatch, struct entry *entry)
{
    if (!heap_add(&dispatch->leases, &entry->node))
        return false;
    entry->heap = &dispatch->leases;
    return true;
}

static bool is_leased(const struct dispatch *dispatch, const struct entry *entry)
{
    return entry->heap == &dispatch->leases;
}

/* False, and the lease lasts on, when out of memory. */
static bool lease_over(struct dispatch *dispatch, struct entry *entry)
{
    if (entry->gone) {
        drop(dispatch, entry);
        return true;
    }
    entry_take_out(entry);
    uint64_t lease_ms = entry->time_ms;
    entry->time_ms = entry->due_ms;
    if (place(dispatch, entry))
        return true;
    entry->time_ms = lease_ms;
    bool fits = lease_put(dispatch, entry);
    ASSERT(fits); /* the heap held it a moment ago */
    return false;
}

/* A window that is not whole and runs low, or is past its edge. */
static bool walk_needed(const struct dispatch *dispatch, uint64_t now_ms)
{
    if (dispatch->options.source == NULL || !dispatch->walked)
        return dispatch->options.source != NULL;
    for (size_t i = 0; i < dispatch->lanes.count; i++) {
        const struct window *windows = dispatch->lanes.items[i]->now;
        if (window_blind_ms(&windows[STREAM_LATER]) <= now_ms)
            return true;
        for (unsigned stream = 0; stream < STREAMS; stream++)
            if (!windows[stream].whole && windows[stream].heap.count < dispatch->options.window / 2)
                return true;
    }
    return false;
}

static void walk_begin(struct dispatch *dispatch, uint64_t now_ms)
{
    dispatch->walking = true;
    dispatch->walk_ms = now_ms;
    dispatch->walk_after = 0;
    for (size_t i = 0; i < dispatch->lanes.count; i++) {
        dispatch->lanes.items[i]->seen = 0;
        for (unsigned stream = 0; stream < STREAMS; stream++)
            window_init(&dispatch->lanes.items[i]->next[stream], stream, true);
    }
}

/* What is in memory is left where it is: the effects have told all about it. */
static enum error walk_by(struct dispatch *dispatch, const struct effect *effect)
{
    struct lane_queue *lane = lane_make(dispatch, slice_from(effect->lane));
    struct entry like = {0};
    if (lane == NULL)
        return ERROR_MEMORY;
    if (map_get(&dispatch->entries, effect->delivery) != NULL)
        return ERROR_NONE;
    describe(&like, effect, lane);
    uint64_t longest_ms = dispatch->walk_ms + dispatch->options.pause_max_ms;
    bool shortens = !dispatch->walked || !like.yields;
    if (dispatch->options.pause_max_ms != 0 && shortens && like.due_ms > longest_ms)
        like.due_ms = like.time_ms = longest_ms;
    unsigned stream = next_stream(dispatch, &like);
    lane->seen += stream == BUDGET_COUNTED;
    struct window *window = &lane->next[stream];
    return window_takes(window, &like) ? add(dispatch, &like, window) : ERROR_NONE;
}

/* The windows that the walk has filled take those in use in, and their place. */
static enum error walk_end(struct dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->lanes.count; i++)
        for (unsigned stream = 0; stream < STREAMS; stream++) {
            struct lane_queue *lane = dispatch->lanes.items[i];
            if (!heap_reserve(&lane->now[stream].heap,
                              lane->now[stream].heap.count + lane->next[stream].heap.count))
                return ERROR_MEMORY;
        }
    dispatch->walking = false;
    dispatch->walked = true;
    for (size_t i = 0; i < dispatch->lanes.count; i++) {
        struct lane_queue *lane = dispatch->lanes.items[i];
        size_t found = lane->next[BUDGET_COUNTED].heap.count;
        lane->behind = lane->seen > found ? lane->seen - found : 0;
        for (unsigned stream = 0; stream < STREAMS; stream++)
            walk_join(dispatch, lane, stream);
    }
    return ERROR_NONE;
}

static void walk_join(struct dispatch *dispatch, struct lane_queue *lane, unsigned stream)
{
    struct window *now = &lane->now[stream];
    struct window *next = &lane->next[stream];
    size_t out = window_trim(now, next->whole, &next->edge);
    for (size_t n = 0; n < out; n++)
        drop(dispatch, window_out(now, n));
    lane->behind += stream == BUDGET_COUNTED ? out : 0;
    for (struct entry *entry; (entry = window_first(next)) != NULL;) {
        entry_take_out(entry);
        bool fits = window_add(now, entry);
        ASSERT(fits); /* there is room */
    }
    window_deinit(next);
    relieve(dispatch, now);
}

static void walk_void(struct dispatch *dispatch)
{
    dispatch->walking = false;
    for (size_t i = 0; i < dispatch->lanes.count; i++)
        for (unsigned stream = 0; stream < STREAMS; stream++) {
            struct window *next = &dispatch->lanes.items[i]->next[stream];
            for (struct entry *entry; (entry = window_first(next)) != NULL;)
                drop(dispatch, entry);
            window_deinit(next);
        }
}

static bool lease_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct entry *left = (const struct entry *)(const void *)a;
    const struct entry *right = (const struct entry *)(const void *)b;
    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms;
    return left->delivery < right->delivery;
}

static struct lane_queue *lane_make(struct dispatch *dispatch, struct slice name)
{
    /* Before the first walk nobody knows what is pending on it: the edge is before all. */
    bool whole = dispatch->walked || dispatch->options.source == NULL;
    return lane_queues_make(&dispatch->lanes, name, whole);
}
