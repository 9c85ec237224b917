#include "tests/sim/weather.h"

#include "tests/sim/gateways.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"
#include "tests/sim/usher.h"

enum {
    CROWD = 6,
    POWER = 1000,
    SIZE_USUAL = 200 * 120 /* members times days */
};

static void gather(struct sim *sim, size_t group, uint64_t at_ms);
static void plan_move(struct sim *sim, size_t group, uint64_t at_ms);
static void knocked(struct sim *sim, struct event *event);
static void killed(struct sim *sim, struct event *event);
static void changed(struct sim *sim, struct event *event);
static void wave(struct sim *sim, struct event *event);
static void moved(struct sim *sim, struct event *event);
static void stepped(struct sim *sim, struct event *event);
static void upgraded(struct sim *sim, struct event *event);
static void stuck(struct sim *sim, struct event *event);
static void mended(struct sim *sim, struct event *event);
static void set_clock(struct sim *sim, int64_t skew_ms);

void weather_new(struct sim *sim)
{
    unsigned wild = sim_chance(sim, 2000) ? 0 : (unsigned)sim_between(sim, 1, 10);
    sim->weather = (struct weather){
        .lost = wild * (unsigned)sim_below(sim, 20),
        .doubled = wild * (unsigned)sim_below(sim, 20),
        .crash = wild * (unsigned)sim_below(sim, 6),
        .bot_crash = wild * (unsigned)sim_below(sim, 6),
        .aborted = wild * 2,
        .lag = 20 + wild * (unsigned)sim_below(sim, 30),
        .failed = wild * (unsigned)sim_below(sim, 30),
        .in_doubt = wild * (unsigned)sim_below(sim, 20),
        .not_sent = wild * (unsigned)sim_below(sim, 30),
        .flood = wild * (unsigned)sim_below(sim, 5),
        .slow = wild * (unsigned)sim_below(sim, 50),
        .power = (unsigned)sim_below(sim, 2) * POWER,
        .changes = sim_chance(sim, 4000) ? 0 : (unsigned)sim_below(sim, 8),
        .steps = sim_chance(sim, 4000) ? 0 : (unsigned)sim_below(sim, 5),
        .stuck = (unsigned)sim_below(sim, 5),
        .outage_max_ms = sim_chance(sim, 5000) ? 5 * SECOND_MS : 5 * MINUTE_MS,
        .latency_max_ms = sim_between(sim, 2, 300),
    };
    /* Each cut copies the whole state: a large community has as many cuts as a small one. */
    uint64_t size = sim->options.members * sim->options.days;
    if (size > SIZE_USUAL)
        sim->weather.power = (unsigned)(sim->weather.power * (uint64_t)SIZE_USUAL / size);
    uint64_t span_ms = sim->end_ms - sim->start_ms;
    for (unsigned i = 0; i < sim->weather.changes; i++)
        sim_at(sim, sim->start_ms + sim_below(sim, span_ms), changed);
    for (unsigned i = 0; i < sim->weather.steps; i++)
        sim_at(sim, sim->start_ms + sim_below(sim, span_ms), stepped);
    for (unsigned i = 0; i < sim->weather.stuck; i++)
        sim_at(sim, sim->start_ms + DAY_MS + sim_below(sim, span_ms), stuck);
    if (sim_chance(sim, 3000))
        sim_at(sim, sim->start_ms + sim_below(sim, span_ms), wave);
    for (size_t group = 0; group < GROUPS; group++)
        if (sim_chance(sim, 3000))
            plan_move(sim, group, sim->start_ms + MINUTE_MS + sim_below(sim, span_ms));
    for (uint64_t i = sim_below(sim, 4); i > 0; i--)
        sim_at(sim, sim->start_ms + sim_below(sim, span_ms), upgraded);
}

void weather_clears(struct sim *sim)
{
    sim->faults = false;
    if (sim->stuck_ms > sim->now_ms)
        sim->stuck_ms = sim->now_ms;
    if (sim->skew_ms != 0)
        set_clock(sim, 0);
}

/* Now and then the process ends just then. */
static void plan_move(struct sim *sim, size_t group, uint64_t at_ms)
{
    sim_at(sim, at_ms, moved)->a = group;
    gather(sim, group, at_ms);
    if (sim_chance(sim, 5000))
        sim_at(sim, at_ms - SECOND_MS + sim_below(sim, 2 * SECOND_MS), killed);
}

/* Many are at the door before and after this moment. */
static void gather(struct sim *sim, size_t group, uint64_t at_ms)
{
    for (int i = 0; i < CROWD; i++) {
        struct event *event =
            sim_at(sim, at_ms - 3 * SECOND_MS + sim_below(sim, 8 * SECOND_MS), knocked);
        event->a = sim_below(sim, sim->options.members);
        event->b = group;
    }
}

void weather_flooded(struct sim *sim)
{
    for (int i = 0; i < CROWD; i++) {
        struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, MINUTE_MS), knocked);
        event->a = sim_below(sim, sim->options.members);
        event->b = sim_below(sim, GROUPS);
    }
    if (sim_fault(sim, 3000))
        sim_at(sim, sim->now_ms + sim_below(sim, 10 * SECOND_MS), killed);
}

static void knocked(struct sim *sim, struct event *event)
{
    uint64_t link;
    if (telegram_group_link(sim, (size_t)event->b, &link))
        (void)telegram_press(sim, event->a, link);
}

static void upgraded(struct sim *sim, struct event *event)
{
    (void)event;
    usher_upgrade(sim);
}

static void killed(struct sim *sim, struct event *event)
{
    (void)event;
    if (sim->faults)
        usher_restart(sim);
}

/* usher reads its configuration when it starts. */
static void changed(struct sim *sim, struct event *event)
{
    (void)event;
    terms_change(sim);
    usher_restart(sim);
}

static void wave(struct sim *sim, struct event *event)
{
    (void)event;
    gateways_wave(sim);
}

static void moved(struct sim *sim, struct event *event)
{
    telegram_move(sim, (size_t)event->a);
}

/* Somebody sets the clock wrong, by seconds or by up to a day; some time later NTP sets it right.
 */
static void stepped(struct sim *sim, struct event *event)
{
    (void)event;
    static const uint64_t sizes[] = {30 * SECOND_MS, 10 * MINUTE_MS, HOUR_MS, 24 * HOUR_MS};
    int64_t by_ms = (int64_t)sim_below(sim, sizes[sim_below(sim, 4)]);
    set_clock(sim, sim_chance(sim, 5000) ? by_ms : -by_ms);
    uint64_t right_ms =
        sim->now_ms + 10 * SECOND_MS + sim_below(sim, sim_chance(sim, 5000) ? HOUR_MS : 2 * DAY_MS);
    gather(sim, (size_t)sim_below(sim, GROUPS), right_ms);
    sim_at(sim, right_ms, mended);
}

/* For hours, and now and then for days. Some cannot make up their mind just then. */
static void stuck(struct sim *sim, struct event *event)
{
    (void)event;
    if (!sim->faults)
        return;
    uint64_t lasts_ms =
        HOUR_MS + sim_below(sim, sim_chance(sim, 8000) ? 12 * (uint64_t)HOUR_MS : 3 * DAY_MS);
    sim->stuck_ms = sim->now_ms + lasts_ms;
    sim->stuck_refused = sim_chance(sim, 3000);
    for (int i = 0; i < CROWD; i++)
        people_waver(sim, sim_below(sim, sim->options.members), sim->stuck_ms);
}

static void mended(struct sim *sim, struct event *event)
{
    (void)event;
    if (sim->faults)
        set_clock(sim, 0);
}

static void set_clock(struct sim *sim, int64_t skew_ms)
{
    sim->skew_ms = skew_ms;
    sim->stepped_ms = sim->now_ms;
    usher_clock_set(sim);
}
