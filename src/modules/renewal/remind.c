/* Reminders: so many days before the end, each step once a cycle. */
#include "ledger/person.h"
#include "ledger/reminder.h"
#include "ledger/reply.h"
#include "modules/payment/subscription.h"
#include "modules/renewal/renewal.h"

#include <inttypes.h>
#include <stdio.h>

/* What is due now, and when the next will be. */
struct turn {
    bool due;
    struct renew_remind step; /* the latest that is due */
    uint64_t next_ms;
};

static struct turn turn_of(struct ledger *ledger, const struct record_renew_cycle *cycle);
static bool is_for(uint64_t days, uint64_t period);
static bool renews_itself(struct ledger *ledger, int64_t telegram_id, struct slice plan);
static uint64_t one_due(struct ledger *ledger, int64_t telegram_id, const char *plan,
                        const struct record_entitlement *entitlement);
static void cycle_of(struct ledger *ledger, int64_t telegram_id, const char *plan,
                     const struct record_entitlement *entitlement, uint64_t *n,
                     struct record_renew_cycle *cycle);
static bool send(struct ledger *ledger, int64_t telegram_id, const struct turn *turn,
                 const struct record_renew_cycle *cycle);

uint64_t remind_due(struct ledger *ledger, int64_t telegram_id)
{
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    uint64_t least_ms = 0;
    if (!rules_remind(ledger))
        return 0;
    while (entitlement_next(ledger, telegram_id, plan, &entitlement))
        if (entitlement.status == ENTITLEMENT_ACTIVE && entitlement.until_ms > ledger->at_ms)
            least_ms = earlier(least_ms, one_due(ledger, telegram_id, plan, &entitlement));
    return least_ms;
}

uint64_t remind_notice(struct ledger *ledger, int64_t telegram_id,
                       const struct renew_reminder *part)
{
    char plan[CATALOG_NAME_MAX + 1];
    struct record_entitlement entitlement;
    struct record_renew_cycle cycle;
    uint64_t n;
    bool same = slice_copy(part->plan, plan, sizeof plan) &&
                entitlement_load(ledger, telegram_id, plan, &entitlement) &&
                entitlement.status == ENTITLEMENT_ACTIVE && entitlement.span == part->span &&
                entitlement.until_ms == part->until && part->until > ledger->at_ms &&
                cycle_find(ledger, telegram_id, part->plan, &n, &cycle) &&
                cycle.reminded == part->days && !renews_itself(ledger, telegram_id, part->plan);
    return same ? rules_after_quiet(ledger, ledger->at_ms) : 0;
}

uint64_t remind_begin(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                      struct record_renew_cycle *cycle)
{
    cycle->reminded = 0;
    cycle->ended = 0;
    cycle->wooed = 0;
    struct turn turn = turn_of(ledger, cycle);
    if (turn.due)
        cycle->reminded = turn.step.days;
    cycle_store(ledger, telegram_id, n, cycle);
    return turn.next_ms;
}

/* Returns when to look again. */
static uint64_t one_due(struct ledger *ledger, int64_t telegram_id, const char *plan,
                        const struct record_entitlement *entitlement)
{
    struct record_renew_cycle cycle;
    uint64_t n;
    cycle_of(ledger, telegram_id, plan, entitlement, &n, &cycle);
    struct turn turn = turn_of(ledger, &cycle);
    if (!turn.due || renews_itself(ledger, telegram_id, slice_from(plan)))
        return turn.next_ms;
    uint64_t from_ms = rules_after_quiet(ledger, ledger->at_ms);
    if (from_ms > ledger->at_ms)
        return earlier(turn.next_ms, from_ms);
    if (!cycle_reachable(ledger, telegram_id))
        return turn.next_ms; /* or when they can be reached again */
    if (!send(ledger, telegram_id, &turn, &cycle))
        return earlier(turn.next_ms, cycle_tomorrow(ledger));
    cycle.reminded = turn.step.days;
    cycle_store(ledger, telegram_id, n, &cycle);
    return turn.next_ms;
}

/* Who is charged again by itself need not be reminded. */
static bool renews_itself(struct ledger *ledger, int64_t telegram_id, struct slice plan)
{
    struct subscription subscription;
    uint64_t n;
    return subscription_of_plan(ledger, telegram_id, plan, &n, &subscription) &&
           subscription_renews(ledger, &subscription.record);
}

/* Its cycle. When nobody told of this end, one begins now: a refund moved it, or the rules are
 * younger than the membership. */
static void cycle_of(struct ledger *ledger, int64_t telegram_id, const char *plan,
                     const struct record_entitlement *entitlement, uint64_t *n,
                     struct record_renew_cycle *cycle)
{
    if (cycle_find(ledger, telegram_id, slice_from(plan), n, cycle) &&
        cycle->span == entitlement->span && cycle->until == entitlement->until_ms)
        return;
    if (cycle->period == 0)
        cycle->period = period_pack((struct period){entitlement->months, entitlement->days});
    cycle->span = entitlement->span;
    cycle->until = entitlement->until_ms;
    (void)remind_begin(ledger, telegram_id, *n, cycle);
}

static struct turn turn_of(struct ledger *ledger, const struct record_renew_cycle *cycle)
{
    struct turn turn = {.due = false};
    struct renew_remind step;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_renew_remind(), &at, &step);) {
        uint64_t from_ms =
            (uint64_t)calendar_before(ledger->calendar, (int64_t)cycle->until, (uint32_t)step.days);
        if ((cycle->reminded != 0 && step.days >= cycle->reminded) ||
            !is_for(step.days, cycle->period))
            continue;
        if (from_ms > ledger->at_ms) {
            turn.next_ms = earlier(turn.next_ms, from_ms);
        } else if (!turn.due || step.days < turn.step.days) {
            turn.due = true;
            turn.step = step;
        }
    }
    return turn;
}

/* Under half of what was bought; a year has 365 days and twelve months. */
static bool is_for(uint64_t days, uint64_t packed)
{
    struct period period = period_unpack(packed);
    return days * 2 * 12 < (uint64_t)period.months * 365 + (uint64_t)period.days * 12;
}

static bool send(struct ledger *ledger, int64_t telegram_id, const struct turn *turn,
                 const struct record_renew_cycle *cycle)
{
    const struct renew_remind *step = &turn->step;
    struct slice plan_name = slice_from(cycle->plan);
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, plan_name);
    const struct catalog_price *row = plan == NULL ? NULL : price_usual(plan, cycle);
    struct offer_price price;
    char subject[NOTICE_SUBJECT_MAX + 1];
    uint64_t offer = 0;
    if (step->discount > 0 && row != NULL && cycle->refunded == 0)
        offer = offer_open(ledger, telegram_id, plan_name, step->discount,
                           ledger->at_ms + step->hours * 3600 * 1000, OFFER_BY_REMINDER);
    struct renew_reminder part = {
        .plan = plan_name, .span = cycle->span, .until = cycle->until, .days = step->days};
    if (row != NULL && price_of(ledger, telegram_id, plan, row, &price)) {
        part.period = period_pack(price.period);
        part.price = price.price;
        part.amount = price.amount;
        part.currency = slice_from(price.currency);
        part.percent = price.percent;
        part.offer_until = price.until_ms;
    }
    (void)snprintf(subject, sizeof subject, "%s/%" PRIu64 "/%" PRIu64 "/r%" PRIu64, cycle->plan,
                   cycle->span, cycle->until / 1000, step->days);
    const struct message message = part_make(shape_renew_reminder(), &part);
    if (!notice_send(ledger, telegram_id, step->days <= 1 ? NOTICE_last_day : NOTICE_week,
                     (struct notice_key){MODULE_renewal, slice_from(subject)}, &message,
                     earlier(turn->next_ms, cycle->until))) {
        if (offer != 0)
            offer_drop(ledger, telegram_id, offer);
        return false;
    }
    const struct fact_reminded reminded = {.telegram_id = telegram_id,
                                           .plan = plan_name,
                                           .span = cycle->span,
                                           .until = cycle->until,
                                           .days = step->days,
                                           .discount = offer != 0 ? step->discount : 0};
    fact_tell(ledger, shape_fact_reminded(), &reminded);
    if (offer != 0)
        offer_tell(ledger, telegram_id, offer);
    return true;
}
