/* cmd_payment: a gateway's event about one payment. Each payment changes the state once, however
 * often and in whatever order its events arrive. */
#include "ledger/facts.h"
#include "ledger/letter.h"
#include "ledger/reply.h"
#include "modules/access/grant.h"
#include "modules/order/book.h"
#include "modules/payment/claim.h"
#include "modules/payment/join.h"
#include "modules/payment/payer.h"
#include "modules/payment/payment.h"
#include "modules/payment/subscription.h"
#include "modules/payment/sum.h"
#include "modules/payment/waits.h"

typedef enum result payment_handler(struct ledger *ledger,
                                    const struct message_cmd_payment *command,
                                    const struct payment_events *events,
                                    struct record_payment *payment);
static payment_handler take, paid, paid_once_more, given_back, reinstated, fell_short;
static enum result grant(struct ledger *ledger, const struct message_cmd_payment *command,
                         struct record_payment *payment, enum result resolved,
                         const struct catalog_plan *plan);
static enum result give_again(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_payment *original);
static enum result count_again(struct ledger *ledger, const struct message_cmd_payment *command,
                               const struct payment_events *events, struct record_payment *payment,
                               struct record_payment *original);
static enum result take_back(struct ledger *ledger, struct record_payment *original,
                             enum end_reason reason);
static void judge(struct ledger *ledger, const struct message_cmd_payment *command,
                  const struct payment_events *events);
static bool choose(struct ledger *ledger, const struct payment_events *events,
                   struct record_payment *out);
static void count_no_more(struct ledger *ledger, struct record_payment *payment);
static enum result name_payer(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_payment *payment, struct record_payment *original);
static bool take_over(struct ledger *ledger, const struct payment_events *events,
                      struct record_payment *payment);
static void said_later(struct ledger *ledger, struct record_payment *before,
                       const struct record_payment *now);
static void tell_approved(struct ledger *ledger, const struct message_cmd_payment *command);
static void take_identity(struct record_payment *payment, const struct record_payment *from);

static payment_handler *const handlers[] = {
    [PAYMENT_PAID] = paid,
    [PAYMENT_REFUNDED] = given_back,
    [PAYMENT_CHARGED_BACK] = given_back,
    [PAYMENT_REINSTATED] = reinstated,
    [PAYMENT_PARTLY_REFUNDED] = given_back,
    [PAYMENT_REFUND_FAILED] = reinstated,
    [PAYMENT_INVALID] = given_back,
    [PAYMENT_SHORT] = fell_short,
};

unsigned op_payment(struct ledger *ledger, const struct message_cmd_payment *command)
{
    if (command->kind < PAYMENT_PAID || command->kind > PAYMENT_APPROVED ||
        command->gateway.len == 0 || command->payment_id.len == 0)
        return RESULT_invalid;
    enum result noted = subscription_note(ledger, command);
    if (command->kind == PAYMENT_SUBSCRIPTION)
        return noted;
    struct payment_events events;
    struct record_payment payment = {.kind = (uint8_t)command->kind,
                                     .sequence = ledger->sequence,
                                     .at_ms = ledger->at_ms,
                                     .occurred_ms = command->occurred_ms,
                                     .telegram_id = command->telegram_id,
                                     .amount = command->amount,
                                     .total = command->total != 0,
                                     .recurring = command->subscription.len > 0};
    bool fits = slice_copy(command->gateway, payment.gateway, sizeof payment.gateway) &&
                slice_copy(command->currency, payment.currency, sizeof payment.currency) &&
                slice_copy(command->plan, payment.plan, sizeof payment.plan) &&
                slice_copy(command->order_id, payment.order_id, sizeof payment.order_id) &&
                slice_copy(command->event_id, payment.event_id, sizeof payment.event_id) &&
                slice_copy(command->part_id, payment.part_id, sizeof payment.part_id);
    if (!fits)
        return RESULT_invalid;
    if (command->kind == PAYMENT_APPROVED) {
        tell_approved(ledger, command);
        return RESULT_ok;
    }
    bool joined = payment_identify(ledger, command->gateway, command->payment_id, command->aliases,
                                   payment.payment_id);
    payment_find(ledger, command->gateway, slice_from(payment.payment_id), command->event_id,
                 &events);
    if (joined)
        judge(ledger, command, &events);
    if (command->kind == PAYMENT_JOINED)
        return joined ? RESULT_ok : RESULT_duplicate;
    enum result result = take(ledger, command, &events, &payment);
    if (result == RESULT_duplicate || payment.sequence == 0)
        return result;
    payment_add(ledger, &events, &payment, result);
    if (payment.telegram_id > 0 && payment.state == PAYMENT_STATE_UNSETTLED &&
        payment_awaits_grant(&payment))
        payment_tell_waits(ledger, &payment);
    payment_tell(ledger, &payment);
    return result;
}

/* Nothing is paid so far; whoever made the checkout says whether it may be. */
static void tell_approved(struct ledger *ledger, const struct message_cmd_payment *command)
{
    if (command->order_id.len <= ORDER_ID_MAX)
        FACT_TELL(ledger, approved, .gateway = command->gateway, .payment_id = command->payment_id,
                  .order_id = command->order_id, .amount = command->amount,
                  .currency = command->currency);
}

/* Nothing genuine is without a trace: what repeats another event has one already; what cannot be is
 * the operator's to look at. */
static enum result take(struct ledger *ledger, const struct message_cmd_payment *command,
                        const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment before;
    if (payment_load(ledger, events->event, &before)) {
        if (strcmp(before.payment_id, payment->payment_id) == 0)
            return RESULT_duplicate;
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_event_reused;
    }
    if (payment_repeats(ledger, events, payment, &before)) {
        if (command->kind == PAYMENT_PAID)
            return paid_once_more(ledger, command, events, payment);
        said_later(ledger, &before, payment);
        return RESULT_duplicate;
    }
    if (events->count >= PAYMENT_EVENTS_MAX) {
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_many_events;
    }
    return handlers[command->kind](ledger, command, events, payment);
}

void payment_tell(struct ledger *ledger, const struct record_payment *payment)
{
    if (payment->telegram_id <= 0)
        return;
    if (payment->kind == PAYMENT_PAID)
        FACT_TELL(
            ledger, paid, .telegram_id = payment->telegram_id,
            .gateway = slice_from(payment->gateway), .payment_id = slice_from(payment->payment_id),
            .plan = slice_from(payment->plan), .amount = payment->amount,
            .currency = slice_from(payment->currency), .order_id = slice_from(payment->order_id),
            .granted = payment->state == PAYMENT_STATE_GRANTED, .sequence = payment->sequence);
    else
        FACT_TELL(ledger, given_back, .telegram_id = payment->telegram_id,
                  .gateway = slice_from(payment->gateway),
                  .payment_id = slice_from(payment->payment_id), .plan = slice_from(payment->plan),
                  .amount = payment->amount, .currency = slice_from(payment->currency),
                  .order_id = slice_from(payment->order_id), .kind = payment->kind,
                  .sequence = payment->sequence);
}

/* Said again, and later: it stands against what the gateway said in between. */
static enum result paid_once_more(struct ledger *ledger, const struct message_cmd_payment *command,
                                  const struct payment_events *events,
                                  struct record_payment *payment)
{
    struct record_payment original;
    if (!payment_of_kind(ledger, events, PAYMENT_PAID, &original))
        return RESULT_duplicate;
    if (original.state == PAYMENT_STATE_UNSETTLED && original.reason == RESULT_unsettled_no_member)
        return name_payer(ledger, command, payment, &original);
    said_later(ledger, &original, payment);
    return RESULT_duplicate;
}

/* What is said again, and later, stands as of then: against what was said in between. */
static void said_later(struct ledger *ledger, struct record_payment *before,
                       const struct record_payment *now)
{
    if (before->occurred_ms == 0 || before->occurred_ms >= now->occurred_ms)
        return;
    before->occurred_ms = now->occurred_ms;
    payment_store(ledger, before);
}

/* It waited because nobody could be found for it, and another event of it says who it is: an
 * invoice came before its session. */
static enum result name_payer(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_payment *payment, struct record_payment *original)
{
    const struct catalog_plan *plan = NULL;
    if (payment->telegram_id <= 0 && payment->order_id[0] == 0)
        return RESULT_duplicate; /* it does not say so itself */
    memcpy(original->plan, payment->plan, sizeof original->plan);
    memcpy(original->order_id, payment->order_id, sizeof original->order_id);
    original->telegram_id = payment->telegram_id;
    enum result result = payer_find(ledger, command, original, &plan);
    if (original->telegram_id <= 0)
        return RESULT_duplicate;
    result = grant(ledger, command, original, result, plan);
    original->reason = (uint32_t)result;
    payment_list(ledger, original);
    payment->sequence = 0; /* it leaves no record of its own: the first one has become it */
    if (original->state == PAYMENT_STATE_UNSETTLED) {
        payment_store(ledger, original);
        payment_tell_waits(ledger, original);
        return RESULT_duplicate;
    }
    payment_settled(ledger, original, (enum payment_state)original->state);
    payment_tell(ledger, original);
    return result;
}

static enum result paid(struct ledger *ledger, const struct message_cmd_payment *command,
                        const struct payment_events *events, struct record_payment *payment)
{
    const struct catalog_plan *plan = NULL;
    struct payment_sum sum;
    struct record_payment original;
    if (payment_of_kind(ledger, events, PAYMENT_PAID, &original)) {
        payment_add_up(ledger, events, NULL, &original, &sum);
        bool stood = !sum.refunded && sum.disputes == 0;
        said_later(ledger, &original, payment);
        payment->state = PAYMENT_STATE_RECORDED;
        return stood ? RESULT_duplicate : count_again(ledger, command, events, payment, &original);
    }
    enum result result = payer_find(ledger, command, payment, &plan);
    payment_add_up(ledger, events, NULL, payment, &sum);
    waits_end(ledger, events, 0, NULL);
    waits_end_short(ledger, events);
    if (!sum.refunded)
        waits_list_parts(ledger, events, payment);
    bool given = take_over(ledger, events, payment);
    if (sum.refunded || sum.disputes > 0) {
        payment->state = given ? PAYMENT_STATE_TAKEN_BACK : PAYMENT_STATE_RECORDED;
        if (!given)
            return RESULT_refunded_first;
        if (!grant_take_back(ledger, payment, sum.refunded ? END_REFUNDED : END_CHARGED_BACK))
            payment->span = 0;
        return RESULT_taken_back;
    }
    return given ? RESULT_ok : grant(ledger, command, payment, result, plan);
}

/* The operator gave what it pays for when only a part of it had come: it is given once. */
static bool take_over(struct ledger *ledger, const struct payment_events *events,
                      struct record_payment *payment)
{
    struct record_payment before;
    for (size_t i = 0; i < events->count; i++) {
        if (!payment_load(ledger, events->sequences[i], &before) || before.kind != PAYMENT_SHORT ||
            before.state != PAYMENT_STATE_GRANTED)
            continue;
        payment->state = PAYMENT_STATE_GRANTED;
        payment->telegram_id = before.telegram_id;
        memcpy(payment->plan, before.plan, sizeof payment->plan);
        payment->months = before.months;
        payment->days = before.days;
        payment->span = before.span;
        before.state = PAYMENT_STATE_RECORDED;
        payment_store(ledger, &before);
        return true;
    }
    return false;
}

/* Grants what payer_find has found, or leaves the payment for the operator. */
static enum result grant(struct ledger *ledger, const struct message_cmd_payment *command,
                         struct record_payment *payment, enum result resolved,
                         const struct catalog_plan *plan)
{
    enum result result = resolved;
    if (result == RESULT_ok)
        result = command->subscription.len > 0
                     ? grant_continue(ledger, plan, command->payment_id, payment)
                     : grant_add(ledger, plan, command->payment_id, payment);
    if (result == RESULT_unsettled_unclaimed) {
        payment->state = PAYMENT_STATE_RECORDED;
        payment->reason = (uint32_t)result;
        order_paid(ledger, payment);
        subscription_paid(ledger, command, payment);
        return result;
    }
    if (result != RESULT_granted) {
        payment->state = PAYMENT_STATE_UNSETTLED;
        if (result == RESULT_unsettled_subscribed)
            subscription_listed(ledger, command, payment);
        return result;
    }
    order_paid(ledger, payment);
    subscription_paid(ledger, command, payment);
    return result;
}

/* Refunded or disputed: when all of the money is back, or may be, what the payment gave is taken
 * back, exactly that. How much access a part of it is worth is for a person to say. What is said of
 * a payment that is not known waits for it, and for the operator: but not a part of it, which asks
 * nothing of anybody. */
static enum result given_back(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment original;
    struct payment_sum sum;
    bool dispute = command->kind == PAYMENT_CHARGED_BACK || command->kind == PAYMENT_INVALID;
    payment->state = PAYMENT_STATE_RECORDED;
    bool known = payment_of_kind(ledger, events, PAYMENT_PAID, &original);
    bool stands = payment_stands(ledger, events, payment, known ? &original : payment);
    if (known) {
        payment_add_up(ledger, events, payment, &original, &sum);
        take_identity(payment, &original);
    }
    if (!stands)
        return RESULT_ok; /* its end was known before its beginning */
    if (!known) {         /* it wins when that comes */
        if (command->kind == PAYMENT_PARTLY_REFUNDED || command->kind == PAYMENT_INVALID)
            return RESULT_ok;
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_no_payment;
    }
    if (!dispute && !sum.refunded) {
        order_given_back(ledger, &original, PAYMENT_PARTLY_REFUNDED);
        waits_supersede(ledger, events, payment);
        payment->state = PAYMENT_STATE_UNSETTLED;
        return RESULT_unsettled_partial_refund;
    }
    order_given_back(ledger, &original, dispute ? PAYMENT_CHARGED_BACK : PAYMENT_REFUNDED);
    if (!dispute)
        waits_end(ledger, events, 0, NULL);
    return take_back(ledger, &original, dispute ? END_CHARGED_BACK : END_REFUNDED);
}

static enum result take_back(struct ledger *ledger, struct record_payment *original,
                             enum end_reason reason)
{
    if (original->state == PAYMENT_STATE_GRANTED) {
        if (!grant_take_back(ledger, original, reason))
            original->span = 0; /* nothing that a won dispute could give again */
        original->state = PAYMENT_STATE_TAKEN_BACK;
        payment_store(ledger, original);
        return RESULT_taken_back;
    }
    if (original->state == PAYMENT_STATE_UNSETTLED) {
        payment_settled(ledger, original, PAYMENT_STATE_RECORDED);
        return RESULT_taken_back;
    }
    return RESULT_ok;
}

/* Two payments turned out to be one: it is granted once, and what was said of either counts, as if
 * it had all been known at once. */
static void judge(struct ledger *ledger, const struct message_cmd_payment *command,
                  const struct payment_events *events)
{
    struct record_payment original, other;
    struct payment_sum sum;
    if (!choose(ledger, events, &original))
        return;
    for (size_t i = 0; i < events->count; i++)
        if (events->sequences[i] != original.sequence &&
            payment_load(ledger, events->sequences[i], &other) && other.kind == PAYMENT_PAID)
            count_no_more(ledger, &other);
    payment_add_up(ledger, events, NULL, &original, &sum);
    if (sum.refunded) {
        waits_end(ledger, events, 0, NULL);
    } else {
        waits_end_unknown(ledger, events);
        waits_list_parts(ledger, events, &original);
    }
    if (!sum.refunded && sum.disputes == 0) {
        (void)count_again(ledger, command, events, NULL, &original);
        return;
    }
    order_given_back(ledger, &original, sum.refunded ? PAYMENT_REFUNDED : PAYMENT_CHARGED_BACK);
    (void)take_back(ledger, &original, sum.refunded ? END_REFUNDED : END_CHARGED_BACK);
}

/* Of several that are one the one that is worth most: what it gave, or may give, stays. */
static bool choose(struct ledger *ledger, const struct payment_events *events,
                   struct record_payment *out)
{
    struct record_payment payment;
    unsigned best = 0;
    for (size_t i = 0; i < events->count; i++) {
        if (!payment_load(ledger, events->sequences[i], &payment) || payment.kind != PAYMENT_PAID ||
            payment_repeated(&payment))
            continue;
        unsigned state = payment.state == PAYMENT_STATE_GRANTED      ? 3
                         : payment.state == PAYMENT_STATE_TAKEN_BACK ? 2
                         : payment.state != PAYMENT_STATE_DISMISSED  ? 1
                                                                     : 0;
        unsigned worth =
            1 + 4 * state + (payment.order_id[0] != 0 ? 2 : 0) + (payment.telegram_id > 0 ? 1 : 0);
        if (worth <= best)
            continue;
        best = worth;
        *out = payment;
    }
    return best > 0;
}

/* It is another one, said once more. */
static void count_no_more(struct ledger *ledger, struct record_payment *payment)
{
    if (payment->state == PAYMENT_STATE_GRANTED)
        (void)grant_take_back(ledger, payment, END_REFUNDED);
    payment->reason = RESULT_duplicate;
    if (payment->state == PAYMENT_STATE_UNSETTLED) {
        payment_settled(ledger, payment, PAYMENT_STATE_RECORDED);
        return;
    }
    payment->state = PAYMENT_STATE_RECORDED;
    payment_store(ledger, payment);
}

/* The operator looks: at the latest of what is said of one payment. */
static enum result fell_short(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment original;
    const struct catalog_plan *plan = NULL;
    if (payment_of_kind(ledger, events, PAYMENT_PAID, &original)) {
        take_identity(payment, &original);
        payment->state = PAYMENT_STATE_RECORDED;
        return RESULT_ok;
    }
    (void)payer_find(ledger, command, payment, &plan);
    waits_supersede(ledger, events, payment);
    payment->state = PAYMENT_STATE_UNSETTLED;
    return RESULT_unsettled_short;
}

/* A dispute was won, or a refund failed: when nothing else stands against it, what was taken back
 * is given again, and a payment that its dispute overtook counts now. What cannot be granted is the
 * operator's to settle, as the payment it is. */
static enum result reinstated(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct payment_events *events, struct record_payment *payment)
{
    struct record_payment original;
    payment->state = PAYMENT_STATE_RECORDED;
    if (command->kind == PAYMENT_REFUND_FAILED)
        waits_end(ledger, events, PAYMENT_PARTLY_REFUNDED, payment->part_id);
    else
        waits_end(ledger, events, PAYMENT_CHARGED_BACK,
                  payment->part_id[0] != 0 ? payment->part_id : NULL);
    if (!payment_of_kind(ledger, events, PAYMENT_PAID, &original))
        return RESULT_ok; /* it lifts the charge-back that may have come before the payment */
    return count_again(ledger, command, events, payment, &original);
}

static enum result count_again(struct ledger *ledger, const struct message_cmd_payment *command,
                               const struct payment_events *events, struct record_payment *payment,
                               struct record_payment *original)
{
    struct payment_sum sum;
    payment_add_up(ledger, events, payment, original, &sum);
    if (payment != NULL)
        take_identity(payment, original);
    if (original->state == PAYMENT_STATE_GRANTED || original->state == PAYMENT_STATE_UNSETTLED ||
        original->state == PAYMENT_STATE_DISMISSED || sum.refunded || sum.disputes > 0)
        return RESULT_ok;
    if (payment_unclaimed(original) && original->telegram_id == 0) {
        order_reinstated(ledger, original);
        return RESULT_ok;
    }
    enum result result = give_again(ledger, command, original);
    if (original->state == PAYMENT_STATE_GRANTED)
        order_reinstated(ledger, original);
    if (original->state == PAYMENT_STATE_UNSETTLED)
        payment_unsettle(ledger, original, result);
    else
        payment_store(ledger, original);
    return result;
}

static enum result give_again(struct ledger *ledger, const struct message_cmd_payment *command,
                              struct record_payment *original)
{
    const struct catalog_plan *plan = NULL;
    enum result result = (enum result)original->reason;
    if (original->state == PAYMENT_STATE_TAKEN_BACK) {
        original->state = PAYMENT_STATE_GRANTED;
        if (original->span == 0)
            return RESULT_ok; /* it was used up when the dispute began */
        plan = catalog_plan_find(ledger->catalog, slice_from(original->plan));
        result = plan != NULL ? RESULT_ok : RESULT_unsettled_no_plan;
    }
    if (payment_unclaimed(original)) { /* it was claimed while the dispute was open */
        plan = catalog_plan_find(ledger->catalog, slice_from(original->plan));
        result = plan != NULL ? RESULT_ok : RESULT_unsettled_no_plan;
    }
    struct message_cmd_payment paid_now = *command;
    struct record_payment was = *original;
    paid_now.telegram_id = was.telegram_id;
    paid_now.plan = slice_from(was.plan);
    paid_now.order_id = slice_from(was.order_id);
    paid_now.amount = was.amount;
    paid_now.currency = slice_from(was.currency);
    if (result == RESULT_refunded_first)
        result = payer_find(ledger, &paid_now, original, &plan);
    return grant(ledger, &paid_now, original, result, plan);
}

void payment_tell_waits(struct ledger *ledger, const struct record_payment *payment)
{
    const struct payment_waits waits = {.plan = slice_from(payment->plan),
                                        .amount = payment->amount,
                                        .currency = slice_from(payment->currency)};
    const struct message part = part_make(shape_payment_waits(), &waits);
    letter_add(ledger, payment->telegram_id, &part, 1, ledger->at_ms);
}

static void take_identity(struct record_payment *payment, const struct record_payment *from)
{
    payment->telegram_id = from->telegram_id;
    memcpy(payment->plan, from->plan, sizeof payment->plan);
    memcpy(payment->order_id, from->order_id, sizeof payment->order_id);
    if (payment->amount < 0 || payment->currency[0] == 0) {
        payment->amount = from->amount;
        memcpy(payment->currency, from->currency, sizeof payment->currency);
    }
}
