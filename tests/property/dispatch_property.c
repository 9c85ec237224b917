/* The dispatcher with windows of a few entries, against a model that holds everything.
 *
 * Deliveries come, change their places, end, are lent and come back, while walks go on by a few at
 * a time, the source fails, couriers and the whole process start anew. Checked:
 *
 * - nothing is lent that is not pending, not due, or lent already;
 * - what is lent goes before all else that may go, but for what became due since the last walk, and
 *   when no walk is needed before that too;
 * - when the dispatcher has nothing to lend and needs no walk, nothing may go;
 * - memory holds no more than its windows, those of the walk and the leases;
 * - in the end everything was lent, also when the clock was set meanwhile.
 *
 * usage: dispatch_property [seed [rounds]] */
#include "base/prng.h"
#include "ledger/dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 3,
    DELIVERIES = 1500,
    STEPS = 3000,
    LEND_MAX = 12,
    LEASE_MS = 40,
    STREAMS = 3,
    IDLE_MAX = 12
};

struct delivery {
    bool pending;
    size_t lane;
    enum delivery_kind kind;
    unsigned priority;
    uint64_t turn_ms;
    uint64_t not_before_ms;
    uint64_t lease_until_ms; /* 0: it is not lent */
};

struct model {
    struct prng prng;
    struct dispatch *dispatch;
    struct dispatch_options options;
    struct delivery deliveries[DELIVERIES + 1]; /* by id, from 1 */
    uint64_t count;
    uint64_t now_ms;
    uint64_t walked_ms; /* when the last walk that ended began */
    uint64_t walk_ms;   /* when this one began, 0: none is under way */
    bool walked;
    bool clock;  /* it is set in this round */
    bool faults; /* the source fails now and then */
    uint64_t lent;
};

static const char *const lane_names[LANES] = {"telegram:main", "http:acme", "telegram:other"};
static struct model model;
static uint64_t seed;

#define CHECK(expression)                                                                          \
    do {                                                                                           \
        if (!(expression)) {                                                                       \
            fprintf(stderr, "seed %" PRIu64 " at %" PRIu64 " ms: %s:%d: %s\n", seed, model.now_ms, \
                    __FILE__, __LINE__, #expression);                                              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static uint64_t below(uint64_t bound)
{
    return prng_below(&model.prng, bound);
}

static bool chance(unsigned in_1000)
{
    return below(1000) < in_1000;
}

static struct effect effect_of(uint64_t id)
{
    const struct delivery *delivery = &model.deliveries[id];
    struct effect effect = {.delivery = id,
                            .ready = delivery->pending,
                            .kind = delivery->kind,
                            .priority = delivery->priority,
                            .turn_ms = delivery->turn_ms,
                            .not_before_ms = delivery->not_before_ms};
    memcpy(effect.lane, lane_names[delivery->lane], strlen(lane_names[delivery->lane]));
    return effect;
}

static enum error source(void *context, uint64_t *after, size_t max, struct effects *effects)
{
    (void)context;
    if (model.faults && chance(20))
        return ERROR_IO;
    while (max > 0 && ++*after <= model.count) {
        if (!model.deliveries[*after].pending)
            continue;
        if (effects->count == effects->cap) {
            effects->cap = effects->cap == 0 ? 64 : 2 * effects->cap;
            effects->items = realloc(effects->items, effects->cap * sizeof *effects->items);
            CHECK(effects->items != NULL);
        }
        effects->items[effects->count++] = effect_of(*after);
        max--;
    }
    if (max > 0)
        *after = 0;
    return ERROR_NONE;
}

static void tell(struct effect effect)
{
    const struct effects effects = {.items = &effect, .count = 1, .cap = 1};
    CHECK(dispatch_update(model.dispatch, &effects) == ERROR_NONE);
}

static bool leased(const struct delivery *delivery)
{
    return delivery->lease_until_ms > model.now_ms;
}

static bool may_go(const struct delivery *delivery, size_t lane, enum delivery_budget budget)
{
    return delivery->pending && delivery->lane == lane && !leased(delivery) &&
           delivery_budget(delivery->kind) == budget && delivery->not_before_ms <= model.now_ms;
}

static bool goes_before(uint64_t a, uint64_t b)
{
    const struct delivery *left = &model.deliveries[a];
    const struct delivery *right = &model.deliveries[b];
    if (left->priority != right->priority)
        return left->priority < right->priority;
    return left->turn_ms != right->turn_ms ? left->turn_ms < right->turn_ms : a < b;
}

/* A place among the others. Quiet hours end for many at the same time. */
static void draw(struct delivery *delivery)
{
    static const enum delivery_kind kinds[] = {DELIVERY_approve, DELIVERY_letter, DELIVERY_letter,
                                               DELIVERY_notice,  DELIVERY_reply,  DELIVERY_answer};
    delivery->kind = kinds[below(sizeof kinds / sizeof kinds[0])];
    delivery->priority = delivery_priority(delivery->kind);
    if (delivery->kind == DELIVERY_letter && chance(300))
        delivery->priority = DELIVERY_GREETING_PRIORITY;
    delivery->lane = (size_t)(chance(700) ? 0 : below(LANES));
    delivery->turn_ms = chance(800) ? model.now_ms : below(100);
    delivery->not_before_ms = 0;
    if (chance(250))
        delivery->not_before_ms = 1 + model.now_ms - below(20) + below(80);
    else if (chance(250))
        delivery->not_before_ms = (model.now_ms / 300 + 1) * 300;
}

static void come(void)
{
    for (uint64_t n = chance(50) ? 200 : 1 + below(6); n > 0 && model.count < DELIVERIES; n--) {
        struct delivery *delivery = &model.deliveries[++model.count];
        *delivery = (struct delivery){.pending = true};
        draw(delivery);
        tell(effect_of(model.count));
    }
}

/* What happens to one: it is told, whether the dispatcher has it or not. */
static void change(void)
{
    uint64_t id = 1 + below(model.count + 1);
    struct delivery *delivery = &model.deliveries[id];
    if (id > model.count)
        return;
    if (leased(delivery) && chance(700)) { /* an outcome */
        delivery->pending = delivery->pending && chance(200);
        if (delivery->pending)
            draw(delivery);
        tell(effect_of(id));
        tell((struct effect){.delivery = id, .ended = true});
        delivery->lease_until_ms = 0;
        return;
    }
    if (!delivery->pending && !chance(50))
        return;
    delivery->pending = chance(700);
    if (delivery->pending && chance(500))
        draw(delivery);
    tell(effect_of(id));
}

static bool look(size_t most)
{
    bool again;
    model.walk_ms = model.walk_ms != 0 ? model.walk_ms : model.now_ms;
    enum error error = dispatch_look(model.dispatch, model.now_ms, most, &again);
    CHECK(error == ERROR_NONE || (model.faults && error == ERROR_IO));
    if (error != ERROR_NONE) {
        model.walk_ms = 0;
        return true;
    }
    /* Whether a walk that goes on has ended cannot be seen, so the one before counts until then. */
    if (!again) {
        model.walked_ms = model.walk_ms;
        model.walk_ms = 0;
        model.walked = true;
    }
    return again;
}

static size_t lend(size_t lane, enum delivery_budget budget, bool sure)
{
    uint64_t out[LEND_MAX];
    size_t yielding = below(LEND_MAX);
    size_t max = 1 + below(LEND_MAX);
    size_t left = yielding;
    bool bound = budget == BUDGET_COUNTED && chance(300);
    struct slice name = slice_from(lane_names[lane]);
    uint64_t until_ms = model.now_ms + LEASE_MS;
    size_t count =
        budget == BUDGET_COUNTED
            ? dispatch_lease(model.dispatch, name, model.now_ms, until_ms, out, max,
                             bound ? &left : NULL)
            : dispatch_lease_free(model.dispatch, name, model.now_ms, until_ms, out, max);
    size_t yields = 0;
    for (size_t i = 0; i < count; i++) {
        struct delivery *delivery = &model.deliveries[out[i]];
        CHECK(out[i] >= 1 && out[i] <= model.count);
        CHECK(delivery->pending && !leased(delivery) && delivery->lane == lane);
        CHECK(model.clock || may_go(delivery, lane, budget));
        for (uint64_t id = 1; id <= model.count && !model.clock; id++) {
            const struct delivery *other = &model.deliveries[id];
            bool excused = !sure && other->not_before_ms > model.walked_ms;
            CHECK(!may_go(other, lane, budget) || excused || !goes_before(id, out[i]));
        }
        delivery->lease_until_ms = until_ms;
        yields += delivery_yields(delivery->kind, delivery->priority);
    }
    CHECK(!bound || (yields <= yielding && left == yielding - yields));
    model.lent += count;
    return count;
}

static void start(void)
{
    dispatch_destroy(&model.dispatch);
    model.dispatch = dispatch_new(&model.options);
    CHECK(model.dispatch != NULL);
    for (uint64_t id = 1; id <= model.count; id++)
        model.deliveries[id].lease_until_ms = 0;
    model.walked = false;
    model.walked_ms = model.walk_ms = 0;
    for (size_t lane = 0; lane < LANES; lane++)
        CHECK(lend(lane, BUDGET_COUNTED, false) == 0);
}

static void notifier_starts(void)
{
    size_t lane = below(LANES);
    bool any = false;
    for (uint64_t id = 1; id <= model.count; id++) {
        struct delivery *delivery = &model.deliveries[id];
        /* Its lane may be another since it was lent: the dispatcher goes by the new one. */
        if (delivery->lane == lane && leased(delivery)) {
            delivery->lease_until_ms = 0;
            any = true;
        }
    }
    bool told = dispatch_forget_leases(model.dispatch, slice_from(lane_names[lane]));
    CHECK(told || !any);
}

static void clock_is_set(void)
{
    int64_t by_ms = (int64_t)below(2000) - 1000;
    if (by_ms < 0 && (uint64_t)-by_ms >= model.now_ms)
        return;
    model.now_ms = (uint64_t)((int64_t)model.now_ms + by_ms);
    dispatch_clock_set(model.dispatch, by_ms);
    for (uint64_t id = 1; id <= model.count; id++) {
        uint64_t *until_ms = &model.deliveries[id].lease_until_ms;
        *until_ms = *until_ms == 0 ? 0 : (uint64_t)((int64_t)*until_ms + by_ms);
    }
}

static void check_memory(void)
{
    size_t lent = 0;
    for (uint64_t id = 1; id <= model.count; id++)
        lent += model.deliveries[id].lease_until_ms != 0;
    (void)dispatch_advance(model.dispatch, model.now_ms); /* leases that are over */
    CHECK(dispatch_held(model.dispatch) <= lent + LANES * STREAMS * 4 * model.options.window);
}

/* All that may go does, in order, and nothing is left. */
static void drain(size_t lane, enum delivery_budget budget)
{
    bool faults = model.faults;
    unsigned idle = 0;
    model.faults = false;
    while (idle < IDLE_MAX) {
        while (look(1 + below(50)))
            continue;
        /* Only a bound of what yields may keep it back, at random. */
        idle = lend(lane, budget, true) > 0 ? 0 : idle + 1;
    }
    while (look(SIZE_MAX))
        continue;
    for (uint64_t id = 1; id <= model.count && !model.clock; id++)
        CHECK(!may_go(&model.deliveries[id], lane, budget));
    model.faults = faults;
}

static void step(void)
{
    uint64_t what = below(1000);
    if (what < 200)
        come();
    else if (what < 500)
        change();
    else if (what < 650)
        model.now_ms += below(20);
    else if (what < 850)
        (void)lend(below(LANES), chance(800) ? BUDGET_COUNTED : BUDGET_FREE, false);
    else if (what < 970)
        (void)look(1 + below(20));
    else if (what < 980)
        drain(below(LANES), chance(800) ? BUDGET_COUNTED : BUDGET_FREE);
    else if (what < 990)
        notifier_starts();
    else if (what < 993)
        start();
    else if (model.clock)
        clock_is_set();
    check_memory();
}

/* Everything goes out. */
static void finish(void)
{
    model.clock = model.faults = false;
    model.now_ms += 100000;
    for (int round = 0; round < 3; round++) {
        for (size_t lane = 0; lane < LANES; lane++) {
            drain(lane, BUDGET_COUNTED);
            drain(lane, BUDGET_FREE);
        }
        for (uint64_t id = 1; id <= model.count; id++) {
            struct delivery *delivery = &model.deliveries[id];
            CHECK(!delivery->pending || leased(delivery));
            delivery->lease_until_ms = 0;
            delivery->pending = false;
            tell(effect_of(id));
            tell((struct effect){.delivery = id, .ended = true});
        }
    }
    CHECK(dispatch_held(model.dispatch) == 0);
}

static void run(uint64_t with_seed)
{
    seed = with_seed;
    model = (struct model){.prng = {with_seed}, .now_ms = 5000};
    model.options = (struct dispatch_options){.source = source, .window = 2 + below(6)};
    model.clock = chance(250);
    model.faults = chance(300);
    start();
    for (int i = 0; i < STEPS; i++)
        step();
    finish();
    dispatch_destroy(&model.dispatch);
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 10) : 10;
    uint64_t lent = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        run(first + i);
        lent += model.lent;
    }
    printf("dispatch_property: seeds %" PRIu64 " to %" PRIu64 ", %" PRIu64 " lent\n", first,
           first + rounds - 1, lent);
    return 0;
}
