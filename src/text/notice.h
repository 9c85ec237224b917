/* What a broadcast says to one member. Pure; needs only the configuration. */
#ifndef USHER_TEXT_NOTICE_H
#define USHER_TEXT_NOTICE_H

#include "config/config.h"

enum {
    NOTICE_UNITS_MAX = 4096,   /* UTF-16 units of a message: Bot API, sendMessage */
    NOTICE_BYTES_MAX = 12288,  /* of the operator's text, as in messages.def */
    NOTICE_NAME_UNITS_MAX = 64 /* a longer name of a member is cut */
};

/* May this be a broadcast's text? Its placeholders are {{name}} and {{community}}, and {{plan}}
 * when it is for the members of one (plan NULL: for all). Counted with the longest name, so that no
 * member's message is ever cut. ERROR_INVALID or ERROR_TOO_LARGE with the reason in why. */
enum error notice_check(const struct config *config, struct slice text,
                        const struct config_plan *plan, struct why *why);

/* Appends the text for the member of this work: 1 to NOTICE_UNITS_MAX UTF-16 units when
 * notice_check took it. */
void notice_write(const struct config *config, const struct message_work *work,
                  const struct message_part_notice *part, struct buf *out);

#endif
