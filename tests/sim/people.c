#include "tests/sim/people.h"

#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/auditor_news.h"
#include "tests/sim/broadcasts.h"
#include "tests/sim/gateways.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINKS_KEPT = 16 };

struct person {
    size_t plan;                /* that they like */
    unsigned faithful;          /* renews, of ten thousand */
    bool stranger;              /* never pays */
    uint64_t paid;              /* last payment + 1, 0: none */
    uint64_t links[LINKS_KEPT]; /* the last that they were sent, a ring */
    size_t link_count;
};

struct people {
    struct person *persons;
    uint64_t count;
};

typedef void act_fn(struct sim *sim, uint64_t user);
static act_fn act_pay, act_write, act_leave, act_return, act_block, act_unblock, act_knock,
    act_give_back, act_promoted, act_banned, act_talk, act_try, act_waver, act_check_in,
    act_support, act_hurry, act_shop;

static const struct {
    unsigned weight;
    act_fn *act;
} acts[] = {
    {30, act_pay},    {25, act_write}, {6, act_leave},     {6, act_return},    {5, act_block},
    {6, act_unblock}, {12, act_knock}, {8, act_give_back}, {2, act_promoted},  {3, act_banned},
    {4, act_talk},    {8, act_try},    {2, act_waver},     {12, act_check_in}, {8, act_support},
    {6, act_hurry},   {10, act_shop},
};

static void live(struct sim *sim, struct event *event);
static void pay(struct sim *sim, uint64_t user, size_t plan);
static void renew(struct sim *sim, struct event *event);
static void press(struct sim *sim, struct event *event);
static void waver(struct sim *sim, struct event *event);
static void try(struct sim *sim, struct event *event);
static void admins_day(struct sim *sim, struct event *event);
static void demoted(struct sim *sim, struct event *event);
static void forgiven(struct sim *sim, struct event *event);
static void check_in(struct sim *sim, struct event *event);
static void push(struct sim *sim, struct event *event);
static void knock(struct sim *sim, struct event *event);
static void tell(struct sim *sim, struct event *event);
static size_t any_bot(struct sim *sim);
static bool is_receipt(const char *text, const char *at);

void people_new(struct sim *sim)
{
    struct people *people = calloc(1, sizeof *people);
    ASSERT(people != NULL);
    sim->people = people;
    people->count = sim->options.members;
    people->persons = calloc(people->count, sizeof *people->persons);
    ASSERT(people->persons != NULL);
    for (uint64_t user = 0; user < people->count; user++) {
        struct person *person = &people->persons[user];
        person->plan = (size_t)sim_below(sim, PLANS);
        person->faithful = (unsigned)sim_below(sim, 10000);
        person->stranger = sim_chance(sim, 1000);
        sim_at(sim, sim->start_ms + MINUTE_MS + sim_below(sim, 30 * DAY_MS), live)->a = user;
    }
    sim_at(sim, sim->start_ms + 8 * HOUR_MS, admins_day);
}

void people_destroy(struct sim *sim)
{
    free(sim->people->persons);
    free(sim->people);
    sim->people = NULL;
}

uint64_t people_count(const struct sim *sim)
{
    return sim->people->count;
}

void people_letter(struct sim *sim, uint64_t user, size_t bot, const char *text,
                   const uint64_t *links, size_t count)
{
    uint64_t payment;
    (void)bot;
    if (strncmp(text, "news-", 5) == 0)
        broadcasts_heard(sim, user, strtoull(text + 5, NULL, 10));
    for (const char *at = text; (at = strchr(at, '-')) != NULL; at++)
        if (at - text >= 3 && payment_of_id(at - 3, &payment) && is_receipt(text, at))
            auditor_receipt(sim, payment);
    books_read(sim, user, text);
    struct person *person = &sim->people->persons[user];
    for (size_t i = 0; i < count; i++) {
        person->links[person->link_count++ % LINKS_KEPT] = links[i];
        if (!sim->calm && sim_chance(sim, 1000))
            continue;
        uint64_t delay_ms = sim->calm               ? HOUR_MS
                            : sim_chance(sim, 8000) ? 10 * MINUTE_MS
                                                    : 2 * DAY_MS;
        struct event *event =
            sim_at(sim, sim->now_ms + SECOND_MS + sim_below(sim, delay_ms), press);
        event->a = user;
        event->b = links[i];
    }
}

/* The payment's line follows the one that says what it is. The page of an order names its payment,
 * too. */
static bool is_receipt(const char *text, const char *at)
{
    static const char *const words[] = {"Receipt", "\xe6\x94\xb6\xe6\x8d\xae",
                                        "\xe6\x94\xb6\xe6\x93\x9a"};
    for (int lines = 0; lines < 2; lines++) {
        if (lines > 0 && at == text)
            return false;
        at -= lines;
        while (at > text && at[-1] != '\n')
            at--;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* Also twice, or when it has been there for long. They leave alone what cancels an order by itself,
 * and what shows old payments, which would pass for receipts. */
void people_button(struct sim *sim, uint64_t user, size_t bot, const char *data)
{
    static const struct {
        const char *begins;
        unsigned chance; /* what leads back is pressed less: nobody goes round for ever */
    } known[] = {{"ticket:", 3500},    {"shop:for:", 3500},  {"shop:go:", 3500},
                 {"shop:plan:", 1500}, {"shop:plans:", 500}, {"shop:my:", 500}};
    unsigned chance = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(data, known[i].begins, strlen(known[i].begins)) == 0)
            chance = known[i].chance;
    if (chance == 0 || sim->calm || !sim_chance(sim, chance))
        return;
    for (int i = 0; i < (sim_chance(sim, 2000) ? 2 : 1); i++) {
        uint64_t delay_ms = sim_chance(sim, 9000) ? MINUTE_MS : DAY_MS;
        struct event *event = sim_at(sim, sim->now_ms + SECOND_MS + sim_below(sim, delay_ms), push);
        event->a = user;
        event->b = bot;
        event->bytes = strdup(data);
    }
}

void people_granted(struct sim *sim, uint64_t user, size_t plan, uint64_t until_ms)
{
    if (!sim_chance(sim, sim->people->persons[user].faithful))
        return;
    if (sim_chance(sim, 2000)) { /* at the very end */
        until_ms += terms_now(sim)->plans[plan].grace_days * DAY_MS;
        struct event *late = sim_at(sim, sim_when(sim, until_ms) + sim_below(sim, 3000), renew);
        late->a = user;
        late->b = plan;
        return;
    }
    /* Before the end, in grace, or a little too late. */
    uint64_t at_ms = sim_when(sim, until_ms - 4 * DAY_MS + sim_below(sim, 8 * DAY_MS));
    struct event *event = sim_at(sim, at_ms, renew);
    event->a = user;
    event->b = plan;
}

void people_waver(struct sim *sim, uint64_t user, uint64_t until_ms)
{
    struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, HOUR_MS), waver);
    event->a = user;
    event->b = until_ms;
}

void people_calm(struct sim *sim)
{
    sim->calm = true;
    for (uint64_t user = 0; user < sim->people->count; user++) {
        bool started = false;
        for (size_t bot = 0; bot < BOTS; bot++) {
            started = started || telegram_started(sim, user, bot);
            telegram_block(sim, user, bot, false);
        }
        if (!started || sim_chance(sim, 5000))
            telegram_write(sim, user, any_bot(sim), "hello");
        for (size_t group = 0; group < GROUPS; group++)
            telegram_promote(sim, user, group, false);
    }
}

void people_ask(struct sim *sim)
{
    for (uint64_t user = 0; user < sim->people->count; user++) {
        for (size_t group = 0; group < GROUPS; group++) {
            if (!auditor_entitled(sim, user, group) ||
                telegram_place(sim, user, group) == PLACE_IN || telegram_banned(sim, user, group))
                continue;
            telegram_write(sim, user, any_bot(sim), "/start");
            break;
        }
    }
}

static void live(struct sim *sim, struct event *event)
{
    uint64_t user = event->a;
    unsigned sum = 0;
    if (sim->now_ms >= sim->end_ms)
        return;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        sum += acts[i].weight;
    uint64_t draw = sim_below(sim, sum);
    size_t i = 0;
    for (; draw >= acts[i].weight; i++)
        draw -= acts[i].weight;
    acts[i].act(sim, user);
    /* Some acts follow one another closely. */
    uint64_t pause_ms = sim_chance(sim, 1000) ? 5 * MINUTE_MS : 40 * DAY_MS;
    sim_at(sim, sim->now_ms + SECOND_MS + sim_below(sim, pause_ms), live)->a = user;
}

/* Also for a plan that is not sold any more: an old page, an old subscription. */
static void act_pay(struct sim *sim, uint64_t user)
{
    struct person *person = &sim->people->persons[user];
    if (person->stranger)
        return;
    size_t plan = sim_chance(sim, 8000) ? person->plan : (size_t)sim_below(sim, PLANS);
    /* Most begin with the bot; some pay first, and some never speak to it. */
    if (sim_chance(sim, 7000))
        telegram_write(sim, user, any_bot(sim), "/start shop");
    pay(sim, user, plan);
}

/* By an order that is not paid yet there is nothing that could be asked back. */
static void pay(struct sim *sim, uint64_t user, size_t plan)
{
    uint64_t paid = gateways_pay(sim, user, plan);
    if (paid != 0)
        sim->people->persons[user].paid = paid;
}

static void act_write(struct sim *sim, uint64_t user)
{
    telegram_write(sim, user, any_bot(sim), sim_chance(sim, 6000) ? "/start" : "hello");
}

static void act_leave(struct sim *sim, uint64_t user)
{
    telegram_leave(sim, user, (size_t)sim_below(sim, GROUPS));
}

/* Who left and has paid asks for the door. */
static void act_return(struct sim *sim, uint64_t user)
{
    for (size_t group = 0; group < GROUPS; group++) {
        if (auditor_entitled(sim, user, group) && telegram_place(sim, user, group) == PLACE_OUT) {
            telegram_write(sim, user, group_bots[group], "/status");
            return;
        }
    }
}

/* The group's own administrators make a member one of them, for a while. */
static void act_promoted(struct sim *sim, uint64_t user)
{
    size_t group = (size_t)sim_below(sim, GROUPS);
    telegram_promote(sim, user, group, true);
    struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, 40 * DAY_MS), demoted);
    event->a = user;
    event->b = group;
}

static void demoted(struct sim *sim, struct event *event)
{
    telegram_promote(sim, event->a, (size_t)event->b, false);
}

/* They throw somebody out, and may think better of it. */
static void act_banned(struct sim *sim, uint64_t user)
{
    size_t group = (size_t)sim_below(sim, GROUPS);
    if (telegram_place(sim, user, group) != PLACE_IN)
        return;
    telegram_ban(sim, user, group, true);
    if (sim_chance(sim, 5000))
        return;
    struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, 20 * DAY_MS), forgiven);
    event->a = user;
    event->b = group;
}

static void forgiven(struct sim *sim, struct event *event)
{
    if (!sim->calm)
        telegram_ban(sim, event->a, (size_t)event->b, false);
}

/* Once a day they look who has not paid, and do not wait for usher with all of them. */
static void admins_day(struct sim *sim, struct event *event)
{
    (void)event;
    if (sim->calm)
        return;
    for (uint64_t user = 0; user < sim->people->count; user++)
        for (size_t group = 0; group < GROUPS; group++)
            if (telegram_place(sim, user, group) == PLACE_IN &&
                !auditor_entitled(sim, user, group) && sim_chance(sim, 1000))
                telegram_ban(sim, user, group, true);
    sim_at(sim, sim->now_ms + DAY_MS, admins_day);
}

static void act_talk(struct sim *sim, uint64_t user)
{
    telegram_talk(sim, user, (size_t)sim_below(sim, GROUPS));
}

/* Some days in a row, around midnight or at any hour, and now and then twice. */
static void act_check_in(struct sim *sim, uint64_t user)
{
    struct event *event = sim_at(sim, sim->now_ms, check_in);
    event->a = user;
    event->b = sim_chance(sim, 3000) ? sim_below(sim, 40) : sim_below(sim, 9);
    event->c = sim_chance(sim, 4000);
}

/* a: who, b: so many days more, c: around midnight. */
static void check_in(struct sim *sim, struct event *event)
{
    static const char *const words[] = {"/checkin", "\xe7\xad\xbe\xe5\x88\xb0"};
    uint64_t user = event->a;
    if (sim->now_ms >= sim->end_ms)
        return;
    for (int i = 0; i < (sim_chance(sim, 2000) ? 2 : 1); i++) {
        const char *word = words[sim_below(sim, 2)];
        if (sim_chance(sim, 2000))
            telegram_call_out(sim, user, (size_t)sim_below(sim, GROUPS), word);
        else
            telegram_write(sim, user, any_bot(sim), word);
    }
    if (event->b == 0)
        return;
    uint64_t next_ms = sim->now_ms + 20 * (uint64_t)HOUR_MS + sim_below(sim, 8 * (uint64_t)HOUR_MS);
    if (event->c != 0)
        next_ms = auditor_midnight(sim) - MINUTE_MS + sim_below(sim, 2 * MINUTE_MS);
    struct event *next = sim_at(sim, next_ms, check_in);
    next->a = user;
    next->b = event->b - 1;
    next->c = event->c;
}

/* They ask for a person, and then say what they have to say. */
static void act_support(struct sim *sim, uint64_t user)
{
    telegram_write(sim, user, any_bot(sim), sim_chance(sim, 5000) ? "/support" : "support");
    for (uint64_t n = sim_below(sim, 4); n > 0; n--)
        sim_at(sim, sim->now_ms + sim_below(sim, sim_chance(sim, 8000) ? HOUR_MS : 3 * DAY_MS),
               tell)
            ->a = user;
}

/* Where it leads depends on what they press. */
static void act_shop(struct sim *sim, uint64_t user)
{
    static const char *const words[] = {"/plans", "/buy core", "\xe5\xa5\x97\xe9\xa4\x90", "/my"};
    telegram_write(sim, user, any_bot(sim), words[sim_below(sim, 4)]);
}

static void tell(struct sim *sim, struct event *event)
{
    if (sim->now_ms < sim->end_ms)
        telegram_write(sim, event->a, any_bot(sim), "it does not work");
}

static void push(struct sim *sim, struct event *event)
{
    char data[64];
    snprintf(data, sizeof data, "%s", event->bytes);
    if (sim->now_ms < sim->end_ms)
        telegram_push(sim, event->a, (size_t)event->b, data);
}

static void act_block(struct sim *sim, uint64_t user)
{
    telegram_block(sim, user, any_bot(sim), true);
}

static void act_unblock(struct sim *sim, uint64_t user)
{
    telegram_block(sim, user, any_bot(sim), false);
}

/* A group's own link is in all the world; it lets nobody in. */
static void act_knock(struct sim *sim, uint64_t user)
{
    uint64_t link;
    if (telegram_group_link(sim, (size_t)sim_below(sim, GROUPS), &link))
        (void)telegram_press(sim, user, link);
}

/* Pays, and cannot wait: a gateway calls within two minutes. */
static void act_hurry(struct sim *sim, uint64_t user)
{
    struct person *person = &sim->people->persons[user];
    if (!person->stranger)
        pay(sim, user, (size_t)sim_below(sim, PLANS));
    for (int i = 0; i < 8; i++)
        sim_at(sim, sim->now_ms + sim_below(sim, 2 * MINUTE_MS), knock)->a = user;
}

static void knock(struct sim *sim, struct event *event)
{
    act_knock(sim, event->a);
}

static void act_give_back(struct sim *sim, uint64_t user)
{
    uint64_t paid = sim->people->persons[user].paid;
    if (paid > 0)
        gateways_give_back(sim, paid - 1);
}

/* An old link, by its owner or by whom they gave it. */
static void act_try(struct sim *sim, uint64_t user)
{
    sim_at(sim, sim->now_ms, try)->a = user;
}

static void act_waver(struct sim *sim, uint64_t user)
{
    people_waver(sim, user, sim->now_ms + sim_below(sim, 2 * DAY_MS));
}

static void waver(struct sim *sim, struct event *event)
{
    uint64_t user = event->a;
    struct person *person = &sim->people->persons[user];
    if (sim->now_ms >= sim->end_ms || person->stranger)
        return;
    if (sim->now_ms < event->b) {
        uint64_t after_ms = 10 * MINUTE_MS + sim_below(sim, 2 * (uint64_t)HOUR_MS);
        telegram_write(sim, user, any_bot(sim), "/start shop");
        uint64_t paid = gateways_pay(sim, user, person->plan);
        if (paid != 0)
            gateways_refund(sim, (person->paid = paid) - 1, after_ms);
        people_waver(sim, user, event->b);
    }
    for (int i = 0; i < LINKS_KEPT / 2; i++)
        sim_at(sim, sim->now_ms + sim_below(sim, 6 * (uint64_t)HOUR_MS), try)->a = user;
}

static void try(struct sim *sim, struct event *event)
{
    const struct person *person = &sim->people->persons[event->a];
    size_t count = person->link_count < LINKS_KEPT ? person->link_count : LINKS_KEPT;
    if (sim->calm || count == 0)
        return;
    uint64_t user = sim_chance(sim, 7000) ? event->a : sim_below(sim, sim->people->count);
    (void)telegram_press(sim, user, person->links[sim_below(sim, count)]);
}

static void renew(struct sim *sim, struct event *event)
{
    if (sim->now_ms >= sim->end_ms)
        return;
    pay(sim, event->a, (size_t)event->b);
}

static void press(struct sim *sim, struct event *event)
{
    uint64_t user = event->a;
    bool passed_on = !sim->calm && sim_chance(sim, 300);
    if (passed_on)
        user = sim_below(sim, sim->people->count);
    if (!telegram_press(sim, user, event->b) && !passed_on && (sim->calm || sim_chance(sim, 7000)))
        telegram_write(sim, user, any_bot(sim), "/start");
}

static size_t any_bot(struct sim *sim)
{
    return (size_t)sim_below(sim, BOTS);
}
