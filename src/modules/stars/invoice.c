/* The invoice of an order: sent when it is placed, waits for who cannot be reached, and is not sent
 * any more when the order has ended. Of what renews Telegram takes only a link to an invoice, which
 * is then where the order is paid. One that is out already stays there; checkout.c refuses who
 * would pay it. */
#include "ledger/delivery.h"
#include "ledger/facts.h"
#include "ledger/person.h"
#include "ledger/reach.h"
#include "ledger/reply.h"
#include "ledger/rows.h"
#include "modules/checkout/checkout.h"
#include "modules/stars/till.h"

enum {
    CROSSED_RETRY_MS = 5000,
    PERIOD_S = 2592000 /* the only one that Telegram knows */
};                     /* they came back while the attempt was under way */

static void send(struct ledger *ledger, const struct order *order,
                 const struct star_gateway *gateway);
static void tell_checkout(struct ledger *ledger, const struct record_delivery *delivery,
                          enum checkout_state state, struct slice error);
static void withdraw(struct ledger *ledger, struct slice order_id);
static void invoice_key(struct key *key, struct slice order_id);

void stars_hear_placed(struct ledger *ledger, const void *fact)
{
    const struct fact_order_placed *placed = fact;
    struct star_gateway gateway;
    struct order order;
    if (slice_is(placed->currency, "XTR") && order_read(ledger, placed->order_id, &order) &&
        order.record.state == ORDER_OPEN &&
        stars_gateway_named(ledger, slice_from(order.record.wanted), &gateway))
        send(ledger, &order, &gateway);
}

void stars_hear_expired(struct ledger *ledger, const void *fact)
{
    withdraw(ledger, ((const struct fact_order_expired *)fact)->order_id);
}

void stars_hear_cancelled(struct ledger *ledger, const void *fact)
{
    withdraw(ledger, ((const struct fact_order_cancelled *)fact)->order_id);
}

void stars_hear_paid(struct ledger *ledger, const void *fact)
{
    withdraw(ledger, ((const struct fact_order_paid *)fact)->order_id);
}

void stars_hear_reachable(struct ledger *ledger, const void *fact)
{
    const struct fact_reachable *reachable = fact;
    if (reachable->reachable)
        stars_greet(ledger, reachable->telegram_id);
}

void stars_greet(struct ledger *ledger, int64_t telegram_id)
{
    struct record_delivery delivery;
    struct record_star_invoice invoice;
    struct order order;
    struct key key;
    for (uint64_t n = 0; order_next(ledger, telegram_id, &n, &order);) {
        invoice_key(&key, slice_from(order.id));
        if (row_load(ledger, shape_record_star_invoice(), &key, &invoice) &&
            outbox_is(ledger, STAGE_WAITING, invoice.delivery) &&
            delivery_load(ledger, invoice.delivery, &delivery))
            outbox_again(ledger, invoice.delivery, &delivery);
    }
}

enum result stars_invoice_waits(struct ledger *ledger, uint64_t id,
                                struct record_delivery *delivery,
                                const struct message_cmd_outcome *command)
{
    struct record_member member;
    bool crossed = member_load(ledger, delivery->telegram_id, &member) && member.unreachable == 0 &&
                   reach_crossed(ledger, &member);
    (void)command;
    if (crossed)
        delivery->not_before_ms = ledger->at_ms + CROSSED_RETRY_MS;
    outbox_move(ledger, id, delivery, crossed ? STAGE_PENDING : STAGE_WAITING);
    return RESULT_ok;
}

bool stars_invoice_wanted(struct ledger *ledger, const struct record_delivery *delivery)
{
    struct record_order order;
    return order_load(ledger, slice_from(delivery->link), &order) && order.state == ORDER_OPEN;
}

static void send(struct ledger *ledger, const struct order *order,
                 const struct star_gateway *gateway)
{
    const struct record_order *record = &order->record;
    const struct star_title title = {.plan = slice_from(record->plan)};
    const struct star_offer offer = {.plan = slice_from(record->plan),
                                     .period =
                                         period_pack((struct period){record->months, record->days}),
                                     .until = record->expires_ms,
                                     .renews = record->renews};
    const struct message parts[] = {part_make(shape_star_title(), &title),
                                    part_make(shape_star_offer(), &offer),
                                    {.kind = MESSAGE_part_invoice,
                                     .part_invoice = {.payload = slice_from(order->id),
                                                      .amount = record->amount,
                                                      .currency = slice_from(record->currency),
                                                      .period_s = record->renews ? PERIOD_S : 0}}};
    enum delivery_kind kind = record->renews ? DELIVERY_invoice_link : DELIVERY_invoice;
    const struct reply_to to = {
        .bot = gateway->bot, .telegram_id = record->telegram_id, .chat_id = record->telegram_id};
    struct record_member member; /* who has a list that lets the delivery go in time */
    member_load_or_new(ledger, record->telegram_id, &member);
    member_store(ledger, record->telegram_id, &member);
    struct record_star_invoice invoice = {
        .delivery = reply_of_kind(ledger, kind, &to, slice_from(order->id), parts, 3)};
    struct key key;
    invoice_key(&key, slice_from(order->id));
    if (invoice.delivery == 0)
        return;
    row_store(ledger, shape_record_star_invoice(), &key, &invoice);
    if (record->renews)
        order_pay_url_expect(ledger, slice_from(order->id), true);
}

enum result stars_link_made(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command)
{
    struct slice order_id = slice_from(delivery->link);
    outbox_move(ledger, id, delivery, STAGE_DONE);
    order_pay_url_store(ledger, order_id, command->link);
    tell_checkout(ledger, delivery, CHECKOUT_MADE, SLICE(""));
    return RESULT_ok;
}

enum result stars_link_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                              const struct message_cmd_outcome *command)
{
    (void)command;
    outbox_move(ledger, id, delivery, STAGE_DEAD);
    order_pay_url_expect(ledger, slice_from(delivery->link), false);
    tell_checkout(ledger, delivery, CHECKOUT_REFUSED, slice_from(delivery->error));
    return RESULT_ok;
}

/* The same as of other gateways: whoever waits for the address hears it. */
static void tell_checkout(struct ledger *ledger, const struct record_delivery *delivery,
                          enum checkout_state state, struct slice error)
{
    struct record_order order;
    struct slice order_id = slice_from(delivery->link);
    if (order_load(ledger, order_id, &order))
        FACT_TELL(ledger, checkout_ended, .telegram_id = delivery->telegram_id,
                  .order_id = order_id, .gateway = slice_from(order.wanted), .state = state,
                  .error = error);
}

static void withdraw(struct ledger *ledger, struct slice order_id)
{
    struct record_star_invoice invoice;
    struct key key;
    invoice_key(&key, order_id);
    if (!row_load(ledger, shape_record_star_invoice(), &key, &invoice))
        return;
    outbox_cancel(ledger, invoice.delivery, "its order has ended");
    order_pay_url_expect(ledger, order_id, false);
    row_delete(ledger, shape_record_star_invoice(), &key);
}

static void invoice_key(struct key *key, struct slice order_id)
{
    key_clear(key);
    key_text(key, order_id);
}
