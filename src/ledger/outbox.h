/* Inside the ledger: deliveries, the transactional outbox. Every move of a delivery from state to
 * state goes through outbox_move, which knows the allowed moves, keeps the counts and tells the
 * effects. */
#ifndef USHER_LEDGER_OUTBOX_H
#define USHER_LEDGER_OUTBOX_H

#include "ledger/state.h"

enum {
    OUTBOX_LETTER_PARTS_MAX = 4096,
    OUTBOX_KEPT_PER_MEMBER = 16 /* finished deliveries beyond this are forgotten, oldest first */
};

/* Stores a new delivery in delivery->stage (PENDING, WAITING or HELD) and returns its id. The
 * caller fills kind, bot, telegram_id, group, chat_id, link, turn_ms. */
uint64_t outbox_add(struct ledger *ledger, struct record_delivery *delivery);
/* Moves a delivery, stores it, and drops a letter's parts once it is done or dead-and-superseded.
 * ASSERTs that the move is one of those drawn in records.h. */
void outbox_move(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 enum delivery_stage stage);
/* A held, dead or waiting delivery may go again, at once. */
void outbox_again(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
/* The next unfinished delivery after id in this state; 0 when there is none. */
uint64_t outbox_next(struct ledger *ledger, uint64_t id, enum delivery_stage stage,
                     struct record_delivery *delivery);
/* A delivery that has become pointless (its member renewed, its request is gone) is done with a
 * note. Ignored when it is finished already. */
void outbox_cancel(struct ledger *ledger, uint64_t id, const char *note);
/* Appends what the dispatcher must know of this delivery. */
void outbox_tell(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                 struct effects *effects);
/* The lower number goes first. */
unsigned outbox_priority(const struct record_delivery *delivery);
/* Appends that an attempt of this delivery has ended. */
void outbox_ended(struct ledger *ledger, uint64_t id);
/* The bot that the member spoke to last can reach them for certain; else one of a group of theirs;
 * "" when there is none. */
void outbox_choose_bot(struct ledger *ledger, int64_t telegram_id,
                       const struct record_member *member, char *bot, size_t size);
/* The lane that it goes out on: its own, or its bot's. */
void delivery_lane(const struct record_delivery *delivery, char *out, size_t size);
bool delivery_open(const struct record_delivery *delivery); /* not done, not dead */

/* Adds encoded parts to the letter that waits for this member, or begins a new one. Everything
 * pending for one chat leaves in one message. The letter is ready when the member can be reached
 * and each link it shows exists. turn_ms: the payment's time, or now. */
void letter_add(struct ledger *ledger, int64_t telegram_id, const struct message *parts,
                size_t count, uint64_t turn_ms);
/* Looks again whether the member's open letter may go, or must wait for a link or for the member.
 */
void letter_settle(struct ledger *ledger, int64_t telegram_id);
/* The first `sent` parts of a letter have arrived: done; what was added since becomes a new letter.
 */
void letter_sent(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 uint32_t sent);
/* What this letter says is said by the member's other open letter: done. */
void letter_join(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 uint64_t other);

#endif
