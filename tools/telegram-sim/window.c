#include "window.h"

#include "memory.h"

#include "base/assert.h"

#include <stdlib.h>

void window_deinit(struct window *window)
{
    free(window->times_us);
    *window = (struct window){0};
}

uint32_t window_count(struct window *window, uint64_t span_us, uint64_t now_us)
{
    while (window->count && now_us - window->times_us[window->head] >= span_us) {
        window->head = (window->head + 1) % window->cap;
        window->count--;
    }
    return window->count;
}

void window_add(struct window *window, uint64_t now_us)
{
    if (window->count == window->cap) {
        uint32_t cap = window->cap ? window->cap * 2 : 2;
        uint64_t *times_us = memory_new(cap, sizeof(*times_us));
        for (uint32_t i = 0; i < window->count; i++)
            times_us[i] = window->times_us[(window->head + i) % window->cap];
        free(window->times_us);
        window->times_us = times_us;
        window->head = 0;
        window->cap = cap;
    }
    window->times_us[(window->head + window->count) % window->cap] = now_us;
    window->count++;
    if (window->count > window->peak)
        window->peak = window->count;
}

uint64_t window_free_at(const struct window *window, uint32_t limit, uint64_t span_us)
{
    if (window->count < limit)
        return 0;
    ASSERT(limit > 0);
    uint32_t oldest_that_counts = window->count - limit;
    return window->times_us[(window->head + oldest_that_counts) % window->cap] + span_us;
}
