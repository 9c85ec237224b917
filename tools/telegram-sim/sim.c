#include "sim.h"

enum { ANSWER_BYTES_MAX = 1 << 29 };

static enum error world_fill(struct sim *sim, struct why *why);

enum error sim_open(struct sim *sim, struct why *why)
{
    sim->prng.state = sim->options.seed;
    world_init(&sim->world, sim->options.messages_max);
    timers_init(&sim->timers);
    limits_init(&sim->limits);
    sim->faults = (struct faults){0};
    buf_init(&sim->out, ANSWER_BYTES_MAX);
    return world_fill(sim, why);
}

void sim_close(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->world.bot_count; i++)
        updates_abort_poll(sim, &sim->world.bots[i].updates,
                           "Conflict: terminated by the reset of the simulator");
    timers_deinit(&sim->timers, sim);
    limits_deinit(&sim->limits);
    world_deinit(&sim->world);
    buf_deinit(&sim->out);
}

uint64_t sim_scaled_us(const struct sim *sim, uint64_t ms)
{
    return (uint64_t)((double)ms * 1000 / sim->options.time_scale);
}

double sim_chance(struct sim *sim)
{
    return (double)(prng_next(&sim->prng) >> 11) / (double)(UINT64_C(1) << 53);
}

static enum error world_fill(struct sim *sim, struct why *why)
{
    enum error error = ERROR_NONE;
    for (const cJSON *bot = sim->options.bots->child; bot && !error; bot = bot->next)
        error = world_add_bot(&sim->world, bot, why);
    for (const cJSON *chat = sim->options.chats->child; chat && !error; chat = chat->next)
        error = world_add_chat(&sim->world, chat, why);
    if (!error && !sim->world.bot_count)
        error = why_set(why, ERROR_INVALID, "no bot: give --bot TOKEN or a --config");
    return error;
}
