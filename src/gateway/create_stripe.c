/* A Checkout Session (docs.stripe.com/api/checkout/sessions/create): the order's total in one line,
 * paid once, or (mode subscription) again each period until it is cancelled. */
#include "gateway/create.h"
#include "gateway/stripe.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* Stripe takes what expires 30 minutes to 24 hours after it is made. It may be asked again for half
 * an hour with the same bytes; who pays in the end of it is late, as the order's terms have it. */
#define LIFE_MS_MIN (UINT64_C(60) * 60 * 1000)
#define LIFE_MS_MAX (UINT64_C(24) * 60 * 60 * 1000)

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body);
static void put_recurring(const struct message_part_checkout *order, struct buf *body);
static void put_number(struct buf *body, const char *name, int64_t value);

static const struct checkout_read reads[] = {
    {"url", "/url"}, {"id", "/id"}, {"error", "/error/message"}, {NULL, NULL}};

const struct checkout_kind checkout_stripe = {
    .type = "application/x-www-form-urlencoded", .reads = reads, .write = write};

static bool write(const struct checkout *checkout, struct buf *path, struct buf *body)
{
    const struct message_part_checkout *order = checkout->order;
    const struct config_gateway *gateway = checkout->gateway;
    char currency[CURRENCY_CODE_MAX] = "";
    uint64_t life_ms = checkout->life_ms;
    int64_t units;
    if (!stripe_units(order->amount, slice_from(checkout->currency), &units))
        return false;
    for (size_t i = 0; checkout->currency[i] != 0 && i + 1 < sizeof currency; i++)
        currency[i] = (char)tolower((unsigned char)checkout->currency[i]);
    if (life_ms == 0 || life_ms > LIFE_MS_MAX)
        life_ms = LIFE_MS_MAX;
    if (life_ms < LIFE_MS_MIN)
        life_ms = LIFE_MS_MIN;
    buf_append_text(path, "/v1/checkout/sessions");
    create_pair(body, "mode", order->renews != 0 ? SLICE("subscription") : SLICE("payment"));
    create_pair(body, "client_reference_id", order->order_id);
    if (order->telegram_id != 0)
        put_number(body, "metadata[telegram_id]", order->telegram_id);
    create_pair(body, "metadata[plan]", order->plan);
    create_pair(body, "line_items[0][quantity]", SLICE("1"));
    create_pair(body, "line_items[0][price_data][currency]", slice_from(currency));
    put_number(body, "line_items[0][price_data][unit_amount]", units);
    create_pair(body, "line_items[0][price_data][product_data][name]", checkout->title);
    if (order->renews != 0)
        put_recurring(order, body);
    if (gateway->success_url != NULL)
        create_pair(body, "success_url", slice_from(gateway->success_url));
    if (gateway->cancel_url != NULL)
        create_pair(body, "cancel_url", slice_from(gateway->cancel_url));
    put_number(body, "expires_at", (int64_t)((order->created_ms + life_ms) / 1000));
    return true;
}

/* Its invoices know the subscription's metadata, and none of the session's. */
static void put_recurring(const struct message_part_checkout *order, struct buf *body)
{
    uint64_t length = order->months != 0 ? order->months : order->days;
    uint64_t unit = order->months != 0 ? 12 : 7;
    bool large = length % unit == 0;
    create_pair(body, "line_items[0][price_data][recurring][interval]",
                order->months != 0 ? (large ? SLICE("year") : SLICE("month"))
                                   : (large ? SLICE("week") : SLICE("day")));
    put_number(body, "line_items[0][price_data][recurring][interval_count]",
               (int64_t)(large ? length / unit : length));
    create_pair(body, "subscription_data[metadata][order]", order->order_id);
    put_number(body, "subscription_data[metadata][telegram_id]", order->telegram_id);
    create_pair(body, "subscription_data[metadata][plan]", order->plan);
}

static void put_number(struct buf *body, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    create_pair(body, name, slice_from(text));
}
