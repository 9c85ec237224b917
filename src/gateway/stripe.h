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

/* An event, as a callback brings it and as the list of events has it. */
enum gateway_verdict stripe_read_event(const cJSON *event, struct payment_event *out);
/* The types, from 0, of events that say what no list of payments does: what went back, is disputed,
 * belongs together. NULL: there are no more. */
const char *stripe_event_type(size_t i);

#endif
