/* Inside the ledger: who may enter what, from when to when, and what follows from a change: links,
 * letters, removals. */
#ifndef USHER_LEDGER_ACCESS_H
#define USHER_LEDGER_ACCESS_H

#include "ledger/state.h"

/* An active or grace entitlement of this member opens the group. */
bool access_entitled(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group);

/* The configured group that has this chat id, or had it before it moved: updates of before may come
 * after. NULL when there is none. */
const struct catalog_group *access_group_of(struct ledger *ledger, struct slice bot,
                                            int64_t chat_id);

/* Extends (or begins) the member's entitlement by what payment says (months, days), from the later
 * of now and the current end; stores span into payment; cancels removals; adds to the member's
 * letter. A plan whose seats are all taken gives RESULT_unsettled_seats and changes nothing. */
enum result access_grant(struct ledger *ledger, const struct catalog_plan *plan,
                         struct slice payment_id, struct record_payment *payment);
/* Takes back exactly what this granted payment gave; ends the entitlement when nothing is left.
 * False when that time was used up: nothing that could be given again was taken. */
bool access_take_back(struct ledger *ledger, const struct record_payment *payment,
                      enum end_reason reason);
/* The entitlement's timer is due: grace begins, or it ends. */
void access_due(struct ledger *ledger, int64_t telegram_id, const char *plan);

/* Adds what the member may now enter to their letter. */
void access_letter(struct ledger *ledger, int64_t telegram_id, uint64_t turn_ms);

/* Makes sure that every link the member needs exists or is being made. True when none is missing,
 * or those missing cannot be made before the operator acts. */
bool access_links_ready(struct ledger *ledger, int64_t telegram_id);
/* Walks the groups that the member may enter and is not in: calls visit with the link, "" when it
 * does not exist yet. */
void access_doors(struct ledger *ledger, int64_t telegram_id,
                  void (*visit)(void *context, const struct catalog_group *group, const char *link),
                  void *context);

/* The group's join-request link: asks for it when there is none. */
void access_group_link(struct ledger *ledger, const struct catalog_group *group);
/* A link that was asked for exists, or cannot be made (link "" then). */
void access_link_made(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                      const char *link);
/* The bot's rights in the group may have changed: links that could not be made are tried again. */
void access_group_retry(struct ledger *ledger, const struct catalog_group *group);
/* Asks for the member's removal from the group, through the circuit breaker. */
void access_remove(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* False when a removal has become pointless: the member may be there, is out, or is an
 * administrator, whom no bot can remove. */
bool access_to_remove(struct ledger *ledger, const struct catalog_group *group,
                      int64_t telegram_id);
/* Takes the member's one-time link out of the world, if one is out. */
void access_revoke(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* A delivery about one group, for one user (0: for the group itself). Returns its id. */
uint64_t access_deliver(struct ledger *ledger, enum delivery_kind kind,
                        const struct catalog_group *group, int64_t telegram_id, const char *link,
                        enum delivery_stage stage);

#endif
