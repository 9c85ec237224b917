/* Win-back: so long after the end of grace, each step once, until anything is paid or granted. */
#include "ledger/person.h"
#include "ledger/reminder.h"
#include "ledger/reply.h"
#include "modules/renewal/renewal.h"

#include <inttypes.h>
#include <stdio.h>

/* Who left longer ago hears nothing of the step that would have been. */
static const uint64_t late_ms_max = UINT64_C(14) * 24 * 3600 * 1000;

/* What is due now, and when the next will be. */
struct turn {
    bool due;
    struct renew_winback_step step; /* the latest that is due */
    uint64_t next_ms;
};

static struct turn turn_of(struct ledger *ledger, const struct record_renew_cycle *cycle);
static uint64_t one_due(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                        struct record_renew_cycle *cycle);
static bool send(struct ledger *ledger, int64_t telegram_id, const struct turn *turn,
                 const struct record_renew_cycle *cycle);

uint64_t winback_due(struct ledger *ledger, int64_t telegram_id)
{
    struct record_renew_cycle cycle;
    uint64_t least_ms = 0;
    uint64_t n = 0;
    for (bool after = false;
         aspect_next(ledger, telegram_id, shape_record_renew_cycle(), after, &n, &cycle);
         after = true)
        if (cycle.ended != 0)
            least_ms = earlier(least_ms, one_due(ledger, telegram_id, n, &cycle));
    return least_ms;
}

uint64_t winback_notice(struct ledger *ledger, int64_t telegram_id,
                        const struct renew_winback *part)
{
    struct record_renew_cycle cycle;
    uint64_t n;
    bool same = cycle_find(ledger, telegram_id, part->plan, &n, &cycle) && cycle.ended != 0 &&
                cycle.span == part->span && cycle.wooed == part->after &&
                !cycle_any_runs(ledger, telegram_id);
    return same ? rules_after_quiet(ledger, ledger->at_ms) : 0;
}

/* Returns when to look again. What has no more steps before it is kept, for a notice that waits. */
static uint64_t one_due(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                        struct record_renew_cycle *cycle)
{
    struct turn turn = turn_of(ledger, cycle);
    if (!turn.due)
        return turn.next_ms;
    /* Rules may be younger than the end, and the plan may be gone. */
    bool late = cycle->ended + turn.step.after + late_ms_max < ledger->at_ms;
    if (cycle_any_runs(ledger, telegram_id) || late ||
        catalog_plan_find(ledger->catalog, slice_from(cycle->plan)) == NULL) {
        aspect_delete(ledger, telegram_id, shape_record_renew_cycle(), n);
        return 0;
    }
    uint64_t from_ms = rules_after_quiet(ledger, ledger->at_ms);
    if (from_ms > ledger->at_ms)
        return earlier(turn.next_ms, from_ms);
    if (cycle_reachable(ledger, telegram_id) && !send(ledger, telegram_id, &turn, cycle))
        return earlier(turn.next_ms, cycle_tomorrow(ledger));
    cycle->wooed = turn.step.after;
    cycle_store(ledger, telegram_id, n, cycle);
    return turn.next_ms;
}

static struct turn turn_of(struct ledger *ledger, const struct record_renew_cycle *cycle)
{
    struct turn turn = {.due = false};
    struct renew_winback_step step;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_renew_winback_step(), &at, &step);) {
        uint64_t from_ms = cycle->ended + step.after;
        if (step.after <= cycle->wooed)
            continue;
        if (from_ms > ledger->at_ms) {
            turn.next_ms = earlier(turn.next_ms, from_ms);
        } else if (!turn.due || step.after > turn.step.after) {
            turn.due = true;
            turn.step = step;
        }
    }
    return turn;
}

static bool send(struct ledger *ledger, int64_t telegram_id, const struct turn *turn,
                 const struct record_renew_cycle *cycle)
{
    const struct renew_winback_step *step = &turn->step;
    struct slice plan_name = slice_from(cycle->plan);
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, plan_name);
    const struct catalog_price *row = plan == NULL ? NULL : price_usual(plan, cycle);
    uint64_t until_ms = ledger->at_ms + step->hours * 3600 * 1000;
    struct offer_price price;
    char subject[NOTICE_SUBJECT_MAX + 1];
    uint64_t offer = 0;
    if (step->discount > 0 && row != NULL)
        offer =
            offer_open(ledger, telegram_id, plan_name, step->discount, until_ms, OFFER_BY_WINBACK);
    struct renew_winback part = {.plan = plan_name, .span = cycle->span, .after = step->after};
    if (row != NULL && price_of(ledger, telegram_id, plan, row, &price)) {
        part.period = period_pack(price.period);
        part.price = price.price;
        part.amount = price.amount;
        part.currency = slice_from(price.currency);
        part.percent = price.percent;
        part.offer_until = price.until_ms;
    }
    (void)snprintf(subject, sizeof subject, "%s/%" PRIu64 "/%" PRIu64 "/w%" PRIu64, cycle->plan,
                   cycle->span, cycle->until / 1000, step->after / 60000);
    const struct message message = part_make(shape_renew_winback(), &part);
    if (!notice_send(ledger, telegram_id, NOTICE_campaign,
                     (struct notice_key){MODULE_renewal, slice_from(subject)}, &message,
                     earlier(turn->next_ms, offer != 0 ? until_ms : 0))) {
        if (offer != 0)
            offer_drop(ledger, telegram_id, offer);
        return false;
    }
    const struct fact_wooed wooed = {.telegram_id = telegram_id,
                                     .plan = plan_name,
                                     .span = cycle->span,
                                     .after = step->after,
                                     .discount = offer != 0 ? step->discount : 0};
    fact_tell(ledger, shape_fact_wooed(), &wooed);
    if (offer != 0)
        offer_tell(ledger, telegram_id, offer);
    return true;
}
