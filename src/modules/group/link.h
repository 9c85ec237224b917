/* Invite links: those of groups, which only let knock, and those that let one member
 * in without a question. A one-time link opens the door until Telegram has revoked it or it
 * has expired, and that somebody came in by it is heard of later still. So each one is known, with
 * its owner, until two days after it is known to be dead; at the latest two days after its end, so
 * that nothing is kept for ever. A place remembers only the one that is to be used.
 *
 *     asked ──▶ made: usable ──used, or not wanted──▶ being revoked ──▶ dead ──2 days──▶ forgotten
 *                  └────────────────────── expired ────────2 days────────────────────────────┘ */
#ifndef USHER_MODULES_GROUP_LINK_H
#define USHER_MODULES_GROUP_LINK_H

#include "ledger/state.h"

/* The place's link may still be handed out. */
bool link_usable(const struct ledger *ledger, const struct record_place *place);
/* True when the link that the member needs for this group exists, or cannot be made before the
 * operator acts; else it is being made now, and the member is owed it. */
bool link_ready(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* Asks for the group's join-request link when there is none. */
void link_ask(struct ledger *ledger, const struct catalog_group *group);

/* This one was made for the member, to be used, or (not wanted) to be revoked at once. */
void link_made(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id,
               const char *link);
/* The same for a link that nobody waits for. group: NULL when it is configured no more. */
void link_unwanted(struct ledger *ledger, const struct catalog_group *group, const char *name,
                   int64_t telegram_id, const char *link);
/* What is known of this link; false for one that is not ours, or that is forgotten. */
bool link_known(struct ledger *ledger, struct slice link, struct record_link *out);
/* A guest came in by the place's link: counts that. The caller stores the place. */
void link_misused(const struct ledger *ledger, struct record_place *place);
/* That happened so often today that the member gets no other one before tomorrow (UTC). */
bool link_misused_up(const struct ledger *ledger, const struct record_place *place);
/* Somebody came in by this link of the group's. */
void link_used(struct ledger *ledger, const struct catalog_group *group, struct slice link,
               const struct record_link *record);
/* The place's link is not to be used any more: it is revoked. */
void link_revoke(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* And none is to be made. */
void link_withdraw(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
/* Telegram says that it opens nothing any more. */
void link_dead(struct ledger *ledger, const char *link);
/* TIMER_LINKS is due: forgets those whose time has come. */
unsigned link_due(struct ledger *ledger, int64_t id, const char *subject);

/* Members whose letter shows a door of this group that has no link yet: the next one after
 * *telegram_id, which takes its place. */
bool owed_next(struct ledger *ledger, const char *group, int64_t *telegram_id);
void owed_done(struct ledger *ledger, const char *group, int64_t telegram_id);

#endif
