#include "limits.h"

#include "memory.h"
#include "sim.h"

#include "base/assert.h"

#include <stdlib.h>

struct freeze {
    uint64_t since_us;
    uint64_t until_us;
};

struct use {
    enum limit limit;
    int64_t of; /* the chat, or 0 for the whole bot */
    struct window *window;
    uint32_t max;
    uint32_t over_s; /* 0: it fits; else when it would */
};

struct rule {
    const char *name;
    uint32_t span_ms;
};

static const struct rule rules[LIMIT_COUNT] = {
    [LIMIT_BOT_PER_SECOND] = {"bot_per_second", 1000},
    [LIMIT_CHAT_PER_SECOND] = {"chat_per_second", 1000},
    [LIMIT_GROUP_PER_MINUTE] = {"group_per_minute", 60000},
    [LIMIT_RETRY_AFTER] = {"retry_after", 0},
};

static uint64_t limits_key(uint32_t bot, int64_t chat_id);
static uint32_t limits_max(const struct sim *sim, enum limit limit);
static struct use limits_use(struct sim *sim, enum limit limit, uint32_t bot, int64_t of,
                             uint64_t now_us);
static uint32_t limits_frozen(struct sim *sim, uint32_t bot, int64_t chat_id, uint64_t now_us,
                              bool *ignored);
static uint32_t seconds_until(uint64_t until_us, uint64_t now_us);

void limits_init(struct limits *limits)
{
    *limits = (struct limits){0};
}

void limits_deinit(struct limits *limits)
{
    for (size_t i = 0; i < LIMIT_RETRY_AFTER; i++) {
        for (size_t j = 0; j < limits->windows[i].count; j++) {
            window_deinit(limits->windows[i].entries[j].value);
            free(limits->windows[i].entries[j].value);
        }
        map_deinit(&limits->windows[i]);
    }
    for (size_t j = 0; j < limits->freezes.count; j++)
        free(limits->freezes.entries[j].value);
    map_deinit(&limits->freezes);
}

uint32_t limits_admit(struct sim *sim, uint32_t bot, int32_t method, int64_t chat_id, bool message,
                      uint64_t arrived_us)
{
    /* Several threads take requests in, so arrivals may come here a little out of order. */
    if (arrived_us > sim->limits.last_us)
        sim->limits.last_us = arrived_us;
    uint64_t now_us = sim->limits.last_us;

    bool ignored = false;
    uint32_t frozen_s = limits_frozen(sim, bot, 0, now_us, &ignored);
    uint32_t frozen_chat_s = limits_frozen(sim, bot, chat_id, now_us, &ignored);
    if (frozen_chat_s > frozen_s)
        frozen_s = frozen_chat_s;
    if (ignored) {
        report_violation(sim, LIMIT_RETRY_AFTER, bot, method, chat_id, 1, 0, frozen_s);
        return frozen_s;
    }

    struct use uses[2];
    size_t count = 0;
    uses[count++] = limits_use(sim, LIMIT_BOT_PER_SECOND, bot, 0, now_us);
    if (message)
        uses[count++] =
            limits_use(sim, chat_id > 0 ? LIMIT_CHAT_PER_SECOND : LIMIT_GROUP_PER_MINUTE, bot,
                       chat_id, now_us);
    uint32_t over_s = 0;
    for (size_t i = 0; i < count; i++) {
        if (!uses[i].over_s)
            continue;
        report_violation(sim, uses[i].limit, bot, method, chat_id, uses[i].window->count + 1,
                         uses[i].max, uses[i].over_s);
        if (sim->options.limits.enforce)
            limits_freeze(sim, bot, uses[i].of, uses[i].over_s);
        if (uses[i].over_s > over_s)
            over_s = uses[i].over_s;
    }
    if (over_s && sim->options.limits.enforce)
        return over_s > frozen_s ? over_s : frozen_s;
    if (frozen_s)
        return frozen_s;
    for (size_t i = 0; i < count; i++)
        window_add(uses[i].window, now_us);
    return 0;
}

void limits_freeze(struct sim *sim, uint32_t bot, int64_t chat_id, uint32_t retry_after_s)
{
    struct freeze *freeze = map_get(&sim->limits.freezes, limits_key(bot, chat_id));
    if (!freeze) {
        freeze = memory_new(1, sizeof(*freeze));
        map_put(&sim->limits.freezes, limits_key(bot, chat_id), freeze);
    }
    uint64_t until_us = sim->now_us + retry_after_s * UINT64_C(1000000);
    /* A freeze that is over begins anew; one that goes on keeps the moment of its first 429. */
    if (freeze->until_us <= sim->now_us)
        freeze->since_us = sim->now_us;
    if (until_us > freeze->until_us)
        freeze->until_us = until_us;
}

uint32_t limits_peak(const struct limits *limits, enum limit limit, uint32_t bot, int64_t *chat_id)
{
    ASSERT(limit < LIMIT_RETRY_AFTER);
    uint32_t peak = 0;
    *chat_id = 0;
    for (size_t i = 0; i < limits->windows[limit].count; i++) {
        const struct map_entry *entry = &limits->windows[limit].entries[i];
        const struct window *window = entry->value;
        if (entry->key % BOTS_MAX == bot && window->peak > peak) {
            peak = window->peak;
            *chat_id = ((int64_t)entry->key - (int64_t)bot) / BOTS_MAX;
        }
    }
    return peak;
}

const char *limit_name(enum limit limit)
{
    return rules[limit].name;
}

/* Ids have at most 52 significant bits, so bot and chat fit into one key. */
static uint64_t limits_key(uint32_t bot, int64_t chat_id)
{
    return (uint64_t)(chat_id * BOTS_MAX + (int64_t)bot);
}

static uint32_t limits_max(const struct sim *sim, enum limit limit)
{
    switch (limit) {
    case LIMIT_BOT_PER_SECOND:
        return sim->options.limits.per_second;
    case LIMIT_CHAT_PER_SECOND:
        return sim->options.limits.per_chat_per_second;
    case LIMIT_GROUP_PER_MINUTE:
        return sim->options.limits.per_group_per_minute;
    case LIMIT_RETRY_AFTER:
    case LIMIT_COUNT:
        break;
    }
    ASSERT(limit < LIMIT_RETRY_AFTER);
    return 0;
}

/* What this call would do to one window. */
static struct use limits_use(struct sim *sim, enum limit limit, uint32_t bot, int64_t of,
                             uint64_t now_us)
{
    struct use use = {.limit = limit, .of = of, .max = limits_max(sim, limit)};
    uint64_t span_us = sim_scaled_us(sim, rules[limit].span_ms);
    struct map *windows = &sim->limits.windows[limit];
    use.window = map_get(windows, limits_key(bot, of));
    if (!use.window) {
        use.window = memory_new(1, sizeof(*use.window));
        map_put(windows, limits_key(bot, of), use.window);
    }
    uint32_t used = window_count(use.window, span_us, now_us);
    if (used < use.max)
        return use;
    if (used + 1 > use.window->peak)
        use.window->peak = used + 1;
    use.over_s = seconds_until(window_free_at(use.window, use.max, span_us), now_us);
    if (use.over_s < sim->options.limits.retry_after_min_s)
        use.over_s = sim->options.limits.retry_after_min_s;
    return use;
}

/* Seconds for which (bot, chat_id) is still frozen by a 429, 0 when it is not. What was sent before
 * the 429 can have been read is refused, but it ignored nothing. */
static uint32_t limits_frozen(struct sim *sim, uint32_t bot, int64_t chat_id, uint64_t now_us,
                              bool *ignored)
{
    const struct freeze *freeze = map_get(&sim->limits.freezes, limits_key(bot, chat_id));
    if (!freeze || freeze->until_us <= now_us)
        return 0;
    if (now_us >= freeze->since_us + sim->options.flight_ms * UINT64_C(1000))
        *ignored = true;
    return seconds_until(freeze->until_us, now_us);
}

static uint32_t seconds_until(uint64_t until_us, uint64_t now_us)
{
    uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
    return left_us ? (uint32_t)((left_us + 999999) / 1000000) : 1;
}
