/* The operator gives a payment's money back. A gateway that can do so is told, and what the payment
 * gave is taken when it has answered (refunding.h). Where a module has a way of its own, it begins
 * there, and what the payment gave is taken at once, whatever becomes of that. */
#include "ledger/registry.h"
#include "modules/payment/payment.h"
#include "modules/payment/refunding.h"
#include "modules/payment/sum.h"

#include <stdio.h>

static bool part_of(const struct payment_refund *ask, const struct record_payment *paid,
                    const struct payment_sum *sum, int64_t *amount);
static bool begin(struct ledger *ledger, const struct record_payment *paid);
static void event_of(const char *what, struct slice payment_id, char out[PAYMENT_EVENT_SIZE]);

unsigned op_payment_refund(struct ledger *ledger, const struct payment_refund *ask)
{
    char event[PAYMENT_EVENT_SIZE];
    struct payment_events events;
    struct payment_sum sum;
    struct record_payment paid;
    int64_t amount;
    payment_find(ledger, ask->gateway, ask->payment_id, (struct slice){0}, &events);
    if (events.count == 0)
        return RESULT_not_found;
    if (!payment_of_kind(ledger, &events, PAYMENT_PAID, &paid))
        return RESULT_not_a_payment;
    payment_add_up(ledger, &events, NULL, &paid, &sum);
    if (sum.refunded)
        return RESULT_already_refunded;
    if (!part_of(ask, &paid, &sum, &amount))
        return RESULT_refund_amount;
    if (refunding_can(ledger, ask->gateway))
        return refunding_begin(ledger, ask, &paid, &sum, amount);
    if (amount != 0)
        return RESULT_cannot_refund_part;
    if (!begin(ledger, &paid))
        return RESULT_cannot_refund;
    payment_refund_event(slice_from(paid.payment_id), event);
    const struct message_cmd_payment refunded = {.gateway = ask->gateway,
                                                 .event_id = slice_from(event),
                                                 .payment_id = slice_from(paid.payment_id),
                                                 .kind = PAYMENT_REFUNDED,
                                                 .telegram_id = paid.telegram_id,
                                                 .amount = paid.amount,
                                                 .currency = slice_from(paid.currency),
                                                 .occurred_ms = ledger->at_ms,
                                                 .total = 1};
    (void)op_payment(ledger, &refunded);
    return RESULT_ok;
}

void answer_refund(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct payment_refund *ask = command;
    (void)subject;
    (void)payment_to_json(ledger, ask->gateway, ask->payment_id, out);
}

/* So the gateway's own word of it, when that comes, is the same event. */
void payment_refund_event(struct slice payment_id, char out[PAYMENT_EVENT_SIZE])
{
    event_of("refund:", payment_id, out);
}

void payment_capture_event(struct slice payment_id, char out[PAYMENT_EVENT_SIZE])
{
    event_of("captured:", payment_id, out);
}

/* Of a long id the end tells it from others. */
static void event_of(const char *what, struct slice payment_id, char out[PAYMENT_EVENT_SIZE])
{
    size_t kept = PAYMENT_EVENT_SIZE - 1 - strlen(what);
    size_t skip = payment_id.len > kept ? payment_id.len - kept : 0;
    (void)snprintf(out, PAYMENT_EVENT_SIZE, "%s%.*s", what, (int)(payment_id.len - skip),
                   payment_id.data + skip);
}

/* 0: the whole of what is left. False: that is no part of it. */
static bool part_of(const struct payment_refund *ask, const struct record_payment *paid,
                    const struct payment_sum *sum, int64_t *amount)
{
    const char *currency = currency_find(slice_from(paid->currency));
    *amount = 0;
    if (ask->amount.len == 0)
        return true;
    if (currency == NULL || !money_parse(ask->amount, currency, amount) || *amount <= 0 ||
        *amount > paid->amount - sum->back)
        return false;
    if (*amount == paid->amount - sum->back)
        *amount = 0;
    return true;
}

/* False: no module knows how this gateway gives money back. */
static bool begin(struct ledger *ledger, const struct record_payment *paid)
{
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->refund != NULL && (*module)->refund(ledger, paid))
            return true;
    return false;
}
