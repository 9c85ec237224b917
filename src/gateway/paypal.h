/* What is known of PayPal by those who ask it and tell it amounts: how it counts money, and what
 * its objects say. */
#ifndef USHER_GATEWAY_PAYPAL_H
#define USHER_GATEWAY_PAYPAL_H

#include "base/json.h"
#include "gateway/gateway.h"

#include <stdint.h>

/* An amount of ours as PayPal takes it: "29.00", and whole units of a currency that it counts
 * without decimals (developer.paypal.com/reference/currency-codes). False: it takes no such amount.
 */
enum { PAYPAL_AMOUNT_SIZE = 32 };
bool paypal_amount(int64_t minor, struct slice currency, char out[PAYPAL_AMOUNT_SIZE]);

/* An order (docs/api/orders/v2), as the events about it would say it: paid by its capture, or
 * agreed to; unused when it is neither. The event's id is derived. */
enum gateway_verdict paypal_read_order(const cJSON *order, struct payment_event *event);
/* A row of the list of transactions (docs/api/transaction-search/v1), which is the account's and
 * not ours alone: a payment that names an order of usher's or a member, or is a subscription's; a
 * refund. All else is unused. */
enum gateway_verdict paypal_read_transaction(const cJSON *row, struct payment_event *event);

#endif
