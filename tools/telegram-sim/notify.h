/* Updates about what happened, to the bots that the Bot API would tell. */
#ifndef SIM_NOTIFY_H
#define SIM_NOTIFY_H

#include "world.h"

/* A member's status changed. by_bot: which bot did it, BOTS_MAX: the user. link: by which they
 * came. */
void notify_member(struct sim *sim, struct chat *chat, const struct user *user, uint32_t by_bot,
                   enum member_status before, int64_t until_before, const struct member *member);
void notify_join_request(struct sim *sim, struct chat *chat, const struct member *member);
void notify_text(struct sim *sim, struct bot *bot, const struct user *user, struct slice text);
/* The user blocked the bot, or let it in again. */
void notify_blocked(struct sim *sim, struct bot *bot, const struct user *user, bool blocked);
/* The bot's own place in a chat changed. */
void notify_place(struct sim *sim, struct bot *bot, struct chat *chat, const struct place *before);
void notify_migrated(struct sim *sim, struct chat *from, struct chat *to);
void notify_press(struct sim *sim, struct bot *bot, const struct user *user,
                  const struct message *message, int64_t callback_id, struct slice data);

#endif
