/* What each event of a payment changes, in whatever order usher takes them in: grants, what is
 * taken back and given again, what waits for the operator. */
#include "base/assert.h"
#include "tests/sim/auditor_state.h"

#include <inttypes.h>

/* What an event does. True: it granted something. */
typedef bool step(struct sim *sim, struct taken *taken, uint64_t at_ms);
static step came_in, refunded, disputed, invalid, lifted, short_of;

static bool said_again(struct sim *sim, struct taken *taken, bool was_clear, uint64_t at_ms);
static bool names_head(const struct sim *sim, const struct gateway_event *event);
static bool name_head(struct sim *sim, struct taken *taken, uint64_t at_ms);
static void check_granted(struct sim *sim, size_t index, bool given, enum result result);
static bool learn_names(struct sim *sim, const struct gateway_event *event);
static struct taken *find(struct account *account, size_t event);
static bool must_repeat(const struct sim *sim, const struct gateway_event *event);
static void check_repeated(struct sim *sim, struct taken *taken, enum result result);
static void check_joined(struct sim *sim, const struct gateway_event *event, bool joined,
                         enum result result);
static void join(struct sim *sim, const struct gateway_event *event, uint64_t at_ms);
static unsigned worth(const struct taken *taken);
static bool take_over(struct sim *sim, struct taken *taken, uint64_t at_ms);
static bool count(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                  uint64_t at_ms);
static bool find_payer(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                       uint64_t at_ms);
static bool came_back(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                      uint64_t at_ms);
static struct subscription *subscription_of(struct sim *sim, const struct gateway_event *event);
static bool is_superfluous(struct sim *sim, const struct taken *taken,
                           const struct gateway_event *by, uint64_t at_ms);
static void granted(struct sim *sim, const struct taken *taken, const struct gateway_event *by);
static void went_out(struct sim *sim, struct taken *head, bool back, uint64_t at_ms);
static void list_parts(struct sim *sim, uint64_t payment, unsigned name);
static void unlist(struct sim *sim, const struct gateway_event *by, bool all);

static const struct payment *payment_of(const struct sim *sim, const struct taken *taken)
{
    return &sim->gateways->payments[net_event(sim, taken)->payment];
}

void money_applied(struct sim *sim, size_t index, uint64_t variant, uint64_t at_ms,
                   enum result result)
{
    static step *const steps[] = {
        [PAYMENT_PAID] = came_in,          [PAYMENT_REFUNDED] = refunded,
        [PAYMENT_CHARGED_BACK] = disputed, [PAYMENT_REINSTATED] = lifted,
        [PAYMENT_INVALID] = invalid,       [PAYMENT_PARTLY_REFUNDED] = refunded,
        [PAYMENT_SHORT] = short_of,        [PAYMENT_REFUND_FAILED] = lifted};
    struct gateway_event *event = &sim->gateways->events[index];
    struct account *account = account_of(sim, event->payment);
    event->applied = true;
    struct subscription *subscription = subscription_of(sim, event);
    if (subscription != NULL && !event->anonymous &&
        sim->gateways->payments[event->payment].flaw == FLAW_NONE)
        subscription->named = true;
    bool joined = learn_names(sim, event);
    if (joined)
        join(sim, event, at_ms);
    if (event->kind == PAYMENT_JOINED) {
        check_joined(sim, event, joined, result);
        return;
    }
    struct taken *before = find(account, index);
    if (before != NULL) {
        bool other = variant != before->variant || !before->trace;
        if (other && event->kind == PAYMENT_PAID && names_head(sim, event))
            check_granted(sim, index, name_head(sim, before, at_ms), result);
        else
            check_repeated(sim, before, result);
        return;
    }
    bool repeats = must_repeat(sim, event);
    CHECK(sim, !repeats || result == RESULT_duplicate, "evt-%zu counts once more: %s", index,
          result_name(result));
    bool again = event->kind == PAYMENT_PAID && net_head(sim, event->payment, event->name) != NULL;
    bool clear = again && net_clear(sim, event->payment, event->name);
    account->taken = sim_grow(account->taken, &account->cap, account->count, sizeof(struct taken));
    struct taken *taken = &account->taken[account->count++];
    *taken = (struct taken){.event = index,
                            .variant = variant,
                            .standing = RECORDED,
                            .trace = result != RESULT_duplicate};
    if (repeats)
        return;
    bool given =
        again ? said_again(sim, taken, clear, at_ms) : steps[event->kind](sim, taken, at_ms);
    check_granted(sim, index, given, result);
}

static void check_granted(struct sim *sim, size_t index, bool given, enum result result)
{
    CHECK(sim, given == (result == RESULT_granted), "evt-%zu of payment %" PRIu64 " is %s%s", index,
          sim->gateways->events[index].payment, result_name(result),
          given ? " and should be granted" : "");
}

struct order *money_order(const struct sim *sim, const struct taken *money)
{
    const struct payment *payment = payment_of(sim, money);
    const struct gateway_event *event =
        &sim->gateways->events[money->by != 0 ? money->by - 1 : money->event];
    bool ordered = payment->by_order && !event->anonymous;
    return ordered ? &sim->gateways->orders[payment->order] : NULL;
}

uint64_t money_payment(const struct sim *sim, const struct taken *money)
{
    return net_event(sim, money)->payment;
}

/* True: payments that were two until now, with events each, are one. */
static bool learn_names(struct sim *sim, const struct gateway_event *event)
{
    struct account *account = account_of(sim, event->payment);
    unsigned told = event->names | 1U << event->name;
    unsigned least = account->same[event->name];
    unsigned known = 0;
    for (unsigned name = 0; name < NAMES; name++)
        if ((told & 1U << name) != 0 && account->same[name] < least)
            least = account->same[name];
    for (unsigned name = 0; name < NAMES; name++) {
        unsigned before = account->same[name];
        bool one = false;
        for (unsigned other = 0; other < NAMES; other++)
            one = one || ((told & 1U << other) != 0 && account->same[other] == before);
        known += one && before == name && net_taken(sim, event->payment, name, 0) != NULL;
    }
    for (unsigned name = 0; name < NAMES; name++) {
        if ((told & 1U << name) == 0)
            continue;
        unsigned before = account->same[name];
        for (unsigned other = 0; other < NAMES; other++)
            if (account->same[other] == before)
                account->same[other] = least;
    }
    return known > 1;
}

static struct taken *find(struct account *account, size_t event)
{
    for (size_t i = 0; i < account->count; i++)
        if (account->taken[i].event == event)
            return &account->taken[i];
    return NULL;
}

/* The end of a dispute that was lost, a second word of the same shortfall. */
static bool must_repeat(const struct sim *sim, const struct gateway_event *event)
{
    const struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, event->payment, event->name, n)) != NULL; n++) {
        const struct gateway_event *before = net_event(sim, taken);
        if (before->kind == event->kind && before->part == event->part &&
            (event->kind == PAYMENT_CHARGED_BACK || event->kind == PAYMENT_SHORT))
            return true;
    }
    return false;
}

/* A word that was taken for a repeated one may be news the next time, but changes nothing. */
static void check_repeated(struct sim *sim, struct taken *taken, enum result result)
{
    const struct gateway_event *event = net_event(sim, taken);
    bool word = event->kind == PAYMENT_PAID || event->kind == PAYMENT_INVALID;
    CHECK(sim, result == RESULT_duplicate || (word && result == RESULT_ok),
          "the same event of payment %" PRIu64 ", evt-%zu, counts twice: %s", event->payment,
          taken->event, result_name(result));
    taken->trace = taken->trace || result == RESULT_ok;
}

static void check_joined(struct sim *sim, const struct gateway_event *event, bool joined,
                         enum result result)
{
    CHECK(sim, result == RESULT_ok || (result == RESULT_duplicate && !joined),
          "that names of payment %" PRIu64 " are one is %s", event->payment, result_name(result));
}

/* What was said of either counts; money that was counted twice counts once. */
static void join(struct sim *sim, const struct gateway_event *event, uint64_t at_ms)
{
    uint64_t id = event->payment;
    struct taken *head = NULL;
    struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, id, event->name, n)) != NULL; n++)
        if (net_event(sim, taken)->kind == PAYMENT_PAID && !taken->repeats &&
            (head == NULL || worth(taken) > worth(head)))
            head = taken;
    if (head == NULL)
        return;
    for (size_t n = 0; (taken = net_taken(sim, id, event->name, n)) != NULL; n++) {
        if (net_event(sim, taken)->kind != PAYMENT_PAID || taken->repeats || taken == head)
            continue;
        if (taken->standing == GRANTED)
            holding_take(sim, id, taken, at_ms);
        taken->standing = RECORDED;
        taken->repeats = true;
    }
    if (net_refunded(sim, id, event->name)) {
        unlist(sim, event, true);
    } else {
        unlist(sim, event, false);
        list_parts(sim, id, event->name);
    }
    if (net_clear(sim, id, event->name))
        (void)came_back(sim, head, event, at_ms);
    else
        went_out(sim, head, net_refunded(sim, id, event->name), at_ms);
}

/* Which of two that are one is kept. */
static unsigned worth(const struct taken *taken)
{
    if (taken->standing == GRANTED)
        return 4;
    if (taken->standing == TAKEN_BACK)
        return 3;
    return taken->standing == DISMISSED ? 0 : 1 + taken->named;
}

static bool came_in(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    if (event->same_id != 0) { /* another payment's event: a person looks */
        taken->standing = UNSETTLED;
        return false;
    }
    unlist(sim, event, true);
    if (!net_refunded(sim, event->payment, event->name))
        list_parts(sim, event->payment, event->name);
    if (take_over(sim, taken, at_ms))
        return false;
    bool clear = net_clear(sim, event->payment, event->name);
    if (clear)
        return count(sim, taken, event, at_ms);
    (void)find_payer(sim, taken, event, at_ms);
    taken->late = true;
    return false;
}

/* The operator gave it before all of it had come: it is given once. */
static bool take_over(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *before;
    for (size_t n = 0; (before = net_taken(sim, event->payment, event->name, n)) != NULL; n++) {
        if (net_event(sim, before)->kind != PAYMENT_SHORT || before->standing != GRANTED)
            continue;
        taken->standing = GRANTED;
        taken->length = before->length;
        taken->stretch = before->stretch;
        taken->named = true;
        before->standing = RECORDED;
        if (!net_clear(sim, event->payment, event->name))
            went_out(sim, taken, false, at_ms);
        return true;
    }
    return false;
}

/* Once more, by another event: for whom it is may be known now, or the word counts again. */
static bool said_again(struct sim *sim, struct taken *taken, bool was_clear, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *head = net_head(sim, event->payment, event->name);
    taken->repeats = true;
    if (names_head(sim, event)) {
        taken->trace = false; /* it becomes the first one's */
        return name_head(sim, taken, at_ms);
    }
    return !was_clear && net_clear(sim, event->payment, event->name) &&
           came_back(sim, head, event, at_ms);
}

/* The money waits because nobody could be found for it, and this event says who paid. */
static bool names_head(const struct sim *sim, const struct gateway_event *event)
{
    const struct taken *head = net_head(sim, event->payment, event->name);
    const struct payment *payment = &sim->gateways->payments[event->payment];
    return head != NULL && head->standing == UNSETTLED && head->wants && !event->anonymous &&
           payment->flaw != FLAW_NO_MEMBER;
}

static bool name_head(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *head = net_head(sim, event->payment, event->name);
    struct taken named = *head;
    named.event = taken->event;
    bool given = count(sim, &named, event, at_ms);
    named.event = head->event;
    *head = named;
    head->by = taken->event + 1;
    return given;
}

static bool refunded(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    uint64_t id = event->payment;
    struct taken *head = net_head(sim, id, event->name);
    bool holds = !net_lifted(sim, id, event->name, taken);
    if (head == NULL) {
        bool whole = event->kind == PAYMENT_REFUNDED;
        taken->standing = whole && holds && taken->trace ? UNSETTLED : RECORDED;
    } else if (net_refunded(sim, id, event->name)) {
        unlist(sim, event, true);
        went_out(sim, head, true, at_ms);
    } else if (holds && taken->trace) {
        struct taken *before;
        for (size_t n = 0; (before = net_taken(sim, id, event->name, n)) != NULL; n++)
            if (event->total && net_event(sim, before)->kind == event->kind &&
                before->standing == UNSETTLED)
                before->standing = RECORDED;
        taken->standing = UNSETTLED;
        taken->asked = true;
    }
    return false;
}

static bool disputed(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *head = net_head(sim, event->payment, event->name);
    if (net_lifted(sim, event->payment, event->name, taken))
        return false;
    if (head == NULL)
        taken->standing = UNSETTLED;
    else
        went_out(sim, head, false, at_ms);
    return false;
}

static bool invalid(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *head = net_head(sim, event->payment, event->name);
    if (head != NULL && !net_lifted(sim, event->payment, event->name, taken))
        went_out(sim, head, false, at_ms);
    return false;
}

/* A dispute was won, a refund failed. */
static bool lifted(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *other;
    for (size_t n = 0; (other = net_taken(sim, event->payment, event->name, n)) != NULL; n++) {
        const struct gateway_event *about = net_event(sim, other);
        bool named = event->kind == PAYMENT_REINSTATED ? about->kind == PAYMENT_CHARGED_BACK
                                                       : net_is_refund(about->kind);
        if (named && about->part == event->part && other->standing == UNSETTLED)
            other->standing = RECORDED;
    }
    struct taken *head = net_head(sim, event->payment, event->name);
    return head != NULL && net_clear(sim, event->payment, event->name) &&
           came_back(sim, head, event, at_ms);
}

/* The operator has one thing to look at: the last. */
static bool short_of(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    const struct gateway_event *event = net_event(sim, taken);
    struct taken *before;
    (void)at_ms;
    if (net_head(sim, event->payment, event->name) != NULL)
        return false;
    for (size_t n = 0; (before = net_taken(sim, event->payment, event->name, n)) != NULL; n++)
        if (net_event(sim, before)->kind == PAYMENT_SHORT && before->standing == UNSETTLED)
            before->standing = RECORDED;
    taken->standing = UNSETTLED;
    return false;
}

/* The money is there: it is granted, or waits for the operator. by: what made it count. */
static bool count(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                  uint64_t at_ms)
{
    taken->length = payment_of(sim, taken)->price.period;
    taken->standing = UNSETTLED;
    if (!find_payer(sim, taken, by, at_ms))
        return false;
    if (is_superfluous(sim, taken, by, at_ms)) { /* the next one is measured by the end of now */
        struct subscription *subscription = subscription_of(sim, by);
        if (subscription->known)
            subscription->given_ms =
                holding_of(sim, subscription->user, subscription->plan)->until_ms;
        return false;
    }
    const struct order *order = money_order(sim, taken);
    if (order != NULL && order->unclaimed)
        return claims_paid(sim, taken, by, at_ms);
    if (!holding_give(sim, by->payment, taken, subscription_of(sim, by) != NULL, at_ms))
        return false;
    granted(sim, taken, by);
    return true;
}

/* By the order; else what was paid must be a price of the plan as it is asked now, and gives what
 * that gives now, or what the subscription always gave. */
static bool find_payer(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                       uint64_t at_ms)
{
    const struct payment *payment = payment_of(sim, taken);
    const struct gateway_event *event = net_event(sim, taken);
    const struct terms_plan *plan = &terms_in_force(sim)->plans[payment->plan];
    const struct subscription *subscription = subscription_of(sim, by);
    bool ordered = payment->by_order && !event->anonymous;
    bool silent = event->anonymous || payment->by_order || payment->flaw == FLAW_NO_MEMBER ||
                  payment->flaw == FLAW_ORDER;
    bool known = subscription != NULL && subscription->known;
    bool told = subscription != NULL && subscription->named;
    taken->named = taken->named || ordered || !silent || known || told;
    taken->wants = !taken->named && payment->flaw != FLAW_ORDER;
    if (ordered)
        return shop_takes(sim, payment, at_ms);
    if (!taken->named || payment->flaw != FLAW_NONE)
        return false;
    for (size_t i = 0; i < sizeof plan->prices / sizeof plan->prices[0]; i++) {
        const struct price *price = &plan->prices[i];
        if (price->amount != payment->amount ||
            strcmp(price->currency, payment->price.currency) != 0)
            continue;
        taken->length = price->period;
        return true;
    }
    if (known)
        taken->length = subscription->length;
    return known;
}

/* NULL: this event names none. */
static struct subscription *subscription_of(struct sim *sim, const struct gateway_event *event)
{
    uint64_t number = sim->gateways->payments[event->payment].subscription;
    return number != 0 && event->kind == PAYMENT_PAID ? &sim->gateways->subscriptions[number - 1]
                                                      : NULL;
}

/* A charge for what the member has otherwise: the first one while another renews, a later one while
 * the membership is longer than that of its last charge by more than half of what it gives. */
static bool is_superfluous(struct sim *sim, const struct taken *taken,
                           const struct gateway_event *by, uint64_t at_ms)
{
    const struct subscription *subscription = subscription_of(sim, by);
    uint64_t half_ms = (taken->length.months * UINT64_C(30) + taken->length.days) * DAY_MS / 2;
    if (subscription == NULL)
        return false;
    for (size_t i = 0; !subscription->known && i < sim->gateways->subscription_count; i++) {
        const struct subscription *other = &sim->gateways->subscriptions[i];
        if (other != subscription && other->known && other->user == subscription->user &&
            other->plan == subscription->plan && other->until_ms + 7 * DAY_MS > at_ms)
            return true;
    }
    const struct holding *holding = holding_of(sim, subscription->user, subscription->plan);
    return subscription->known && holding_open(holding) && holding->until_ms > at_ms + half_ms &&
           holding->until_ms > subscription->given_ms + half_ms;
}

/* Nothing stands against it any more. */
static bool came_back(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                      uint64_t at_ms)
{
    bool given = false;
    if (taken->standing != RECORDED && taken->standing != TAKEN_BACK)
        return false;
    if (taken->unclaimed)
        return claims_came_back(sim, taken, at_ms);
    if (taken->standing == TAKEN_BACK && taken->stretch == 0) {
        taken->standing = GRANTED; /* nothing had been taken */
    } else if (taken->late) {
        taken->late = false;
        given = count(sim, taken, by, at_ms);
    } else if (taken->standing == RECORDED ||
               !holding_give(sim, by->payment, taken, subscription_of(sim, by) != NULL, at_ms)) {
        taken->standing = UNSETTLED;
    } else {
        granted(sim, taken, by);
        given = true;
    }
    if (taken->standing == GRANTED)
        credit_reinstated(sim, taken);
    return given;
}

/* Also when the order was too old for it, and the operator had granted it by hand. */
static void granted(struct sim *sim, const struct taken *taken, const struct gateway_event *by)
{
    const struct payment *payment = payment_of(sim, taken);
    const struct order *order = money_order(sim, taken);
    if (order != NULL && !order->unclaimed) /* else the operator gave it to somebody by hand */
        shop_paid(sim, payment->order, by->payment);
    struct subscription *subscription = subscription_of(sim, by);
    if (subscription == NULL)
        return;
    subscription->known = true;
    subscription->length = taken->length;
    subscription->given_ms = holding_of(sim, payment->user, payment->plan)->until_ms;
    if (subscription->given_ms > subscription->until_ms)
        subscription->until_ms = subscription->given_ms;
}

/* back: it was refunded, and not only disputed. */
static void went_out(struct sim *sim, struct taken *head, bool back, uint64_t at_ms)
{
    claims_went_out(sim, head, back);
    credit_given_back(sim, head);
    if (head->standing == UNSETTLED)
        head->standing = RECORDED;
    if (head->standing != GRANTED)
        return;
    head->standing = TAKEN_BACK;
    holding_take(sim, net_event(sim, head)->payment, head, at_ms);
}

/* Parts went back, and nobody was asked what that means. Of totals the last one says it all. */
static void list_parts(struct sim *sim, uint64_t payment, unsigned name)
{
    struct taken *taken;
    struct taken *last = NULL;
    for (size_t n = 0; (taken = net_taken(sim, payment, name, n)) != NULL; n++) {
        const struct gateway_event *event = net_event(sim, taken);
        if (!net_is_refund(event->kind) || taken->standing != RECORDED || taken->asked ||
            !taken->trace || net_lifted(sim, payment, name, taken))
            continue;
        if (event->total) {
            last = taken;
            continue;
        }
        taken->standing = UNSETTLED;
        taken->asked = true;
    }
    if (last == NULL)
        return;
    last->standing = UNSETTLED;
    last->asked = true;
}

/* What waited waits no more: all but the money itself, or only what waited for it. */
static void unlist(struct sim *sim, const struct gateway_event *by, bool all)
{
    struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, by->payment, by->name, n)) != NULL; n++)
        if (taken->standing == UNSETTLED && net_event(sim, taken)->kind != PAYMENT_PAID &&
            (all || !taken->asked))
            taken->standing = RECORDED;
}
