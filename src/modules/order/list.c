#include "modules/order/list.h"

#include "ledger/facts.h"
#include "ledger/rows.h"
#include "modules/access/seat.h"

static void ref_store(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                      const struct record_order_ref *ref);

/* Of the orders that are over, only the newest stay listed. */
void order_list_add(struct ledger *ledger, struct slice id, struct record_order *record, bool held)
{
    int64_t telegram_id = record->telegram_id;
    struct record_order_ref ref;
    uint64_t closed[ORDERS_OPEN_MAX + ORDERS_LISTED_MAX + 1];
    size_t count = 0;
    uint64_t n = 0;
    if (order_unclaimed(record)) {
        if (held)
            order_seat_hold(ledger, record);
        return;
    }
    while (count < sizeof closed / sizeof *closed &&
           aspect_next(ledger, telegram_id, shape_record_order_ref(), true, &n, &ref))
        if (!ref.open)
            closed[count++] = n;
    for (size_t i = 0; i + ORDERS_LISTED_MAX <= count; i++)
        aspect_delete(ledger, telegram_id, shape_record_order_ref(), closed[i]);
    record->number = n + 1;
    memset(&ref, 0, sizeof ref);
    (void)slice_copy(id, ref.order_id, sizeof ref.order_id);
    memcpy(ref.plan, record->plan, sizeof ref.plan);
    ref.open = record->state == ORDER_OPEN;
    ref.held = held;
    if (held)
        seats_held_change(ledger, record->plan, 1);
    ref_store(ledger, telegram_id, record->number, &ref);
}

/* The order is not open any more; another open one of this plan takes over its seat. */
void order_list_close(struct ledger *ledger, struct record_order *record)
{
    int64_t telegram_id = record->telegram_id;
    struct record_order_ref ref;
    if (order_unclaimed(record)) {
        order_seat_unhold(ledger, record);
        return;
    }
    if (!aspect_load(ledger, telegram_id, shape_record_order_ref(), record->number, &ref))
        return;
    bool held = ref.held != 0;
    ref.open = ref.held = 0;
    ref_store(ledger, telegram_id, record->number, &ref);
    if (!held)
        return;
    seats_held_change(ledger, record->plan, -1);
    seat_keep(ledger, telegram_id, record->plan);
}

void order_seat_hold(struct ledger *ledger, struct record_order *record)
{
    if (!order_unclaimed(record) || record->seat)
        return;
    seats_held_change(ledger, record->plan, 1);
    record->seat = 1;
}

void order_seat_unhold(struct ledger *ledger, struct record_order *record)
{
    if (record->seat)
        seats_held_change(ledger, record->plan, -1);
    record->seat = 0;
}

bool order_seat_left(struct ledger *ledger, const struct record_order *record)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(record->plan));
    return !order_unclaimed(record) || record->seat || plan == NULL || plan->seats == 0 ||
           seats_taken(ledger, plan->name) + seats_held(ledger, plan->name) < plan->seats;
}

static void ref_store(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                      const struct record_order_ref *ref)
{
    aspect_store(ledger, telegram_id, shape_record_order_ref(), n, ref);
}
