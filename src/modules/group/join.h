/* Answers to who knocks at a group. */
#ifndef USHER_MODULES_GROUP_JOIN_H
#define USHER_MODULES_GROUP_JOIN_H

#include "ledger/outbox.h"

/* Lets the member in who has knocked, unless that is under way. */
void join_approve(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* Does not let in who has knocked. */
void join_decline(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* A refusal that is under way becomes an approval: they have become entitled. */
void join_admit(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* An approval that is under way becomes a refusal: the membership has ended. */
void join_withdraw(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);

/* How the attempts end (group.c). */
ended_fn join_answered;
void join_approved_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                            const struct message_cmd_outcome *command);
void join_declined_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                            const struct message_cmd_outcome *command);
void join_declined(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

#endif
