/* The world's things as Bot API objects, appended to a buffer. */
#ifndef SIM_OBJECTS_H
#define SIM_OBJECTS_H

#include "world.h"

#include "base/buf.h"

void object_user(struct buf *out, const struct user *user);
void object_bot(struct buf *out, const struct bot *bot);
void object_chat(struct buf *out, const struct chat *chat);
void object_private_chat(struct buf *out, const struct user *user);
/* A link that another bot made is shown with its second part hidden. */
void object_link(struct buf *out, const struct world *world, const struct link *link,
                 uint32_t viewer);
/* ChatMember of a user, and of a bot. */
void object_member(struct buf *out, const struct chat *chat, const struct member *member);
void object_bot_member(struct buf *out, const struct bot *bot, const struct chat *chat,
                       const struct place *place);
/* What a bot or a user wrote, with the message that it replies to. */
void object_message(struct buf *out, const struct world *world, const struct message *message);
/* Unix seconds as updates show them: shifted by POST /sim/dates. */
long long object_date(const struct world *world, uint64_t ms);

#endif
