/* Calls that wait, by the chat whose budget they need. A chat that is over its budget or frozen
 * holds up its own calls and no others; of the rest the one that is first by priority, payment time
 * and delivery goes first. Chats are remembered while they have calls or their budget is not whole.
 *
 *     chat:  ready ◀──its time comes── blocked       with calls that wait, by the first of them, by
 * time └─────── nothing waits ────▶ idle ──budget whole again──▶ forgotten
 *
 * Adding and taking cost O(log n). Pure; times are monotonic ms. */
#ifndef USHER_COURIER_QUEUE_H
#define USHER_COURIER_QUEUE_H

#include "base/error.h"
#include "base/map.h"
#include "courier/bucket.h"
#include "courier/pairing.h"

enum { QUEUE_CHATS_MAX = 1 << 16 };

struct queue_limits {
    uint32_t per_chat_per_second;
    uint32_t per_group_per_minute;
    uint32_t transit_ms;
};

struct queue_chat;

/* The part of a call that the queue needs; it lives inside the call. */
struct queue_item {
    unsigned priority; /* these three say who goes first */
    uint64_t turn_ms;
    uint64_t delivery;
    bool yields; /* everything that does not goes before it */
    struct pairing_node node;
    struct queue_chat *chat;
    uint32_t token; /* of the chat's budget, once taken */
};

/* All chats without a budget of their own (chat id 0) are one. */
struct queue_chat {
    int64_t id;
    struct bucket bucket; /* limit 0 for chat id 0 */
    uint64_t frozen_until;
    struct pairing waiting; /* of queue_item */
    uint32_t waiting_count;
    uint32_t in_flight;
    bool yields;           /* its first item does, while it is in ready */
    struct pairing *place; /* the heap of struct queue that it is in, or NULL */
    uint64_t due_ms;       /* its key in blocked and idle */
    struct pairing_node node;
};

struct queue {
    struct queue_limits limits;
    uint64_t start_ms;
    struct map chats;         /* by id */
    struct queue_chat anyone; /* chat id 0 */
    struct pairing ready;
    struct pairing blocked;
    struct pairing idle;
    uint32_t ready_count;    /* chats in ready */
    uint32_t yielding_count; /* those of them that yield */
};

void queue_init(struct queue *queue, const struct queue_limits *limits, uint64_t now_ms);
/* Forgets the chats. The items are their owner's. */
void queue_deinit(struct queue *queue);
/* ERROR_FULL when too many chats are remembered. */
enum error queue_add(struct queue *queue, struct queue_item *item, int64_t chat_id,
                     uint64_t now_ms);
/* Takes out an item that waits. */
void queue_drop(struct queue *queue, struct queue_item *item, uint64_t now_ms);
/* Lets time pass for the chats. */
void queue_advance(struct queue *queue, uint64_t now_ms);
/* The item that may go first at the time of the last queue_advance, or NULL. */
struct queue_item *queue_first(const struct queue *queue);
/* When queue_first may have one; UINT64_MAX when nothing waits. */
uint64_t queue_ready_at(const struct queue *queue);
/* When the first of the chats that are over their budget or frozen is ready; UINT64_MAX: none is.
 */
uint64_t queue_blocked_until(const struct queue *queue);
/* About how many could go at once if only the bot's budget counted, and how many of them yield. */
uint32_t queue_ready_count(const struct queue *queue);
uint32_t queue_yielding_count(const struct queue *queue);
/* The item goes out: its chat's budget is spent. */
void queue_take(struct queue *queue, struct queue_item *item, uint64_t now_ms);
/* The item, taken at spent_ms, leaves only now. False: it must not, as its chat is frozen. */
bool queue_postpone(struct queue *queue, struct queue_item *item, uint64_t spent_ms,
                    uint64_t now_ms);
/* The item came back. certain: what it spent was counted by now (see bucket_settle). */
void queue_settle(struct queue *queue, struct queue_item *item, uint64_t sent_ms, bool certain,
                  uint64_t now_ms);
/* Nothing to this chat before until_ms. ERROR_FULL when too many chats are remembered. */
enum error queue_freeze(struct queue *queue, int64_t chat_id, uint64_t until_ms, uint64_t now_ms);
int64_t queue_chat_id(const struct queue_item *item);

#endif
