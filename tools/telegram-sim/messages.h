/* The messages that the world remembers, of bots and of people. Those of a chat stand in its room;
 * the newest --messages-max of the bots are kept, and as many of the people, so that what people
 * write pushes out nothing that a test wants to read. In a private chat each bot numbers its own
 * messages; in a group the chat does, and finds one by its number at once. */
#ifndef SIM_MESSAGES_H
#define SIM_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

struct chat;
struct user;
struct world;

/* What a person thinks of a message. */
struct reaction {
    int64_t user_id;
    char emoji[33];
    struct reaction *next;
};

struct message {
    int64_t id;
    int64_t chat_id;     /* of a private chat: the user's id */
    uint32_t bot;        /* whose message it is, or who got it in a private chat */
    bool from_user;      /* else the bot sent it */
    bool anonymous;      /* an administrator wrote it as the group */
    int64_t sender_chat; /* a channel that wrote it; 0: none */
    struct user *sender; /* of from_user, also when it is anonymous */
    int64_t thread_id;   /* forum topic; 0: none, or General */
    int64_t reply_to;    /* message id; 0: none */
    uint64_t at_ms;
    uint64_t edited_ms; /* 0: never */
    uint32_t edits;
    bool deleted;
    bool pinned;
    bool service;               /* tells of an event, cannot be copied or forwarded */
    bool photo;                 /* what document names is a photo */
    int64_t invoice;            /* that it shows; 0: none */
    char *text;                 /* of a document or photo: its caption */
    char *reply_markup;         /* JSON or NULL */
    char *document;             /* URL or file_id, NULL for a text message */
    char *origin;               /* forward_origin as JSON, NULL: not forwarded */
    char *extra;                /* further members: ,"poll":{...}; NULL: none */
    char *reaction;             /* the emoji of the bots; NULL: none */
    struct reaction *reactions; /* of people, one a user */
    struct message *older;
    struct message *newer;
};

/* The messages of one chat, oldest to newest. */
struct room {
    struct message *oldest;
    struct message *newest;
};

/* A ring of the messages in memory, oldest first. */
struct kept {
    struct message **ring;
    uint32_t max;
    uint32_t head;
    uint32_t count;
    uint64_t forgotten;
};

void kept_init(struct kept *kept, uint32_t max);
void kept_deinit(struct kept *kept);

/* Takes over the texts of the message. */
struct message *world_message_add(struct world *world, struct room *room, struct message message);
/* Of a private chat: the message of this number between the user and the bot, a deleted one too;
 * NULL: none, or forgotten. */
struct message *room_find(const struct room *room, uint32_t bot, int64_t id);
/* Of a group or channel. */
struct message *chat_message(const struct chat *chat, int64_t id);
/* The user's reaction to it, made when there is none yet. */
struct reaction *message_reaction(struct message *message, int64_t user_id);

#endif
