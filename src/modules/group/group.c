#include "modules/group/group.h"

#include "base/json.h"
#include "ledger/attempt.h"
#include "ledger/facts.h"
#include "ledger/group.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/group/bot.h"
#include "modules/group/invite.h"
#include "modules/group/join.h"
#include "modules/group/link.h"
#include "modules/group/removal.h"

static bool way_in(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);

/* What is under way against somebody who has become entitled is taken back. */
static void hear_granted(struct ledger *ledger, const void *fact)
{
    const struct fact_granted *granted = fact;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, granted->plan);
    for (size_t i = 0; plan != NULL && i < plan->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[plan->groups[i]];
        struct record_place place;
        place_load(ledger, group->name, granted->telegram_id, &place);
        outbox_cancel(ledger, place.remove_delivery, "the member paid again");
        join_admit(ledger, group, granted->telegram_id);
    }
}

/* Closes every way in that is still open, and shows the member out. */
static void hear_ended(struct ledger *ledger, const void *fact)
{
    const struct fact_ended *ended = fact;
    int64_t telegram_id = ended->telegram_id;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ended->plan);
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        bool opened = (plan != NULL && catalog_plan_opens(ledger->catalog, plan, group)) ||
                      way_in(ledger, group, telegram_id);
        if (!opened || access_entitled(ledger, telegram_id, group))
            continue;
        join_withdraw(ledger, group, telegram_id);
        link_withdraw(ledger, group, telegram_id);
        removal_ask(ledger, group, telegram_id);
    }
}

/* The member came in by us, or may still. So they leave also what the plan opened before it was
 * configured anew, or not any more; where somebody else let them in they stay. */
static bool way_in(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    return place.approved != 0 || place.join_delivery != 0 || place.link_delivery != 0 ||
           place.link[0] != 0;
}

/* Groups that moved to another chat begin anew; each join-request group gets its link. */
static void configured(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_group record;
        group_load(ledger, group, &record);
        if (record.chat_id == group->chat_id) {
            record.configured_id =
                group->chat_id; /* it moved there by itself, and the file says so now */
        } else if (record.configured_id != group->chat_id) {
            outbox_cancel(ledger, record.link_delivery, "the group was configured anew");
            memset(&record, 0, sizeof record);
            record.configured_id = group->chat_id;
            record.chat_id = group->chat_id;
        }
        if (record.link_ttl_ms < group->link_ttl_ms)
            record.link_ttl_ms = group->link_ttl_ms;
        group_store(ledger, group, &record);
        link_ask(ledger, group);
    }
}

static void document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "groups");
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_place place;
        place_load(ledger, group->name, telegram_id, &place);
        bool entitled = access_entitled(ledger, telegram_id, group);
        if (place.status == PLACE_UNKNOWN && !entitled)
            continue;
        cJSON *item = json_add_item(list);
        cJSON_AddStringToObject(item, "group", group->name);
        cJSON_AddBoolToObject(item, "entitled", entitled);
        cJSON_AddStringToObject(item, "place", place_status_name((enum place_status)place.status));
    }
}

static bool answer_groups(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    (void)query;
    cJSON *list = cJSON_AddArrayToObject(out, "groups");
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_group record;
        group_load(ledger, group, &record);
        cJSON *item = json_add_item(list);
        cJSON_AddStringToObject(item, "group", group->name);
        cJSON_AddStringToObject(item, "bot", group->bot);
        cJSON_AddNumberToObject(item, "chat_id", (double)record.chat_id);
        cJSON_AddStringToObject(item, "invite",
                                group->invite == INVITE_JOIN_REQUEST ? "join_request"
                                                                     : "one_time_link");
        cJSON_AddBoolToObject(item, "link_ready",
                              bot_can(&record) &&
                                  (group->invite == INVITE_ONE_TIME_LINK || record.link[0] != 0));
        bot_to_json(&record, item);
        cJSON_AddNumberToObject(item, "members", record.members);
    }
    return true;
}

COMMAND_APPLIES(join_request)
COMMAND_APPLIES(membership)
COMMAND_APPLIES(migrate)

static const struct command_row commands[] = {{MESSAGE_cmd_join_request, apply_cmd_join_request},
                                              {MESSAGE_cmd_membership, apply_cmd_membership},
                                              {MESSAGE_cmd_migrate, apply_cmd_migrate},
                                              {0, NULL}};

static const struct query_row queries[] = {{QUERY_GROUPS, answer_groups, "no groups"},
                                           {0, NULL, NULL}};

static const struct timer_row timers[] = {{TIMER_OWED, invite_owed_due},
                                          {TIMER_REDO, invite_redo_due},
                                          {TIMER_LINKS, link_due},
                                          {TIMER_MENDED, bot_mended_due},
                                          {0, NULL}};

static const struct hear_row hears[] = {
    {shape_fact_granted, hear_granted}, {shape_fact_ended, hear_ended}, {NULL, NULL}};

/* How what is asked of a chat ends. */
#define ENDED(done, failed, moot)                                                                  \
    .ended = {[OUTCOME_DONE] = done,                                                               \
              [OUTCOME_RETRY] = attempt_retry,                                                     \
              [OUTCOME_FAILED] = failed,                                                           \
              [OUTCOME_UNREACHABLE] = attempt_done,                                                \
              [OUTCOME_MIGRATED] = attempt_migrated,                                               \
              [OUTCOME_MOOT] = moot}

static const struct kind_row kinds[] = {
    {DELIVERY_approve,
     {ENDED(join_answered, attempt_failed, join_answered), .too_late = join_approved_too_late}},
    {DELIVERY_decline,
     {ENDED(join_answered, attempt_failed, join_answered), .too_late = join_declined_too_late,
      .moved = join_declined}},
    {DELIVERY_remove,
     {ENDED(removal_done, attempt_failed, attempt_done), .too_late = removal_too_late,
      .wanted = removal_wanted}},
    {DELIVERY_create_link,
     {ENDED(invite_made, invite_failed, attempt_done), .too_late = invite_too_late,
      .wanted = invite_wanted}},
    {DELIVERY_revoke_link, {ENDED(invite_revoked, attempt_failed, invite_revoked)}},
    {DELIVERY_none, {.moved = NULL}}};

#define MODULE_DEF    "modules/group/group.def"
#define MODULE_SELF   MODULE_group
#define MODULE_SHAPES shapes_of_group
#include "ledger/define.h"

const struct module module_group = {.name = "group",
                                    .number = MODULE_group,
                                    .shapes = shapes_of_group,
                                    .results = module_results,
                                    .ops = module_ops,
                                    .asks = module_asks,
                                    .commands = commands,
                                    .queries = queries,
                                    .timers = timers,
                                    .kinds = kinds,
                                    .doors = &group_doors,
                                    .hears = hears,
                                    .document = document,
                                    .released = removal_resume,
                                    .configured = configured};
