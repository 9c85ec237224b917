/* What is known of Stripe by those who ask it: how it counts money, and what its objects say. */
#ifndef USHER_GATEWAY_STRIPE_H
#define USHER_GATEWAY_STRIPE_H

#include "base/json.h"
#include "gateway/gateway.h"

#include <stdint.h>

/* An amount of ours in Stripe's units of this currency, which may be others (docs.stripe.com,
 * currencies). False: there is no such amount in Stripe's. */
bool stripe_units(int64_t minor, struct slice currency, int64_t *out);

/* A Checkout Session, or an invoice, as the event about its payment would say it: accepted when it
 * is paid, unused when it is not. The event's id is derived. */
enum gateway_verdict stripe_read_session(const cJSON *session, struct payment_event *event);
enum gateway_verdict stripe_read_invoice(const cJSON *invoice, struct payment_event *event);

#endif
