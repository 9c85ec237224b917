/* Updates about what happened, to the bots that the Bot API would tell. */
#ifndef SIM_NOTIFY_H
#define SIM_NOTIFY_H

#include "world.h"

struct payment;

/* A member's status changed from what stands in before. by_bot: which bot did it, BOTS_MAX: the
 * user. */
void notify_member(struct sim *sim, struct chat *chat, uint32_t by_bot, const struct member *before,
                   const struct member *member);
void notify_join_request(struct sim *sim, struct chat *chat, const struct member *member);
/* What a user wrote: to the bot of a private chat, or to the bots of a group that may see it. */
void notify_message(struct sim *sim, const struct message *message, bool edited);
/* A user set a reaction, "" for none, where before there was another: to administrators. */
void notify_reaction(struct sim *sim, struct chat *chat, const struct user *user,
                     const struct message *message, const char *before, const char *after);
void notify_checkout(struct sim *sim, const struct payment *payment);
/* The user blocked the bot, or let it in again. */
void notify_blocked(struct sim *sim, struct bot *bot, const struct user *user, bool blocked);
/* The bot's own place in a chat changed. */
void notify_place(struct sim *sim, struct bot *bot, struct chat *chat, const struct place *before);
void notify_migrated(struct sim *sim, struct chat *from, struct chat *to);
void notify_press(struct sim *sim, struct bot *bot, const struct user *user,
                  const struct message *message, int64_t callback_id, struct slice data);

#endif
