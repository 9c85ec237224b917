#include "modules/renewal/renewal.h"

#include "ledger/agenda.h"
#include "ledger/person.h"
#include "modules/payment/subscription.h"

enum { WALK_STEP = 200 };

static void hear_granted(struct ledger *ledger, const void *fact)
{
    const struct fact_granted *granted = fact;
    struct record_renew_cycle cycle;
    uint64_t n;
    cycle_stop_wooing(ledger, granted->telegram_id);
    if (!rules_remind(ledger) && !rules_winback(ledger))
        return;
    (void)cycle_find(ledger, granted->telegram_id, granted->plan, &n, &cycle);
    cycle.span = granted->span;
    cycle.until = granted->until;
    cycle.period = granted->period;
    cycle.refunded = 0;
    if (granted->currency.len > 0)
        (void)slice_copy(granted->currency, cycle.currency, sizeof cycle.currency);
    agenda_set(ledger, granted->telegram_id, remind_begin(ledger, granted->telegram_id, n, &cycle));
}

/* What is not granted yet: who has paid is not to be won back. */
static void hear_paid(struct ledger *ledger, const void *fact)
{
    const struct fact_paid *paid = fact;
    if (!paid->granted)
        cycle_stop_wooing(ledger, paid->telegram_id);
}

static void hear_given_back(struct ledger *ledger, const void *fact)
{
    const struct fact_given_back *given_back = fact;
    struct record_renew_cycle cycle;
    uint64_t n;
    if (given_back->kind == PAYMENT_REINSTATED ||
        !cycle_find(ledger, given_back->telegram_id, given_back->plan, &n, &cycle))
        return;
    cycle.refunded = 1;
    cycle.ended = 0;
    cycle_store(ledger, given_back->telegram_id, n, &cycle);
    agenda_set(ledger, given_back->telegram_id, ledger->at_ms); /* the end may have moved */
}

/* From the end of grace on, whenever that is noticed. */
static void hear_ended(struct ledger *ledger, const void *fact)
{
    const struct fact_ended *ended = fact;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, ended->plan);
    struct record_renew_cycle cycle;
    uint64_t n;
    bool known = cycle_find(ledger, ended->telegram_id, ended->plan, &n, &cycle);
    if (ended->reason != END_EXPIRED || cycle.refunded != 0 || !rules_winback(ledger)) {
        if (known)
            aspect_delete(ledger, ended->telegram_id, shape_record_renew_cycle(), n);
        return;
    }
    cycle.span = ended->span;
    cycle.until = ended->until;
    cycle.ended = ended->until + (plan == NULL ? 0 : plan->grace_ms);
    cycle.wooed = 0;
    cycle_store(ledger, ended->telegram_id, n, &cycle);
    agenda_set(ledger, ended->telegram_id, ledger->at_ms);
}

/* What was due while they were out of reach. */
static void hear_reachable(struct ledger *ledger, const void *fact)
{
    const struct fact_reachable *reachable = fact;
    struct record_renew_cycle cycle;
    uint64_t n = 0;
    if (reachable->reachable != 0 &&
        aspect_next(ledger, reachable->telegram_id, shape_record_renew_cycle(), false, &n, &cycle))
        agenda_set(ledger, reachable->telegram_id, ledger->at_ms);
}

/* It does not renew by itself any more: what comes now is said, what would have been due is over. A
 * charge that failed is no such word. */
static void hear_subscription(struct ledger *ledger, const void *fact)
{
    const struct fact_subscription_changed *changed = fact;
    struct record_renew_cycle cycle;
    uint64_t n, next_ms = ledger->at_ms;
    if (changed->state == SUBSCRIPTION_ACTIVE || !rules_remind(ledger) ||
        !cycle_find(ledger, changed->telegram_id, changed->plan, &n, &cycle) || cycle.ended != 0)
        return;
    if (changed->state != SUBSCRIPTION_PAST_DUE)
        next_ms = remind_begin(ledger, changed->telegram_id, n, &cycle);
    agenda_set(ledger, changed->telegram_id, next_ms);
}

static uint64_t due(struct ledger *ledger, int64_t telegram_id)
{
    uint64_t remind_ms = remind_due(ledger, telegram_id);
    return earlier(remind_ms, winback_due(ledger, telegram_id));
}

static uint64_t notice(struct ledger *ledger, int64_t telegram_id, const struct message *part)
{
    if (part->kind == (enum message_kind)shape_renew_reminder()->id)
        return remind_notice(ledger, telegram_id, message_object(part));
    if (part->kind == (enum message_kind)shape_renew_winback()->id)
        return winback_notice(ledger, telegram_id, message_object(part));
    return ledger->at_ms;
}

/* New rules are for those who are here, too: the agenda of everybody is looked at once. */
static void configured(struct ledger *ledger)
{
    struct record_renew_rules rules = {0};
    struct key key;
    key_clear(&key);
    key_u8(&key, 0);
    bool known = row_load(ledger, shape_record_renew_rules(), &key, &rules);
    uint64_t hash = rules_hash(ledger);
    if (known ? rules.hash == hash : !rules_remind(ledger) && !rules_winback(ledger))
        return;
    rules.hash = hash;
    row_store(ledger, shape_record_renew_rules(), &key, &rules);
    timer_set(ledger, TIMER_AT_ONCE_MS, (enum timer_kind)MODULE_renewal, 0, "");
}

static void walk(struct ledger *ledger, int64_t telegram_id, const char *subject)
{
    struct record_member member;
    (void)subject;
    for (int n = 0; n < WALK_STEP; n++) {
        if (!member_next(ledger, &telegram_id, &member))
            return;
        if (cycle_any_runs(ledger, telegram_id))
            agenda_set(ledger, telegram_id, ledger->at_ms);
    }
    timer_set(ledger, TIMER_AT_ONCE_MS, (enum timer_kind)MODULE_renewal, telegram_id, "");
}

unsigned op_offer_make(struct ledger *ledger, const struct offer_make *command)
{
    const uint64_t hour_ms = 3600 * 1000;
    struct record_member member;
    if (catalog_plan_find(ledger->catalog, command->plan) == NULL || command->percent < 1 ||
        command->hours < 1 || command->hours > OFFER_HOURS_MAX)
        return RESULT_invalid;
    if (!member_load(ledger, command->telegram_id, &member))
        return RESULT_not_found;
    ledger->subject = offer_open(ledger, command->telegram_id, command->plan, command->percent,
                                 ledger->at_ms + command->hours * hour_ms, OFFER_BY_OPERATOR);
    if (ledger->subject == 0)
        return RESULT_offers_full;
    offer_tell(ledger, command->telegram_id, ledger->subject);
    return RESULT_ok;
}

static void answer_offer_make(struct ledger *ledger, uint64_t subject, const void *command,
                              cJSON *out)
{
    const struct offer_make *make = command;
    (void)ledger;
    cJSON_AddNumberToObject(out, "offer_id", (double)subject);
    cJSON_AddNumberToObject(out, "telegram_id", (double)make->telegram_id);
    cJSON_AddNumberToObject(out, "percent", (double)make->percent);
}

static const struct hear_row hears[] = {
    {shape_fact_granted, hear_granted},
    {shape_fact_paid, hear_paid},
    {shape_fact_given_back, hear_given_back},
    {shape_fact_ended, hear_ended},
    {shape_fact_reachable, hear_reachable},
    {shape_fact_subscription_changed, hear_subscription},
    {NULL, NULL},
};

#define MODULE_DEF    "modules/renewal/renewal.def"
#define MODULE_SELF   MODULE_renewal
#define MODULE_SHAPES shapes_of_renewal
#include "ledger/define.h"

const struct module module_renewal = {.name = "renewal",
                                      .number = MODULE_renewal,
                                      .shapes = shapes_of_renewal,
                                      .config = &config_of_renewal,
                                      .results = module_results,
                                      .ops = module_ops,
                                      .asks = module_asks,
                                      .hears = hears,
                                      .intents = renew_intents,
                                      .says = renewal_says,
                                      .line = offer_lines,
                                      .document = offer_document,
                                      .due = due,
                                      .notice = notice,
                                      .configured = configured,
                                      .timer = walk};
