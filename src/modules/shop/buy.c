/* A way to pay was pressed: the order, what it is now, and its end. */
#include "ledger/person.h"
#include "ledger/rows.h"
#include "modules/access/access.h"
#include "modules/checkout/checkout.h"
#include "modules/payment/payments.h"
#include "modules/shop/offer.h"
#include "modules/shop/page.h"
#include "modules/shop/visit.h"

enum { PAYMENTS_LOOKED_AT = 10 };

static void place(struct ledger *ledger, const struct message_cmd_said *said,
                  const struct shop_offer *offer, const struct shop_way *way);
static void await(struct ledger *ledger, const struct order *order);
static void order_keys(struct ledger *ledger, const struct order *order, struct page *page);
static bool own_order(struct ledger *ledger, const struct message_cmd_said *said,
                      struct order *out);
static bool being_checked(struct ledger *ledger, const struct order *order);
static void toast(struct ledger *ledger, const struct message_cmd_said *said,
                  enum shop_toast_what what, uint64_t number);

/* "core:1.2.PRINT", as offer.h has it. The open order of the same comes before the print: the first
 * press of the button may have changed what the next one would cost. */
void shop_go(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct slice rest;
    struct record_shop_visit visit;
    const struct catalog_plan *plan = offer_plan_of(ledger, said->arg, &rest);
    struct shop_offer offer;
    struct shop_way way;
    bool print = false;
    visit_stop_asking(ledger, said->telegram_id);
    if (plan == NULL) {
        said_stale(ledger, said);
        return;
    }
    offer_make_of(ledger, said->telegram_id, plan, visit_code(ledger, said->telegram_id, &visit),
                  &offer);
    if (!offer_way_of(ledger, &offer, rest, &way, &print)) {
        said_stale(ledger, said);
        shop_show_plan(ledger, said, plan, (struct period){0, 0});
        return;
    }
    const struct shop_quote *quote = &offer.quotes[way.quote];
    const struct order_create same = {.telegram_id = said->telegram_id,
                                      .plan = slice_from(plan->name),
                                      .period = period_pack(quote->price->period),
                                      .amount = quote->price->amount,
                                      .currency = slice_from(quote->price->currency),
                                      .gateway = slice_from(way.name),
                                      .coupon = quote->coded ? offer.code : SLICE("")};
    struct order order;
    if (order_again(ledger, &same, &order)) {
        shop_show_order(ledger, said, &order);
    } else if (!print) {
        said_stale(ledger, said);
        shop_show_plan(ledger, said, plan, quote->price->period);
    } else {
        place(ledger, said, &offer, &way);
    }
}

static void place(struct ledger *ledger, const struct message_cmd_said *said,
                  const struct shop_offer *offer, const struct shop_way *way)
{
    const struct shop_quote *quote = &offer->quotes[way->quote];
    const struct order_create create = {.telegram_id = said->telegram_id,
                                        .plan = slice_from(offer->plan->name),
                                        .period = period_pack(quote->price->period),
                                        .amount = quote->price->amount,
                                        .currency = slice_from(quote->price->currency),
                                        .gateway = slice_from(way->name),
                                        .coupon = quote->coded ? offer->code : SLICE("")};
    struct order order;
    unsigned result = order_ask(ledger, &create, &order);
    if (result != RESULT_ok) {
        shop_show_refusal(ledger, said, result);
        return;
    }
    ledger->subject = order.record.serial;
    shop_show_order(ledger, said, &order);
    if (quote->coded)
        visit_keep_code(ledger, said->telegram_id, SLICE(""));
}

static void awaited_key(struct key *key, struct slice order_id)
{
    key_clear(key);
    key_text(key, order_id);
}

static void await(struct ledger *ledger, const struct order *order)
{
    const struct record_shop_awaited row = {.telegram_id = order->record.telegram_id};
    struct key key;
    awaited_key(&key, slice_from(order->id));
    row_store(ledger, shape_record_shop_awaited(), &key, &row);
}

void shop_hear_over(struct ledger *ledger, struct slice order_id)
{
    struct record_shop_awaited row;
    struct key key;
    awaited_key(&key, order_id);
    if (row_load(ledger, shape_record_shop_awaited(), &key, &row))
        row_delete(ledger, shape_record_shop_awaited(), &key);
}

void shop_hear_checkout(struct ledger *ledger, const void *fact)
{
    const struct fact_checkout_ended *ended = fact;
    struct record_shop_awaited row;
    struct record_member member;
    struct order order;
    struct key key;
    awaited_key(&key, ended->order_id);
    if (!row_load(ledger, shape_record_shop_awaited(), &key, &row))
        return;
    row_delete(ledger, shape_record_shop_awaited(), &key);
    if (!order_read(ledger, ended->order_id, &order) || order.record.state != ORDER_OPEN ||
        !member_load(ledger, row.telegram_id, &member))
        return;
    const struct message_cmd_said said = {.bot = slice_from(member.bot),
                                          .telegram_id = row.telegram_id,
                                          .chat_id = row.telegram_id,
                                          .origin = SAID_PRIVATE};
    if (ended->state == CHECKOUT_MADE)
        shop_show_order(ledger, &said, &order);
    else
        shop_show_refusal(ledger, &said, RESULT_checkout_failed);
}

void shop_show_refusal(struct ledger *ledger, const struct message_cmd_said *said, unsigned why)
{
    struct page page;
    page_begin(&page);
    page_head(&page, SHOP_REFUSED, SLICE(""), why);
    if (why == RESULT_too_many_open)
        page_key(&page, (struct shop_key){.what = SHOP_KEY_MINE}, "my", SLICE(""));
    page_key(&page, (struct shop_key){.what = SHOP_KEY_PLANS}, "plans", SLICE(""));
    page_say(ledger, said, &page);
}

void shop_show_order(struct ledger *ledger, const struct message_cmd_said *said,
                     const struct order *order)
{
    const struct record_order *record = &order->record;
    char url[ORDER_URL_SIZE];
    const struct shop_order part = {
        .order_id = slice_from(order->id),
        .number = record->serial,
        .state = record->state,
        .plan = slice_from(record->plan),
        .period = period_pack((struct period){record->months, record->days}),
        .renews = record->renews,
        .list = order->count > 0 ? order->lines[0].amount : record->amount,
        .amount = record->amount,
        .currency = slice_from(record->currency),
        .expires = record->expires_ms,
        .late = record->late_ms > ledger->at_ms ? record->late_ms : 0,
        .paid = record->paid_ms,
        .gateway = slice_from(record->gateway[0] != 0 ? record->gateway : record->wanted),
        .payment_id = slice_from(record->payment_id),
        .page = order_pay_url(ledger, order, url),
        .follows = order_pay_url_pending(ledger, slice_from(order->id))};
    struct page page;
    if (part.follows && record->state == ORDER_OPEN)
        await(ledger, order);
    page_begin(&page);
    page_add(&page, shape_shop_order(), &part);
    order_keys(ledger, order, &page);
    page_say(ledger, said, &page);
}

static void order_keys(struct ledger *ledger, const struct order *order, struct page *page)
{
    const struct record_order *record = &order->record;
    char url[ORDER_URL_SIZE];
    if (record->state == ORDER_OPEN) {
        const struct shop_key pay = {
            .what = SHOP_KEY_PAY,
            .url = order_pay_url(ledger, order, url) ? page_keep(page, slice_from(url)) : SLICE(""),
            .amount = record->amount,
            .currency = slice_from(record->currency)};
        /* Stars are paid once by an invoice, which the bot sends (modules/stars). */
        if (pay.url.len > 0 && (record->renews || !slice_is(pay.currency, "XTR")))
            page_add(page, shape_shop_key(), &pay);
        page_key(page, (struct shop_key){.what = SHOP_KEY_HAVE_PAID}, "paid",
                 slice_from(order->id));
        page_key(page, (struct shop_key){.what = SHOP_KEY_CANCEL, .beside = 1}, "cancel",
                 slice_from(order->id));
    } else if (record->state == ORDER_EXPIRED || record->state == ORDER_CANCELLED) {
        page_key(page, (struct shop_key){.what = SHOP_KEY_AGAIN}, "plan", slice_from(record->plan));
    } else {
        page_key(page, (struct shop_key){.what = SHOP_KEY_MINE}, "my", SLICE(""));
    }
}

void shop_cancel(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct order order;
    if (!own_order(ledger, said, &order) ||
        !order_end(ledger, slice_from(order.id), ORDER_CANCELLED) ||
        !order_read(ledger, said->arg, &order))
        said_stale(ledger, said);
    else
        shop_show_order(ledger, said, &order);
}

/* What the ledger knows; its gateway is asked besides. Of an open order the answer stands over the
 * button. */
void shop_have_paid(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct order order;
    if (!own_order(ledger, said, &order)) {
        said_stale(ledger, said);
        return;
    }
    if (!visit_may_ask(ledger, said->telegram_id)) {
        toast(ledger, said, SHOP_TOO_SOON, order.record.serial);
        return;
    }
    bool checked = being_checked(ledger, &order);
    if (!order.record.sold && !checked)
        checkout_look(ledger, &order);
    if (order.record.state == ORDER_OPEN || checked) {
        toast(ledger, said, checked ? SHOP_BEING_CHECKED : SHOP_NOT_SEEN, order.record.serial);
        return;
    }
    if (order.record.sold)
        toast(ledger, said, SHOP_IS_PAID, order.record.serial);
    shop_show_order(ledger, said, &order);
    if (order.record.sold)
        access_greet(ledger, said->telegram_id, SLICE(""));
}

unsigned op_looked(struct ledger *ledger, const struct message_cmd_looked *command)
{
    struct record_member member;
    struct order order;
    if (command->how < LOOKED_NOT_PAID || command->how > LOOKED_AWAY)
        return RESULT_invalid;
    if (!order_read(ledger, command->order_id, &order) ||
        order.record.telegram_id != command->telegram_id ||
        !member_load(ledger, command->telegram_id, &member))
        return RESULT_not_found;
    if (order.record.sold) /* the receipt has told it */
        return RESULT_ok;
    const struct message_cmd_said said = {.bot = slice_from(member.bot),
                                          .telegram_id = command->telegram_id,
                                          .chat_id = command->telegram_id,
                                          .origin = SAID_PRIVATE};
    const struct shop_looked part = {.what = command->how - LOOKED_NOT_PAID,
                                     .number = order.record.serial,
                                     .gateway = command->gateway};
    struct page page;
    page_begin(&page);
    page_add(&page, shape_shop_looked(), &part);
    page_say(ledger, &said, &page);
    return RESULT_ok;
}

static bool own_order(struct ledger *ledger, const struct message_cmd_said *said, struct order *out)
{
    return order_read(ledger, said->arg, out) && out->record.telegram_id == said->telegram_id;
}

/* A payment that names the order has come, and waits for the operator. */
static bool being_checked(struct ledger *ledger, const struct order *order)
{
    int64_t telegram_id = order->record.telegram_id;
    struct record_member member;
    struct record_payment payment;
    if (order->record.sold || !member_load(ledger, telegram_id, &member))
        return false;
    uint64_t count = member.payments;
    for (uint64_t n = 0; n < count && n < PAYMENTS_LOOKED_AT; n++) {
        uint64_t sequence = person_payment_at(ledger, telegram_id, count - 1 - n, count);
        if (payment_load(ledger, sequence, &payment) && payment.kind == PAYMENT_PAID &&
            payment.state == PAYMENT_STATE_UNSETTLED && strcmp(payment.order_id, order->id) == 0)
            return true;
    }
    return false;
}

static void toast(struct ledger *ledger, const struct message_cmd_said *said,
                  enum shop_toast_what what, uint64_t number)
{
    const struct shop_toast part = {.what = what, .number = number};
    const struct message message = part_make(shape_shop_toast(), &part);
    said_answer(ledger, said, &message);
}
