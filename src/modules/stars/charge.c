/* cmd_star_payment: Stars were paid, or given back. It is a payment like any other gateway's, known
 * by its charge. Of a subscription each payment has a charge of its own; that they belong together
 * says the invoice, and what its first one granted the later ones are for. */
#include "ledger/reply.h"
#include "ledger/rows.h"
#include "modules/order/book.h"
#include "modules/payment/payment.h"
#include "modules/stars/till.h"

enum { ORDER_BYTES_MAX = 64 }; /* of cmd_payment */

static void charge_key(struct key *key, struct slice gateway, struct slice charge_id);

unsigned op_star_payment(struct ledger *ledger, const struct message_cmd_star_payment *command)
{
    bool paid = command->kind == PAYMENT_PAID;
    if (!catalog_bot_known(ledger->catalog, command->bot) || command->telegram_id <= 0 ||
        command->charge_id.len == 0 || (!paid && command->kind != PAYMENT_REFUNDED))
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;
    return stars_take(ledger, command);
}

unsigned stars_take(struct ledger *ledger, const struct message_cmd_star_payment *command)
{
    char event[PAYMENT_EVENT_SIZE];
    struct record_order order;
    struct star_gateway gateway;
    bool paid = command->kind == PAYMENT_PAID;
    /* Money of a gateway that the configuration has no more is money all the same. */
    if (!stars_gateway_of(ledger, command->bot, &gateway))
        gateway = (struct star_gateway){SLICE("stars"), command->bot};
    payment_refund_event(command->charge_id, event);
    struct message_cmd_payment payment = {
        .gateway = gateway.name,
        .event_id = paid ? command->charge_id : slice_from(event),
        .payment_id = command->charge_id,
        .kind = command->kind,
        .telegram_id = command->telegram_id,
        .order_id = command->order_id.len <= ORDER_BYTES_MAX ? command->order_id : SLICE(""),
        .amount = command->amount,
        .currency = SLICE("XTR"),
        .occurred_ms = command->occurred_ms,
        .total = !paid};
    if (paid && command->recurring != STAR_ONCE)
        payment.subscription = command->charge_id;
    if (paid && command->recurring == STAR_LATER && order_load(ledger, command->order_id, &order) &&
        order.payment_id[0] != 0 && slice_is(gateway.name, order.gateway)) {
        payment.subscription = slice_from(order.payment_id);
        payment.order_id = SLICE("");
    }
    if (payment.subscription.len > 0)
        payment.until_ms = command->until_ms;
    if (paid) {
        struct record_star_charge charge = {.telegram_id = command->telegram_id};
        struct key key;
        (void)slice_copy(command->bot, charge.bot, sizeof charge.bot);
        charge_key(&key, gateway.name, command->charge_id);
        row_store(ledger, shape_record_star_charge(), &key, &charge);
    }
    return op_payment(ledger, &payment);
}

bool stars_refund(struct ledger *ledger, const struct record_payment *paid)
{
    struct slice charge_id = slice_from(paid->payment_id);
    struct record_star_charge charge;
    if (!stars_charge_load(ledger, slice_from(paid->gateway), charge_id, &charge))
        return false;
    /* Who paid may be another than who got it. */
    const struct reply_to to = {.bot = slice_from(charge.bot),
                                .telegram_id = paid->telegram_id,
                                .chat_id = charge.telegram_id};
    return reply_of_kind(ledger, DELIVERY_star_refund, &to, charge_id, NULL, 0) != 0;
}

bool stars_charge_load(struct ledger *ledger, struct slice gateway, struct slice charge_id,
                       struct record_star_charge *out)
{
    struct key key;
    charge_key(&key, gateway, charge_id);
    return row_load(ledger, shape_record_star_charge(), &key, out);
}

static void charge_key(struct key *key, struct slice gateway, struct slice charge_id)
{
    key_clear(key);
    key_text(key, gateway);
    key_text(key, charge_id);
}
