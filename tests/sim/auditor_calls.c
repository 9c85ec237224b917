/* Calls: what is known to be done is not done again, whom Telegram told to wait waits. */
#include "base/assert.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/telegram.h"

#include <cjson/cJSON.h>
#include <inttypes.h>

enum delivery_flag {
    DELIVERY_DURABLY_DONE = 1,
    DELIVERY_DOUBLED = 2, /* the call itself went twice to its sender */
    DELIVERY_REMOVES = 4  /* a removal that is counted */
};
enum { BAN_HEARD_MS = 2 * MINUTE_MS }; /* what was lent before it was known has gone by then */

static uint8_t *delivery_flags(struct sim *sim, uint64_t delivery);
static void check_freezes(struct sim *sim, size_t bot, uint64_t epoch, const char *method,
                          int64_t chat_id);
static void check_ban(struct sim *sim, const cJSON *params);

void auditor_durable(struct sim *sim, struct slice command)
{
    struct message message;
    enum error error = wire_decode_one(command, &message, NULL);
    CHECK(sim, error == ERROR_NONE, "what is in the journal is no message");
    if (message.kind == MESSAGE_cmd_outcome && message.cmd_outcome.result == OUTCOME_DONE)
        *delivery_flags(sim, message.cmd_outcome.delivery) |= DELIVERY_DURABLY_DONE;
}

void auditor_doubled(struct sim *sim, uint64_t delivery)
{
    *delivery_flags(sim, delivery) |= DELIVERY_DOUBLED;
}

void auditor_sent(struct sim *sim, size_t bot, uint64_t epoch, uint64_t delivery,
                  const char *method, struct slice params)
{
    uint8_t flags = *delivery_flags(sim, delivery);
    bool free = strcmp(method, "answerCallbackQuery") == 0; /* waits for nothing, and is harmless */
    CHECK(sim,
          free || (flags & (DELIVERY_DURABLY_DONE | DELIVERY_DOUBLED)) != DELIVERY_DURABLY_DONE,
          "%s of delivery %" PRIu64 " goes out again, and the journal says that it is done", method,
          delivery);
    cJSON *root = cJSON_ParseWithLength(params.data, params.len);
    const cJSON *chat = cJSON_GetObjectItem(root, "chat_id");
    bool letter = strcmp(method, "sendMessage") == 0 || strcmp(method, "editMessageText") == 0;
    if (!free)
        check_freezes(sim, bot, epoch, method,
                      letter && cJSON_IsNumber(chat) ? (int64_t)chat->valuedouble : 0);
    if (strcmp(method, "unbanChatMember") == 0)
        check_ban(sim, root);
    cJSON_Delete(root);
}

void auditor_held_off(struct sim *sim, size_t bot, uint64_t epoch, uint64_t delivery,
                      int64_t chat_id, uint32_t retry_after_s)
{
    struct auditor *auditor = sim->auditor;
    size_t kept = 0;
    for (size_t i = 0; i < auditor->freeze_count; i++)
        if (auditor->freezes[i].until_ms > sim->now_ms)
            auditor->freezes[kept++] = auditor->freezes[i];
    auditor->freeze_count = kept;
    if (kept < FREEZES_MAX)
        auditor->freezes[auditor->freeze_count++] =
            (struct freeze){.bot = bot,
                            .epoch = epoch,
                            .delivery = delivery,
                            .chat_id = chat_id,
                            .said_ms = sim->now_ms,
                            .until_ms = sim->now_ms + retry_after_s * UINT64_C(1000)};
}

/* An error in the file, or in the clock, empties no group: what goes beyond the bound waits for the
 * operator. An hour of lending sees what was decided in two hours of the breaker's, or three when
 * calls had to wait. */
void calls_removal(struct sim *sim, uint64_t delivery)
{
    struct auditor *auditor = sim->auditor;
    uint8_t *flags = delivery_flags(sim, delivery);
    uint64_t bound = UINT64_C(3) * terms_in_force(sim)->removals_per_hour;
    if ((*flags & DELIVERY_REMOVES) != 0)
        return;
    *flags |= DELIVERY_REMOVES;
    if (bound > REMOVALS_MAX)
        return;
    uint64_t *place = &auditor->removals[auditor->removal_count++ % bound];
    CHECK(sim,
          *place == 0 || *place + HOUR_MS < sim->now_ms ||
              auditor->released_ms + 2 * (uint64_t)HOUR_MS > sim->now_ms,
          "more than %" PRIu64 " members are shown out within an hour", bound);
    *place = sim->now_ms;
}

void calls_applied(struct sim *sim, uint64_t delivery)
{
    struct auditor *auditor = sim->auditor;
    for (size_t i = 0; i < auditor->freeze_count; i++)
        if (auditor->freezes[i].delivery == delivery)
            auditor->freezes[i].known = true;
}

static uint8_t *delivery_flags(struct sim *sim, uint64_t delivery)
{
    struct auditor *auditor = sim->auditor;
    return flags_of(&auditor->deliveries, &auditor->delivery_cap, delivery);
}

/* A freeze ends with the process that heard of it, unless the state has it. There it is a time of
 * the wall clock: when that was set meanwhile, nobody can know how long it lasts. */
static void check_freezes(struct sim *sim, size_t bot, uint64_t epoch, const char *method,
                          int64_t chat_id)
{
    const struct auditor *auditor = sim->auditor;
    for (size_t i = 0; i < auditor->freeze_count; i++) {
        const struct freeze *freeze = &auditor->freezes[i];
        bool named = freeze->chat_id == 0 || freeze->chat_id == chat_id;
        bool kept = freeze->epoch == epoch || (freeze->known && sim->stepped_ms < freeze->said_ms);
        CHECK(sim, freeze->bot != bot || !named || !kept || freeze->until_ms <= sim->now_ms,
              "%s goes out %" PRIu64 " ms before Telegram wants to hear of it", method,
              freeze->until_ms - sim->now_ms);
    }
}

/* unbanChatMember shows a member out; of somebody whom the group's own administrators have banned,
 * it would lift the ban. */
static void check_ban(struct sim *sim, const cJSON *params)
{
    const cJSON *id = cJSON_GetObjectItem(params, "user_id");
    const cJSON *chat = cJSON_GetObjectItem(params, "chat_id");
    size_t group;
    ASSERT(cJSON_IsNumber(id) && cJSON_IsNumber(chat));
    uint64_t user = (uint64_t)((int64_t)id->valuedouble - telegram_user_id(0));
    if (!telegram_group_of(sim, (int64_t)chat->valuedouble, &group))
        return;
    const struct word *word = &sim->auditor->words[user * GROUPS + group];
    CHECK(sim,
          !telegram_banned(sim, user, group) || word->ban_ms == 0 ||
              word->ban_ms + BAN_HEARD_MS > sim->now_ms,
          "the ban of %" PRId64 " is lifted, and usher knew of it", telegram_user_id(user));
}
