/* What the operator decides about payments that wait: a grant by hand, or to put them aside. */
#include "tests/sim/auditor_state.h"
#include "tests/sim/modules.h"

#include <inttypes.h>

void money_settled(struct sim *sim, struct waiter waiter, uint64_t at_ms, enum result result,
                   uint64_t user)
{
    struct account *account = account_of(sim, waiter.id);
    unsigned name = (unsigned)waiter.id2 >> 1;
    struct taken *taken;
    struct taken *open = NULL;
    bool known = false;
    for (size_t n = 0; (taken = net_taken(sim, waiter.id, name, n)) != NULL; n++) {
        known = known || taken->trace;
        bool better = open == NULL || (net_is_money(net_event(sim, taken)->kind) &&
                                       !net_is_money(net_event(sim, open)->kind));
        if (taken->standing == UNSETTLED && better)
            open = taken;
    }
    if (open == NULL) {
        enum result want = known ? RESULT_already_settled : RESULT_not_found;
        CHECK(sim, result == want, "settling payment %" PRIu64 ", which is not open, is %s",
              waiter.id, result_name(result));
        return;
    }
    account->touched = true;
    if ((waiter.id2 & 1) == 0) {
        CHECK(sim, result == RESULT_ok, "payment %" PRIu64 " cannot be put aside: %s", waiter.id,
              result_name(result));
        for (size_t n = 0; (taken = net_taken(sim, waiter.id, name, n)) != NULL; n++)
            if (taken->standing == UNSETTLED) {
                taken->standing = RECORDED;
                taken->unclaimed = false; /* whoever claims its order gets nothing */
            }
        return;
    }
    if (!net_is_money(net_event(sim, open)->kind)) {
        CHECK(sim, result == RESULT_not_a_payment,
              "a part of payment %" PRIu64 " is granted by hand: %s", waiter.id,
              result_name(result));
        return;
    }
    struct payment *payment = &sim->gateways->payments[waiter.id];
    struct order *order = open->unclaimed ? money_order(sim, open) : NULL;
    uint64_t before = payment->user;
    payment->user = user;
    open->length = payment->price.period;
    if (order != NULL) /* the seat that it keeps is the member's */
        claims_keep_seat(sim, order, false);
    bool given = holding_give(sim, waiter.id, open, false, at_ms);
    if (!given)
        payment->user = before;
    if (order != NULL && given)
        claims_settled(sim, order, user);
    else if (order != NULL)
        claims_keep_seat(sim, order, true);
    open->unclaimed = open->unclaimed && !given;
    open->named = open->named || given;
    CHECK(sim, given == (result == RESULT_granted), "payment %" PRIu64 " is %s by hand", waiter.id,
          result_name(result));
}

void money_dismissed(struct sim *sim, struct waiter waiter, unsigned result)
{
    struct account *account = account_of(sim, waiter.id);
    struct taken *taken;
    bool known = false;
    bool open = false;
    for (size_t n = 0; (taken = net_taken(sim, waiter.id, (unsigned)waiter.id2, n)) != NULL; n++) {
        known = known || taken->trace;
        open = open || taken->standing == UNSETTLED;
        if (taken->standing != UNSETTLED)
            continue;
        taken->standing = DISMISSED;
        taken->unclaimed = false;
    }
    account->touched = account->touched || open;
    unsigned want = open    ? (unsigned)RESULT_ok
                    : known ? (unsigned)RESULT_already_settled
                            : (unsigned)RESULT_not_found;
    CHECK(sim, result == want, "dismissing payment %" PRIu64 " is %s and should be %s", waiter.id,
          result_name(result), result_name(want));
}
