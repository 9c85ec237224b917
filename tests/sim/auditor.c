#include "tests/sim/auditor.h"

#include "base/assert.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/staff.h"
#include "tests/sim/telegram.h"
#include "text/calendar.h"

#include <inttypes.h>
#include <stdlib.h>

static void payment_applied(struct sim *sim, const struct gateway_event *event, uint64_t at_ms,
                            enum result result);
static void came_in(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void count(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static bool count_price(struct sim *sim, const struct payment *payment, struct period *length);
static void went_out(struct sim *sim, uint64_t id, uint64_t at_ms);
static void came_back(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void settled(struct sim *sim, uint64_t id, bool grant, uint64_t at_ms, enum result result);
static bool grant(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void ticked(struct sim *sim, uint64_t at_ms, uint64_t over_ms);
static void due(struct sim *sim, struct holding *holding, uint64_t at_ms);
static void terms_applied(struct sim *sim, size_t terms, enum result result);
static void set_timer(struct sim *sim, struct holding *holding, uint64_t timer_ms);
static void close_holding(struct sim *sim, struct holding *holding);
static void measure(struct sim *sim, struct holding *holding);
static bool before(const struct heap_node *a, const struct heap_node *b);

void auditor_new(struct sim *sim)
{
    struct auditor *auditor = calloc(1, sizeof *auditor);
    ASSERT(auditor != NULL);
    sim->auditor = auditor;
    uint64_t count = people_count(sim);
    heap_init(&auditor->timers, before);
    auditor->holdings = calloc(count * PLANS, sizeof *auditor->holdings);
    auditor->words = calloc(count * GROUPS, sizeof *auditor->words);
    auditor->days = calloc(count, sizeof *auditor->days);
    ASSERT(auditor->holdings != NULL && auditor->words != NULL && auditor->days != NULL);
    for (uint64_t user = 0; user < count; user++) {
        for (size_t plan = 0; plan < PLANS; plan++) {
            holding_of(sim, user, plan)->user = user;
            holding_of(sim, user, plan)->plan = plan;
        }
    }
    for (size_t group = 0; group < GROUPS; group++)
        auditor->absent_ms[group] = sim->start_ms;
}

void auditor_destroy(struct sim *sim)
{
    struct auditor *auditor = sim->auditor;
    calendar_destroy(&auditor->calendar);
    heap_deinit(&auditor->timers);
    for (size_t bot = 0; bot < BOTS; bot++)
        free(auditor->updates[bot]);
    free(auditor->accounts);
    free(auditor->holdings);
    free(auditor->words);
    free(auditor->days);
    free(auditor->deliveries);
    free(auditor);
    sim->auditor = NULL;
}

void auditor_applied(struct sim *sim, struct waiter waiter, uint64_t at_ms,
                     struct outcome_of outcome, const struct message *command)
{
    enum result result = (enum result)outcome.result;
    if (waiter.kind == WAITER_EVENT) {
        const struct gateway_event event = sim->gateways->events[waiter.id];
        payment_applied(sim, &event, at_ms, result);
    } else if (waiter.kind == WAITER_SETTLE) {
        settled(sim, waiter.id, waiter.id2 != 0, at_ms, result);
    } else if (waiter.kind == WAITER_ORDER) {
        shop_ordered(sim, waiter.id, at_ms, outcome, command);
    } else if (waiter.kind == WAITER_CANCEL) {
        shop_cancelled(sim, waiter.id, outcome);
    } else if (waiter.kind == WAITER_COUPON) {
        shop_coupon(sim, waiter, at_ms, outcome);
    } else if (waiter.kind == WAITER_STAFF) {
        staff_heard(sim, outcome);
    } else if (waiter.kind == WAITER_READER) {
        CHECK(sim, result == RESULT_ok || result == RESULT_stale, "reading news is %s",
              result_name(result));
    } else if (waiter.kind == WAITER_UPDATE) {
        places_update(sim, waiter, result, command);
        if (command->kind == MESSAGE_cmd_said && result == RESULT_ok &&
            command->cmd_said.module == MODULE_checkin)
            points_came(sim, (uint64_t)(command->cmd_said.telegram_id - telegram_user_id(0)),
                        at_ms);
        if (command->kind == MESSAGE_cmd_said && outcome.subject != 0 &&
            command->cmd_said.module == MODULE_shop)
            shop_bought(sim, (uint64_t)(command->cmd_said.telegram_id - telegram_user_id(0)), at_ms,
                        outcome.subject);
    } else if (waiter.kind == WAITER_RELEASE) {
        sim->auditor->released_ms = sim->now_ms;
    } else if (waiter.kind == WAITER_TERMS) {
        terms_applied(sim, (size_t)waiter.id, result);
    } else if (command->kind == MESSAGE_cmd_tick) {
        /* As far as it came: the next goes on. */
        uint64_t over_ms =
            outcome.due_ms != 0 && outcome.due_ms <= at_ms ? outcome.due_ms - 1 : at_ms;
        ticked(sim, at_ms, over_ms);
        shop_ticked(sim, over_ms);
    } else if (command->kind == MESSAGE_cmd_outcome && command->cmd_outcome.freeze_until_ms != 0) {
        calls_applied(sim, command->cmd_outcome.delivery);
    }
}

unsigned waiting(const struct account *account)
{
    unsigned count = 0;
    for (size_t kind = 0; kind < sizeof account->waits / sizeof *account->waits; kind++)
        count += account->waits[kind];
    return count;
}

bool auditor_unsettled(const struct sim *sim, uint64_t payment)
{
    if (payment >= sim->auditor->account_count)
        return false;
    const struct account *account = &sim->auditor->accounts[payment];
    return account->standing == UNSETTLED || waiting(account) > 0;
}

void auditor_receipt(struct sim *sim, uint64_t payment)
{
    struct account *account = account_of(sim, payment);
    CHECK(sim, account->receipts_owed > 0,
          "a receipt for payment %" PRIu64 ", which was never granted", payment);
    account->receipts++;
}

void auditor_sums(const struct sim *sim, struct auditor_sums *out)
{
    *out = (struct auditor_sums){0};
    for (size_t id = 0; id < sim->auditor->account_count; id++) {
        enum standing standing = sim->auditor->accounts[id].standing;
        out->granted += standing == GRANTED;
        out->unsettled += standing == UNSETTLED;
        out->taken_back += standing == TAKEN_BACK;
        out->recorded += standing == RECORDED;
    }
}

struct account *account_of(struct sim *sim, uint64_t payment)
{
    struct auditor *auditor = sim->auditor;
    CHECK(sim, payment < sim->gateways->payment_count, "payment %" PRIu64 " was never made",
          payment);
    while (auditor->account_count <= payment) {
        auditor->accounts = sim_grow(auditor->accounts, &auditor->account_cap,
                                     auditor->account_count, sizeof *auditor->accounts);
        auditor->accounts[auditor->account_count++] = (struct account){0};
    }
    return &auditor->accounts[payment];
}

struct holding *holding_of(const struct sim *sim, uint64_t user, size_t plan)
{
    return &sim->auditor->holdings[user * PLANS + plan];
}

bool holding_open(const struct holding *holding)
{
    return holding->status == RUNNING || holding->status == IN_GRACE;
}

const struct terms *terms_in_force(const struct sim *sim)
{
    return &sim->terms[sim->auditor->terms];
}

uint8_t *flags_of(uint8_t **flags, size_t *cap, uint64_t index)
{
    while (*cap <= index) {
        size_t old = *cap;
        *flags = sim_grow(*flags, cap, old, 1);
        memset(*flags + old, 0, *cap - old);
    }
    return &(*flags)[index];
}

static void payment_applied(struct sim *sim, const struct gateway_event *event, uint64_t at_ms,
                            enum result result)
{
    struct account *account = account_of(sim, event->payment);
    if (account->seen[event->kind]) {
        CHECK(sim, result == RESULT_duplicate,
              "the same event of payment %" PRIu64 " counts twice: %s", event->payment,
              result_name(result));
        return;
    }
    CHECK(sim, result != RESULT_duplicate,
          "a new event of payment %" PRIu64 " is taken for an old one", event->payment);
    account->seen[event->kind] = true;
    switch (event->kind) {
    case PAYMENT_PAID:
        account->waits[PAYMENT_REFUNDED] = account->waits[PAYMENT_CHARGED_BACK] = false;
        account->waits[PAYMENT_PARTLY_REFUNDED] =
            account->seen[PAYMENT_PARTLY_REFUNDED] && !account->seen[PAYMENT_REFUNDED];
        came_in(sim, event->payment, at_ms, result);
        break;
    case PAYMENT_REFUNDED:
        if (account->seen[PAYMENT_PAID])
            account->waits[PAYMENT_PARTLY_REFUNDED] = false; /* it is part of the whole */
        else
            account->waits[PAYMENT_REFUNDED] = true;
        went_out(sim, event->payment, at_ms);
        break;
    case PAYMENT_CHARGED_BACK:
        account->waits[PAYMENT_CHARGED_BACK] =
            !account->seen[PAYMENT_PAID] && !account->seen[PAYMENT_REINSTATED];
        if (!account->seen[PAYMENT_REINSTATED])
            went_out(sim, event->payment, at_ms);
        break;
    case PAYMENT_REINSTATED:
        account->waits[PAYMENT_CHARGED_BACK] = false;
        came_back(sim, event->payment, at_ms, result);
        break;
    case PAYMENT_PARTLY_REFUNDED:
        account->waits[PAYMENT_PARTLY_REFUNDED] =
            account->seen[PAYMENT_PAID] && !account->seen[PAYMENT_REFUNDED];
        break;
    case PAYMENT_INVALID: /* no gateway of ours says these */
    case PAYMENT_SHORT:
    case PAYMENT_JOINED:
    case PAYMENT_APPROVED:
    case PAYMENT_REFUND_FAILED:
        CHECK(sim, false, "payment %" PRIu64 ": a refund that nobody told failed", event->payment);
        break;
    }
}

static void came_in(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    bool gone = account->seen[PAYMENT_REFUNDED] ||
                (account->seen[PAYMENT_CHARGED_BACK] && !account->seen[PAYMENT_REINSTATED]);
    account->late = gone;
    if (gone)
        account->standing = RECORDED;
    else
        count(sim, id, at_ms, result);
    CHECK(sim, account->standing == GRANTED || result != RESULT_granted,
          "payment %" PRIu64 " is granted and should not be", id);
}

/* The money is there: it is granted, or waits for the operator. */
static void count(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    const struct payment *payment = &sim->gateways->payments[id];
    account->length = payment->price.period;
    account->standing = UNSETTLED;
    bool clear = payment->by_order ? shop_takes(sim, payment->order, at_ms)
                                   : count_price(sim, payment, &account->length);
    if (clear && grant(sim, id, at_ms, result) && payment->by_order)
        shop_paid(sim, payment->order, id);
}

/* What was paid must be a price of the plan as it is asked now, and gives what that gives now. */
static bool count_price(struct sim *sim, const struct payment *payment, struct period *length)
{
    const struct terms_plan *plan = &terms_in_force(sim)->plans[payment->plan];
    for (size_t i = 0; i < sizeof plan->prices / sizeof plan->prices[0]; i++) {
        const struct price *price = &plan->prices[i];
        if (payment->flaw != FLAW_NONE || price->amount != payment->price.amount ||
            strcmp(price->currency, payment->price.currency) != 0)
            continue;
        *length = price->period;
        return true;
    }
    return false;
}

/* The money went back: with it goes what it gave, if that time is not over. */
static void went_out(struct sim *sim, uint64_t id, uint64_t at_ms)
{
    struct account *account = account_of(sim, id);
    const struct payment *payment = &sim->gateways->payments[id];
    struct holding *holding = holding_of(sim, payment->user, payment->plan);
    if (account->standing == UNSETTLED)
        account->standing = RECORDED;
    if (account->standing != GRANTED)
        return;
    account->standing = TAKEN_BACK;
    if (account->stretch != holding->stretch || !holding_open(holding)) {
        account->stretch = 0;
        return;
    }
    if (holding->until_ms <= at_ms) /* in grace: all that was paid for is used up */
        account->stretch = 0;
    holding->length.months -= account->length.months;
    holding->length.days -= account->length.days;
    measure(sim, holding);
    if (holding->until_ms <= at_ms || holding->length.months + holding->length.days == 0)
        close_holding(sim, holding);
    else
        set_timer(sim, holding, holding->until_ms);
}

/* A dispute was won: the member gets again what the dispute took. */
static void came_back(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    if (account->standing == UNSEEN || account->standing == GRANTED ||
        account->standing == UNSETTLED || account->seen[PAYMENT_REFUNDED])
        return;
    if (account->standing == TAKEN_BACK && account->stretch == 0) {
        account->standing = GRANTED;
        CHECK(sim, result != RESULT_granted,
              "payment %" PRIu64 " is granted anew, and nothing had been taken", id);
    } else if (account->standing == RECORDED && account->late) {
        count(sim, id, at_ms, result);
    } else if (account->standing == RECORDED || !grant(sim, id, at_ms, result)) {
        account->standing = UNSETTLED;
    } else if (sim->gateways->payments[id].by_order) {
        /* Also when the order was too old for it, and the operator had granted it by hand. */
        shop_paid(sim, sim->gateways->payments[id].order, id);
    }
}

static void settled(struct sim *sim, uint64_t id, bool give, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    bool money = false;
    for (size_t kind = 0; kind < sizeof account->seen / sizeof *account->seen; kind++)
        money = money || account->seen[kind];
    bool open = account->standing == UNSETTLED || waiting(account) > 0;
    if (!open) {
        enum result wanted = money ? RESULT_already_settled : RESULT_not_found;
        CHECK(sim, result == wanted, "settling payment %" PRIu64 ", which is not open, is %s", id,
              result_name(result));
    } else if (!give) {
        CHECK(sim, result == RESULT_ok, "payment %" PRIu64 " cannot be put aside: %s", id,
              result_name(result));
        if (account->standing == UNSETTLED)
            account->standing = RECORDED;
        memset(account->waits, 0, sizeof account->waits);
    } else if (account->standing == UNSETTLED) {
        account->length = sim->gateways->payments[id].price.period;
        (void)grant(sim, id, at_ms, result);
    } else {
        CHECK(sim, result == RESULT_not_a_payment,
              "a part of payment %" PRIu64 " is granted by hand: %s", id, result_name(result));
    }
}

/* Time is added behind what the member has; false when the plan is not sold, or all its seats are
 * taken. */
static bool grant(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result)
{
    struct auditor *auditor = sim->auditor;
    struct account *account = account_of(sim, id);
    const struct payment *payment = &sim->gateways->payments[id];
    const struct terms_plan *plan = &terms_in_force(sim)->plans[payment->plan];
    struct holding *holding = holding_of(sim, payment->user, payment->plan);
    bool open = holding_open(holding);
    uint64_t taken = auditor->taken[payment->plan] + auditor->held[payment->plan] -
                     (holding->kept ? 1 : 0); /* the one that their order keeps is theirs */
    bool full = !open && plan->seats != 0 && taken >= plan->seats;
    bool given = plan->sold && !full;
    CHECK(sim, given == (result == RESULT_granted),
          "payment %" PRIu64 " for %s (%s, %" PRIu64 " of %u seats taken) is %s", id,
          plan_names[payment->plan], plan->sold ? "sold" : "not sold", taken, plan->seats,
          result_name(result));
    if (!given)
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
    if (!open || holding->until_ms < at_ms) {
        holding->stretch++;
        holding->from_ms = at_ms;
        holding->length = (struct period){0, 0};
    }
    holding->status = RUNNING;
    holding->groups |= plan->groups;
    holding->length.months += account->length.months;
    holding->length.days += account->length.days;
    measure(sim, holding);
    set_timer(sim, holding, holding->until_ms);
    account->standing = GRANTED;
    account->stretch = holding->stretch;
    account->receipts_owed++;
    people_granted(sim, payment->user, payment->plan, holding->until_ms);
    return true;
}

/* What is due changes by a tick, in the order of time, then of member and plan. */
static void ticked(struct sim *sim, uint64_t at_ms, uint64_t over_ms)
{
    struct holding *holding;
    while ((holding = (struct holding *)(void *)heap_first(&sim->auditor->timers)) != NULL &&
           holding->timer_ms <= over_ms)
        due(sim, holding, at_ms);
}

static void due(struct sim *sim, struct holding *holding, uint64_t at_ms)
{
    const struct terms_plan *plan = &terms_in_force(sim)->plans[holding->plan];
    uint64_t grace_end_ms = holding->until_ms + (plan->sold ? plan->grace_days * DAY_MS : 0);
    ASSERT(holding->until_ms <= at_ms);
    if (grace_end_ms <= at_ms) {
        close_holding(sim, holding);
        return;
    }
    holding->status = IN_GRACE;
    set_timer(sim, holding, grace_end_ms);
}

static void terms_applied(struct sim *sim, size_t terms, enum result result)
{
    struct auditor *auditor = sim->auditor;
    CHECK(sim, result == RESULT_ok, "a configuration is %s", result_name(result));
    auditor->terms_before = auditor->terms_ms == 0 ? terms : auditor->terms;
    auditor->terms = terms;
    auditor->terms_ms = sim->now_ms;
    calendar_destroy(&auditor->calendar);
    enum error error = calendar_new(terms_in_force(sim)->timezone, &auditor->calendar);
    ASSERT(error == ERROR_NONE);
    for (size_t i = 0; i < people_count(sim) * PLANS; i++) {
        struct holding *holding = &auditor->holdings[i];
        const struct terms_plan *plan = &terms_in_force(sim)->plans[holding->plan];
        if (holding_open(holding) && plan->sold)
            holding->groups |= plan->groups;
    }
    places_terms(sim, &sim->terms[auditor->terms_before], &sim->terms[terms]);
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
