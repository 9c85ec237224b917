/* What befalls a payment at its gateway: its money goes back, whole or in parts, and some of that
 * fails; it is disputed, once or twice; the gateway takes back its word. What took place is told at
 * once, or after days, in another order. */
#include "tests/sim/gateways.h"

enum { WAVE = 60 };

static void refund(struct sim *sim, struct event *event);
static void refund_fails(struct sim *sim, struct event *event);
static void dispute(struct sim *sim, struct event *event);
static void dispute_ends(struct sim *sim, struct event *event);
static void take_word_back(struct sim *sim, struct event *event);
static void give_word_again(struct sim *sim, struct event *event);
static void say(struct sim *sim, struct gateway_event event);
static unsigned any_names(struct sim *sim, unsigned name);

void gateways_give_back(struct sim *sim, uint64_t payment)
{
    const struct payment *about = &sim->gateways->payments[payment];
    uint64_t at_ms = sim->now_ms + (sim_chance(sim, 2000) ? 0 : sim_below(sim, 50 * DAY_MS));
    bool words = payment_manner(sim, payment) == BY_WORDS;
    if (words && sim_chance(sim, 6000)) {
        sim_at(sim, at_ms, take_word_back)->a = payment;
        return;
    }
    if (words || about->bare || sim_chance(sim, 6000)) {
        for (unsigned n = sim_chance(sim, 3000) ? 3 : 1; n > 0; n--) {
            struct event *event =
                sim_at(sim, at_ms + n * sim_below(sim, 3 * (uint64_t)DAY_MS), refund);
            event->a = payment;
            event->b = words || sim_chance(sim, 5000);
        }
    }
    if (words || sim_chance(sim, 5000))
        return;
    for (unsigned n = sim_chance(sim, 3000) ? 2 : 1; n > 0; n--) /* also two at once */
        sim_at(sim, at_ms + n * sim_below(sim, HOUR_MS), dispute)->a = payment;
}

void gateways_refund(struct sim *sim, uint64_t payment, uint64_t after_ms)
{
    struct event *event = sim_at(sim, sim->now_ms + after_ms, refund);
    event->a = payment;
    event->b = true;
}

void gateways_dispute(struct sim *sim, uint64_t payment, uint64_t after_ms)
{
    sim_at(sim, sim->now_ms + after_ms, dispute)->a = payment;
}

void gateways_wave(struct sim *sim)
{
    uint64_t count = sim->gateways->payment_count;
    for (int i = 0; i < WAVE && count > 0; i++)
        gateways_refund(sim, count - 1 - sim_below(sim, count < 2 * WAVE ? count : 2 * WAVE),
                        sim_below(sim, 10 * MINUTE_MS));
}

void gateways_link_names(struct sim *sim, uint64_t payment)
{
    for (unsigned name = 1; name < NAMES; name++) {
        unsigned other = (unsigned)sim_below(sim, name);
        struct gateway_event event = {.payment = payment,
                                      .kind = PAYMENT_JOINED,
                                      .said_ms = sim->now_ms,
                                      .amount = -1,
                                      .anonymous = true,
                                      .name = name,
                                      .names = 1U << other};
        if (sim_chance(sim, 5000)) {
            event.name = other;
            event.names = 1U << name;
        }
        gateways_say(sim, event, sim_below(sim, sim_chance(sim, 5000) ? HOUR_MS : 20 * DAY_MS));
    }
}

/* b: all that is left, else some of it. */
static void refund(struct sim *sim, struct event *timer)
{
    struct payment *payment = &sim->gateways->payments[timer->a];
    enum manner manner = payment_manner(sim, timer->a);
    int64_t left = payment->amount - payment->back;
    if (left <= 0 || sim->now_ms >= sim->end_ms)
        return;
    bool whole = timer->b || payment->bare || manner == BY_WORDS;
    int64_t amount = whole ? left : 1 + (int64_t)sim_below(sim, (uint64_t)left);
    payment->back += amount;
    bool all = payment->back == payment->amount;
    struct gateway_event event = {.payment = timer->a,
                                  .kind = all ? PAYMENT_REFUNDED : PAYMENT_PARTLY_REFUNDED,
                                  .amount = amount,
                                  .total = manner != BY_PARTS};
    if (event.total)
        event.amount = payment->back;
    else if (payment->bare)
        event.amount = sim_chance(sim, 3000) ? -1 : amount;
    else
        event.part = ++payment->parts;
    if (event.part != 0 && sim_chance(sim, 3000))
        event.kind = PAYMENT_REFUNDED; /* some gateways have one word for a part and for all */
    say(sim, event);
    if (payment->bare || manner == BY_WORDS || !sim_chance(sim, 3000))
        return;
    struct event *fails = sim_at(sim, sim->now_ms + sim_below(sim, 10 * DAY_MS), refund_fails);
    fails->a = timer->a;
    fails->b = (uint64_t)amount;
    fails->c = event.part != 0 ? event.part : ++payment->parts;
}

static void refund_fails(struct sim *sim, struct event *timer)
{
    struct payment *payment = &sim->gateways->payments[timer->a];
    if (sim->now_ms >= sim->end_ms)
        return;
    payment->back -= (int64_t)timer->b;
    say(sim, (struct gateway_event){.payment = timer->a,
                                    .kind = PAYMENT_REFUND_FAILED,
                                    .amount = (int64_t)timer->b,
                                    .part = (unsigned)timer->c});
    if (sim_chance(sim, 4000)) { /* and is tried once more */
        struct event *again =
            sim_at(sim, sim->now_ms + sim_below(sim, 2 * (uint64_t)DAY_MS), refund);
        again->a = timer->a;
        again->b = true;
    }
}

static void dispute(struct sim *sim, struct event *timer)
{
    struct payment *payment = &sim->gateways->payments[timer->a];
    if (sim->now_ms >= sim->end_ms || (payment->bare && payment->was_disputed))
        return;
    payment->was_disputed = true;
    payment->disputes++;
    const struct gateway_event event = {.payment = timer->a,
                                        .kind = PAYMENT_CHARGED_BACK,
                                        .amount = payment->amount,
                                        .part = payment->bare ? 0 : ++payment->parts};
    say(sim, event);
    uint64_t after_ms = sim_below(sim, sim_chance(sim, 3000) ? 1000 : 30 * DAY_MS);
    struct event *end = sim_at(sim, sim->now_ms + after_ms, dispute_ends);
    end->a = timer->a;
    end->b = event.part;
    end->c = sim_chance(sim, 6000);
}

/* c: it is won; who loses it may hear of it once more. */
static void dispute_ends(struct sim *sim, struct event *timer)
{
    struct payment *payment = &sim->gateways->payments[timer->a];
    if (sim->now_ms >= sim->end_ms || (timer->c == 0 && sim_chance(sim, 5000)))
        return;
    payment->disputes -= timer->c != 0;
    say(sim,
        (struct gateway_event){.payment = timer->a,
                               .kind = timer->c != 0 ? PAYMENT_REINSTATED : PAYMENT_CHARGED_BACK,
                               .amount = payment->amount,
                               .part = (unsigned)timer->b});
}

static void take_word_back(struct sim *sim, struct event *timer)
{
    const struct payment *payment = &sim->gateways->payments[timer->a];
    if (sim->now_ms >= sim->end_ms)
        return;
    say(sim, (struct gateway_event){.payment = timer->a,
                                    .kind = PAYMENT_INVALID,
                                    .amount = payment->amount,
                                    .total = true});
    if (sim_chance(sim, 7000))
        sim_at(sim, sim->now_ms + sim_below(sim, sim_chance(sim, 5000) ? HOUR_MS : 20 * DAY_MS),
               give_word_again)
            ->a = timer->a;
}

static void give_word_again(struct sim *sim, struct event *timer)
{
    const struct payment *payment = &sim->gateways->payments[timer->a];
    if (sim->now_ms >= sim->end_ms)
        return;
    say(sim, (struct gateway_event){
                 .payment = timer->a, .kind = PAYMENT_PAID, .amount = payment->amount});
    if (sim_chance(sim, 3000))
        sim_at(sim, sim->now_ms + sim_below(sim, 20 * DAY_MS), take_word_back)->a = timer->a;
}

/* It has taken place now; that is told soon, or after another thing that took place later. */
static void say(struct sim *sim, struct gateway_event event)
{
    struct payment *payment = &sim->gateways->payments[event.payment];
    uint64_t after_ms = sim_chance(sim, 7000)   ? sim_below(sim, SECOND_MS)
                        : sim_chance(sim, 7000) ? sim_below(sim, HOUR_MS)
                                                : sim_below(sim, 5 * DAY_MS);
    event.said_ms = sim->now_ms > payment->last_ms ? sim->now_ms : payment->last_ms + 1;
    payment->last_ms = event.said_ms;
    if (payment->many_names) {
        event.name = (unsigned)sim_below(sim, NAMES);
        event.names = any_names(sim, event.name);
    }
    gateways_say(sim, event, after_ms);
}

static unsigned any_names(struct sim *sim, unsigned name)
{
    unsigned names = sim_chance(sim, 5000) ? 0 : (unsigned)sim_below(sim, 1U << NAMES);
    return names & ~(1U << name);
}
