#include "tests/sim/terms.h"

#include "base/assert.h"
#include "base/money.h"
#include "base/period.h"
#include "tests/sim/telegram.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { YAML_MAX = 8192 };

const char *const plan_names[PLANS] = {"starter", "core", "vip"};
const char *const group_names[GROUPS] = {"starter", "core", "lounge"};
const size_t group_bots[GROUPS] = {0, 0, 1};
const bool group_requests[GROUPS] = {true, false, true};

static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"};

static const struct terms_plan plans_at_first[PLANS] = {
    {true, 1, 0, 0, {{900, "USD", {1, 0}}, {7900, "USD", {12, 0}}}},
    {true, 1 | 2, 1, 3, {{2900, "USD", {1, 0}}, {29900, "EUR", {3, 0}}}},
    {true, 2 | 4, 0, 0, {{5000, "USD", {0, 14}}, {9900, "USD", {0, 30}}}},
};

static struct terms *terms_add(struct sim *sim, const struct terms *like);
static void use(struct sim *sim);
static void write_yaml(const struct terms *terms, struct buf *yaml);
static void write_plan(const struct terms *terms, size_t plan, struct buf *yaml);

typedef void change_fn(struct sim *sim, struct terms *terms, size_t plan);
static change_fn change_price, change_groups, change_sold, change_group, change_seats, change_grace,
    change_zone, change_chat;
static change_fn *const changes[] = {change_price, change_groups, change_sold, change_group,
                                     change_seats, change_grace,  change_zone, change_chat};

void terms_new(struct sim *sim)
{
    struct terms terms = {.timezone = zones[sim_below(sim, 4)],
                          .removals_per_hour = sim_chance(sim, 5000) ? 1000 : 3,
                          .per_second = sim_chance(sim, 5000) ? 30 : 3};
    memcpy(terms.plans, plans_at_first, sizeof terms.plans);
    terms.plans[1].seats = 1 + (unsigned)(sim->options.members / sim_between(sim, 4, 12));
    for (size_t group = 0; group < GROUPS; group++)
        terms.groups[group] = (struct terms_group){true, telegram_chat_id(sim, group)};
    (void)terms_add(sim, &terms);
    use(sim);
}

void terms_destroy(struct sim *sim)
{
    config_destroy(&sim->config);
    free(sim->terms);
    sim->terms = NULL;
}

const struct terms *terms_now(const struct sim *sim)
{
    return &sim->terms[sim->terms_count - 1];
}

void terms_change(struct sim *sim)
{
    struct terms before = *terms_now(sim);
    struct terms *terms = terms_add(sim, &before);
    for (uint64_t n = 1 + sim_below(sim, 3); n > 0; n--)
        changes[sim_below(sim, sizeof changes / sizeof changes[0])](sim, terms,
                                                                    (size_t)sim_below(sim, PLANS));
    use(sim);
}

static struct terms *terms_add(struct sim *sim, const struct terms *like)
{
    sim->terms = sim_grow(sim->terms, &sim->terms_cap, sim->terms_count, sizeof *sim->terms);
    sim->terms[sim->terms_count] = *like;
    return &sim->terms[sim->terms_count++];
}

static void change_price(struct sim *sim, struct terms *terms, size_t plan)
{
    terms->plans[plan].prices[sim_below(sim, 2)].amount += 100 * (1 + (int64_t)sim_below(sim, 5));
}

/* Each plan keeps a group that is there. */
static void change_groups(struct sim *sim, struct terms *terms, size_t plan)
{
    unsigned groups = 1 + (unsigned)sim_below(sim, (1U << GROUPS) - 1);
    for (size_t group = 0; group < GROUPS; group++)
        if ((groups & 1U << group) != 0 && terms->groups[group].kept)
            terms->plans[plan].groups = groups;
}

static void change_sold(struct sim *sim, struct terms *terms, size_t plan)
{
    (void)sim;
    terms->plans[plan].sold = !terms->plans[plan].sold;
    for (size_t i = 0; i < PLANS; i++)
        if (terms->plans[i].sold)
            return;
    terms->plans[plan].sold = true; /* nothing to sell is no configuration */
}

/* A group goes, or comes back. */
static void change_group(struct sim *sim, struct terms *terms, size_t plan)
{
    (void)plan;
    size_t group = (size_t)sim_below(sim, GROUPS);
    unsigned left = 0;
    terms->groups[group].kept = !terms->groups[group].kept;
    terms->groups[group].chat_id = telegram_chat_id(sim, group); /* the operator looks it up */
    for (size_t i = 0; i < GROUPS; i++)
        left |= terms->groups[i].kept ? 1U << i : 0;
    for (size_t i = 0; i < PLANS; i++)
        if ((terms->plans[i].groups & left) == 0)
            terms->groups[group].kept = true;
}

static void change_seats(struct sim *sim, struct terms *terms, size_t plan)
{
    terms->plans[plan].seats =
        sim_chance(sim, 3000) ? 0 : 1 + (unsigned)sim_below(sim, sim->options.members / 3 + 1);
}

static void change_grace(struct sim *sim, struct terms *terms, size_t plan)
{
    terms->plans[plan].grace_days = (unsigned)sim_below(sim, 8);
}

static void change_zone(struct sim *sim, struct terms *terms, size_t plan)
{
    (void)plan;
    terms->timezone = zones[sim_below(sim, 4)];
}

/* The operator has seen that a group moved, and writes its new id into the file. */
static void change_chat(struct sim *sim, struct terms *terms, size_t plan)
{
    (void)plan;
    size_t group = (size_t)sim_below(sim, GROUPS);
    terms->groups[group].chat_id = telegram_chat_id(sim, group);
}

static void use(struct sim *sim)
{
    struct buf errors;
    struct buf yaml;
    config_destroy(&sim->config);
    buf_init(&errors, 65536);
    buf_init(&yaml, YAML_MAX);
    write_yaml(terms_now(sim), &yaml);
    ASSERT(!yaml.failed);
    enum error error = config_parse(buf_slice(&yaml), "community", &sim->config, &errors);
    CHECK(sim, error == ERROR_NONE, "the community is not valid: %.*s",
          SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&yaml);
    buf_deinit(&errors);
}

static void write_yaml(const struct terms *terms, struct buf *yaml)
{
    buf_printf(
        yaml,
        "data_dir: ./var\n"
        "http: {listen: \"127.0.0.1:0\", public_url: \"https://usher.example\"}\n"
        "admin: {token: \"simulation-admin-token-0001\"}\n"
        "community: {name: Trade Club, timezone: %s, language: en, "
        "removals_per_hour: %u}\n"
        "bots:\n"
        "  - {name: main, token: \"1:AAAAAAAAAAAAAAAAAAAA\", "
        "api_url: \"http://127.0.0.1:1\", updates: polling, limits: {per_second: %u}}\n"
        "  - {name: second, token: \"2:AAAAAAAAAAAAAAAAAAAA\", "
        "api_url: \"http://127.0.0.1:1\", updates: webhook, "
        "webhook_secret: \"simulation-webhook-01\"}\n"
        "points: {checkin: {base: %d, step: %d, step_max: %d, milestones: {7: %d, 30: %d}}}\n"
        "orders: {expire: 1 hour, late_payment: 1 day, overpay: credit, max_open_per_member: %d}\n"
        "renewal: {remind: [{days: 7}, {days: 3}, {days: 1}], winback: [{after: 2 days}]}\n"
        "support: {chat: %" PRId64 ", hours: \"Mon-Fri 09:00-18:00\", followup: 1 day}\n"
        "groups:\n",
        terms->timezone, terms->removals_per_hour, terms->per_second, CHECKIN_BASE, CHECKIN_STEP,
        CHECKIN_STEP_MAX, CHECKIN_WEEK, CHECKIN_MONTH, ORDERS_OPEN, STAFF_CHAT);
    static const char *const bots[BOTS] = {"main", "second"};
    for (size_t group = 0; group < GROUPS; group++)
        if (terms->groups[group].kept)
            buf_printf(yaml, "  - {name: %s, bot: %s, chat_id: %" PRId64 ", invite: %s}\n",
                       group_names[group], bots[group_bots[group]], terms->groups[group].chat_id,
                       group_requests[group] ? "join_request" : "one_time_link");
    buf_append_text(yaml, "plans:\n");
    for (size_t plan = 0; plan < PLANS; plan++)
        if (terms->plans[plan].sold)
            write_plan(terms, plan, yaml);
    buf_append_text(yaml, "gateways:\n"
                          "  - {name: stripe, kind: stripe, secrets: [\"whsec_simulation\"]}\n"
                          "  - {name: ime, kind: stripe, secrets: [\"whsec_simulation\"]}\n"
                          "  - {name: btcpay, kind: btcpay, secrets: [\"simulation\"]}\n");
}

static void write_plan(const struct terms *terms, size_t index, struct buf *yaml)
{
    const struct terms_plan *plan = &terms->plans[index];
    buf_printf(yaml, "  - name: %s\n    grace: %u days\n", plan_names[index], plan->grace_days);
    if (plan->seats != 0)
        buf_printf(yaml, "    seats: %u\n", plan->seats);
    buf_append_text(yaml, "    groups: [");
    const char *before = "";
    for (size_t group = 0; group < GROUPS; group++) {
        if ((plan->groups & 1U << group) == 0 || !terms->groups[group].kept)
            continue;
        buf_printf(yaml, "%s%s", before, group_names[group]);
        before = ", ";
    }
    buf_append_text(yaml, "]\n    prices:\n");
    for (size_t i = 0; i < sizeof plan->prices / sizeof plan->prices[0]; i++) {
        const struct price *price = &plan->prices[i];
        char amount[32];
        char period[32];
        money_format(price->amount, price->currency, amount, sizeof amount);
        period_format(price->period, period, sizeof period);
        buf_printf(yaml, "      - {amount: \"%s\", currency: %s, period: %s}\n", amount,
                   price->currency, period);
    }
}
