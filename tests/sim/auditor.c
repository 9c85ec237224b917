#include "tests/sim/auditor.h"

#include "base/assert.h"
#include "base/clock.h"
#include "tests/sim/gateways.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "text/calendar.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* From the end of an entitlement to the last moment at which a call that was under way is done:
     * a lease, an outage, a late tick. */
    ADMIT_LATE_MS = 15 * MINUTE_MS
};

/* What a payment has come to. The names are those of the ledger's answers. */
enum standing { UNSEEN, RECORDED, GRANTED, UNSETTLED, TAKEN_BACK };
static const char *const standings[] = {"unseen", "recorded", "granted", "unsettled", "taken_back"};

struct account {
    bool seen[PAYMENT_PARTLY_REFUNDED + 1]; /* by kind */
    enum standing standing;                 /* of the money that came in */
    bool partly;                            /* a partial refund waits for the operator */
    bool late;                              /* its dispute or refund came first */
    struct period length;                   /* that it gives */
    unsigned stretch;                       /* in which it lies; 0: it gives nothing any more */
    unsigned receipts_owed, receipts;
};

/* A membership: stretches of paid time without a gap. */
struct holding {
    unsigned stretch; /* counts them */
    bool alive;       /* not ended by money that went back */
    uint64_t from_ms, until_ms;
    struct period length;
    uint64_t ended_ms; /* when money went back */
};

struct auditor {
    struct account *accounts; /* grown with the gateways' payments */
    size_t account_count, account_cap;
    struct holding *holdings; /* [user][plan] */
    struct calendar *calendar;
    bool *orders_used;
    size_t orders_cap;
};

static struct account *account_of(struct sim *sim, uint64_t payment);
static struct holding *holding_of(const struct sim *sim, uint64_t user, size_t plan);
static void payment_applied(struct sim *sim, const struct gateway_event *event, uint64_t at_ms,
                            enum result result);
static void came_in(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void count(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void went_out(struct sim *sim, uint64_t id, uint64_t at_ms);
static void came_back(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void settled(struct sim *sim, uint64_t id, bool grant, uint64_t at_ms, enum result result);
static bool grant(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result);
static void check_seats(struct sim *sim, size_t plan, uint64_t at_ms, bool given);
static void measure(struct sim *sim, struct holding *holding);
static bool *order_used(struct sim *sim, uint64_t order);
static void check_member(struct sim *sim, uint64_t user);
static void check_payment(struct sim *sim, uint64_t id);

void auditor_new(struct sim *sim)
{
    struct auditor *auditor = calloc(1, sizeof *auditor);
    ASSERT(auditor != NULL);
    sim->auditor = auditor;
    auditor->holdings = calloc(people_count(sim) * PLANS, sizeof *auditor->holdings);
    ASSERT(auditor->holdings != NULL);
    enum error error = calendar_new(sim->config->timezone, &auditor->calendar);
    ASSERT(error == ERROR_NONE);
}

void auditor_destroy(struct sim *sim)
{
    struct auditor *auditor = sim->auditor;
    calendar_destroy(&auditor->calendar);
    free(auditor->accounts);
    free(auditor->holdings);
    free(auditor->orders_used);
    free(auditor);
    sim->auditor = NULL;
}

void auditor_applied(struct sim *sim, struct waiter waiter, uint64_t at_ms, enum result result)
{
    if (waiter.kind == WAITER_EVENT) {
        const struct gateway_event event = sim->gateways->events[waiter.id];
        payment_applied(sim, &event, at_ms, result);
    } else if (waiter.kind == WAITER_SETTLE) {
        settled(sim, waiter.id, waiter.id2 != 0, at_ms, result);
    } else if (waiter.kind == WAITER_ORDER) {
        bool known = sim->gateways->orders[waiter.id].sent;
        CHECK(sim, result == (known ? RESULT_exists : RESULT_ok), "order %" PRIu64 " is %s",
              waiter.id, result_name(result));
        gateways_order_issued(sim, waiter.id);
    }
}

bool auditor_unsettled(const struct sim *sim, uint64_t payment)
{
    if (payment >= sim->auditor->account_count)
        return false;
    const struct account *account = &sim->auditor->accounts[payment];
    return account->standing == UNSETTLED || account->partly;
}

uint64_t auditor_held_until(const struct sim *sim, uint64_t user, size_t plan)
{
    const struct holding *holding = holding_of(sim, user, plan);
    uint64_t grace_ms = sim->config->plans[plan].grace_ms;
    if (holding->stretch == 0)
        return 0;
    return holding->alive ? holding->until_ms + grace_ms : holding->ended_ms;
}

uint64_t auditor_entitled_until(const struct sim *sim, uint64_t user, size_t group)
{
    uint64_t until_ms = 0;
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct config_plan *config = &sim->config->plans[plan];
        for (size_t i = 0; i < config->group_count; i++) {
            uint64_t held_ms = auditor_held_until(sim, user, plan);
            if (config->groups[i] == &sim->config->groups[group] && held_ms > until_ms)
                until_ms = held_ms;
        }
    }
    return until_ms;
}

void auditor_admitted(struct sim *sim, uint64_t user, size_t group)
{
    uint64_t until_ms = auditor_entitled_until(sim, user, group);
    CHECK(sim, until_ms != 0 && until_ms + ADMIT_LATE_MS >= sim->now_ms,
          "%" PRId64 " is let into %s %s", telegram_user_id(user), sim->config->groups[group].name,
          until_ms == 0 ? "and never paid for it" : "long after their time there was over");
}

void auditor_receipt(struct sim *sim, uint64_t payment)
{
    struct account *account = account_of(sim, payment);
    CHECK(sim, account->receipts_owed > 0,
          "a receipt for payment %" PRIu64 ", which was never granted", payment);
    account->receipts++;
}

void auditor_check_places(struct sim *sim, uint64_t settle_ms)
{
    for (uint64_t user = 0; user < people_count(sim); user++) {
        for (size_t group = 0; group < GROUPS; group++) {
            if (telegram_place(sim, user, group) != PLACE_IN)
                continue;
            uint64_t over_ms = auditor_entitled_until(sim, user, group);
            uint64_t since_ms = telegram_since(sim, user, group);
            if (over_ms < since_ms)
                over_ms = since_ms;
            CHECK(sim, over_ms + settle_ms >= sim->now_ms,
                  "%" PRId64 " is in %s unpaid for %" PRIu64 " hours", telegram_user_id(user),
                  sim->config->groups[group].name, (sim->now_ms - over_ms) / HOUR_MS);
        }
    }
}

void auditor_check_ledger(struct sim *sim)
{
    for (uint64_t id = 0; id < sim->gateways->payment_count; id++)
        check_payment(sim, id);
    for (uint64_t user = 0; user < people_count(sim); user++)
        check_member(sim, user);
    uint64_t open = 0;
    for (size_t id = 0; id < sim->auditor->account_count; id++) {
        const struct account *account = &sim->auditor->accounts[id];
        open += account->standing == UNSETTLED;
        open += account->partly;
    }
    struct ledger_counts counts;
    usher_counts(sim, &counts);
    CHECK(sim, counts.unsettled == open,
          "the ledger counts %" PRIu64 " unsettled payments, the auditor %" PRIu64,
          counts.unsettled, open);
}

void auditor_check_arrived(struct sim *sim)
{
    for (size_t i = 0; i < sim->gateways->event_count; i++) {
        const struct gateway_event *event = &sim->gateways->events[i];
        CHECK(sim, event->acked, "an event of payment %" PRIu64 " is never acknowledged",
              event->payment);
        CHECK(sim, account_of(sim, event->payment)->seen[event->kind],
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
                  auditor_entitled_until(sim, user, group) < sim->now_ms + DAY_MS ||
                      telegram_place(sim, user, group) == PLACE_IN,
                  "%" PRId64 " paid for %s and is not in it", telegram_user_id(user),
                  sim->config->groups[group].name);
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

static struct account *account_of(struct sim *sim, uint64_t payment)
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

static struct holding *holding_of(const struct sim *sim, uint64_t user, size_t plan)
{
    return &sim->auditor->holdings[user * PLANS + plan];
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
        came_in(sim, event->payment, at_ms, result);
        break;
    case PAYMENT_REFUNDED:
        went_out(sim, event->payment, at_ms);
        break;
    case PAYMENT_CHARGED_BACK:
        if (!account->seen[PAYMENT_REINSTATED])
            went_out(sim, event->payment, at_ms);
        break;
    case PAYMENT_REINSTATED:
        came_back(sim, event->payment, at_ms, result);
        break;
    case PAYMENT_PARTLY_REFUNDED:
        account->partly = true;
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
          "payment %" PRIu64 " is granted and should be %s", id, standings[account->standing]);
}

/* The money is there: it is granted, or waits for the operator. */
static void count(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    const struct payment *payment = &sim->gateways->payments[id];
    bool clear = payment->by_order ? sim->gateways->orders[payment->order].sent &&
                                         !*order_used(sim, payment->order)
                                   : payment->flaw == FLAW_NONE;
    account->length = payment->price->period;
    account->standing = UNSETTLED;
    if (clear && grant(sim, id, at_ms, result) && payment->by_order)
        *order_used(sim, payment->order) = true;
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
    if (account->stretch != holding->stretch || !holding->alive ||
        auditor_held_until(sim, payment->user, payment->plan) <= at_ms) {
        account->stretch = 0;
        return;
    }
    if (holding->until_ms <= at_ms) /* in grace: all that was paid for is used up */
        account->stretch = 0;
    holding->length.months -= account->length.months;
    holding->length.days -= account->length.days;
    measure(sim, holding);
    if (holding->until_ms <= at_ms || holding->length.months + holding->length.days == 0) {
        holding->alive = false;
        holding->ended_ms = at_ms;
    }
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
    }
}

static void settled(struct sim *sim, uint64_t id, bool give, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    if (account->standing == UNSETTLED) {
        if (!give) {
            account->standing = RECORDED;
        } else {
            account->length = sim->gateways->payments[id].price->period;
            (void)grant(sim, id, at_ms, result);
        }
    } else if (!give) {
        account->partly = false;
    } else {
        CHECK(sim, result != RESULT_granted, "payment %" PRIu64 " is granted twice by hand", id);
    }
}

/* Time is added behind what the member has; false when all seats are taken. */
static bool grant(struct sim *sim, uint64_t id, uint64_t at_ms, enum result result)
{
    struct account *account = account_of(sim, id);
    const struct payment *payment = &sim->gateways->payments[id];
    struct holding *holding = holding_of(sim, payment->user, payment->plan);
    bool unbroken = holding->stretch > 0 && holding->alive && holding->until_ms >= at_ms;
    bool given = result == RESULT_granted;
    if (!unbroken && sim->config->plans[payment->plan].seats != 0)
        check_seats(sim, payment->plan, at_ms, given);
    else
        CHECK(sim, given, "payment %" PRIu64 " is not granted: %s", id, result_name(result));
    if (!given)
        return false;
    if (!unbroken) {
        holding->stretch++;
        holding->alive = true;
        holding->from_ms = at_ms;
        holding->length = (struct period){0, 0};
    }
    holding->length.months += account->length.months;
    holding->length.days += account->length.days;
    measure(sim, holding);
    account->standing = GRANTED;
    account->stretch = holding->stretch;
    account->receipts_owed++;
    people_granted(sim, payment->user, payment->plan, holding->until_ms);
    return true;
}

/* Seats are free again when a tick says so, which may come late: those whose grace is just over may
 * count or not. */
static void check_seats(struct sim *sim, size_t plan, uint64_t at_ms, bool given)
{
    uint64_t least = 0;
    uint64_t most = 0;
    for (uint64_t user = 0; user < people_count(sim); user++) {
        uint64_t until_ms = auditor_held_until(sim, user, plan);
        bool ended = !holding_of(sim, user, plan)->alive;
        least += !ended && until_ms > at_ms;
        most += !ended && until_ms + ADMIT_LATE_MS > at_ms;
    }
    uint64_t seats = sim->config->plans[plan].seats;
    CHECK(sim, given ? least <= seats : most >= seats,
          "plan %s has %" PRIu64 " to %" PRIu64 " of %" PRIu64 " seats taken, and one more is %s",
          plan_names[plan], least, most, seats, given ? "given" : "refused");
}

static void measure(struct sim *sim, struct holding *holding)
{
    holding->until_ms =
        (uint64_t)calendar_add(sim->auditor->calendar, (int64_t)holding->from_ms, holding->length);
}

static bool *order_used(struct sim *sim, uint64_t order)
{
    struct auditor *auditor = sim->auditor;
    while (auditor->orders_cap <= order) {
        size_t before = auditor->orders_cap;
        auditor->orders_used =
            sim_grow(auditor->orders_used, &auditor->orders_cap, before, sizeof(bool));
        memset(auditor->orders_used + before, 0, auditor->orders_cap - before);
    }
    return &auditor->orders_used[order];
}

/* What the ledger says of the member's plans. */
static void check_member(struct sim *sim, uint64_t user)
{
    struct message_query query = {.what = QUERY_MEMBER, .subject = telegram_user_id(user)};
    bool any = false;
    for (size_t plan = 0; plan < PLANS; plan++)
        any = any || holding_of(sim, user, plan)->stretch > 0;
    if (!any)
        return;
    struct slice json = usher_ask(sim, &query, 200);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    size_t listed = 0;
    for (size_t plan = 0; plan < PLANS; plan++) {
        const struct holding *holding = holding_of(sim, user, plan);
        const cJSON *item;
        const cJSON *found = NULL;
        cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "entitlements"))
        {
            if (strcmp(cJSON_GetObjectItem(item, "plan")->valuestring, plan_names[plan]) == 0)
                found = item;
        }
        CHECK(sim, (found != NULL) == (holding->stretch > 0), "%" PRId64 " has a plan %s %s",
              telegram_user_id(user), plan_names[plan],
              found != NULL ? "that was never paid for" : "that the ledger does not know");
        if (found == NULL)
            continue;
        listed++;
        char until[32];
        clock_format_utc((int64_t)holding->until_ms, until, sizeof until);
        const char *told = cJSON_GetObjectItem(found, "until")->valuestring;
        const char *status = cJSON_GetObjectItem(found, "status")->valuestring;
        bool open = strcmp(status, "active") == 0 || strcmp(status, "grace") == 0;
        uint64_t held_ms = auditor_held_until(sim, user, plan);
        CHECK(sim, !holding->alive || strcmp(until, told) == 0,
              "%" PRId64 "'s %s runs until %s, the ledger says %s", telegram_user_id(user),
              plan_names[plan], until, told);
        bool clear = held_ms + ADMIT_LATE_MS < sim->now_ms || held_ms > sim->now_ms;
        CHECK(sim, !clear || open == (holding->alive && held_ms > sim->now_ms),
              "%" PRId64 "'s %s is %s, and ends %s", telegram_user_id(user), plan_names[plan],
              status, until);
    }
    CHECK(sim, (int)listed == cJSON_GetArraySize(cJSON_GetObjectItem(root, "entitlements")),
          "%" PRId64 " has plans that nobody sells", telegram_user_id(user));
    cJSON_Delete(root);
}

static void check_payment(struct sim *sim, uint64_t id)
{
    static const char *const kinds[] = {NULL,           "paid",       "refunded",
                                        "charged_back", "reinstated", "partly_refunded"};
    const struct account *account = account_of(sim, id);
    char payment_id[32];
    char text[96];
    bool any = false;
    for (size_t kind = PAYMENT_PAID; kind <= PAYMENT_PARTLY_REFUNDED; kind++)
        any = any || account->seen[kind];
    payment_id_of(id, payment_id, sizeof payment_id);
    snprintf(text, sizeof text, "%s/%s", payment_gateway(id), payment_id);
    struct message_query query = {.what = QUERY_PAYMENT, .text = slice_from(text)};
    struct slice json = usher_ask(sim, &query, any ? 200 : 404);
    if (!any)
        return;
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    const cJSON *payments = cJSON_GetObjectItem(root, "payments");
    for (size_t kind = PAYMENT_PAID; kind <= PAYMENT_PARTLY_REFUNDED; kind++) {
        const cJSON *item;
        const cJSON *found = NULL;
        cJSON_ArrayForEach(item, payments)
        {
            if (strcmp(cJSON_GetObjectItem(item, "kind")->valuestring, kinds[kind]) == 0)
                found = item;
        }
        CHECK(sim, (found != NULL) == account->seen[kind], "payment %s: %s is %s", text,
              kinds[kind], found != NULL ? "there and was never sent" : "lost");
        if (found == NULL)
            continue;
        const char *told = cJSON_GetObjectItem(found, "state")->valuestring;
        const char *want = kind == PAYMENT_PAID ? standings[account->standing]
                           : kind == PAYMENT_PARTLY_REFUNDED && account->partly ? "unsettled"
                                                                                : "recorded";
        CHECK(sim, strcmp(told, want) == 0, "payment %s: %s is %s and should be %s", text,
              kinds[kind], told, want);
    }
    cJSON_Delete(root);
}
