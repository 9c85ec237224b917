/* Inside the ledger: through which bot a member is reached, and whether they can be. */
#ifndef USHER_LEDGER_REACH_H
#define USHER_LEDGER_REACH_H

#include "ledger/state.h"

/* The bot that the member spoke to last can reach them for certain; else one of a group of theirs;
 * "" when there is none. */
void reach_bot(struct ledger *ledger, int64_t telegram_id, const struct record_member *member,
               char *bot, size_t size);
/* The member wrote to the bot while the attempt that Telegram has refused may have been under way:
 * then the refusal is older than their message, and they can be reached. */
bool reach_crossed(const struct ledger *ledger, const struct record_member *member);

#endif
