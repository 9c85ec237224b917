/* The ledger's answers against the auditor's books. */
#include "base/clock.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>

static bool may_be_late(const struct sim *sim);
static void check_member(struct sim *sim, uint64_t user);
static void check_holding(struct sim *sim, const struct holding *holding, const cJSON *told);
static void check_groups(struct sim *sim);
static void check_seats(struct sim *sim);
static const cJSON *find(const cJSON *list, const char *name, const char *value);

void auditor_check_ledger(struct sim *sim)
{
    for (uint64_t id = 0; id < sim->gateways->payment_count; id++)
        payments_check(sim, id);
    shop_check(sim);
    points_check(sim);
    for (uint64_t user = 0; user < people_count(sim); user++)
        check_member(sim, user);
    check_groups(sim);
    check_seats(sim);
    uint64_t open = 0;
    for (size_t id = 0; id < sim->auditor->account_count; id++)
        for (size_t i = 0; i < sim->auditor->accounts[id].count; i++)
            open += sim->auditor->accounts[id].taken[i].standing == UNSETTLED;
    struct ledger_counts counts;
    usher_counts(sim, &counts);
    CHECK(sim, counts.unsettled == open,
          "the ledger counts %" PRIu64 " unsettled payments, the auditor %" PRIu64,
          counts.unsettled, open);
}

void auditor_check_prompt(struct sim *sim)
{
    struct auditor *auditor = sim->auditor;
    const struct message_query query = {
        .what = QUERY_QUEUE, .text = SLICE("pending"), .limit = QUEUE_MAX};
    uint64_t now[QUEUE_MAX];
    size_t count = 0;
    const cJSON *item;
    if (usher_up(sim) && !may_be_late(sim)) {
        struct slice json = usher_ask(sim, &query, 200);
        cJSON *root = cJSON_ParseWithLength(json.data, json.len);
        cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "deliveries"))
        {
            const char *kind = cJSON_GetObjectItem(item, "kind")->valuestring;
            if (strcmp(kind, "revoke_link") == 0 && revoking_was_stuck(sim))
                continue;
            now[count] = (uint64_t)cJSON_GetObjectItem(item, "id")->valuedouble;
            for (size_t i = 0; i < auditor->pending_count; i++)
                CHECK(sim, auditor->pending[i] != now[count],
                      "delivery %" PRIu64 " waits for nothing: %.*s", now[count], SLICE_ARG(json));
            count += count + 1 < QUEUE_MAX;
        }
        cJSON_Delete(root);
    }
    memcpy(auditor->pending, now, count * sizeof now[0]);
    auditor->pending_count = count;
}

/* A start that follows a clock set back keeps what Telegram said about waiting by that clock, for a
 * day at most. */
static bool may_be_late(const struct sim *sim)
{
    return sim->stepped_ms != 0 && usher_since(sim) >= sim->stepped_ms &&
           sim->stepped_ms + DAY_MS + DAY_MS / 2 > sim->now_ms;
}

/* What the ledger says of the member's plans. */
static void check_member(struct sim *sim, uint64_t user)
{
    struct message_query query = {.what = QUERY_MEMBER, .subject = telegram_user_id(user)};
    int held = 0;
    for (size_t plan = 0; plan < PLANS; plan++)
        held += holding_of(sim, user, plan)->status != NEVER_HELD;
    if (held == 0)
        return;
    struct slice json = usher_ask(sim, &query, 200);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    const cJSON *list = cJSON_GetObjectItem(root, "entitlements");
    CHECK(sim, cJSON_GetArraySize(list) == held, "%" PRId64 " has %d plans, the ledger says %d",
          query.subject, held, cJSON_GetArraySize(list));
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct holding *holding = holding_of(sim, user, plan);
        if (holding->status != NEVER_HELD)
            check_holding(sim, holding, find(list, "plan", plan_names[plan]));
    }
    cJSON_Delete(root);
}

static void check_holding(struct sim *sim, const struct holding *holding, const cJSON *told)
{
    static const char *const statuses[] = {"none", "active", "grace", "ended"};
    const char *plan = plan_names[holding->plan];
    int64_t id = telegram_user_id(holding->user);
    CHECK(sim, told != NULL, "%" PRId64 " has a plan %s that the ledger does not know", id, plan);
    char until[32];
    clock_format_utc((int64_t)holding->until_ms, until, sizeof until);
    const char *told_until = cJSON_GetObjectItem(told, "until")->valuestring;
    const char *status = cJSON_GetObjectItem(told, "status")->valuestring;
    CHECK(sim, strcmp(until, told_until) == 0, "%" PRId64 "'s %s runs until %s, the ledger says %s",
          id, plan, until, told_until);
    CHECK(sim, strcmp(status, statuses[holding->status]) == 0,
          "%" PRId64 "'s %s until %s is %s, the ledger says %s", id, plan, until,
          statuses[holding->status], status);
}

/* Where each group is, and how many are in it, as far as usher has always heard of it. */
static void check_groups(struct sim *sim)
{
    struct message_query query = {.what = QUERY_GROUPS};
    struct slice json = usher_ask(sim, &query, 200);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    for (size_t group = 0; group < GROUPS; group++) {
        const cJSON *told = find(cJSON_GetObjectItem(root, "groups"), "group", group_names[group]);
        bool kept = terms_in_force(sim)->groups[group].kept;
        CHECK(sim, (told != NULL) == kept, "group %s is %s", group_names[group],
              kept ? "not known" : "known");
        if (!kept)
            continue;
        int64_t id = (int64_t)cJSON_GetObjectItem(told, "chat_id")->valuedouble;
        CHECK(sim, id == telegram_chat_id(sim, group), "%s is thought to be at %" PRId64,
              group_names[group], id);
        bool always = true;
        for (size_t i = 0; i < sim->terms_count; i++)
            always = always && sim->terms[i].groups[group].kept;
        uint64_t inside = 0;
        for (uint64_t user = 0; user < people_count(sim); user++)
            inside += telegram_place(sim, user, group) == PLACE_IN;
        uint64_t members = (uint64_t)cJSON_GetObjectItem(told, "members")->valuedouble;
        CHECK(sim, !always || members == inside,
              "%s has %" PRIu64 " members, the ledger says %" PRIu64, group_names[group], inside,
              members);
    }
    cJSON_Delete(root);
}

static void check_seats(struct sim *sim)
{
    struct message_query query = {.what = QUERY_STATUS};
    struct slice json = usher_ask(sim, &query, 200);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    for (size_t plan = 0; plan < PLANS; plan++) {
        const cJSON *told = find(cJSON_GetObjectItem(root, "plans"), "plan", plan_names[plan]);
        bool sold = terms_in_force(sim)->plans[plan].sold;
        CHECK(sim, (told != NULL) == sold, "plan %s is %s", plan_names[plan],
              sold ? "not known" : "known");
        if (!sold)
            continue;
        uint64_t members = (uint64_t)cJSON_GetObjectItem(told, "members")->valuedouble;
        CHECK(sim, members == sim->auditor->taken[plan],
              "%s has %" PRIu64 " members, the ledger says %" PRIu64, plan_names[plan],
              sim->auditor->taken[plan], members);
        uint64_t held = (uint64_t)cJSON_GetObjectItem(told, "held")->valuedouble;
        CHECK(sim, held == sim->auditor->held[plan] && held == claims_seats(sim, plan),
              "%s has %" PRIu64 " seats kept for orders, the ledger says %" PRIu64,
              plan_names[plan], sim->auditor->held[plan], held);
    }
    cJSON_Delete(root);
}

/* The item whose text of this name is value; NULL when there is none. */
static const cJSON *find(const cJSON *list, const char *name, const char *value)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *text = cJSON_GetObjectItem(item, name);
        if (cJSON_IsString(text) && strcmp(text->valuestring, value) == 0)
            return item;
    }
    return NULL;
}
