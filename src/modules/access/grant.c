#include "modules/access/grant.h"

#include "ledger/agenda.h"
#include "ledger/facts.h"
#include "ledger/letter.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/access/seat.h"

enum { MONTHS_MAX = 12000 }; /* of one unbroken stretch */

static uint64_t one_due(struct ledger *ledger, int64_t telegram_id, const char *plan_name,
                        struct record_entitlement *entitlement);
static enum result add(struct ledger *ledger, const struct catalog_plan *plan,
                       struct slice payment_id, struct record_payment *payment, bool continues);
static bool reaches(struct ledger *ledger, const struct record_entitlement *entitlement,
                    const struct record_payment *payment);
static bool seat_for(struct ledger *ledger, const struct catalog_plan *plan, int64_t telegram_id);
static void store_until(struct ledger *ledger, int64_t telegram_id, const char *plan,
                        const struct record_entitlement *entitlement);
static uint64_t until_of(struct ledger *ledger, const struct record_entitlement *entitlement);
static void end_now(struct ledger *ledger, int64_t telegram_id, const char *plan,
                    struct record_entitlement *entitlement, enum end_reason reason);

enum result grant_add(struct ledger *ledger, const struct catalog_plan *plan,
                      struct slice payment_id, struct record_payment *payment)
{
    return add(ledger, plan, payment_id, payment, false);
}

enum result grant_continue(struct ledger *ledger, const struct catalog_plan *plan,
                           struct slice payment_id, struct record_payment *payment)
{
    return add(ledger, plan, payment_id, payment, true);
}

/* continues: in grace the time goes on from the end, unless that would be over by now. */
static enum result add(struct ledger *ledger, const struct catalog_plan *plan,
                       struct slice payment_id, struct record_payment *payment, bool continues)
{
    int64_t telegram_id = payment->telegram_id;
    struct record_entitlement entitlement;
    bool known = entitlement_load(ledger, telegram_id, plan->name, &entitlement);
    bool open = entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE;
    bool unbroken = open && (entitlement.until_ms >= ledger->at_ms ||
                             (continues && reaches(ledger, &entitlement, payment)));
    if (!open && !seat_for(ledger, plan, telegram_id))
        return RESULT_unsettled_seats;
    if (unbroken &&
        entitlement.months + entitlement.days / 28 + payment->months + payment->days / 28 >
            MONTHS_MAX)
        return RESULT_unsettled_too_long;
    if (unbroken) {
        entitlement.months += payment->months;
        entitlement.days += payment->days;
    } else {
        entitlement.span++;
        entitlement.anchor_ms = ledger->at_ms;
        entitlement.months = payment->months;
        entitlement.days = payment->days;
    }
    if (!open) {
        entitlement.since_ms = ledger->at_ms;
        seats_change(ledger, plan->name, 1);
    }
    entitlement.status = ENTITLEMENT_ACTIVE;
    entitlement.until_ms = until_of(ledger, &entitlement);
    store_until(ledger, telegram_id, plan->name, &entitlement);
    payment->span = entitlement.span;
    payment->state = PAYMENT_STATE_GRANTED;

    struct message parts[] = {
        {.kind = MESSAGE_part_receipt,
         .part_receipt = {.plan = slice_from(plan->name),
                          .payment_id =
                              slice_of(payment_id.data, payment_id.len <= 128 ? payment_id.len : 0),
                          .amount = payment->amount,
                          .currency = slice_from(payment->currency),
                          .at_ms = ledger->at_ms}},
        {.kind = MESSAGE_part_access,
         .part_access = {.plan = slice_from(plan->name),
                         .until_ms = entitlement.until_ms,
                         .first = !known}},
    };
    /* What an operator gives has no payment, and so no receipt. */
    size_t skip = payment_id.len == 0 && payment->amount == 0 && payment->currency[0] == 0 ? 1 : 0;
    letter_add(ledger, telegram_id, parts + skip, 2 - skip, ledger->at_ms);
    FACT_TELL(ledger, granted, .telegram_id = telegram_id, .plan = slice_from(plan->name),
              .span = entitlement.span, .until = entitlement.until_ms,
              .period = period_pack((struct period){payment->months, payment->days}),
              .first = !known, .renewed = open, .amount = payment->amount,
              .currency = slice_from(payment->currency));
    return RESULT_granted;
}

/* Does the stretch with this payment go beyond now? */
static bool reaches(struct ledger *ledger, const struct record_entitlement *entitlement,
                    const struct record_payment *payment)
{
    struct record_entitlement longer = *entitlement;
    longer.months += payment->months;
    longer.days += payment->days;
    return until_of(ledger, &longer) > ledger->at_ms;
}

bool grant_take_back(struct ledger *ledger, const struct record_payment *payment,
                     enum end_reason reason)
{
    struct record_entitlement entitlement;
    if (!entitlement_load(ledger, payment->telegram_id, payment->plan, &entitlement) ||
        (entitlement.status != ENTITLEMENT_ACTIVE && entitlement.status != ENTITLEMENT_GRACE) ||
        entitlement.span != payment->span)
        return false; /* in an earlier stretch, or this one is over */
    bool running = entitlement.until_ms > ledger->at_ms;
    if (entitlement.months < payment->months || entitlement.days < payment->days) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    entitlement.months -= payment->months;
    entitlement.days -= payment->days;
    entitlement.until_ms = until_of(ledger, &entitlement);
    if (entitlement.until_ms <= ledger->at_ms)
        end_now(ledger, payment->telegram_id, payment->plan, &entitlement, reason);
    else
        store_until(ledger, payment->telegram_id, payment->plan, &entitlement);
    return running;
}

void grant_end(struct ledger *ledger, int64_t telegram_id, const char *plan, enum end_reason reason)
{
    struct record_entitlement entitlement;
    if (entitlement_load(ledger, telegram_id, plan, &entitlement) &&
        (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE))
        end_now(ledger, telegram_id, plan, &entitlement, reason);
}

enum result grant_until(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                        uint64_t until_ms)
{
    struct record_entitlement entitlement;
    bool known = entitlement_load(ledger, telegram_id, plan->name, &entitlement);
    bool open = entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE;
    if (open && entitlement.until_ms == until_ms)
        return RESULT_granted;
    if (!open && !seat_for(ledger, plan, telegram_id))
        return RESULT_unsettled_seats;
    /* A stretch of no length that begins at its own end: what is paid is added behind that. */
    entitlement.span++;
    entitlement.anchor_ms = until_ms;
    entitlement.months = 0;
    entitlement.days = 0;
    entitlement.until_ms = until_ms;
    entitlement.status = ENTITLEMENT_ACTIVE;
    if (!open) {
        entitlement.since_ms = ledger->at_ms;
        seats_change(ledger, plan->name, 1);
    }
    store_until(ledger, telegram_id, plan->name, &entitlement);
    FACT_TELL(ledger, granted, .telegram_id = telegram_id, .plan = slice_from(plan->name),
              .span = entitlement.span, .until = until_ms, .first = !known, .renewed = open);
    return RESULT_granted;
}

uint64_t grant_due(struct ledger *ledger, int64_t telegram_id)
{
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    uint64_t least_ms = 0;
    while (entitlement_next(ledger, telegram_id, plan, &entitlement)) {
        uint64_t next_ms = one_due(ledger, telegram_id, plan, &entitlement);
        least_ms = next_ms != 0 && (least_ms == 0 || next_ms < least_ms) ? next_ms : least_ms;
    }
    return least_ms;
}

/* Returns when to look again, 0: never. */
static uint64_t one_due(struct ledger *ledger, int64_t telegram_id, const char *plan_name,
                        struct record_entitlement *entitlement)
{
    if (entitlement->status != ENTITLEMENT_ACTIVE && entitlement->status != ENTITLEMENT_GRACE)
        return 0;
    if (entitlement->until_ms > ledger->at_ms)
        return entitlement->until_ms;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(plan_name));
    uint64_t grace_end_ms = entitlement->until_ms + (plan != NULL ? plan->grace_ms : 0);
    if (grace_end_ms <= ledger->at_ms) {
        end_now(ledger, telegram_id, plan_name, entitlement, END_EXPIRED);
        return 0;
    }
    if (entitlement->status != ENTITLEMENT_GRACE) {
        entitlement->status = ENTITLEMENT_GRACE;
        entitlement_store(ledger, telegram_id, plan_name, entitlement);
        FACT_TELL(ledger, grace, .telegram_id = telegram_id, .plan = slice_from(plan_name),
                  .span = entitlement->span, .until = entitlement->until_ms);
    }
    return grace_end_ms;
}

/* There is a seat; the one that an open order of theirs keeps is theirs now. */
static bool seat_for(struct ledger *ledger, const struct catalog_plan *plan, int64_t telegram_id)
{
    if (plan->seats == 0)
        return true;
    bool kept = seat_take(ledger, telegram_id, plan->name);
    if (seats_taken(ledger, plan->name) + seats_held(ledger, plan->name) < plan->seats)
        return true;
    if (kept)
        seat_keep(ledger, telegram_id, plan->name);
    return false;
}

/* A timer that is due too early sets the next (agenda.h), so that a renewal need not touch it. */
static void store_until(struct ledger *ledger, int64_t telegram_id, const char *plan,
                        const struct record_entitlement *entitlement)
{
    entitlement_store(ledger, telegram_id, plan, entitlement);
    agenda_set(ledger, telegram_id, entitlement->until_ms);
}

static uint64_t until_of(struct ledger *ledger, const struct record_entitlement *entitlement)
{
    struct period length = {entitlement->months, entitlement->days};
    return (uint64_t)calendar_add(ledger->calendar, (int64_t)entitlement->anchor_ms, length);
}

static void end_now(struct ledger *ledger, int64_t telegram_id, const char *plan_name,
                    struct record_entitlement *entitlement, enum end_reason reason)
{
    entitlement->status = ENTITLEMENT_ENDED;
    entitlement->end_reason = (uint8_t)reason;
    entitlement_store(ledger, telegram_id, plan_name, entitlement);
    seats_change(ledger, plan_name, -1);
    struct message part = {
        .kind = MESSAGE_part_ended,
        .part_ended = {.plan = slice_from(plan_name), .reason = (uint64_t)reason}};
    letter_add(ledger, telegram_id, &part, 1, ledger->at_ms);
    FACT_TELL(ledger, ended, .telegram_id = telegram_id, .plan = slice_from(plan_name),
              .span = entitlement->span, .until = entitlement->until_ms, .reason = reason);
}
