/* Asking a gateway whether what it made for an order is paid: when its member says so, and, where
 * it has no list of what was paid, by itself now and then, for callbacks that never come. Best
 * effort each time: what is too many is left for the next time (ledger/look.h). */
#include "ledger/look.h"
#include "ledger/state.h"
#include "modules/checkout/checkout.h"

/* Between two times lies this part of the order's age, so that one is asked about 32 times in a
 * week, and found late by no more than that. */
enum { AGE_PART = 4 };

/* One that never ends is not asked about for ever. */
#define ENDLESS_MS (UINT64_C(30) * 24 * 60 * 60 * 1000)

static void ask(struct ledger *ledger, struct slice order_id, const struct record_checkout *row,
                int64_t telegram_id);
static bool may_be_paid(const struct record_checkout *row, const struct checkout_gateway *gateway);
static bool is_paid(const struct record_order *order, const struct record_checkout *row);

void checkout_look(struct ledger *ledger, const struct order *order)
{
    struct record_checkout row;
    if (checkout_load(ledger, slice_from(order->id), &row))
        ask(ledger, slice_from(order->id), &row, order->record.telegram_id);
}

void checkout_ask_begin(struct ledger *ledger, struct slice order_id, uint64_t created_ms,
                        const struct checkout_gateway *gateway)
{
    char subject[CATALOG_NAME_MAX + 1];
    if (gateway->every != 0 && slice_copy(order_id, subject, sizeof subject))
        timer_set(ledger, created_ms + gateway->every, (enum timer_kind)MODULE_checkout, 0,
                  subject);
}

void checkout_ask_due(struct ledger *ledger, int64_t id, const char *subject)
{
    struct checkout_gateway gateway;
    struct record_checkout row;
    struct record_order order;
    (void)id;
    if (!checkout_load(ledger, slice_from(subject), &row) ||
        !order_load(ledger, slice_from(subject), &order) || is_paid(&order, &row) ||
        !checkout_maker(ledger, row.gateway, &gateway) || gateway.every == 0)
        return;
    uint64_t end_ms = order.expires_ms != 0 ? order.expires_ms : order.created_ms + ENDLESS_MS;
    uint64_t last_ms = end_ms + gateway.back;
    uint64_t age_ms = ledger->at_ms > order.created_ms ? ledger->at_ms - order.created_ms : 0;
    uint64_t gap_ms = age_ms / AGE_PART > gateway.every ? age_ms / AGE_PART : gateway.every;
    if (may_be_paid(&row, &gateway))
        ask(ledger, slice_from(subject), &row, 0);
    if (ledger->at_ms + gap_ms <= last_ms)
        timer_set(ledger, ledger->at_ms + gap_ms, (enum timer_kind)MODULE_checkout, 0, subject);
}

/* By the gateway's own id of it, or by the order's, where that is what it goes by. */
static void ask(struct ledger *ledger, struct slice order_id, const struct record_checkout *row,
                int64_t telegram_id)
{
    struct checkout_gateway gateway;
    struct slice id = slice_from(row->id);
    if (id.len == 0 && checkout_maker(ledger, row->gateway, &gateway) && gateway.numbered != 0)
        id = order_id;
    if (id.len > 0)
        (void)look_ask(ledger, slice_from(row->gateway), order_id, id, telegram_id);
}

/* Somebody may have seen where to pay. */
static bool may_be_paid(const struct record_checkout *row, const struct checkout_gateway *gateway)
{
    if (gateway->taps != 0)
        return true;
    return row->state != CHECKOUT_ASKED && row->state != CHECKOUT_REFUSED &&
           row->state != CHECKOUT_WITHDRAWN;
}

static bool is_paid(const struct record_order *order, const struct record_checkout *row)
{
    return order->sold && strcmp(order->gateway, row->gateway) == 0;
}
