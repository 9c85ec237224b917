#include "tests/sim/staff.h"

#include "tests/sim/auditor_news.h"
#include "tests/sim/modules.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"

#include <inttypes.h>
#include <stdio.h>

static void day(struct sim *sim, struct event *event);
static void look_at(struct sim *sim, uint64_t number);
static void ask(struct sim *sim, const struct shape *shape, const void *op);

void staff_new(struct sim *sim)
{
    sim_at(sim, sim->start_ms + 10 * (uint64_t)HOUR_MS, day);
}

void staff_heard(struct sim *sim, struct outcome_of outcome)
{
    CHECK(sim,
          outcome.result == RESULT_ok || outcome.result == RESULT_ticket_closed ||
              outcome.result == RESULT_too_many_tickets || outcome.result == RESULT_member_unknown,
          "what the staff asks for is %s", result_name(outcome.result));
}

static void day(struct sim *sim, struct event *event)
{
    const struct books *books = sim->books;
    (void)event;
    if (sim->calm)
        return;
    for (uint64_t number = 1; number <= books->ticket_count; number++)
        if (!books->tickets[number - 1].closed && sim_chance(sim, 5000))
            look_at(sim, number);
    if (sim_chance(sim, 1500)) {
        uint64_t user = sim_below(sim, people_count(sim));
        const struct ticket_open op = {.telegram_id = telegram_user_id(user),
                                       .category = sim_below(sim, 4),
                                       .text = SLICE("by telephone")};
        ask(sim, shape_ticket_open(), &op);
    }
    sim_at(sim, sim->now_ms + DAY_MS, day);
}

static void look_at(struct sim *sim, uint64_t number)
{
    uint64_t thread = sim->books->tickets[number - 1].thread;
    bool close = sim_chance(sim, 4000);
    char id[24];
    (void)snprintf(id, sizeof id, "T%" PRIu64, number);
    const struct ticket_answer answer = {.ticket_id = slice_from(id), .text = SLICE("try again")};
    const struct ticket_close closing = {.ticket_id = slice_from(id)};
    const struct ticket_resolve resolve = {.ticket_id = slice_from(id)};
    if (thread != 0 && sim_chance(sim, 5000))
        telegram_staff(sim, thread, close ? "/close" : "try again");
    else if (close)
        ask(sim, shape_ticket_close(), &closing);
    else if (sim_chance(sim, 2000))
        ask(sim, shape_ticket_resolve(), &resolve);
    else
        ask(sim, shape_ticket_answer(), &answer);
}

/* Once each: nobody asks again. */
static void ask(struct sim *sim, const struct shape *shape, const void *op)
{
    char key[32];
    (void)snprintf(key, sizeof key, "staff-%" PRIu64, sim->event_count);
    const struct actor staff = {"token:staff", WHO_SUPPORT, key};
    usher_act(sim, &staff, shape, op, (struct waiter){WAITER_STAFF, 0, 0});
}
