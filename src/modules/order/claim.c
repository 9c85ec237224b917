#include "modules/order/claim.h"

#include "modules/access/access.h"
#include "modules/access/seat.h"
#include "modules/order/order.h"

static void await(struct ledger *ledger, struct slice order_id);

unsigned order_claim(struct ledger *ledger, struct order *order, int64_t telegram_id)
{
    struct record_order *record = &order->record;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(record->plan));
    bool open = record->state == ORDER_OPEN;
    bool seat = false;
    if (record->telegram_id == telegram_id)
        return RESULT_ok;
    if (!order_unclaimed(record))
        return RESULT_order_claimed;
    if (member_is_banned(ledger, telegram_id))
        return RESULT_member_banned;
    if (record->state == ORDER_CANCELLED || record->state == ORDER_REFUNDED)
        return RESULT_order_not_open;
    if (open && orders_open(ledger, telegram_id) >= ORDERS_OPEN_MAX)
        return RESULT_too_many_open;
    /* Its seat is free for a moment, and nobody else's turn comes in between. */
    order_seat_unhold(ledger, record);
    if (open && plan != NULL)
        (void)order_seat(ledger, telegram_id, plan, &seat);
    record->telegram_id = telegram_id;
    order_list_add(ledger, slice_from(order->id), record, seat);
    order_store(ledger, slice_from(order->id), record);
    const struct fact_claimed fact = {.telegram_id = telegram_id,
                                      .order_id = slice_from(order->id),
                                      .plan = slice_from(record->plan),
                                      .amount = record->amount,
                                      .currency = slice_from(record->currency),
                                      .paid = record->sold};
    fact_tell(ledger, shape_fact_claimed(), &fact);
    return RESULT_ok;
}

void claim_hear_paid(struct ledger *ledger, const void *fact)
{
    await(ledger, ((const struct fact_order_paid *)fact)->order_id);
}

void claim_hear_reinstated(struct ledger *ledger, const void *fact)
{
    await(ledger, ((const struct fact_order_reinstated *)fact)->order_id);
}

unsigned claim_due(struct ledger *ledger, int64_t unused, const char *id)
{
    struct record_order record;
    (void)unused;
    if (!order_load(ledger, slice_from(id), &record) || !order_unclaimed(&record) || !record.sold)
        return 1;
    const struct fact_unclaimed fact = {.order_id = slice_from(id),
                                        .plan = slice_from(record.plan),
                                        .amount = record.amount,
                                        .currency = slice_from(record.currency),
                                        .gateway = slice_from(record.gateway),
                                        .payment_id = slice_from(record.payment_id),
                                        .paid = record.paid_ms};
    fact_tell(ledger, shape_fact_unclaimed(), &fact);
    return 4;
}

static void await(struct ledger *ledger, struct slice order_id)
{
    struct order order;
    if (order_read(ledger, order_id, &order) && order_unclaimed(&order.record))
        timer_set(ledger, ledger->at_ms + order_terms_of(ledger).unclaimed, TIMER_ORDER, 0,
                  order.id);
}
