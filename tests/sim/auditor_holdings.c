/* What members hold: stretches of paid time, grace, the end. */
#include "base/assert.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static uint64_t grace_end(const struct sim *sim, const struct holding *holding);
static void ask_doubtful(struct sim *sim, uint64_t at_ms);
static bool is_over(struct sim *sim, const struct holding *holding);
static void due(struct sim *sim, struct holding *holding, uint64_t at_ms);
static void set_timer(struct sim *sim, struct holding *holding, uint64_t timer_ms);
static void close_holding(struct sim *sim, struct holding *holding);
static void measure(struct sim *sim, struct holding *holding);
static bool before(const struct heap_node *a, const struct heap_node *b);

void holdings_new(struct sim *sim)
{
    struct auditor *auditor = sim->auditor;
    uint64_t count = people_count(sim);
    heap_init(&auditor->timers, before);
    auditor->holdings = calloc(count * PLANS, sizeof *auditor->holdings);
    ASSERT(auditor->holdings != NULL);
    for (uint64_t user = 0; user < count; user++) {
        for (size_t plan = 0; plan < PLANS; plan++) {
            holding_of(sim, user, plan)->user = user;
            holding_of(sim, user, plan)->plan = plan;
        }
    }
}

void holdings_destroy(struct sim *sim)
{
    heap_deinit(&sim->auditor->timers);
    free(sim->auditor->holdings);
    free(sim->auditor->doubtful);
}

void holdings_terms(struct sim *sim)
{
    struct auditor *auditor = sim->auditor;
    for (size_t i = 0; i < people_count(sim) * PLANS; i++) {
        struct holding *holding = &auditor->holdings[i];
        const struct terms_plan *plan = &terms_in_force(sim)->plans[holding->plan];
        if (holding_open(holding) && plan->sold)
            holding->groups |= plan->groups;
        if (holding->status != IN_GRACE || grace_end(sim, holding) >= holding->timer_ms)
            continue;
        auditor->doubtful = sim_grow(auditor->doubtful, &auditor->doubtful_cap,
                                     auditor->doubtful_count, sizeof(struct holding *));
        auditor->doubtful[auditor->doubtful_count++] = holding;
    }
}

struct holding *holding_of(const struct sim *sim, uint64_t user, size_t plan)
{
    return &sim->auditor->holdings[user * PLANS + plan];
}

bool holding_open(const struct holding *holding)
{
    return holding->status == RUNNING || holding->status == IN_GRACE;
}

/* Time is added behind what the member has, in grace behind its end (a subscription's: continues,
 * if that is not over by now) or from now on; false when the plan is not sold, or all its seats are
 * taken. */
bool holding_give(struct sim *sim, uint64_t id, struct taken *money, bool continues, uint64_t at_ms)
{
    struct auditor *auditor = sim->auditor;
    const struct payment *payment = &sim->gateways->payments[id];
    const struct terms_plan *plan = &terms_in_force(sim)->plans[payment->plan];
    struct holding *holding = holding_of(sim, payment->user, payment->plan);
    bool open = holding_open(holding);
    uint64_t taken = auditor->taken[payment->plan] + auditor->held[payment->plan] -
                     (holding->kept ? 1 : 0); /* the one that their order keeps is theirs */
    bool full = !open && plan->seats != 0 && taken >= plan->seats;
    if (!plan->sold || full)
        return false;
    if (!open) {
        auditor->taken[payment->plan]++;
        if (plan->seats != 0 && holding->kept) {
            holding->kept = false;
            auditor->held[payment->plan]--;
        }
        holding->opened_ms = sim->now_ms;
        holding->groups = 0;
    }
    struct holding longer = *holding;
    longer.length.months += money->length.months;
    longer.length.days += money->length.days;
    measure(sim, &longer);
    if (!open || (holding->until_ms < at_ms && (!continues || longer.until_ms <= at_ms))) {
        holding->stretch++;
        holding->from_ms = at_ms;
        holding->length = (struct period){0, 0};
    }
    holding->status = RUNNING;
    holding->groups |= plan->groups;
    holding->length.months += money->length.months;
    holding->length.days += money->length.days;
    measure(sim, holding);
    set_timer(sim, holding, holding->until_ms);
    money->standing = GRANTED;
    money->stretch = holding->stretch;
    account_of(sim, id)->receipts_owed++;
    people_granted(sim, payment->user, payment->plan, holding->until_ms);
    return true;
}

void holding_take(struct sim *sim, uint64_t id, struct taken *money, uint64_t at_ms)
{
    const struct payment *payment = &sim->gateways->payments[id];
    struct holding *holding = holding_of(sim, payment->user, payment->plan);
    if (money->stretch != holding->stretch || !holding_open(holding)) {
        money->stretch = 0;
        return;
    }
    if (holding->until_ms <= at_ms) /* in grace: all that was paid for is used up */
        money->stretch = 0;
    holding->length.months -= money->length.months;
    holding->length.days -= money->length.days;
    measure(sim, holding);
    if (holding->until_ms <= at_ms || holding->length.months + holding->length.days == 0)
        close_holding(sim, holding);
    else
        set_timer(sim, holding, holding->until_ms);
}

/* What is due changes by a tick, in the order of time, then of member and plan. */
void holdings_ticked(struct sim *sim, uint64_t at_ms, uint64_t over_ms)
{
    struct holding *holding;
    while ((holding = (struct holding *)(void *)heap_first(&sim->auditor->timers)) != NULL &&
           holding->timer_ms <= over_ms)
        due(sim, holding, at_ms);
    ask_doubtful(sim, at_ms);
}

/* Whose grace has become shorter goes when usher looks at them for whatever reason, at the latest
 * when it would have ended before. Which it was is asked. */
static void ask_doubtful(struct sim *sim, uint64_t at_ms)
{
    struct auditor *auditor = sim->auditor;
    size_t kept = 0;
    for (size_t i = 0; i < auditor->doubtful_count; i++) {
        struct holding *holding = auditor->doubtful[i];
        if (holding->status != IN_GRACE)
            continue;
        if (grace_end(sim, holding) <= at_ms && is_over(sim, holding))
            close_holding(sim, holding);
        else
            auditor->doubtful[kept++] = holding;
    }
    auditor->doubtful_count = kept;
}

static bool is_over(struct sim *sim, const struct holding *holding)
{
    const struct message_query query = {.what = QUERY_MEMBER,
                                        .subject = telegram_user_id(holding->user)};
    cJSON *root = cJSON_Parse(usher_ask(sim, &query, 200).data);
    const cJSON *told;
    bool over = false;
    cJSON_ArrayForEach(told, cJSON_GetObjectItem(root, "entitlements"))
    {
        const char *plan = cJSON_GetObjectItem(told, "plan")->valuestring;
        const char *status = cJSON_GetObjectItem(told, "status")->valuestring;
        over =
            over || (strcmp(plan, plan_names[holding->plan]) == 0 && strcmp(status, "ended") == 0);
    }
    cJSON_Delete(root);
    return over;
}

static uint64_t grace_end(const struct sim *sim, const struct holding *holding)
{
    const struct terms_plan *plan = &terms_in_force(sim)->plans[holding->plan];
    return holding->until_ms + (plan->sold ? plan->grace_days * DAY_MS : 0);
}

static void due(struct sim *sim, struct holding *holding, uint64_t at_ms)
{
    uint64_t grace_end_ms = grace_end(sim, holding);
    ASSERT(holding->until_ms <= at_ms);
    if (grace_end_ms <= at_ms) {
        close_holding(sim, holding);
        return;
    }
    holding->status = IN_GRACE;
    set_timer(sim, holding, grace_end_ms);
}

static void set_timer(struct sim *sim, struct holding *holding, uint64_t timer_ms)
{
    struct heap *timers = &sim->auditor->timers;
    if (holding->node.place != 0)
        heap_remove(timers, &holding->node);
    holding->timer_ms = timer_ms;
    bool added = heap_add(timers, &holding->node);
    ASSERT(added);
}

static void close_holding(struct sim *sim, struct holding *holding)
{
    holding->status = OVER;
    holding->over_ms = sim->now_ms;
    holding->over_groups = holding->groups;
    sim->auditor->taken[holding->plan]--;
    heap_remove(&sim->auditor->timers, &holding->node);
}

static void measure(struct sim *sim, struct holding *holding)
{
    holding->until_ms =
        (uint64_t)calendar_add(sim->auditor->calendar, (int64_t)holding->from_ms, holding->length);
}

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    const struct holding *x = (const struct holding *)(const void *)a;
    const struct holding *y = (const struct holding *)(const void *)b;
    if (x->timer_ms != y->timer_ms)
        return x->timer_ms < y->timer_ms;
    return x->user != y->user ? x->user < y->user
                              : strcmp(plan_names[x->plan], plan_names[y->plan]) < 0;
}
