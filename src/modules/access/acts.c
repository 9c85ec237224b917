/* What an operator does about memberships by hand. */
#include "ledger/news.h"
#include "ledger/person.h"
#include "modules/access/access.h"
#include "modules/access/grant.h"

enum { DAYS_MAX = 36500, MONTHS_MAX = 1200 };

static bool running(struct ledger *ledger, int64_t telegram_id, const char *plan);
static bool plan_name(struct ledger *ledger, struct slice name, char out[CATALOG_NAME_MAX + 1]);
static unsigned told(enum result result);
static unsigned acted(struct ledger *ledger, unsigned result, int64_t telegram_id, const char *act,
                      struct slice plan, struct slice reason);

unsigned op_member_grant(struct ledger *ledger, const struct member_grant *ask)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ask->plan);
    struct period period = period_unpack(ask->period);
    ledger->subject = (uint64_t)ask->telegram_id;
    if (plan == NULL)
        return RESULT_plan_unknown;
    if (period.months + period.days == 0 || period.months > MONTHS_MAX || period.days > DAYS_MAX)
        return RESULT_period_invalid;
    if (member_is_banned(ledger, ask->telegram_id))
        return RESULT_member_banned;
    struct record_payment given = {.kind = PAYMENT_PAID,
                                   .sequence = ledger->sequence,
                                   .at_ms = ledger->at_ms,
                                   .telegram_id = ask->telegram_id,
                                   .months = period.months,
                                   .days = period.days};
    return acted(ledger, told(grant_add(ledger, plan, SLICE(""), &given)), ask->telegram_id,
                 "grant", ask->plan, ask->reason);
}

unsigned op_member_extend(struct ledger *ledger, const struct member_extend *ask)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ask->plan);
    ledger->subject = (uint64_t)ask->telegram_id;
    if (plan == NULL)
        return RESULT_plan_unknown;
    if (ask->days < 1 || ask->days > DAYS_MAX)
        return RESULT_period_invalid;
    if (!running(ledger, ask->telegram_id, plan->name))
        return RESULT_no_membership;
    struct record_payment given = {.kind = PAYMENT_PAID,
                                   .sequence = ledger->sequence,
                                   .at_ms = ledger->at_ms,
                                   .telegram_id = ask->telegram_id,
                                   .days = (uint32_t)ask->days};
    return acted(ledger, told(grant_add(ledger, plan, SLICE(""), &given)), ask->telegram_id,
                 "extend", ask->plan, ask->reason);
}

unsigned op_member_revoke(struct ledger *ledger, const struct member_revoke *ask)
{
    char plan[CATALOG_NAME_MAX + 1];
    ledger->subject = (uint64_t)ask->telegram_id;
    /* Also of a plan that is configured no more. */
    if (!slice_copy(ask->plan, plan, sizeof plan) || !running(ledger, ask->telegram_id, plan))
        return plan_name(ledger, ask->plan, plan) ? RESULT_no_membership : RESULT_plan_unknown;
    grant_end(ledger, ask->telegram_id, plan, END_REVOKED);
    return acted(ledger, RESULT_ok, ask->telegram_id, "revoke", ask->plan, ask->reason);
}

unsigned op_member_ban(struct ledger *ledger, const struct member_ban *ask)
{
    struct record_member member;
    struct record_entitlement entitlement;
    char plan[CATALOG_NAME_MAX + 1] = "";
    ledger->subject = (uint64_t)ask->telegram_id;
    member_load_or_new(ledger, ask->telegram_id, &member);
    if (member.banned_ms == 0)
        member.banned_ms = ledger->at_ms;
    member_store(ledger, ask->telegram_id, &member);
    while (entitlement_next(ledger, ask->telegram_id, plan, &entitlement))
        if (running(ledger, ask->telegram_id, plan))
            grant_end(ledger, ask->telegram_id, plan, END_REVOKED);
    return acted(ledger, RESULT_ok, ask->telegram_id, "ban", SLICE(""), ask->reason);
}

unsigned op_member_unban(struct ledger *ledger, const struct member_unban *ask)
{
    struct record_member member;
    ledger->subject = (uint64_t)ask->telegram_id;
    if (!member_load(ledger, ask->telegram_id, &member) || member.banned_ms == 0)
        return RESULT_not_banned;
    member.banned_ms = 0;
    member_store(ledger, ask->telegram_id, &member);
    return acted(ledger, RESULT_ok, ask->telegram_id, "unban", SLICE(""), ask->reason);
}

unsigned op_member_import(struct ledger *ledger, const struct member_import *ask)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ask->plan);
    ledger->subject = (uint64_t)ask->telegram_id;
    if (plan == NULL)
        return RESULT_plan_unknown;
    if (ask->until <= ledger->at_ms)
        return RESULT_until_passed;
    if (member_is_banned(ledger, ask->telegram_id))
        return RESULT_member_banned;
    return acted(ledger, told(grant_until(ledger, ask->telegram_id, plan, ask->until)),
                 ask->telegram_id, "import", ask->plan, SLICE(""));
}

bool member_is_banned(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    return member_load(ledger, telegram_id, &member) && member.banned_ms != 0;
}

static bool running(struct ledger *ledger, int64_t telegram_id, const char *plan)
{
    struct record_entitlement entitlement;
    return entitlement_load(ledger, telegram_id, plan, &entitlement) &&
           (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE);
}

static bool plan_name(struct ledger *ledger, struct slice name, char out[CATALOG_NAME_MAX + 1])
{
    return slice_copy(name, out, CATALOG_NAME_MAX + 1) &&
           catalog_plan_find(ledger->catalog, name) != NULL;
}

/* An operator's words for what a payment would be left unsettled for. */
static unsigned told(enum result result)
{
    return result == RESULT_granted              ? (unsigned)RESULT_ok
           : result == RESULT_unsettled_seats    ? (unsigned)RESULT_no_seat
           : result == RESULT_unsettled_too_long ? (unsigned)RESULT_too_far
                                                 : (unsigned)result;
}

/* What succeeded is told, with who and why. */
static unsigned acted(struct ledger *ledger, unsigned result, int64_t telegram_id, const char *act,
                      struct slice plan, struct slice reason)
{
    const struct fact_acted fact = {.telegram_id = telegram_id,
                                    .act = slice_from(act),
                                    .plan = plan,
                                    .reason = reason,
                                    .by = ledger->actor};
    if (result == RESULT_ok)
        fact_tell(ledger, shape_fact_acted(), &fact);
    return result;
}
