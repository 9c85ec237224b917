/* The operator: settles what was not granted, also twice or wrongly, or puts it aside with a
 * reason, and lets go what is held or dead, all or one. */
#include "tests/sim/auditor.h"
#include "tests/sim/gateways.h"
#include "tests/sim/modules.h"
#include "tests/sim/operator.h"
#include "tests/sim/telegram.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static void settle_all(struct sim *sim, struct event *event);
static void settle(struct sim *sim, uint64_t id, unsigned name, bool grant);
static void dismiss(struct sim *sim, uint64_t id, unsigned name);
static void release_one(struct sim *sim, enum release_what what);
static void release(struct sim *sim, struct event *event);

void operator_new(struct sim *sim)
{
    sim_at(sim, sim->start_ms + 9 * HOUR_MS, settle_all);
}

/* Each morning: what was recorded and not granted is given to its payer, or put aside; removals
 * that were held and deliveries that failed may go. */
static void settle_all(struct sim *sim, struct event *timer)
{
    const struct gateways *gateways = sim->gateways;
    (void)timer;
    for (uint64_t id = 0; id < gateways->payment_count; id++) {
        unsigned name;
        if (!auditor_unsettled(sim, id, &name) || sim_chance(sim, 5000))
            continue;
        if (sim_chance(sim, 2000)) {
            dismiss(sim, id, name);
            continue;
        }
        settle(sim, id, name, sim_chance(sim, 7000));
        if (sim_chance(sim, 500)) /* two operators at once */
            settle(sim, id, name, sim_chance(sim, 5000));
    }
    if (gateways->payment_count > 0 && sim_chance(sim, 2000)) { /* and a slip of the pen */
        uint64_t id = sim_below(sim, gateways->payment_count);
        if (sim_chance(sim, 5000))
            settle(sim, id, (unsigned)sim_below(sim, NAMES), sim_chance(sim, 5000));
        else
            dismiss(sim, id, (unsigned)sim_below(sim, NAMES));
    }
    for (uint64_t what = RELEASE_HELD; what <= RELEASE_DEAD; what++) {
        if (sim_chance(sim, 2000)) /* some look at it first */
            release_one(sim, (enum release_what)what);
        sim->gateways->released[what] = false;
        sim_at(sim, sim->now_ms, release)->a = what;
    }
    sim_at(sim, sim->now_ms + (sim->calm ? HOUR_MS : DAY_MS), settle_all);
}

static void settle(struct sim *sim, uint64_t id, unsigned name, bool grant)
{
    const struct payment *payment = &sim->gateways->payments[id];
    char payment_id[32];
    payment_id_of(id, name, payment_id, sizeof payment_id);
    const struct message message = {
        .kind = MESSAGE_cmd_settle,
        .cmd_settle = {.gateway = slice_from(payment_gateway(sim, id)),
                       .payment_id = slice_from(payment_id),
                       .telegram_id = grant ? telegram_user_id(payment->user) : 0,
                       .plan = slice_from(grant ? plan_names[payment->plan] : ""),
                       .months = grant ? payment->price.period.months : 0,
                       .days = grant ? payment->price.period.days : 0}};
    usher_submit(sim, &message, (struct waiter){WAITER_SETTLE, id, name << 1 | grant});
}

static void dismiss(struct sim *sim, uint64_t id, unsigned name)
{
    const struct actor who = {"token:shop", WHO_OPERATOR, ""};
    char payment_id[32];
    payment_id_of(id, name, payment_id, sizeof payment_id);
    const struct payment_dismiss ask = {.gateway = slice_from(payment_gateway(sim, id)),
                                        .payment_id = slice_from(payment_id),
                                        .reason = SLICE("none of ours")};
    usher_act(sim, &who, shape_payment_dismiss(), &ask, (struct waiter){WAITER_DISMISS, id, name});
}

/* The operator looks at the list and lets the first one go. */
static void release_one(struct sim *sim, enum release_what what)
{
    if (!usher_up(sim))
        return;
    const struct message_query query = {.what = QUERY_QUEUE,
                                        .text = slice_from(what == RELEASE_HELD ? "held" : "dead"),
                                        .limit = 1};
    struct slice json = usher_ask(sim, &query, 200);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "deliveries"), 0);
    if (first != NULL) {
        uint64_t id = (uint64_t)cJSON_GetObjectItem(first, "id")->valuedouble;
        const struct message message = {.kind = MESSAGE_cmd_release,
                                        .cmd_release = {.what = what, .delivery = id}};
        usher_submit(sim, &message, (struct waiter){WAITER_RELEASE, what, id});
    }
    cJSON_Delete(root);
}

/* The operator's program tries again until it is told that it was done. */
static void release(struct sim *sim, struct event *timer)
{
    if (sim->gateways->released[timer->a])
        return;
    const struct message message = {.kind = MESSAGE_cmd_release, .cmd_release = {.what = timer->a}};
    usher_submit(sim, &message, (struct waiter){WAITER_RELEASE, timer->a, 0});
    sim_at(sim, sim->now_ms + 5 * SECOND_MS, release)->a = timer->a;
}
