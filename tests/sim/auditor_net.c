/* What all events of a payment come to, as far as usher knows by which names they are one: what
 * went back in parts or by totals, disputes by their ids, words by the time when they were said. */
#include "tests/sim/auditor_state.h"

static int64_t failed_since(const struct sim *sim, uint64_t payment, unsigned name,
                            const struct gateway_event *total);
static bool invalid(const struct sim *sim, uint64_t payment, unsigned name);

const struct gateway_event *net_event(const struct sim *sim, const struct taken *taken)
{
    return &sim->gateways->events[taken->event];
}

bool net_refunded(const struct sim *sim, uint64_t payment, unsigned name)
{
    int64_t paid = sim->gateways->payments[payment].amount;
    int64_t parts = 0;
    int64_t total = 0;
    const struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, payment, name, n)) != NULL; n++) {
        const struct gateway_event *event = net_event(sim, taken);
        if (!net_is_refund(event->kind) || net_lifted(sim, payment, name, taken))
            continue;
        if (event->amount < 0)
            return true;
        if (!event->total) {
            parts += event->amount;
            continue;
        }
        int64_t left = event->amount - failed_since(sim, payment, name, event);
        total = left > total ? left : total;
    }
    return parts >= paid || total >= paid;
}

unsigned net_disputes(const struct sim *sim, uint64_t payment, unsigned name)
{
    unsigned count = 0;
    const struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, payment, name, n)) != NULL; n++)
        count += net_event(sim, taken)->kind == PAYMENT_CHARGED_BACK &&
                 !net_lifted(sim, payment, name, taken);
    return count;
}

bool net_clear(const struct sim *sim, uint64_t payment, unsigned name)
{
    return !net_refunded(sim, payment, name) && net_disputes(sim, payment, name) == 0 &&
           !invalid(sim, payment, name);
}

bool net_lifted(const struct sim *sim, uint64_t payment, unsigned name, const struct taken *taken)
{
    const struct gateway_event *event = net_event(sim, taken);
    const struct taken *other;
    if (event->total && net_is_refund(event->kind))
        return failed_since(sim, payment, name, event) >= event->amount;
    for (size_t n = 0; (other = net_taken(sim, payment, name, n)) != NULL; n++) {
        const struct gateway_event *by = net_event(sim, other);
        bool same = by->part == event->part;
        if ((event->kind == PAYMENT_CHARGED_BACK && by->kind == PAYMENT_REINSTATED && same) ||
            (net_is_refund(event->kind) && by->kind == PAYMENT_REFUND_FAILED && same) ||
            (event->kind == PAYMENT_INVALID && by->kind == PAYMENT_PAID &&
             by->said_ms > event->said_ms))
            return true;
    }
    return false;
}

bool net_is_refund(enum payment_kind kind)
{
    return kind == PAYMENT_REFUNDED || kind == PAYMENT_PARTLY_REFUNDED;
}

bool net_is_money(enum payment_kind kind)
{
    return kind == PAYMENT_PAID || kind == PAYMENT_SHORT;
}

struct taken *net_taken(const struct sim *sim, uint64_t payment, unsigned name, size_t n)
{
    const struct account *account = &sim->auditor->accounts[payment];
    for (size_t i = 0; i < account->count; i++)
        if (account->same[net_event(sim, &account->taken[i])->name] == account->same[name] &&
            n-- == 0)
            return &account->taken[i];
    return NULL;
}

struct taken *net_head(const struct sim *sim, uint64_t payment, unsigned name)
{
    struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, payment, name, n)) != NULL; n++)
        if (net_event(sim, taken)->kind == PAYMENT_PAID && !taken->repeats)
            return taken;
    return NULL;
}

/* Of what this total counts so much did not take place. */
static int64_t failed_since(const struct sim *sim, uint64_t payment, unsigned name,
                            const struct gateway_event *total)
{
    int64_t sum = 0;
    const struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, payment, name, n)) != NULL; n++) {
        const struct gateway_event *event = net_event(sim, taken);
        if (event->kind == PAYMENT_REFUND_FAILED && event->said_ms > total->said_ms)
            sum += event->amount;
    }
    return sum;
}

/* The latest word is that it was not paid. */
static bool invalid(const struct sim *sim, uint64_t payment, unsigned name)
{
    const struct taken *taken;
    for (size_t n = 0; (taken = net_taken(sim, payment, name, n)) != NULL; n++)
        if (net_event(sim, taken)->kind == PAYMENT_INVALID &&
            !net_lifted(sim, payment, name, taken))
            return true;
    return false;
}
