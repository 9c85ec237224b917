/* Topics of a forum supergroup. A topic has the number of the service message that made it. General
 * has the number 1, which sendMessage does not take. */
#ifndef SIM_FORUM_H
#define SIM_FORUM_H

#include "world.h"

#include "base/buf.h"

enum { TOPIC_NAME_CHARS_MAX = 128, TOPIC_GENERAL = 1, TOPIC_COLOR_USUAL = 0x6FB9F0 };

struct topic {
    int64_t id;
    char name[4 * TOPIC_NAME_CHARS_MAX + 1];
    int64_t icon_color;
    char icon_emoji_id[32]; /* "": none */
    uint32_t creator;       /* bot */
    bool closed;
    bool deleted;
};

/* Not a deleted one; NULL: none. */
struct topic *chat_topic(const struct chat *chat, int64_t id);
struct topic *chat_topic_make(struct chat *chat, int64_t id, struct slice name, uint32_t creator);
/* Takes the first 128 characters. */
void topic_name(struct topic *topic, struct slice name);
/* ForumTopic. */
void object_topic(struct buf *out, const struct topic *topic);

#endif
