#include "ledger/dispatch.h"

#include "base/assert.h"
#include "base/heap.h"
#include "base/map.h"

#include <stdlib.h>

enum entry_where { WHERE_READY, WHERE_LATER, WHERE_LEASED };

struct lane_queue {
    char name[64];
    struct heap ready[2]; /* by enum delivery_budget: by priority, turn, id */
};

/* One pending or leased delivery. It is in exactly one heap: its lane's ready heap, or the common
 * one of times. */
struct entry {
    struct heap_node node;
    uint64_t delivery;
    uint64_t turn_ms;
    uint64_t time_ms; /* of the heap of times: due, or end of the lease */
    uint64_t due_ms;
    unsigned priority;
    bool yields; /* wire/delivery.h */
    enum delivery_budget budget;
    enum entry_where where;
    bool gone; /* leased, but not pending any more */
    struct lane_queue *lane;
};

struct dispatch {
    struct map entries; /* by delivery id */
    struct heap times;  /* later and leased entries, by time */
    struct lane_queue **lanes;
    size_t lane_count;
};

static size_t lease(struct dispatch *dispatch, struct slice lane, enum delivery_budget budget,
                    uint64_t now_ms, uint64_t lease_until_ms, uint64_t *deliveries, size_t max,
                    size_t *yielding_max);
static struct heap *ready_of(struct entry *entry);
static bool ready_before(const struct heap_node *a, const struct heap_node *b);
static bool time_before(const struct heap_node *a, const struct heap_node *b);
static struct lane_queue *lane_find(const struct dispatch *dispatch, struct slice name);
static struct lane_queue *lane_make(struct dispatch *dispatch, struct slice name);
static void take_out(struct dispatch *dispatch, struct entry *entry);
static bool put_in(struct dispatch *dispatch, struct entry *entry, enum entry_where where);
static enum error update_one(struct dispatch *dispatch, const struct effect *effect);
static enum error set_ready(struct dispatch *dispatch, struct entry *entry,
                            const struct effect *effect);
static bool lease_over(struct dispatch *dispatch, struct entry *entry);
static uint64_t moved(uint64_t time_ms, int64_t by_ms);
static void drop(struct dispatch *dispatch, struct entry *entry);

struct dispatch *dispatch_new(void)
{
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);
    if (dispatch == NULL)
        return NULL;
    map_init(&dispatch->entries);
    heap_init(&dispatch->times, time_before);
    return dispatch;
}

void dispatch_destroy(struct dispatch **dispatch)
{
    struct dispatch *self = *dispatch;
    if (self == NULL)
        return;
    dispatch_clear(self);
    map_deinit(&self->entries);
    heap_deinit(&self->times);
    free(self);
    *dispatch = NULL;
}

void dispatch_clear(struct dispatch *dispatch)
{
    size_t at = 0;
    for (void *entry; (entry = map_each(&dispatch->entries, &at)) != NULL;)
        free(entry);
    map_deinit(&dispatch->entries);
    dispatch->times.count = 0;
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        heap_deinit(&dispatch->lanes[i]->ready[BUDGET_COUNTED]);
        heap_deinit(&dispatch->lanes[i]->ready[BUDGET_FREE]);
        free(dispatch->lanes[i]);
    }
    free(dispatch->lanes);
    dispatch->lanes = NULL;
    dispatch->lane_count = 0;
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

bool dispatch_forget_leases(struct dispatch *dispatch, struct slice lane)
{
    struct lane_queue *queue = lane_find(dispatch, lane);
    size_t at = 0;
    bool any = false;
    for (struct entry *entry;
         queue != NULL && (entry = map_each(&dispatch->entries, &at)) != NULL;) {
        if (entry->lane != queue || entry->where != WHERE_LEASED)
            continue;
        take_out(dispatch, entry);
        entry->time_ms = 0; /* over at the next look; removing from the map would end this walk */
        bool fits = put_in(dispatch, entry, WHERE_LEASED);
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
    struct lane_queue *queue = lane_find(dispatch, lane);
    size_t count = 0;
    while (queue != NULL && count < max && heap_first(&queue->ready[budget]) != NULL) {
        struct entry *entry = (struct entry *)(void *)heap_first(&queue->ready[budget]);
        if (entry->yields && yielding_max != NULL && *yielding_max == 0)
            break;
        take_out(dispatch, entry);
        entry->time_ms = lease_until_ms;
        if (!put_in(dispatch, entry, WHERE_LEASED)) {
            bool fits = put_in(dispatch, entry, WHERE_READY);
            ASSERT(fits);
            break;
        }
        if (entry->yields && yielding_max != NULL)
            --*yielding_max;
        deliveries[count++] = entry->delivery;
    }
    return count;
}

size_t dispatch_ready(const struct dispatch *dispatch, struct slice lane)
{
    const struct lane_queue *queue = lane_find(dispatch, lane);
    return queue == NULL ? 0 : queue->ready[BUDGET_COUNTED].count;
}

uint64_t dispatch_advance(struct dispatch *dispatch, uint64_t now_ms)
{
    for (struct entry *entry;
         (entry = (struct entry *)(void *)heap_first(&dispatch->times)) != NULL;) {
        if (entry->time_ms > now_ms)
            return entry->time_ms;
        if (entry->where == WHERE_LEASED) {
            if (!lease_over(dispatch, entry))
                return now_ms + 1000; /* out of memory: later */
            continue;
        }
        take_out(dispatch, entry);
        if (!put_in(dispatch, entry, WHERE_READY)) {
            bool fits = put_in(dispatch, entry, WHERE_LATER);
            ASSERT(fits);
            return now_ms + 1000;
        }
    }
    return 0;
}

/* All by the same, so the heap of times stays in order; what is over (0) stays over. */
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
    bool leased = entry != NULL && entry->where == WHERE_LEASED;
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

/* entry: NULL when the delivery is new here. */
static enum error set_ready(struct dispatch *dispatch, struct entry *entry,
                            const struct effect *effect)
{
    struct lane_queue *lane = lane_make(dispatch, slice_from(effect->lane));
    bool leased = entry != NULL && entry->where == WHERE_LEASED;
    if (lane == NULL)
        return ERROR_MEMORY;
    if (entry == NULL) {
        entry = calloc(1, sizeof *entry);
        if (entry == NULL || !map_put(&dispatch->entries, effect->delivery, entry)) {
            free(entry);
            return ERROR_MEMORY;
        }
    } else if (!leased) {
        take_out(dispatch, entry);
    }
    entry->delivery = effect->delivery;
    entry->turn_ms = effect->turn_ms;
    entry->due_ms = effect->not_before_ms;
    entry->priority = effect->priority;
    entry->yields = delivery_yields(effect->kind, effect->priority);
    entry->budget = delivery_budget(effect->kind);
    entry->lane = lane;
    entry->gone = false;
    if (leased)
        return ERROR_NONE;
    entry->time_ms = entry->due_ms;
    return put_in(dispatch, entry, entry->due_ms == 0 ? WHERE_READY : WHERE_LATER) ? ERROR_NONE
                                                                                   : ERROR_MEMORY;
}

/* False, and the lease lasts on, when out of memory. */
static bool lease_over(struct dispatch *dispatch, struct entry *entry)
{
    if (entry->gone) {
        drop(dispatch, entry);
        return true;
    }
    take_out(dispatch, entry);
    uint64_t lease_ms = entry->time_ms;
    entry->time_ms = entry->due_ms;
    if (put_in(dispatch, entry, entry->due_ms == 0 ? WHERE_READY : WHERE_LATER))
        return true;
    entry->time_ms = lease_ms;
    bool fits = put_in(dispatch, entry, WHERE_LEASED);
    ASSERT(fits); /* the heap held it a moment ago */
    return false;
}

static void drop(struct dispatch *dispatch, struct entry *entry)
{
    take_out(dispatch, entry);
    free(map_remove(&dispatch->entries, entry->delivery));
}

static struct heap *ready_of(struct entry *entry)
{
    return &entry->lane->ready[entry->budget];
}

static void take_out(struct dispatch *dispatch, struct entry *entry)
{
    if (entry->node.place != 0)
        heap_remove(entry->where == WHERE_READY ? ready_of(entry) : &dispatch->times, &entry->node);
}

static bool put_in(struct dispatch *dispatch, struct entry *entry, enum entry_where where)
{
    entry->where = where;
    return heap_add(where == WHERE_READY ? ready_of(entry) : &dispatch->times, &entry->node);
}

static struct lane_queue *lane_find(const struct dispatch *dispatch, struct slice name)
{
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        if (slice_is(name, dispatch->lanes[i]->name))
            return dispatch->lanes[i];
    }
    return NULL;
}

static struct lane_queue *lane_make(struct dispatch *dispatch, struct slice name)
{
    struct lane_queue *lane = lane_find(dispatch, name);
    if (lane != NULL)
        return lane;
    struct lane_queue **grown =
        realloc(dispatch->lanes, (dispatch->lane_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    dispatch->lanes = grown;
    lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    if (!slice_copy(name, lane->name, sizeof lane->name)) {
        free(lane);
        return NULL;
    }
    heap_init(&lane->ready[BUDGET_COUNTED], ready_before);
    heap_init(&lane->ready[BUDGET_FREE], ready_before);
    dispatch->lanes[dispatch->lane_count++] = lane;
    return lane;
}

static bool ready_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct entry *left = (const struct entry *)(const void *)a;
    const struct entry *right = (const struct entry *)(const void *)b;
    if (left->priority != right->priority)
        return left->priority < right->priority;
    if (left->turn_ms != right->turn_ms)
        return left->turn_ms < right->turn_ms;
    return left->delivery < right->delivery;
}

static bool time_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct entry *left = (const struct entry *)(const void *)a;
    const struct entry *right = (const struct entry *)(const void *)b;
    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms;
    return left->delivery < right->delivery;
}
