/* Who paid for what. By the order when usher issued one; else by the member, plan and price that
 * the payment names, or that are known of the subscription which it is of. */
#ifndef USHER_MODULES_PAYMENT_PAYER_H
#define USHER_MODULES_PAYMENT_PAYER_H

#include "ledger/state.h"

/* Fills payment's telegram_id, plan and period. RESULT_ok, or why it cannot be granted. */
enum result payer_find(struct ledger *ledger, const struct message_cmd_payment *command,
                       struct record_payment *payment, const struct catalog_plan **plan);

#endif
