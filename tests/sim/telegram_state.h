/* The inside of telegram.c, telegram_feed.c and telegram_calls.c. */
#ifndef USHER_TESTS_SIM_TELEGRAM_STATE_H
#define USHER_TESTS_SIM_TELEGRAM_STATE_H

#include "carrier/telegram/poller.h"
#include "tests/sim/telegram.h"

enum { USER_ID_FIRST = 100000, FEED_BATCH = 100, UPDATE_ID_FIRST = 1000 };
/* Chat ids are counted downwards from these. */
#define GROUP_ID_FIRST      (-INT64_C(5000001))
#define SUPERGROUP_ID_FIRST (-INT64_C(1001000000001))

struct seat {
    enum place place;
    bool admin, banned;
    uint64_t link;              /* by which they came, + 1; 0: by none for one member */
    uint64_t since_ms, role_ms; /* of the place; of being an administrator, or not any more */
};

struct user {
    struct seat seats[GROUPS];
    bool started[BOTS], blocked[BOTS];
    uint64_t last_ms[BOTS]; /* when the last message of each bot was counted */
};

struct group {
    int64_t chat_id;
    int64_t old_id; /* before it moved, 0: it never did */
};

struct link {
    size_t group;
    bool request; /* creates join requests; else for one member, once */
    bool dead;    /* revoked */
    bool taken;   /* who came in by it is still in */
    uint64_t expires_ms;
    uint64_t owner; /* of one for one member: who it was made for */
};

enum update_kind {
    UPDATE_MESSAGE,
    UPDATE_KNOCK,
    UPDATE_PLACE,
    UPDATE_BLOCK,
    UPDATE_MOVED,      /* said in the old chat */
    UPDATE_MOVED_HERE, /* said in the new one */
    UPDATE_NOISE,      /* talk in a group */
    UPDATE_CALL,       /* a word of usher's, said in a group */
    UPDATE_STAFF,      /* said in a topic of the staff's chat */
    UPDATE_PRESS       /* of a button; text: its data */
};
struct update {
    enum update_kind kind;
    uint64_t user;
    size_t group;
    int64_t chat_id;    /* of the group, then */
    const char *status; /* PLACE: of the member, now */
    bool in;            /* BLOCK: is blocked */
    uint64_t link;
    bool by_link;
    uint64_t date_s;
    uint64_t thread; /* STAFF: the topic */
    uint64_t press;  /* PRESS: counts them, from 1 */
    char text[64];
    bool durable;   /* in usher's journal */
    bool confirmed; /* Telegram sends it no more */
};

/* All updates of a bot; the id of the one at place 0 is first_id. */
struct feed {
    struct update *updates;
    size_t count, cap;
    size_t open; /* all before this place are confirmed */
    uint64_t first_id;
    bool planned;    /* webhook: a round of requests is planned */
    uint64_t last_s; /* no update is older than the one before it */

    struct poller poller; /* usher's, of this process */
    uint64_t epoch;       /* of the process, in which its requests live */
    bool held;            /* the server holds a getUpdates until there is something */
    uint64_t offset;      /* of that request */
    unsigned limit;
    uint64_t batch;              /* counts answers */
    uint64_t parked[FEED_BATCH]; /* ids of the last answer that are not settled */
    size_t parked_count;
    uint64_t counted[64]; /* when the last calls were counted, a ring of the limit's size */
    uint64_t counted_count;
};

struct telegram {
    struct user *users;
    struct group groups[GROUPS];
    struct link *links;
    size_t link_count, link_cap;
    struct feed feeds[BOTS];
    uint64_t calls;
    uint64_t messages, threads; /* ids of the last ones made */
    uint64_t presses;
    struct buf json, params, command;
};

/* A new update of this bot; telegram_feed.c brings it to usher. */
void feed_add(struct sim *sim, size_t bot, struct update update);
void feed_write(const struct update *update, uint64_t id, struct buf *out);
void telegram_place_changed(struct sim *sim, uint64_t user, size_t group, enum place place,
                            const uint64_t *link);

#endif
