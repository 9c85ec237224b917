/* A gateway where the payer agrees first, and the money is taken when we say so: once, and only
 * while the order can be paid. Who agrees to anything else keeps their money. */
#include "ledger/facts.h"
#include "ledger/person.h"
#include "modules/access/access.h"
#include "modules/checkout/checkout.h"
#include "modules/payment/payment.h"

/* So long the gateway takes to charge the payer and to tell us. */
enum { PAYING_MS = 60000 };

static bool wanted(struct ledger *ledger, const struct fact_approved *approved,
                   const struct record_order *order);
static bool take(struct ledger *ledger, const struct request_end *end,
                 const struct record_checkout *row);
static bool is_over(struct slice issue);
static void note(struct record_checkout *row, struct slice error);

/* The gateway may say so before it has answered that the checkout is there. */
void checkout_hear_approved(struct ledger *ledger, const void *fact)
{
    const struct fact_approved *approved = fact;
    struct checkout_gateway gateway;
    struct record_checkout row;
    struct record_order order;
    if (!checkout_load(ledger, approved->order_id, &row) ||
        !slice_is(approved->gateway, row.gateway) ||
        !checkout_maker(ledger, row.gateway, &gateway) || !gateway.captures ||
        !order_load(ledger, approved->order_id, &order) || row.state == CHECKOUT_CAPTURING ||
        row.state == CHECKOUT_CAPTURED ||
        (row.id[0] != 0 && !slice_is(approved->payment_id, row.id)) ||
        !slice_copy(approved->payment_id, row.id, sizeof row.id))
        return;
    bool asked = row.state == CHECKOUT_ASKED;
    if (row.state == CHECKOUT_NOT_CAPTURED) /* else it could be let go beside this one */
        request_withdraw(ledger, row.capture);
    row.state = CHECKOUT_NOT_CAPTURED;
    row.status = 0;
    row.at = ledger->at_ms;
    note(&row, SLICE("its payer has agreed, but the order could not be paid any more"));
    if (wanted(ledger, approved, &order))
        row.capture = checkout_errand(ledger, approved->order_id, &row, ERRAND_CAPTURE);
    else
        row.capture = 0;
    if (row.capture != 0) {
        row.state = CHECKOUT_CAPTURING;
        note(&row, SLICE(""));
        if (asked)
            order_pay_url_expect(ledger, approved->order_id, false);
        order_linger(ledger, approved->order_id, ledger->at_ms + PAYING_MS);
    }
    checkout_store(ledger, approved->order_id, &row);
}

/* Would its payment be granted? */
static bool wanted(struct ledger *ledger, const struct fact_approved *approved,
                   const struct record_order *order)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(order->plan));
    bool seat;
    return plan != NULL && !member_is_banned(ledger, order->telegram_id) &&
           order_takes(ledger, approved->order_id, order, approved->amount, approved->currency) ==
               RESULT_ok &&
           order_seat(ledger, order->telegram_id, plan, &seat);
}

/* A refusal that leaves nothing to do is nobody's to look at: who could not pay agrees once more,
 * by other means. */
void checkout_captured(struct ledger *ledger, const struct request_end *end,
                       struct record_checkout *row)
{
    bool done = end->how == REQUEST_DONE || end->how == REQUEST_LATE;
    struct slice state = request_field(end, "capture_state");
    bool taken = done && (slice_is(state, "COMPLETED") || slice_is(state, "PENDING"));
    row->state = taken ? CHECKOUT_CAPTURED : CHECKOUT_NOT_CAPTURED;
    row->status = end->status;
    row->at = ledger->at_ms;
    note(row, done ? state : end->error);
    checkout_store(ledger, end->ref, row);
    checkout_tell(ledger, end, row);
    if (end->how == REQUEST_REFUSED && is_over(request_field(end, "issue")))
        request_withdraw(ledger, end->delivery);
    if (done && slice_is(state, "COMPLETED") && !take(ledger, end, row)) {
        note(row, SLICE("its answer cannot be read; the gateway's event counts"));
        checkout_store(ledger, end->ref, row);
    }
}

/* What the answer says is a payment; the gateway's event is the same. */
static bool take(struct ledger *ledger, const struct request_end *end,
                 const struct record_checkout *row)
{
    const char *currency = currency_find(request_field(end, "currency"));
    char event[PAYMENT_EVENT_SIZE];
    int64_t amount;
    struct slice id = request_field(end, "capture");
    if (id.len == 0 || currency == NULL ||
        !money_parse(request_field(end, "amount"), currency, &amount))
        return false;
    payment_capture_event(id, event);
    const struct message_cmd_payment payment = {.gateway = slice_from(row->gateway),
                                                .event_id = slice_from(event),
                                                .payment_id = id,
                                                .kind = PAYMENT_PAID,
                                                .telegram_id = end->telegram_id,
                                                .order_id = end->ref,
                                                .amount = amount,
                                                .currency = slice_from(currency),
                                                .occurred_ms = 0,
                                                .aliases = slice_from(row->id)};
    (void)op_payment(ledger, &payment);
    return true;
}

/* PayPal's words (developer.paypal.com/api/rest/reference/orders/v2/errors). */
static bool is_over(struct slice issue)
{
    static const char *const words[] = {"INSTRUMENT_DECLINED", "ORDER_NOT_APPROVED",
                                        "ORDER_ALREADY_CAPTURED", "PAYER_ACTION_REQUIRED",
                                        "ORDER_EXPIRED"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_is(issue, words[i]))
            return true;
    return false;
}

static void note(struct record_checkout *row, struct slice error)
{
    bool fits = !slice_is(error, "COMPLETED") && slice_copy(error, row->error, sizeof row->error);
    if (!fits)
        row->error[0] = 0;
}
