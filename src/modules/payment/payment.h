/* What gateways say of payments, recorded once each, and what follows for who paid (pay.c); the
 * operator decides about what usher cannot (settle.c). */
#ifndef USHER_MODULES_PAYMENT_H
#define USHER_MODULES_PAYMENT_H

#include "ledger/records.h"

extern const char *const refund_request_names[]; /* by the enum of refunding.h, NULL ends them */
extern const char *const subscription_state_names[]; /* by the enum, NULL ends them */

#define MODULE_DEF  "modules/payment/payment.def"
#define MODULE_SELF MODULE_payment
#include "ledger/declare.h"

unsigned op_payment(struct ledger *ledger, const struct message_cmd_payment *command);
unsigned op_settle(struct ledger *ledger, const struct message_cmd_settle *command);

/* The id of the event that a whole refund by the operator is, and of the gateway's word of it. */
enum { PAYMENT_EVENT_SIZE = 256 };
void payment_refund_event(struct slice payment_id, char out[PAYMENT_EVENT_SIZE]);
/* Of a payment that an answer of the gateway's told. */
void payment_capture_event(struct slice payment_id, char out[PAYMENT_EVENT_SIZE]);

void answer_claimed(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void answer_refund(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void answer_dismissed(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
/* All that is known of it. False: there is no such payment. */
bool payment_to_json(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                     cJSON *out);

extern const struct say_row payment_says[];

bool answer_payment(struct ledger *ledger, const struct message_query *query, cJSON *out);
bool answer_payments(struct ledger *ledger, const struct message_query *query, cJSON *out);
/* Tells what has come of a member's: facts paid and given_back. */
void payment_tell(struct ledger *ledger, const struct record_payment *payment);
/* Its payer is told that it is here, and that somebody looks at it. */
void payment_tell_waits(struct ledger *ledger, const struct record_payment *payment);
void payments_greet(struct ledger *ledger, int64_t telegram_id);
void payments_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);

#endif
