#include "timers.h"

#include "memory.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

static bool timer_before(const struct timer *a, const struct timer *b);
static struct timer timers_pop(struct timers *timers);

void timers_init(struct timers *timers)
{
    *timers = (struct timers){0};
}

void timers_deinit(struct timers *timers, struct sim *sim)
{
    for (size_t i = 0; i < timers->count; i++)
        if (timers->heap[i].drop)
            timers->heap[i].drop(sim, &timers->heap[i]);
    free(timers->heap);
    timers_init(timers);
}

void timers_add(struct timers *timers, struct timer timer)
{
    if (timers->count == timers->cap) {
        timers->cap = timers->cap ? timers->cap * 2 : 64;
        timers->heap = memory_grow(timers->heap, timers->cap, sizeof(*timers->heap));
    }
    timer.sequence = timers->sequence++;
    size_t at = timers->count++;
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!timer_before(&timer, &timers->heap[parent]))
            break;
        timers->heap[at] = timers->heap[parent];
        at = parent;
    }
    timers->heap[at] = timer;
}

void timers_run(struct timers *timers, struct sim *sim, uint64_t now_us)
{
    while (timers->count && timers->heap[0].due_us <= now_us) {
        struct timer timer = timers_pop(timers);
        timer.run(sim, &timer);
    }
}

int timers_timeout_ms(const struct timers *timers, uint64_t now_us)
{
    if (!timers->count)
        return -1;
    uint64_t due = timers->heap[0].due_us;
    if (due <= now_us)
        return 0;
    uint64_t ms = (due - now_us + 999) / 1000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static bool timer_before(const struct timer *a, const struct timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->sequence < b->sequence;
}

static struct timer timers_pop(struct timers *timers)
{
    struct timer first = timers->heap[0];
    struct timer last = timers->heap[--timers->count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count &&
            timer_before(&timers->heap[child + 1], &timers->heap[child]))
            child++;
        if (!timer_before(&timers->heap[child], &last))
            break;
        timers->heap[at] = timers->heap[child];
        at = child;
    }
    if (timers->count)
        timers->heap[at] = last;
    return first;
}
