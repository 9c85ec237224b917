#include "tests/sim/auditor.h"

#include "base/assert.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/staff.h"
#include "tests/sim/telegram.h"
#include "text/calendar.h"

#include <inttypes.h>
#include <stdlib.h>

static void terms_applied(struct sim *sim, size_t terms, enum result result);

void auditor_new(struct sim *sim)
{
    struct auditor *auditor = calloc(1, sizeof *auditor);
    ASSERT(auditor != NULL);
    sim->auditor = auditor;
    uint64_t count = people_count(sim);
    auditor->words = calloc(count * GROUPS, sizeof *auditor->words);
    auditor->days = calloc(count, sizeof *auditor->days);
    auditor->credits = calloc(count * CURRENCIES_PAID, sizeof *auditor->credits);
    ASSERT(auditor->words != NULL && auditor->days != NULL && auditor->credits != NULL);
    holdings_new(sim);
    for (size_t group = 0; group < GROUPS; group++)
        auditor->absent_ms[group] = sim->start_ms;
}

void auditor_destroy(struct sim *sim)
{
    struct auditor *auditor = sim->auditor;
    calendar_destroy(&auditor->calendar);
    for (size_t bot = 0; bot < BOTS; bot++)
        free(auditor->updates[bot]);
    for (size_t i = 0; i < auditor->account_count; i++)
        free(auditor->accounts[i].taken);
    free(auditor->accounts);
    holdings_destroy(sim);
    free(auditor->words);
    free(auditor->days);
    free(auditor->credits);
    free(auditor->waits);
    free(auditor->deliveries);
    free(auditor);
    sim->auditor = NULL;
}

void auditor_applied(struct sim *sim, struct waiter waiter, uint64_t at_ms,
                     struct outcome_of outcome, const struct message *command)
{
    enum result result = (enum result)outcome.result;
    if (waiter.kind == WAITER_EVENT) {
        money_applied(sim, (size_t)waiter.id, waiter.id2, at_ms, result);
    } else if (waiter.kind == WAITER_SETTLE) {
        money_settled(sim, waiter, at_ms, result,
                      (uint64_t)(command->cmd_settle.telegram_id - telegram_user_id(0)));
    } else if (waiter.kind == WAITER_DISMISS) {
        money_dismissed(sim, waiter, outcome.result);
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
        bool shop = command->kind == MESSAGE_cmd_said && command->cmd_said.module == MODULE_shop;
        bool claim = shop && slice_is(command->cmd_said.verb, "claim");
        if (claim && result == RESULT_ok)
            claims_opened(sim, (uint64_t)(command->cmd_said.telegram_id - telegram_user_id(0)),
                          at_ms, outcome.subject, command->cmd_said.arg);
        else if (shop && !claim && outcome.subject != 0)
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
        holdings_ticked(sim, at_ms, over_ms);
        shop_ticked(sim, over_ms);
        claims_ticked(sim, over_ms);
    } else if (command->kind == MESSAGE_cmd_outcome && command->cmd_outcome.freeze_until_ms != 0) {
        calls_applied(sim, command->cmd_outcome.delivery);
    }
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
        for (size_t i = 0; i < sim->auditor->accounts[id].count; i++) {
            const struct taken *taken = &sim->auditor->accounts[id].taken[i];
            bool money = sim->gateways->events[taken->event].kind == PAYMENT_PAID;
            out->granted += money && taken->standing == GRANTED;
            out->unsettled += taken->standing == UNSETTLED;
            out->taken_back += money && taken->standing == TAKEN_BACK;
            out->recorded += money && (taken->standing == RECORDED || taken->standing == DISMISSED);
        }
    }
}

bool auditor_unsettled(const struct sim *sim, uint64_t payment, unsigned *name)
{
    if (payment >= sim->auditor->account_count)
        return false;
    const struct account *account = &sim->auditor->accounts[payment];
    for (size_t i = 0; i < account->count; i++) {
        *name = sim->gateways->events[account->taken[i].event].name;
        if (account->taken[i].standing == UNSETTLED)
            return true;
    }
    return false;
}

bool auditor_recorded(struct sim *sim, size_t event)
{
    const struct gateway_event *said = &sim->gateways->events[event];
    const struct account *account = account_of(sim, said->payment);
    for (size_t i = 0; i < account->count; i++)
        if (account->taken[i].event == event)
            return account->taken[i].trace && said->variant == 0;
    return false;
}

struct account *account_of(struct sim *sim, uint64_t payment)
{
    struct auditor *auditor = sim->auditor;
    CHECK(sim, payment < sim->gateways->payment_count, "payment %" PRIu64 " was never made",
          payment);
    while (auditor->account_count <= payment) {
        auditor->accounts = sim_grow(auditor->accounts, &auditor->account_cap,
                                     auditor->account_count, sizeof *auditor->accounts);
        struct account *account = &auditor->accounts[auditor->account_count++];
        *account = (struct account){.count = 0};
        for (unsigned name = 0; name < NAMES; name++)
            account->same[name] = name;
    }
    return &auditor->accounts[payment];
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
    holdings_terms(sim);
    places_terms(sim, &sim->terms[auditor->terms_before], &sim->terms[terms]);
}
