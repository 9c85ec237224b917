/* Deliveries into Bot API calls, in the member's language. Pure; needs only the configuration. */
#ifndef USHER_TEXT_LETTER_H
#define USHER_TEXT_LETTER_H

#include "config/config.h"
#include "text/say.h"

/* Turns a leased delivery into the call that does it: method name and JSON params (appended to
 * params), and the chat that the limits count. For a letter: one sendMessage with greeting,
 * receipts, welcome texts, resources, and one button per group. At most 4096 characters and 100
 * buttons; what does not fit is cut at a sensible place with a line that says so. ERROR_INVALID
 * when the work cannot be rendered (why says what), ERROR_NOT_FOUND when a letter has nothing left
 * to say (all that it was about has ended meanwhile), ERROR_TOO_LARGE when params are full. On an
 * error params are as before. speaker puts modules' parts into words; NULL: there are none. */
enum error letter_render(say_fn *speaker, const struct config *config, struct calendar *calendar,
                         const struct message_work *work, const char **method, int64_t *chat_id,
                         struct buf *params, struct why *why);

#endif
