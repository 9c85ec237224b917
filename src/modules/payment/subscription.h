/* Subscriptions: what a gateway charges again each period by itself. One is known by its gateway
 * and the gateway's id of it: for whom and what its payments are, how it stands by the gateway's
 * latest word, until when it is paid. Those of a person are found by a list of theirs. A
 * subscription ends nothing: what is paid for runs out by itself. */
#ifndef USHER_MODULES_PAYMENT_SUBSCRIPTION_H
#define USHER_MODULES_PAYMENT_SUBSCRIPTION_H

#include "ledger/state.h"
#include "modules/payment/payment.h"

enum { SUBSCRIPTIONS_MAX = 16 /* of a person that are listed, the newest */ };

struct subscription {
    char gateway[CATALOG_NAME_MAX + 1];
    char id[256];
    struct record_subscription record;
};

bool subscription_load(struct ledger *ledger, struct slice gateway, struct slice id,
                       struct record_subscription *out);
/* What an event says of its subscription, as far as it is news: RESULT_duplicate when nothing is.
 */
enum result subscription_note(struct ledger *ledger, const struct message_cmd_payment *command);
/* A payment of it was granted, or waits to be claimed: the next ones are for the same. Nothing when
 * it is of none. */
void subscription_paid(struct ledger *ledger, const struct message_cmd_payment *command,
                       const struct record_payment *payment);
/* The order that a payment of it was for was nobody's, and is this member's now. Nothing when no
 * subscription paid it. */
void subscription_claimed(struct ledger *ledger, struct slice order_id, int64_t telegram_id);
/* Is this charge of it for a plan that the member has otherwise: a first one while another renews,
 * a later one of a membership that was made longer by more than half a period since the last? */
bool subscription_superfluous(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct record_payment *payment);
/* Such a charge waits for the operator. The next one is measured by the membership as it is now. */
void subscription_listed(struct ledger *ledger, const struct message_cmd_payment *command,
                         const struct record_payment *payment);
/* Refuses an order for what renews to whom it renews already. */
extern const struct line_row subscription_lines[];
/* Changes how one that is known stands, by our own doing. */
void subscription_stands(struct ledger *ledger, struct slice gateway, struct slice id,
                         enum subscription_state state);

/* Will it be charged again, as far as is known? Only one of which a payment was granted. */
bool subscription_renews(const struct ledger *ledger, const struct record_subscription *record);
/* Walks a person's, the oldest first; *n is 0 to begin, and then its number on the list. */
bool subscription_next(struct ledger *ledger, int64_t telegram_id, uint64_t *n,
                       struct subscription *out);
/* The one with this number on the person's list. */
bool subscription_at(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                     struct subscription *out);
/* What of the plan's matters to the person: one that renews, else the newest that is not over.
 * *n: its number on the list. */
bool subscription_of_plan(struct ledger *ledger, int64_t telegram_id, struct slice plan,
                          uint64_t *n, struct subscription *out);
/* Is there a module that lets the member manage it? And their wish to, by the button that names its
 * number. */
bool subscription_manageable(struct ledger *ledger, const struct subscription *subscription);
void subscription_manage_said(struct ledger *ledger, const struct message_cmd_said *said);
void subscription_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);

#endif
