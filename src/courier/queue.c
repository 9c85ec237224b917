#include "courier/queue.h"

#include "base/assert.h"

#include <stdlib.h>

static bool item_before(const struct pairing_node *a, const struct pairing_node *b);
static bool first_item_before(const struct pairing_node *a, const struct pairing_node *b);
static bool due_before(const struct pairing_node *a, const struct pairing_node *b);
static enum error chat_find(struct queue *queue, int64_t chat_id, struct queue_chat **out);
static void chat_forget(struct queue *queue, struct queue_chat *chat);
static void chat_lift(struct queue *queue, struct queue_chat *chat);
static void chat_put(struct queue *queue, struct queue_chat *chat, uint64_t now_ms);

void queue_init(struct queue *queue, const struct queue_limits *limits, uint64_t now_ms)
{
    *queue = (struct queue){.limits = *limits, .start_ms = now_ms};
    map_init(&queue->chats);
    pairing_init(&queue->anyone.waiting, item_before);
    pairing_init(&queue->ready, first_item_before);
    pairing_init(&queue->blocked, due_before);
    pairing_init(&queue->idle, due_before);
}

void queue_deinit(struct queue *queue)
{
    size_t at = 0;
    struct queue_chat *chat;
    while ((chat = map_each(&queue->chats, &at)) != NULL) {
        bucket_deinit(&chat->bucket);
        free(chat);
    }
    map_deinit(&queue->chats);
}

enum error queue_add(struct queue *queue, struct queue_item *item, int64_t chat_id, uint64_t now_ms)
{
    enum error error = chat_find(queue, chat_id, &item->chat);
    if (error != ERROR_NONE)
        return error;
    chat_lift(queue, item->chat);
    pairing_push(&item->chat->waiting, &item->node);
    item->chat->waiting_count++;
    chat_put(queue, item->chat, now_ms);
    return ERROR_NONE;
}

void queue_drop(struct queue *queue, struct queue_item *item, uint64_t now_ms)
{
    struct queue_chat *chat = item->chat;
    chat_lift(queue, chat);
    pairing_remove(&chat->waiting, &item->node);
    chat->waiting_count--;
    chat_put(queue, chat, now_ms);
}

void queue_advance(struct queue *queue, uint64_t now_ms)
{
    struct pairing_node *node;
    while ((node = pairing_first(&queue->blocked)) != NULL) {
        struct queue_chat *chat = PAIRING_ITEM(node, struct queue_chat, node);
        if (chat->due_ms > now_ms)
            break;
        chat_lift(queue, chat);
        chat_put(queue, chat, now_ms);
    }
    while ((node = pairing_first(&queue->idle)) != NULL) {
        struct queue_chat *chat = PAIRING_ITEM(node, struct queue_chat, node);
        if (chat->due_ms > now_ms)
            break;
        chat_forget(queue, chat);
    }
}

struct queue_item *queue_first(const struct queue *queue)
{
    struct pairing_node *node = pairing_first(&queue->ready);
    if (node == NULL)
        return NULL;
    struct queue_chat *chat = PAIRING_ITEM(node, struct queue_chat, node);
    return PAIRING_ITEM(pairing_first(&chat->waiting), struct queue_item, node);
}

uint64_t queue_ready_at(const struct queue *queue)
{
    return pairing_first(&queue->ready) != NULL ? 0 : queue_blocked_until(queue);
}

uint64_t queue_blocked_until(const struct queue *queue)
{
    const struct pairing_node *node = pairing_first(&queue->blocked);
    return node == NULL ? UINT64_MAX : PAIRING_ITEM_CONST(node, struct queue_chat, node)->due_ms;
}

uint32_t queue_ready_count(const struct queue *queue)
{
    uint32_t anyone = queue->anyone.waiting_count;
    return queue->ready_count + (anyone > 0 ? anyone - 1 : 0);
}

uint32_t queue_yielding_count(const struct queue *queue)
{
    return queue->yielding_count;
}

void queue_take(struct queue *queue, struct queue_item *item, uint64_t now_ms)
{
    struct queue_chat *chat = item->chat;
    ASSERT(chat->place == &queue->ready && chat->frozen_until <= now_ms);
    chat_lift(queue, chat);
    pairing_remove(&chat->waiting, &item->node);
    chat->waiting_count--;
    chat->in_flight++;
    if (chat->bucket.limit > 0)
        item->token = bucket_spend(&chat->bucket, now_ms);
    chat_put(queue, chat, now_ms);
}

bool queue_postpone(struct queue *queue, struct queue_item *item, uint64_t spent_ms,
                    uint64_t now_ms)
{
    struct queue_chat *chat = item->chat;
    if (chat->frozen_until > now_ms)
        return false;
    if (chat->bucket.limit > 0) {
        chat_lift(queue, chat);
        bucket_postpone(&chat->bucket, item->token, spent_ms, now_ms);
        chat_put(queue, chat, now_ms);
    }
    return true;
}

void queue_settle(struct queue *queue, struct queue_item *item, uint64_t sent_ms, bool certain,
                  uint64_t now_ms)
{
    struct queue_chat *chat = item->chat;
    ASSERT(chat->in_flight > 0);
    chat_lift(queue, chat);
    chat->in_flight--;
    if (certain && chat->bucket.limit > 0)
        bucket_settle(&chat->bucket, item->token, sent_ms, now_ms);
    chat_put(queue, chat, now_ms);
}

enum error queue_freeze(struct queue *queue, int64_t chat_id, uint64_t until_ms, uint64_t now_ms)
{
    ASSERT(chat_id != 0);
    if (until_ms <= now_ms)
        return ERROR_NONE;
    struct queue_chat *chat;
    enum error error = chat_find(queue, chat_id, &chat);
    if (error != ERROR_NONE)
        return error;
    chat_lift(queue, chat);
    if (until_ms > chat->frozen_until)
        chat->frozen_until = until_ms;
    chat_put(queue, chat, now_ms);
    return ERROR_NONE;
}

int64_t queue_chat_id(const struct queue_item *item)
{
    return item->chat->id;
}

static bool item_before(const struct pairing_node *a, const struct pairing_node *b)
{
    const struct queue_item *x = PAIRING_ITEM_CONST(a, struct queue_item, node);
    const struct queue_item *y = PAIRING_ITEM_CONST(b, struct queue_item, node);
    if (x->priority != y->priority)
        return x->priority < y->priority;
    if (x->turn_ms != y->turn_ms)
        return x->turn_ms < y->turn_ms;
    return x->delivery < y->delivery;
}

static bool first_item_before(const struct pairing_node *a, const struct pairing_node *b)
{
    return item_before(pairing_first(&PAIRING_ITEM_CONST(a, struct queue_chat, node)->waiting),
                       pairing_first(&PAIRING_ITEM_CONST(b, struct queue_chat, node)->waiting));
}

static bool due_before(const struct pairing_node *a, const struct pairing_node *b)
{
    return PAIRING_ITEM_CONST(a, struct queue_chat, node)->due_ms <
           PAIRING_ITEM_CONST(b, struct queue_chat, node)->due_ms;
}

/* Remembers the chat from now on if it is not yet. */
static enum error chat_find(struct queue *queue, int64_t chat_id, struct queue_chat **out)
{
    *out = &queue->anyone;
    if (chat_id == 0)
        return ERROR_NONE;
    *out = map_get(&queue->chats, (uint64_t)chat_id);
    if (*out != NULL)
        return ERROR_NONE;

    if (queue->chats.count >= QUEUE_CHATS_MAX)
        return ERROR_FULL;
    struct queue_chat *chat = calloc(1, sizeof *chat);
    if (chat == NULL)
        return ERROR_MEMORY;
    chat->id = chat_id;
    pairing_init(&chat->waiting, item_before);
    /* What the process before this one sent is not known, so every budget starts as just spent at
     * the start; for a chat that comes later that is long over. */
    bool group = chat_id < 0;
    if (!bucket_init(&chat->bucket,
                     group ? queue->limits.per_group_per_minute : queue->limits.per_chat_per_second,
                     group ? 60000 : 1000, queue->limits.transit_ms, queue->start_ms, true)) {
        free(chat);
        return ERROR_MEMORY;
    }
    if (!map_put(&queue->chats, (uint64_t)chat_id, chat)) {
        bucket_deinit(&chat->bucket);
        free(chat);
        return ERROR_MEMORY;
    }
    *out = chat;
    return ERROR_NONE;
}

static void chat_forget(struct queue *queue, struct queue_chat *chat)
{
    chat_lift(queue, chat);
    map_remove(&queue->chats, (uint64_t)chat->id);
    bucket_deinit(&chat->bucket);
    free(chat);
}

/* Out of its heap, so that what its place depends on may change; chat_put is the way back. */
static void chat_lift(struct queue *queue, struct queue_chat *chat)
{
    if (chat->place == NULL)
        return;
    if (chat->place == &queue->ready) {
        queue->ready_count--;
        queue->yielding_count -= chat->yields;
    }
    pairing_remove(chat->place, &chat->node);
    chat->place = NULL;
}

static void chat_put(struct queue *queue, struct queue_chat *chat, uint64_t now_ms)
{
    ASSERT(chat->place == NULL);
    if (chat->waiting_count > 0) {
        chat->due_ms = chat->frozen_until;
        if (chat->bucket.limit > 0 && bucket_ready_at(&chat->bucket) > chat->due_ms)
            chat->due_ms = bucket_ready_at(&chat->bucket);
        chat->place = chat->due_ms <= now_ms ? &queue->ready : &queue->blocked;
    } else if (chat->in_flight == 0 && chat != &queue->anyone) {
        chat->due_ms = bucket_idle_at(&chat->bucket);
        if (chat->frozen_until > chat->due_ms)
            chat->due_ms = chat->frozen_until;
        chat->place = &queue->idle;
    } else {
        return;
    }
    if (chat->place == &queue->ready) {
        const struct pairing_node *first = pairing_first(&chat->waiting);
        chat->yields = PAIRING_ITEM_CONST(first, struct queue_item, node)->yields;
        queue->ready_count++;
        queue->yielding_count += chat->yields;
    }
    pairing_push(chat->place, &chat->node);
}
