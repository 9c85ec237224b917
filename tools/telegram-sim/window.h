/* A true sliding window: the arrival times of what happened in the last span, oldest first. */
#ifndef SIM_WINDOW_H
#define SIM_WINDOW_H

#include <stdint.h>

struct window {
    uint64_t *times_us; /* ring */
    uint32_t head;
    uint32_t count;
    uint32_t cap;
    uint32_t peak; /* most arrivals that one window ever held, those refused included */
};

void window_deinit(struct window *window);
/* How many arrivals lie in (now_us - span_us, now_us]. */
uint32_t window_count(struct window *window, uint64_t span_us, uint64_t now_us);
void window_add(struct window *window, uint64_t now_us);
/* When the window will hold fewer than limit; window_count comes first. */
uint64_t window_free_at(const struct window *window, uint32_t limit, uint64_t span_us);

#endif
