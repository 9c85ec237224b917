/* Orders that were made for nobody: whoever opens the link first has one, before its payment or
 * behind it, and nobody else ever. What is paid before that is recorded, waits, is the operator's
 * to see when it has waited long, and is given to who comes. Until then the order keeps its seat.
 */
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"

#include <inttypes.h>

enum { OPEN_MAX = 100 /* orders of one member, by whatever way they became theirs */ };
#define UNCLAIMED_MS ((uint64_t)HOUR_MS) /* the configuration does not say otherwise */

static uint64_t number_of(const struct sim *sim, const struct order *order);
static struct taken *money_of(struct sim *sim, const struct order *order);
static void await(struct sim *sim, const struct order *order, uint64_t at_ms);
static bool may_claim(const struct sim *sim, const struct order *order, uint64_t user);
static void make_theirs(struct sim *sim, struct order *order, uint64_t user);
static bool was_given(const struct taken *head);
static void give(struct sim *sim, struct order *order, uint64_t at_ms);
static bool give_money(struct sim *sim, struct taken *money, uint64_t at_ms);
static void compare(struct sim *sim, const struct order *order);

bool claims_paid(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                 uint64_t at_ms)
{
    struct order *order = money_order(sim, taken);
    if (!terms_in_force(sim)->plans[order->plan].sold)
        return false; /* the operator looks */
    taken->standing = RECORDED;
    taken->unclaimed = true;
    shop_paid(sim, number_of(sim, order), by->payment);
    claims_keep_seat(sim, order, true);
    await(sim, order, at_ms);
    return false;
}

void claims_went_out(struct sim *sim, const struct taken *taken, bool refunded)
{
    struct order *order = money_order(sim, taken);
    if (order == NULL || order->paid_by != money_payment(sim, taken) + 1)
        return;
    order->refunded = order->refunded || refunded;
    claims_keep_seat(sim, order, false);
}

/* It is still nobody's, and begins to wait anew; or somebody has claimed it meanwhile. */
bool claims_came_back(struct sim *sim, struct taken *taken, uint64_t at_ms)
{
    struct order *order = money_order(sim, taken);
    bool given = false;
    if (!order->unclaimed)
        given = give_money(sim, taken, at_ms);
    if (order->sold || (!order->unclaimed && !given))
        return given;
    credit_reinstated(sim, taken);
    order->refunded = false;
    if (order->unclaimed) {
        claims_keep_seat(sim, order, true);
        await(sim, order, at_ms);
    }
    return given;
}

void claims_keep_seat(struct sim *sim, struct order *order, bool keep)
{
    if (keep == order->seat || (keep && !order->unclaimed))
        return;
    order->seat = keep;
    if (keep)
        sim->auditor->held[order->plan]++;
    else
        sim->auditor->held[order->plan]--;
}

bool claims_seat_left(const struct sim *sim, const struct order *order)
{
    const struct terms_plan *plan = &terms_in_force(sim)->plans[order->plan];
    return !order->unclaimed || order->seat || !plan->sold || plan->seats == 0 ||
           sim->auditor->taken[order->plan] + sim->auditor->held[order->plan] < plan->seats;
}

/* subject: the ledger's number of the order that it showed, 0: it refused. */
void claims_opened(struct sim *sim, uint64_t user, uint64_t at_ms, uint64_t subject,
                   struct slice token)
{
    struct gateways *gateways = sim->gateways;
    struct order *order = NULL;
    for (size_t i = 0; i < gateways->order_count; i++)
        if (gateways->orders[i].known && slice_is(token, gateways->orders[i].token))
            order = &gateways->orders[i];
    CHECK(sim, order != NULL, "somebody opens a link that was never given out");
    bool over = order->unclaimed && (order->stage == ORDER_IS_CANCELLED || order->refunded);
    bool claims = !over && may_claim(sim, order, user);
    bool shown = over || claims || (!order->unclaimed && order->user == user);
    CHECK(sim, shown == (subject != 0), "%s is %s to %" PRId64 ", who opened its link", order->id,
          shown ? "not shown" : "shown", telegram_user_id(user));
    if (claims) {
        make_theirs(sim, order, user);
        give(sim, order, at_ms);
    }
    compare(sim, order);
}

void claims_settled(struct sim *sim, struct order *order, uint64_t user)
{
    make_theirs(sim, order, user);
    compare(sim, order);
}

void claims_ticked(struct sim *sim, uint64_t over_ms)
{
    struct auditor *auditor = sim->auditor;
    size_t kept = 0;
    for (size_t i = 0; i < auditor->wait_count; i++) {
        const struct order *order = &sim->gateways->orders[auditor->waits[i].order];
        if (auditor->waits[i].until_ms > over_ms) {
            auditor->waits[kept++] = auditor->waits[i];
            continue;
        }
        struct taken *money = money_of(sim, order);
        if (order->unclaimed && order->sold && money != NULL && money->standing == RECORDED)
            money->standing = UNSETTLED;
    }
    auditor->wait_count = kept;
}

void claims_check(struct sim *sim, const struct order *order, const cJSON *told)
{
    const cJSON *member = cJSON_GetObjectItem(told, "telegram_id");
    bool same = order->unclaimed ? cJSON_IsNull(member)
                                 : cJSON_IsNumber(member) && (int64_t)member->valuedouble ==
                                                                 telegram_user_id(order->user);
    CHECK(sim, same, "%s is %s, the ledger says otherwise", order->id,
          order->unclaimed ? "nobody's" : "a member's");
}

uint64_t claims_seats(const struct sim *sim, size_t plan)
{
    uint64_t seats = 0;
    for (size_t i = 0; i < sim->gateways->order_count; i++)
        seats += sim->gateways->orders[i].plan == plan && sim->gateways->orders[i].seat;
    return seats;
}

static uint64_t number_of(const struct sim *sim, const struct order *order)
{
    return (uint64_t)(order - sim->gateways->orders);
}

/* What paid it and waits for its owner; NULL: nothing does. */
static struct taken *money_of(struct sim *sim, const struct order *order)
{
    struct taken *head = order->paid_by != 0 ? net_head(sim, order->paid_by - 1, 0) : NULL;
    return head != NULL && head->unclaimed ? head : NULL;
}

static void await(struct sim *sim, const struct order *order, uint64_t at_ms)
{
    struct auditor *auditor = sim->auditor;
    auditor->waits =
        sim_grow(auditor->waits, &auditor->wait_cap, auditor->wait_count, sizeof *auditor->waits);
    auditor->waits[auditor->wait_count++] =
        (struct wait){.order = number_of(sim, order), .until_ms = at_ms + UNCLAIMED_MS};
}

static bool may_claim(const struct sim *sim, const struct order *order, uint64_t user)
{
    unsigned open = 0;
    for (size_t plan = 0; plan < PLANS; plan++)
        open += holding_of(sim, user, plan)->orders;
    return order->unclaimed && (order->stage != ORDER_IS_OPEN || open < OPEN_MAX);
}

/* Its seat is the member's, who needs none when they have one. What its payments are for is theirs,
 * but for what the operator gave to somebody by hand. */
static void make_theirs(struct sim *sim, struct order *order, uint64_t user)
{
    struct gateways *gateways = sim->gateways;
    struct holding *holding = holding_of(sim, user, order->plan);
    claims_keep_seat(sim, order, false);
    order->unclaimed = false;
    order->user = user;
    for (uint64_t id = 0; id < gateways->payment_count; id++) {
        struct payment *payment = &gateways->payments[id];
        if (payment->by_order && payment->order == number_of(sim, order) &&
            account_of(sim, id) != NULL && !was_given(net_head(sim, id, 0)))
            payment->user = user;
    }
    if (order->stage != ORDER_IS_OPEN)
        return;
    holding->orders++;
    if (holding_open(holding) || holding->kept)
        return;
    holding->kept = true;
    sim->auditor->held[order->plan]++;
}

static bool was_given(const struct taken *head)
{
    return head != NULL && (head->standing == GRANTED || head->standing == TAKEN_BACK);
}

/* What is disputed is given when that is won. */
static void give(struct sim *sim, struct order *order, uint64_t at_ms)
{
    struct taken *money = money_of(sim, order);
    bool waits = money != NULL && (money->standing == RECORDED || money->standing == UNSETTLED);
    if (waits && order->sold)
        (void)give_money(sim, money, at_ms);
}

static bool give_money(struct sim *sim, struct taken *money, uint64_t at_ms)
{
    bool given = holding_give(sim, money_payment(sim, money), money, false, at_ms);
    money->unclaimed = false;
    money->named = true;
    if (!given)
        money->standing = UNSETTLED;
    return given;
}

static void compare(struct sim *sim, const struct order *order)
{
    const struct message_query query = {.what = QUERY_ORDER, .text = slice_from(order->id)};
    cJSON *root = cJSON_Parse(usher_ask(sim, &query, 200).data);
    claims_check(sim, order, root);
    cJSON_Delete(root);
}
