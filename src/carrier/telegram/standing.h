/* What an update says of the bot's own standing in a group (my_chat_member). Pure. */
#ifndef USHER_CARRIER_TELEGRAM_STANDING_H
#define USHER_CARRIER_TELEGRAM_STANDING_H

#include "base/slice.h"

#include <stdint.h>

enum standing {
    STANDING_NONE,      /* it says nothing of a group */
    STANDING_GOOD,      /* an administrator who may invite and ban */
    STANDING_NO_RIGHTS, /* in it, without one of these rights */
    STANDING_OUT        /* not in it any more */
};

/* update: one Update object as JSON. */
enum standing standing_of(struct slice update, int64_t *chat_id);

#endif
