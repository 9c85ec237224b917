/* The auditor: computes in its own way what each payment must have come to and what each member
 * must hold, from the commands that became durable and from the terms (terms.h), and compares it
 * with what the ledger answers, with who is in which group, with which receipts arrived, and with
 * each call that leaves. It shares no code with the ledger.
 *
 *   auditor.c          who hears of which command
 *   auditor_money.c    what each event of a payment changes
 *   auditor_settled.c  what the operator decides about those that wait
 *   auditor_net.c      what all events of a payment come to
 *   auditor_payments.c how they are listed, and how each must stand at the end
 *   auditor_holdings.c spans of membership and their timers
 *   auditor_shop.c     orders, what they hold, and the uses of codes
 *   auditor_claims.c   orders that were made for nobody, and whose they become
 *   auditor_credit.c   what was paid beyond orders
 *   auditor_points.c   check-ins, and what they are worth
 *   auditor_places.c   who may be in which group, who must be let in, who must go, bans
 *   auditor_calls.c    calls that were made twice, or while Telegram had said to wait
 *   auditor_ledger.c   the comparison with the ledger's answers
 *   auditor_news.c     what the news tell: tickets, reminders, payments of orders, points */
#ifndef USHER_TESTS_SIM_AUDITOR_H
#define USHER_TESTS_SIM_AUDITOR_H

#include "tests/sim/usher.h"

void auditor_new(struct sim *sim);
void auditor_destroy(struct sim *sim);

/* A command is in the journal. */
void auditor_durable(struct sim *sim, struct slice command);
/* A durable command was applied for the first time, at at_ms of the journal's time. */
void auditor_applied(struct sim *sim, struct waiter waiter, uint64_t at_ms,
                     struct outcome_of outcome, const struct message *command);
/* The payment waits for the operator, by this name of it. */
bool auditor_unsettled(const struct sim *sim, uint64_t payment, unsigned *name);
/* usher lists this event of a gateway's, by its first id. */
bool auditor_recorded(struct sim *sim, size_t event);
/* The plan is sold, as far as the ledger has been told. */
bool auditor_sold(const struct sim *sim, size_t plan);
/* What this member has paid beyond their orders, minor units. */
int64_t auditor_credit(const struct sim *sim, uint64_t user, const char *currency);
/* The next local midnight of the community, true time. */
uint64_t auditor_midnight(const struct sim *sim);
/* A plan that this user holds now opens the group. */
bool auditor_entitled(const struct sim *sim, uint64_t user, size_t group);

/* usher let this user in, or showed them out. */
void auditor_admitted(struct sim *sim, uint64_t user, size_t group);
void auditor_removed(struct sim *sim, uint64_t user, size_t group);
/* This user came in by a link of their own. */
void auditor_came(struct sim *sim, uint64_t user, size_t group);
void auditor_receipt(struct sim *sim, uint64_t payment);
/* A delivery is lent: from the state as it is now. */
void auditor_lent(struct sim *sim, const struct message_work *work);
/* A call leaves; a call was put into the way twice; Telegram said to wait. epoch: of the bot's
 * process. */
void auditor_sent(struct sim *sim, size_t bot, uint64_t epoch, uint64_t delivery,
                  const char *method, struct slice params);
void auditor_doubled(struct sim *sim, uint64_t delivery);
void auditor_held_off(struct sim *sim, size_t bot, uint64_t epoch, uint64_t delivery,
                      int64_t chat_id, uint32_t retry_after_s);

/* Nobody stays in a group whose time there is over for longer than settle_ms, and no membership is
 * over unnoticed. */
void auditor_check_places(struct sim *sim, uint64_t settle_ms);
/* Each payment, each order, each member and each sum against the ledger's answers. */
void auditor_check_ledger(struct sim *sim);
void auditor_check_arrived(struct sim *sim);
/* What may go goes soon: nothing is pending that was so when this was asked last. */
void auditor_check_prompt(struct sim *sim);

struct auditor_sums {
    uint64_t granted, unsettled, taken_back, recorded;
};
void auditor_sums(const struct sim *sim, struct auditor_sums *out);

#endif
