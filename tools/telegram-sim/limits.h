/* The limits of the Bot API FAQ, per bot, over true sliding windows at the arrival of each call:
 * calls that name a chat per second, messages to one private chat per second, messages to one group
 * per minute, edits included. A call over a limit is a violation: counted, and answered with 429
 * unless limits are only observed. A refused call does not fill the window; calls that are only
 * observed do. What a 429 named stays refused until its retry_after is over, and calling it before
 * that is a violation too. */
#ifndef SIM_LIMITS_H
#define SIM_LIMITS_H

#include "map.h"
#include "window.h"

#include <stdbool.h>

struct sim;

enum limit {
    LIMIT_BOT_PER_SECOND,
    LIMIT_CHAT_PER_SECOND,
    LIMIT_GROUP_PER_MINUTE,
    LIMIT_RETRY_AFTER, /* called again before retry_after of a 429 was over */
    LIMIT_COUNT
};

struct limits {
    struct map windows[LIMIT_RETRY_AFTER]; /* bot and chat -> struct window */
    struct map freezes;                    /* bot and chat -> struct freeze */
    uint64_t last_us; /* the latest arrival, to which earlier ones are moved up */
};

void limits_init(struct limits *limits);
void limits_deinit(struct limits *limits);

/* A call of bot that names chat_id arrived. message: it sends a message there, or
 * edits one in a group. Returns 0, or the
 * seconds for a 429. */
uint32_t limits_admit(struct sim *sim, uint32_t bot, int32_t method, int64_t chat_id, bool message,
                      uint64_t arrived_us);
/* A 429 is answered now: for this chat, or for the whole bot when chat_id is 0. */
void limits_freeze(struct sim *sim, uint32_t bot, int64_t chat_id, uint32_t retry_after_s);
/* The highest count that a window of this limit ever held for the bot, and in which chat. */
uint32_t limits_peak(const struct limits *limits, enum limit limit, uint32_t bot, int64_t *chat_id);
const char *limit_name(enum limit limit);

#endif
