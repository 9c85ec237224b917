/* What gateways say of payments, recorded once each, and what follows for who paid (pay.c); the
 * operator decides about what usher cannot (settle.c). */
#ifndef USHER_MODULES_PAYMENT_H
#define USHER_MODULES_PAYMENT_H

#define MODULE_DEF  "modules/payment/payment.def"
#define MODULE_SELF MODULE_payment
#include "ledger/declare.h"

unsigned op_payment(struct ledger *ledger, const struct message_cmd_payment *command);
unsigned op_settle(struct ledger *ledger, const struct message_cmd_settle *command);

bool answer_payment(struct ledger *ledger, const struct message_query *query, cJSON *out);
bool answer_payments(struct ledger *ledger, const struct message_query *query, cJSON *out);
void payments_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);

#endif
