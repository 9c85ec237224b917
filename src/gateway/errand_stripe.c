/* What Stripe is told of a Checkout Session (docs.stripe.com/api/checkout/sessions/expire): one that
 * is paid by then, or over, is refused. */
#include "gateway/errand.h"

static bool end(const struct message_part_errand *errand, struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {
    {"id", "/id"}, {"state", "/status"}, {"error", "/error/message"}, {NULL, NULL}};

const struct errand_kind errand_stripe = {.type = "application/x-www-form-urlencoded",
                                          .reads = reads,
                                          .writes = {[ERRAND_END] = end}};

static bool end(const struct message_part_errand *errand, struct buf *path, struct buf *body)
{
    (void)body;
    buf_append_text(path, "/v1/checkout/sessions/");
    create_escape(path, errand->id);
    buf_append_text(path, "/expire");
    return true;
}
