/* What is to happen later, in a heap. Two that are due at the same time run in the order in which
 * they were added. A timer carries two numbers and a pointer; drop is called instead of run when
 * the simulator is reset or ends first. */
#ifndef SIM_TIMERS_H
#define SIM_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct sim;
struct timer;

/* Runs the timer, or, as its drop, releases what a timer that never runs holds. */
typedef void timer_fn(struct sim *sim, const struct timer *timer);

struct timer {
    uint64_t due_us; /* monotonic */
    uint64_t sequence;
    timer_fn *run; /* becomes the owner of data */
    int64_t a;
    int64_t b;
    void *data;
    timer_fn *drop; /* NULL: there is nothing to release */
};

struct timers {
    struct timer *heap;
    size_t count;
    size_t cap;
    uint64_t sequence;
};

void timers_init(struct timers *timers);
void timers_deinit(struct timers *timers, struct sim *sim);
/* sequence is filled in here. */
void timers_add(struct timers *timers, struct timer timer);
/* Runs what is due at now_us, what those add that is due too included. */
void timers_run(struct timers *timers, struct sim *sim, uint64_t now_us);
/* Milliseconds until the next is due, rounded up; -1: there is none. */
int timers_timeout_ms(const struct timers *timers, uint64_t now_us);

#endif
