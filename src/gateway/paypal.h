/* How PayPal counts money, for those who tell it amounts. */
#ifndef USHER_GATEWAY_PAYPAL_H
#define USHER_GATEWAY_PAYPAL_H

#include "base/slice.h"

#include <stdint.h>

/* An amount of ours as PayPal takes it: "29.00", and whole units of a currency that it counts
 * without decimals (developer.paypal.com/reference/currency-codes). False: it takes no such amount.
 */
enum { PAYPAL_AMOUNT_SIZE = 32 };
bool paypal_amount(int64_t minor, struct slice currency, char out[PAYPAL_AMOUNT_SIZE]);

#endif
