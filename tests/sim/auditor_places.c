/* Who may be in which group, who must be let in, who must go. */
#include "base/assert.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"

#include <inttypes.h>

enum update_flag { UPDATE_APPLIED = 1, UPDATE_COUNTED = 2 };

static bool opens(const struct terms *terms, size_t plan, size_t group);
static bool may_stay(const struct sim *sim, uint64_t user, size_t group);
static uint64_t over_since(const struct sim *sim, uint64_t user, size_t group);
static uint64_t closed_since(const struct sim *sim, uint64_t user, size_t group);
static bool unknown(const struct sim *sim, uint64_t user, size_t group);
static bool never_a_member(const struct sim *sim, uint64_t user, size_t group);
static void check_timers(struct sim *sim);

bool auditor_sold(const struct sim *sim, size_t plan)
{
    return terms_in_force(sim)->plans[plan].sold;
}

bool auditor_entitled(const struct sim *sim, uint64_t user, size_t group)
{
    for (size_t plan = 0; plan < PLANS; plan++)
        if (holding_open(holding_of(sim, user, plan)) && opens(terms_in_force(sim), plan, group))
            return true;
    return false;
}

void auditor_admitted(struct sim *sim, uint64_t user, size_t group)
{
    const struct auditor *auditor = sim->auditor;
    bool changed = auditor->terms_ms + LATE_MS >= sim->now_ms;
    bool right = false;
    bool ever = false;
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct holding *holding = holding_of(sim, user, plan);
        bool open = holding_open(holding) ||
                    (holding->status == OVER && holding->over_ms + LATE_MS >= sim->now_ms);
        right = right ||
                (open && (opens(terms_in_force(sim), plan, group) ||
                          (changed && opens(&sim->terms[auditor->terms_before], plan, group))));
        ever = ever || (holding->groups & 1U << group) != 0;
    }
    CHECK(sim, right, "%" PRId64 " is let into %s %s", telegram_user_id(user), group_names[group],
          ever ? "long after their time there was over" : "and never paid for it");
}

/* What is lent fits the state, but for a configuration that changed since. */
void auditor_lent(struct sim *sim, const struct message_work *work)
{
    size_t group = 0;
    while (group < GROUPS && !slice_is(work->group, group_names[group]))
        group++;
    uint64_t user = (uint64_t)(work->telegram_id - telegram_user_id(0));
    if (work->kind == DELIVERY_remove && !(group < GROUPS && never_a_member(sim, user, group)))
        calls_removal(sim, work->delivery);
    if (group == GROUPS || sim->auditor->terms_ms + DAY_MS >= sim->now_ms)
        return;
    bool entitled = auditor_entitled(sim, user, group);
    CHECK(sim, work->kind != DELIVERY_remove || !entitled,
          "%" PRId64 " is to be shown out of %s, and has paid", work->telegram_id,
          group_names[group]);
    CHECK(sim, work->kind != DELIVERY_approve || entitled,
          "%" PRId64 " is to be let into %s, and has not paid", work->telegram_id,
          group_names[group]);
    CHECK(sim, work->kind != DELIVERY_decline || !entitled,
          "%" PRId64 " is to be refused at %s, and has paid", work->telegram_id,
          group_names[group]);
}

/* By then the link should be no good any more: where usher has a say. */
void auditor_came(struct sim *sim, uint64_t user, size_t group)
{
    CHECK(sim,
          may_stay(sim, user, group) || !terms_in_force(sim)->groups[group].kept ||
              unknown(sim, user, group) || revoking_was_stuck(sim) ||
              closed_since(sim, user, group) + 2 * (uint64_t)LATE_MS >= sim->now_ms,
          "the link of %" PRId64 " into %s lives on after their time there is over",
          telegram_user_id(user), group_names[group]);
}

/* Calls that had left when the payment came, or the configuration, may still take effect. */
void auditor_removed(struct sim *sim, uint64_t user, size_t group)
{
    const struct auditor *auditor = sim->auditor;
    if (auditor->terms_ms + LATE_MS >= sim->now_ms)
        return;
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct holding *holding = holding_of(sim, user, plan);
        CHECK(sim,
              !holding_open(holding) || !opens(terms_in_force(sim), plan, group) ||
                  holding->opened_ms + LATE_MS >= sim->now_ms,
              "%" PRId64 " is shown out of %s, and has paid for it", telegram_user_id(user),
              group_names[group]);
    }
}

void auditor_check_places(struct sim *sim, uint64_t settle_ms)
{
    check_timers(sim);
    for (uint64_t user = 0; user < people_count(sim); user++) {
        for (size_t group = 0; group < GROUPS; group++) {
            if (telegram_place(sim, user, group) != PLACE_IN || telegram_admin(sim, user, group) ||
                !terms_in_force(sim)->groups[group].kept || may_stay(sim, user, group) ||
                unknown(sim, user, group))
                continue;
            uint64_t over_ms = over_since(sim, user, group);
            CHECK(sim, over_ms + settle_ms >= sim->now_ms,
                  "%" PRId64 " is in %s unpaid for %" PRIu64 " hours", telegram_user_id(user),
                  group_names[group], (sim->now_ms - over_ms) / HOUR_MS);
        }
    }
}

void auditor_check_arrived(struct sim *sim)
{
    for (size_t i = 0; i < sim->gateways->event_count; i++) {
        const struct gateway_event *event = &sim->gateways->events[i];
        CHECK(sim, event->acked, "an event of payment %" PRIu64 " is never acknowledged",
              event->payment);
        CHECK(sim, event->applied,
              "an event of payment %" PRIu64 " is acknowledged and not applied", event->payment);
    }
    for (size_t id = 0; id < sim->auditor->account_count; id++) {
        const struct account *account = &sim->auditor->accounts[id];
        CHECK(sim, account->receipts >= account->receipts_owed,
              "%u of %u receipts for payment %zu have arrived", account->receipts,
              account->receipts_owed, id);
    }
    for (uint64_t user = 0; user < people_count(sim); user++)
        for (size_t group = 0; group < GROUPS; group++)
            CHECK(sim,
                  !auditor_entitled(sim, user, group) ||
                      telegram_place(sim, user, group) == PLACE_IN ||
                      telegram_banned(sim, user, group) || unknown(sim, user, group),
                  "%" PRId64 " paid for %s and is not in it", telegram_user_id(user),
                  group_names[group]);
}

/* Each update counts once. One about a group that is not configured, yet or any more, does not. */
void places_update(struct sim *sim, struct waiter waiter, enum result result,
                   const struct message *command)
{
    struct auditor *auditor = sim->auditor;
    uint8_t *flags =
        flags_of(&auditor->updates[waiter.id], &auditor->update_cap[waiter.id], waiter.id2);
    bool counts = result != RESULT_duplicate && result != RESULT_stranger;
    CHECK(sim, !counts || (*flags & UPDATE_COUNTED) == 0, "update %" PRIu64 " counts twice: %s",
          waiter.id2, result_name(result));
    CHECK(sim, result != RESULT_duplicate || *flags != 0,
          "update %" PRIu64 " is new and taken for an old one", waiter.id2);
    *flags |= (uint8_t)(UPDATE_APPLIED | (counts ? UPDATE_COUNTED : 0));
    size_t group;
    if (command->kind == MESSAGE_cmd_join_request && result == RESULT_stranger &&
        telegram_group_of(sim, command->cmd_join_request.chat_id, &group) &&
        !terms_in_force(sim)->groups[group].kept) {
        /* Nobody hears this knock, and Telegram does not let them knock again. */
        uint64_t who = (uint64_t)(command->cmd_join_request.telegram_id - telegram_user_id(0));
        auditor->words[who * GROUPS + group].missed_ms = telegram_since(sim, who, group) + 1;
    }
    if (command->kind != MESSAGE_cmd_membership || result != RESULT_ok ||
        !telegram_group_of(sim, command->cmd_membership.chat_id, &group))
        return;
    uint64_t user = (uint64_t)(command->cmd_membership.telegram_id - telegram_user_id(0));
    auditor->words[user * GROUPS + group].ban_ms =
        command->cmd_membership.status == MEMBER_KICKED ? sim->now_ms : 0;
}

/* While a group is not configured usher hears nothing of it, and takes nobody out of it. */
void places_terms(struct sim *sim, const struct terms *before, const struct terms *after)
{
    struct auditor *auditor = sim->auditor;
    for (size_t group = 0; group < GROUPS; group++) {
        if (!after->groups[group].kept &&
            (before->groups[group].kept || auditor->absent_ms[group] == 0))
            auditor->absent_ms[group] =
                auditor->absent_ms[group] != 0 ? auditor->absent_ms[group] : sim->now_ms;
        if (!after->groups[group].kept || auditor->absent_ms[group] == 0)
            continue;
        uint64_t from_ms = auditor->absent_ms[group] - LATE_MS;
        auditor->absent_ms[group] = 0;
        for (uint64_t user = 0; user < people_count(sim); user++) {
            uint64_t since_ms = telegram_since(sim, user, group);
            bool in = telegram_place(sim, user, group) == PLACE_IN;
            if (since_ms >= from_ms || (in && !may_stay(sim, user, group)))
                auditor->words[user * GROUPS + group].missed_ms = since_ms + 1;
        }
    }
}

static bool opens(const struct terms *terms, size_t plan, size_t group)
{
    return terms->plans[plan].sold && terms->groups[group].kept &&
           (terms->plans[plan].groups & 1U << group) != 0;
}

/* Who was let in stays until the end of what they paid for, also when the plan is not sold any
 * more, or does not open this group any more. */
static bool may_stay(const struct sim *sim, uint64_t user, size_t group)
{
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct holding *holding = holding_of(sim, user, plan);
        if (holding_open(holding) && (holding->groups & 1U << group) != 0)
            return true;
    }
    return false;
}

static uint64_t over_since(const struct sim *sim, uint64_t user, size_t group)
{
    uint64_t over_ms = telegram_since(sim, user, group);
    uint64_t demoted_ms = telegram_role_since(sim, user, group);
    uint64_t closed_ms = closed_since(sim, user, group);
    over_ms = demoted_ms > over_ms ? demoted_ms : over_ms;
    return closed_ms > over_ms ? closed_ms : over_ms;
}

static uint64_t closed_since(const struct sim *sim, uint64_t user, size_t group)
{
    uint64_t over_ms = 0;
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct holding *holding = holding_of(sim, user, plan);
        if ((holding->over_groups & 1U << group) != 0 && holding->over_ms > over_ms)
            over_ms = holding->over_ms;
    }
    return over_ms;
}

static bool unknown(const struct sim *sim, uint64_t user, size_t group)
{
    return sim->auditor->words[user * GROUPS + group].missed_ms ==
           telegram_since(sim, user, group) + 1;
}

/* A guest on another member's link is no member whom an error could throw out: the bound is not for
 * them. */
static bool never_a_member(const struct sim *sim, uint64_t user, size_t group)
{
    return telegram_guest(sim, user, group) &&
           closed_since(sim, user, group) <= telegram_since(sim, user, group);
}

bool revoking_was_stuck(const struct sim *sim)
{
    return sim->stuck_ms != 0 && sim->stuck_ms + 2 * DAY_MS >= sim->now_ms;
}

/* The scheduler is not asleep. */
static void check_timers(struct sim *sim)
{
    const struct holding *first =
        (const struct holding *)(const void *)heap_first(&sim->auditor->timers);
    uint64_t up_ms = usher_since(sim);
    if (first == NULL || up_ms == 0 || up_ms + LATE_MS > sim->now_ms ||
        sim->stepped_ms + LATE_MS > sim->now_ms)
        return;
    CHECK(sim, first->timer_ms + LATE_MS >= sim_wall(sim),
          "%" PRId64 "'s %s was due %" PRIu64 " minutes ago", telegram_user_id(first->user),
          plan_names[first->plan], (sim_wall(sim) - first->timer_ms) / MINUTE_MS);
}
