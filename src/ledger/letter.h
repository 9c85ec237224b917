/* Inside the ledger: letters: everything pending for one chat leaves in one message. A member has
 * at most one open letter, which takes parts until it is sent. It is ready when the member can be
 * reached and each link it shows exists. */
#ifndef USHER_LEDGER_LETTER_H
#define USHER_LEDGER_LETTER_H

#include "ledger/outbox.h"

enum { LETTER_PARTS_MAX = 4096, LETTER_WAIT_SAID_MS = 10000 };

/* Adds encoded parts to the letter that waits for this member, or begins a new one. turn_ms: the
 * payment's time, or now. */
void letter_add(struct ledger *ledger, int64_t telegram_id, const struct message *parts,
                size_t count, uint64_t turn_ms);
/* Adds what the member may now enter. */
void letter_access(struct ledger *ledger, int64_t telegram_id, uint64_t turn_ms);
/* The member's letter that still takes parts, 0: none. */
uint64_t letter_open(struct ledger *ledger, const struct record_member *member);
/* How long the member's open letter waits for its turn, about, in ms, if that is worth a word; 0:
 * it goes soon, there is none, they cannot be reached, or nobody knows (ledger_waits). Letters
 * before it that wait for their links are not counted. Not for commands. */
uint64_t letter_wait_ms(struct ledger *ledger, int64_t telegram_id);
/* Looks again whether the member's open letter may go, or must wait for a link or for the member.
 */
void letter_settle(struct ledger *ledger, int64_t telegram_id);

/* How the attempt of a letter ends (kinds.h). */
ended_fn letter_arrived, letter_failed, letter_unreachable;
void letter_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

#endif
