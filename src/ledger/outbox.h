/* Inside the ledger: deliveries, the transactional outbox. Every move of a delivery from stage to
 * stage goes through outbox_move, which knows the allowed moves, keeps the counts and tells the
 * effects. What a delivery is about is its kind's to know (kinds.h). */
#ifndef USHER_LEDGER_OUTBOX_H
#define USHER_LEDGER_OUTBOX_H

#include "ledger/state.h"

enum {
    OUTBOX_KEPT_PER_MEMBER = 16, /* finished deliveries beyond this are forgotten, oldest first */
    OUTBOX_ENDS = OUTCOME_IN_DOUBT + 1
};

/* An attempt of this delivery has ended; it is not finished, and its error is set. Moves it. */
typedef enum result ended_fn(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                             const struct message_cmd_outcome *command);

/* A kind of delivery. */
struct kind {
    ended_fn *ended[OUTBOX_ENDS]; /* by enum outcome; NULL: no attempt of this kind ends so */
    /* Its attempt was under way when it was cancelled, and succeeded; NULL: that does not matter.
     */
    void (*too_late)(struct ledger *ledger, const struct record_delivery *delivery,
                     const struct message_cmd_outcome *command);
    /* It is in delivery->stage now; NULL: nothing follows. */
    void (*moved)(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);
    /* False when there is nothing to do any more, so that the operator's release cancels it; NULL:
     * always true. */
    bool (*wanted)(struct ledger *ledger, const struct record_delivery *delivery);
};

/* A module's (module.h): kind 0 ends them. */
struct kind_row {
    enum delivery_kind kind;
    struct kind does;
};

/* Stores a new delivery in delivery->stage (PENDING, WAITING or HELD) and returns its id. The
 * caller fills kind, bot, telegram_id, group, chat_id, link, turn_ms. */
uint64_t outbox_add(struct ledger *ledger, struct record_delivery *delivery);
/* The same for one about a group, for one user (0: for the group itself). */
uint64_t outbox_add_group(struct ledger *ledger, enum delivery_kind kind,
                          const struct catalog_group *group, int64_t telegram_id, const char *link,
                          enum delivery_stage stage);
/* Moves a delivery and stores it. A move that records.h does not draw is ERROR_CORRUPT. */
void outbox_move(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 enum delivery_stage stage);
/* A held, dead or waiting delivery may go again, at once. */
void outbox_again(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
/* The same when it is a dead letter. */
void outbox_revive(struct ledger *ledger, uint64_t id);
/* The next delivery after id in this stage, which is not done; 0 when there is none. */
uint64_t outbox_next(struct ledger *ledger, uint64_t id, enum delivery_stage stage,
                     struct record_delivery *delivery);
/* Is this delivery in this stage? For one that is done always false. */
bool outbox_is(struct ledger *ledger, enum delivery_stage stage, uint64_t id);
/* A delivery that has become pointless (its member renewed, its request is gone) is done with a
 * note. Ignored when it is finished already. */
void outbox_cancel(struct ledger *ledger, uint64_t id, const char *note);
/* Nothing is kept of a delivery that is done. */
void outbox_forget(struct ledger *ledger, uint64_t id);
/* Stores a pending delivery whose place among them has changed: its turn, what its priority depends
 * on, its lane, when it may go. */
void outbox_turned(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);
/* Appends what the dispatcher must know of this delivery. */
void outbox_tell(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                 struct effects *effects);
/* The same of up to max pending deliveries behind *after, without reading them; *after becomes the
 * last of them, 0 at the end. */
void outbox_pending(struct ledger *ledger, uint64_t *after, size_t max, struct effects *effects);
/* The lower number goes first. */
unsigned outbox_priority(const struct record_delivery *delivery);
/* Appends that an attempt of this delivery has ended. */
void outbox_ended(struct ledger *ledger, uint64_t id);
/* The lane that it goes out on: its own, or its bot's. */
void delivery_lane(const struct record_delivery *delivery, char *out, size_t size);
bool delivery_open(const struct record_delivery *delivery); /* not done, not dead */

#endif
