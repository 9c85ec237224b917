#include "tests/sim/coupons.h"

#include "base/assert.h"
#include "tests/sim/modules.h"
#include "tests/sim/people.h"
#include "tests/sim/terms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void think(struct sim *sim, struct event *event);
static void make(struct sim *sim, struct event *event);
static void end(struct sim *sim, struct event *event);

static const struct actor shop = {"token:operator", WHO_OWNER, ""};

void coupons_new(struct sim *sim)
{
    sim->coupons = calloc(1, sizeof *sim->coupons);
    ASSERT(sim->coupons != NULL);
    sim_at(sim, sim->start_ms + HOUR_MS, think);
}

void coupons_destroy(struct sim *sim)
{
    for (size_t i = 0; i < sim->coupons->count; i++)
        free(sim->coupons->items[i].by_member);
    free(sim->coupons->items);
    free(sim->coupons);
    sim->coupons = NULL;
}

void coupon_code(uint64_t number, char out[COUPON_CODE_SIZE])
{
    (void)snprintf(out, COUPON_CODE_SIZE, "CODE%" PRIu64, number);
}

uint64_t coupons_any(struct sim *sim, size_t plan)
{
    uint64_t count = sim->coupons->count;
    (void)plan;
    if (count == 0 || sim_chance(sim, 4000))
        return 0;
    /* Mostly a new one; now and then one that nobody has made yet. */
    uint64_t back = sim_chance(sim, 8000) ? 3 : 12;
    uint64_t number = count - sim_below(sim, back < count ? back : count);
    return sim_chance(sim, 300) ? count + 1 : number;
}

static void think(struct sim *sim, struct event *event)
{
    struct coupons *coupons = sim->coupons;
    (void)event;
    if (sim->now_ms >= sim->end_ms)
        return;
    coupons->items =
        sim_grow(coupons->items, &coupons->cap, coupons->count, sizeof *coupons->items);
    struct coupon *coupon = &coupons->items[coupons->count];
    *coupon = (struct coupon){.plan = (size_t)sim_below(sim, PLANS + 1),
                              .max_uses = sim_chance(sim, 7000) ? 1 + sim_below(sim, 4) : 0,
                              .per_member = 1 + sim_below(sim, 2),
                              .by_member = calloc(people_count(sim), sizeof *coupon->by_member)};
    ASSERT(coupon->by_member != NULL);
    if (sim_chance(sim, 6000))
        coupon->percent = 1 + (unsigned)sim_below(sim, 60);
    else
        coupon->amount = 100 + (int64_t)sim_below(sim, 500);
    if (sim_chance(sim, 5000))
        coupon->ends_ms = sim_wall(sim) + DAY_MS + sim_below(sim, 20 * DAY_MS);
    sim_at(sim, sim->now_ms, make)->a = coupons->count;
    if (sim_chance(sim, 2000))
        sim_at(sim, sim->now_ms + sim_below(sim, 20 * DAY_MS), end)->a = coupons->count;
    coupons->count++;
    sim_at(sim, sim->now_ms + sim_below(sim, 12 * DAY_MS), think);
}

static void make(struct sim *sim, struct event *event)
{
    const struct coupon *coupon = &sim->coupons->items[event->a];
    char code[COUPON_CODE_SIZE];
    if (coupon->known || coupon->refused)
        return;
    coupon_code(event->a, code);
    const struct coupon_create ask = {
        .code = slice_from(code),
        .percent = coupon->percent,
        .amount = coupon->amount,
        .currency = slice_from(coupon->amount != 0 ? "USD" : ""),
        .ends = coupon->ends_ms,
        .max_uses = coupon->max_uses,
        .per_member = coupon->per_member,
        .plans = slice_from(coupon->plan < PLANS ? plan_names[coupon->plan] : "")};
    usher_act(sim, &shop, shape_coupon_create(), &ask, (struct waiter){WAITER_COUPON, event->a, 0});
    sim_at(sim, sim->now_ms + 5 * SECOND_MS, make)->a = event->a;
}

static void end(struct sim *sim, struct event *event)
{
    const struct coupon *coupon = &sim->coupons->items[event->a];
    char code[COUPON_CODE_SIZE];
    if (!coupon->known || coupon->ended)
        return;
    coupon_code(event->a, code);
    const struct coupon_end ask = {.code = slice_from(code)};
    usher_act(sim, &shop, shape_coupon_end(), &ask, (struct waiter){WAITER_COUPON, event->a, 1});
    sim_at(sim, sim->now_ms + 5 * SECOND_MS, end)->a = event->a;
}
