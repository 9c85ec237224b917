/* What Crypto Pay's invoices say, for those who ask for them. */
#ifndef USHER_GATEWAY_CRYPTO_PAY_H
#define USHER_GATEWAY_CRYPTO_PAY_H

#include "base/json.h"
#include "gateway/gateway.h"

/* As the update about its payment would say it: accepted when it is paid, unused when it is not. */
enum gateway_verdict crypto_pay_read_invoice(const cJSON *invoice, struct payment_event *event);

#endif
