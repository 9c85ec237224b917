/* The updates of one bot: a queue that getUpdates reads and confirms, or that a webhook is fed
 * from. Facts: the Bot API server's Client.cpp and WebhookActor.cpp. Update ids are consecutive, so
 * an id is a position in the queue. Updates are created even while nobody reads them and are
 * dropped when their life (24 h, 150 s for a callback query) is over. */
#ifndef SIM_UPDATES_H
#define SIM_UPDATES_H

#include "map.h"
#include "reply.h"

#include "base/buf.h"

struct sim;
struct bot;
struct webhook;

/* UPDATE(name, in the default set, milliseconds to live) */
#define UPDATE_LIST(UPDATE)                                                                        \
    UPDATE(message, true, 86400000)                                                                \
    UPDATE(edited_message, true, 86400000)                                                         \
    UPDATE(channel_post, true, 86400000)                                                           \
    UPDATE(edited_channel_post, true, 86400000)                                                    \
    UPDATE(business_connection, true, 86400000)                                                    \
    UPDATE(business_message, true, 86400000)                                                       \
    UPDATE(edited_business_message, true, 86400000)                                                \
    UPDATE(deleted_business_messages, true, 86400000)                                              \
    UPDATE(guest_message, true, 86400000)                                                          \
    UPDATE(message_reaction, false, 86400000)                                                      \
    UPDATE(message_reaction_count, false, 86400000)                                                \
    UPDATE(inline_query, true, 150000)                                                             \
    UPDATE(chosen_inline_result, true, 86400000)                                                   \
    UPDATE(callback_query, true, 150000)                                                           \
    UPDATE(shipping_query, true, 150000)                                                           \
    UPDATE(pre_checkout_query, true, 150000)                                                       \
    UPDATE(purchased_paid_media, true, 86400000)                                                   \
    UPDATE(poll, true, 86400000)                                                                   \
    UPDATE(poll_answer, true, 86400000)                                                            \
    UPDATE(my_chat_member, true, 86400000)                                                         \
    UPDATE(chat_member, false, 86400000)                                                           \
    UPDATE(chat_join_request, true, 86400000)                                                      \
    UPDATE(chat_boost, true, 86400000)                                                             \
    UPDATE(removed_chat_boost, true, 86400000)                                                     \
    UPDATE(managed_bot, true, 86400000)

enum update_type {
#define UPDATE(name, by_default, life_ms) UPDATE_##name,
    UPDATE_LIST(UPDATE)
#undef UPDATE
        UPDATE_TYPE_COUNT
};

struct update {
    int64_t id;
    uint64_t queue_key; /* updates of one key are delivered in order */
    uint64_t expires_ms;
    bool done;  /* delivered by webhook, waits only for its elders */
    char *json; /* "message":{...}: what follows the id */
    size_t json_len;
    uint32_t fail_count; /* of the webhook */
    uint32_t delay_s;
    struct update *next; /* in its webhook queue */
};

struct poll {
    bool waiting;
    struct reply reply;
    int64_t offset;
    uint32_t limit;
    uint64_t generation; /* tells its timer from that of a later poll */
};

struct updates {
    struct update **ring;
    size_t head;
    size_t count;
    size_t cap;
    int64_t next_id;
    uint32_t allowed;   /* bits of enum update_type */
    char *allowed_text; /* as given; NULL: the default */
    uint64_t created;
    uint64_t confirmed; /* by offset, or by a 2xx of the webhook */
    uint64_t expired;
    struct poll poll;
    int64_t previous_offset;
    uint64_t previous_us;        /* of the last getUpdates; 0: none */
    uint64_t conflict_free_us;   /* the next 409 before this is delayed */
    struct webhook *webhook;     /* NULL: none */
    uint64_t webhook_allowed_us; /* setWebhook is refused before this */
};

void updates_init(struct updates *updates, int64_t first_id);
void updates_deinit(struct updates *updates);

/* Queues an update of which json ("type":{...}) is the part behind the id. Dropped when the bot has
 * not asked for the type. queue_id: the chat of a message, else the user. */
void updates_push(struct sim *sim, struct bot *bot, enum update_type type, int64_t queue_id,
                  struct slice json);
bool updates_wants(const struct bot *bot, enum update_type type);
/* How many wait for the bot. */
size_t updates_pending(const struct updates *updates);
/* Drops the oldest while they are delivered or over. */
void updates_trim(struct sim *sim, struct updates *updates);
/* Forgets everything up to and without `id`. */
void updates_confirm(struct updates *updates, int64_t id);
/* Answers the long polls that have something to read; once a turn of the loop. */
void updates_flush(struct sim *sim);
/* A list of type names as a set; unknown names are ignored, none known means the default. */
void updates_allow(struct updates *updates, const cJSON *list);
/* Answers a getUpdates with what is there now. */
void updates_answer(struct sim *sim, struct updates *updates, const struct reply *reply,
                    int64_t offset, uint32_t limit);
/* Ends a waiting poll with 409. */
void updates_abort_poll(struct sim *sim, struct updates *updates, const char *description);
/* 409, three seconds later when one was answered just now. */
void updates_conflict(struct sim *sim, struct updates *updates, const struct reply *reply,
                      const char *description);
const char *update_type_name(enum update_type type);

#endif
