/* Control of users and chats. */
#include "control_answer.h"

#include "memory.h"
#include "notify.h"

#include <stdlib.h>

enum { USERS_AT_ONCE_MAX = 1000000, DELAY_MS_MAX = 86400000 };

/* What POST /sim/users gives each of its users. */
struct profile {
    struct bot *bot;
    bool start;
    char payload[65];
    char language_code[16];
    char first_name[NAME_SIZE];
    char last_name[NAME_SIZE];
    uint32_t spread_ms;
    bool has_behaviour;
    struct behaviour behaviour;
};

static bool profile_read(struct control *control, struct profile *profile);
static bool behaviour_read(struct control *control, const cJSON *object,
                           struct behaviour *behaviour);
static bool text_read(struct control *control, const char *key, char *out, size_t out_size);
static bool chance_read(struct control *control, const cJSON *object, const char *key, double *out);
static bool range_read(struct control *control, int64_t *from, int64_t *count);
static void user_apply(struct sim *sim, int64_t id, const struct profile *profile, size_t nth,
                       size_t of);
static void start_run(struct sim *sim, const struct timer *timer);
static void start_drop(struct sim *sim, const struct timer *timer);

void control_users(struct control *control)
{
    struct profile profile;
    int64_t from = 0;
    int64_t count = 0;
    const cJSON *ids = json_member(control->body, "ids");
    if (!profile_read(control, &profile) || (!ids && !range_read(control, &from, &count)))
        return;
    if (!ids) {
        for (int64_t i = 0; i < count; i++)
            user_apply(control->sim, from + i, &profile, (size_t)i, (size_t)count);
    } else if (!cJSON_IsArray(ids)) {
        control_refuse(control, 400, "ids is an array of integers");
        return;
    }
    size_t of = ids ? (size_t)cJSON_GetArraySize(ids) : 0;
    for (const cJSON *item = ids ? ids->child : NULL; item; item = item->next) {
        int64_t id = 0;
        if (!json_i64(item, &id) || id <= 0 || id >= INT64_C(1) << 52) {
            control_refuse(control, 400, "a user's id is a positive integer");
            return;
        }
        user_apply(control->sim, id, &profile, (size_t)count++, of);
    }
    buf_printf(&control->sim->out, "{\"ok\":true,\"count\":%lld}", (long long)count);
}

void control_user_start(struct control *control)
{
    char payload[65] = "";
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    if (user && text_read(control, "payload", payload, sizeof(payload)))
        people_start(control->sim, user, bot, payload);
}

void control_user_message(struct control *control)
{
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    struct slice text = json_string(json_member(control->body, "text"));
    if (user && !text.len)
        control_refuse(control, 400, "text is a string");
    else if (user)
        people_write(control->sim, user, bot, text);
}

void control_user_block(struct control *control)
{
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    if (user)
        people_block(control->sim, user, bot, true);
}

void control_user_unblock(struct control *control)
{
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    if (user)
        people_block(control->sim, user, bot, false);
}

void control_user_deactivate(struct control *control)
{
    struct user *user = control_user(control);
    if (user)
        user->deactivated = true;
}

void control_user_follow(struct control *control)
{
    struct user *user = control_user(control);
    struct slice link = json_string(json_member(control->body, "link"));
    if (user && !link.len)
        control_refuse(control, 400, "link is a string");
    else if (user)
        buf_printf(&control->sim->out, "{\"ok\":true,\"result\":\"%s\"}",
                   follow_name(people_follow(control->sim, user, link)));
}

void control_user_join(struct control *control)
{
    int64_t chat_id = 0;
    struct user *user = control_user(control);
    if (!user || !control_i64(control, control->body, "chat_id", 0, INT64_MIN, -1, &chat_id))
        return;
    struct chat *chat = control_chat(control, chat_id);
    if (chat && !people_join(control->sim, user, chat))
        control_refuse(control, 409, "the user is in the chat, or banned from it");
}

void control_user_leave(struct control *control)
{
    int64_t chat_id = 0;
    struct user *user = control_user(control);
    if (!user || !control_i64(control, control->body, "chat_id", 0, INT64_MIN, -1, &chat_id))
        return;
    struct chat *chat = control_chat(control, chat_id);
    if (chat && !people_leave(control->sim, user, chat))
        control_refuse(control, 409, "the user is not in the chat");
}

static bool profile_read(struct control *control, struct profile *profile)
{
    *profile = (struct profile){.start = true};
    profile->bot = control_bot(control);
    const cJSON *start = json_member(control->body, "start");
    const cJSON *behaviour = json_member(control->body, "behaviour");
    int64_t spread_ms = 0;
    if (!profile->bot)
        return false;
    if (start && !json_bool(start, &profile->start)) {
        control_refuse(control, 400, "start is a boolean");
        return false;
    }
    if (!text_read(control, "payload", profile->payload, sizeof(profile->payload)) ||
        !text_read(control, "language_code", profile->language_code,
                   sizeof(profile->language_code)) ||
        !text_read(control, "first_name", profile->first_name, sizeof(profile->first_name)) ||
        !text_read(control, "last_name", profile->last_name, sizeof(profile->last_name)) ||
        !control_i64(control, control->body, "spread_ms", 0, 0, DELAY_MS_MAX, &spread_ms))
        return false;
    profile->spread_ms = (uint32_t)spread_ms;
    profile->has_behaviour = behaviour;
    return !behaviour || behaviour_read(control, behaviour, &profile->behaviour);
}

static bool behaviour_read(struct control *control, const cJSON *object,
                           struct behaviour *behaviour)
{
    int64_t delay[2] = {0, 0};
    int64_t most = UINT32_MAX;
    const cJSON *forward_max = json_member(object, "forward_max");
    const cJSON *delay_ms = json_member(object, "delay_ms");
    bool good = cJSON_IsObject(object);
    if (delay_ms && cJSON_IsArray(delay_ms))
        good = good && cJSON_GetArraySize(delay_ms) == 2 && json_i64(delay_ms->child, &delay[0]) &&
               json_i64(delay_ms->child->next, &delay[1]);
    else if (delay_ms) {
        good = good && json_i64(delay_ms, &delay[0]);
        delay[1] = delay[0];
    }
    if (forward_max)
        good = good && json_i64(forward_max, &most);
    if (!good || most < 0 || most > UINT32_MAX || delay[0] < 0 || delay[1] < delay[0] ||
        delay[1] > DELAY_MS_MAX) {
        control_refuse(control, 400,
                       "behaviour is {\"follow\": 0..1, \"forward\": 0..1, \"forward_max\": N, "
                       "\"delay_ms\": [least, most]}");
        return false;
    }
    behaviour->delay_ms_min = (uint32_t)delay[0];
    behaviour->delay_ms_max = (uint32_t)delay[1];
    behaviour->forward_max = (uint32_t)most;
    behaviour->follow = 1;
    return chance_read(control, object, "follow", &behaviour->follow) &&
           chance_read(control, object, "forward", &behaviour->forward);
}

/* Leaves out as it is when the key is absent. */
static bool text_read(struct control *control, const char *key, char *out, size_t out_size)
{
    const cJSON *item = json_member(control->body, key);
    struct slice text = json_string(item);
    if (!item || (text.data && text.len < out_size && slice_copy(text, out, out_size)))
        return true;
    control_refuse(control, 400, "%s is a string of at most %zu bytes", key, out_size - 1);
    return false;
}

static bool chance_read(struct control *control, const cJSON *object, const char *key, double *out)
{
    const cJSON *item = json_member(object, key);
    if (!item)
        return true;
    *out = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (*out >= 0 && *out <= 1)
        return true;
    control_refuse(control, 400, "%s is a number from 0 to 1", key);
    return false;
}

static bool range_read(struct control *control, int64_t *from, int64_t *count)
{
    const cJSON *range = json_member(control->body, "range");
    if (!cJSON_IsObject(range)) {
        control_refuse(control, 400,
                       "give \"ids\": [...] or \"range\": {\"from\": 1, \"count\": 1000}");
        return false;
    }
    return control_i64(control, range, "from", 1, 1, INT64_C(1) << 51, from) &&
           control_i64(control, range, "count", 1, 1, USERS_AT_ONCE_MAX, count);
}

static void user_apply(struct sim *sim, int64_t id, const struct profile *profile, size_t nth,
                       size_t of)
{
    struct user *user = world_user_make(&sim->world, id);
    if (profile->first_name[0])
        memcpy(user->first_name, profile->first_name, sizeof(user->first_name));
    if (profile->last_name[0])
        memcpy(user->last_name, profile->last_name, sizeof(user->last_name));
    if (profile->language_code[0])
        memcpy(user->language_code, profile->language_code, sizeof(user->language_code));
    if (profile->has_behaviour)
        user->behaviour = profile->behaviour;
    if (!profile->start)
        return;
    if (!profile->spread_ms) {
        people_start(sim, user, profile->bot, profile->payload);
        return;
    }
    timers_add(
        &sim->timers,
        (struct timer){.due_us = sim->now_us + sim_scaled_us(sim, profile->spread_ms) * nth / of,
                       .run = start_run,
                       .a = id,
                       .b = (int64_t)profile->bot->index,
                       .data = memory_text(slice_from(profile->payload)),
                       .drop = start_drop});
}

static void start_run(struct sim *sim, const struct timer *timer)
{
    people_start(sim, world_user_make(&sim->world, timer->a), &sim->world.bots[timer->b],
                 timer->data);
    free(timer->data);
}

static void start_drop(struct sim *sim, const struct timer *timer)
{
    (void)sim;
    free(timer->data);
}
