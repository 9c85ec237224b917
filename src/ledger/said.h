/* Inside the ledger: answers to what somebody said to a bot or pressed. Parts are part_text and
 * part_key, or a module's own (part_make). */
#ifndef USHER_LEDGER_SAID_H
#define USHER_LEDGER_SAID_H

#include "ledger/reply.h"
#include "ledger/words.h"

/* A short word: over a pressed button, which ends its wait, else a message of its own. */
void said_answer(struct ledger *ledger, const struct message_cmd_said *said,
                 const struct message *part);
/* What somebody pressed is no longer so: the button was true once. */
void said_stale(struct ledger *ledger, const struct message_cmd_said *said);
/* A message in private: it takes the place of the one whose button was pressed there, else it is a
 * new one. A word in a group is answered in private, too. */
void said_reply(struct ledger *ledger, const struct message_cmd_said *said,
                const struct message *parts, size_t count);
/* Was it said, or pressed, in the person's private chat? */
bool said_private(const struct message_cmd_said *said);

#endif
