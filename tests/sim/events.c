#include "tests/sim/sim.h"

#include "base/assert.h"

#include <stdlib.h>

uint64_t sim_below(struct sim *sim, uint64_t bound)
{
    return prng_below(&sim->prng, bound);
}

uint64_t sim_between(struct sim *sim, uint64_t from, uint64_t to)
{
    return from + prng_below(&sim->prng, to - from + 1);
}

bool sim_chance(struct sim *sim, unsigned of_ten_thousand)
{
    return prng_below(&sim->prng, 10000) < of_ten_thousand;
}

bool sim_fault(struct sim *sim, unsigned of_ten_thousand)
{
    return sim->faults && sim_chance(sim, of_ten_thousand);
}

uint64_t sim_wall(const struct sim *sim)
{
    return (uint64_t)((int64_t)sim->now_ms + sim->skew_ms);
}

uint64_t sim_when(const struct sim *sim, uint64_t wall_ms)
{
    int64_t at_ms = (int64_t)wall_ms - sim->skew_ms;
    return at_ms > (int64_t)sim->now_ms ? (uint64_t)at_ms : sim->now_ms;
}

/* FNV-1a, 64 bits. */
void sim_note(struct sim *sim, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        sim->hash = (sim->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

struct event *sim_at(struct sim *sim, uint64_t at_ms, event_fn *run)
{
    struct event *event = sim->spare;
    if (event != NULL)
        sim->spare = (struct event *)(void *)event->bytes;
    else
        event = malloc(sizeof *event);
    ASSERT(event != NULL);
    *event = (struct event){.at_ms = at_ms > sim->now_ms ? at_ms : sim->now_ms,
                            .order = ++sim->event_count,
                            .run = run};
    bool added = heap_add(&sim->events, &event->node);
    ASSERT(added);
    return event;
}

void sim_run(struct sim *sim, uint64_t until_ms)
{
    for (struct event *event; (event = (struct event *)(void *)heap_first(&sim->events)) != NULL;) {
        if (event->at_ms > until_ms)
            break;
        heap_remove(&sim->events, &event->node);
        ASSERT(event->at_ms >= sim->now_ms);
        sim->now_ms = event->at_ms;
        event->run(sim, event);
        free(event->bytes);
        event->bytes = (char *)sim->spare;
        sim->spare = event;
    }
    sim->now_ms = until_ms;
}

void sim_events_deinit(struct sim *sim)
{
    for (struct event *event; (event = (struct event *)(void *)heap_first(&sim->events)) != NULL;) {
        heap_remove(&sim->events, &event->node);
        free(event->bytes);
        free(event);
    }
    heap_deinit(&sim->events);
    for (struct event *next; sim->spare != NULL; sim->spare = next) {
        next = (struct event *)(void *)sim->spare->bytes;
        free(sim->spare);
    }
}

void *sim_grow(void *items, size_t *cap, size_t count, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap == 0 ? 64 : *cap * 2;
    items = realloc(items, *cap * size);
    ASSERT(items != NULL);
    return items;
}
