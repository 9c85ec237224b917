/* What all methods that leave or change a message have in common. Each check is false when it has
 * answered the call with the error. */
#ifndef SIM_SEND_H
#define SIM_SEND_H

#include "call.h"

enum { TEXT_CHARS_MAX = 4096, CAPTION_CHARS_MAX = 1024 };

extern const char not_modified[]; /* the whole description */

/* May the bot write to call->user or call->chat? */
bool send_allowed(struct call *call);
/* Is the parameter, a text or a caption, well formed and short enough? */
bool send_text_fits(struct call *call, const char *name, size_t chars_max);
bool send_markup_fits(struct call *call, const cJSON **markup);
/* message_thread_id and reply_parameters: fills both places of the draft. */
bool send_place(struct call *call, struct message *draft);
/* All of the above for a message whose text is in this parameter (NULL: it has none), with
 * draft->reply_markup made. */
bool send_prepare(struct call *call, const char *text_name, size_t chars_max,
                  struct message *draft);
/* Gives the draft its number, time and author, and keeps it. Takes over its texts. */
struct message *send_message(struct call *call, struct message draft);
void send_answer(struct call *call, const struct message *message);
/* The message of this number in the chat or private chat, not a deleted one; NULL: none. */
struct message *send_find(struct call *call, struct chat *chat, struct user *user, int64_t id);
/* The message that message_id names; what: "message to edit". */
bool send_named(struct call *call, const char *what, struct message **out);

#endif
