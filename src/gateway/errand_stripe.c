/* What Stripe is told: that a Checkout Session ends (docs.stripe.com/api/checkout/sessions/expire),
 * which it refuses of one that is paid by then, or over; that money goes back
 * (docs.stripe.com/api/refunds/create); and that a customer wants to manage what they pay
 * (docs.stripe.com/api/customer_portal/sessions/create). */
#include "gateway/errand.h"
#include "gateway/stripe.h"
#include "http/query.h"

#include <inttypes.h>
#include <stdio.h>

static bool end(const struct errand_to *to, const struct message_part_errand *errand,
                struct buf *path, struct buf *body);
static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body);
static bool portal(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body);
static bool begins(struct slice id, const char *prefix);

static const struct checkout_read reads[] = {{"id", "/id"},
                                             {"url", "/url"},
                                             {"state", "/status"},
                                             {"error", "/error/message"},
                                             {NULL, NULL}};

const struct errand_kind errand_stripe = {
    .type = "application/x-www-form-urlencoded",
    .reads = reads,
    .writes = {[ERRAND_END] = end, [ERRAND_REFUND] = refund, [ERRAND_PORTAL] = portal}};

static bool end(const struct errand_to *to, const struct message_part_errand *errand,
                struct buf *path, struct buf *body)
{
    (void)to;
    (void)body;
    buf_append_text(path, "/v1/checkout/sessions/");
    percent_encode(path, errand->id);
    buf_append_text(path, "/expire");
    return true;
}

/* An invoice, a session or a subscription cannot be refunded, only what paid it. */
static bool refund(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body)
{
    static const char *const others[] = {"in_", "cs_", "sub_"};
    struct slice id = errand->id;
    char text[24];
    int64_t units;
    (void)to;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (begins(id, others[i]))
            id = errand->named;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (begins(id, others[i]))
            return false;
    bool charge = begins(id, "ch_") || begins(id, "py_");
    buf_append_text(path, "/v1/refunds");
    create_pair(body, charge ? "charge" : "payment_intent", id);
    if (errand->amount != 0) {
        if (!stripe_units(errand->amount, errand->currency, &units))
            return false;
        (void)snprintf(text, sizeof text, "%" PRId64, units);
        create_pair(body, "amount", slice_from(text));
    }
    create_pair(body, "metadata[reason]", errand->reason);
    return true;
}

/* What may be done there is set in Stripe's dashboard. */
static bool portal(const struct errand_to *to, const struct message_part_errand *errand,
                   struct buf *path, struct buf *body)
{
    buf_append_text(path, "/v1/billing_portal/sessions");
    create_pair(body, "customer", errand->id);
    if (to->gateway->success_url != NULL)
        create_pair(body, "return_url", slice_from(to->gateway->success_url));
    return true;
}

static bool begins(struct slice id, const char *prefix)
{
    return id.len >= strlen(prefix) && memcmp(id.data, prefix, strlen(prefix)) == 0;
}
