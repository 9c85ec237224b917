/* The inside of telegram.c and telegram_calls.c. */
#ifndef USHER_TESTS_SIM_TELEGRAM_STATE_H
#define USHER_TESTS_SIM_TELEGRAM_STATE_H

#include "tests/sim/telegram.h"

enum { USER_ID_FIRST = 100000, CHAT_WINDOW_MAX = 32 };

struct seat {
    enum place place;
    uint64_t since_ms;
};

struct user {
    struct seat seats[GROUPS];
    bool started[BOTS], blocked[BOTS];
    uint64_t last_ms[BOTS]; /* when the last message of each bot was counted */
};

struct link {
    size_t group;
    bool request; /* creates join requests; else for one member, once */
    bool dead;    /* used or revoked */
    uint64_t expires_ms;
};

enum update_kind { UPDATE_MESSAGE, UPDATE_KNOCK, UPDATE_PLACE, UPDATE_BLOCK };
struct update {
    uint64_t id;
    enum update_kind kind;
    uint64_t user;
    size_t group;
    bool in; /* PLACE: is now in; BLOCK: is blocked */
    uint64_t link;
    bool by_link;
    uint64_t date_s;
    char text[16];
};

/* Updates of a bot that are not confirmed. */
struct feed {
    struct update *updates;
    size_t count, cap;
    uint64_t next_id;
    bool polling;         /* a poll is planned */
    uint64_t counted[64]; /* when the last calls were counted, a ring of the limit's size */
    uint64_t counted_count;
};

struct telegram {
    struct user *users;
    struct link *links;
    size_t link_count, link_cap;
    struct feed feeds[BOTS];
    uint64_t calls;
    struct buf json, command;
};

size_t group_bot(const struct sim *sim, size_t group);
void telegram_place_changed(struct sim *sim, uint64_t user, size_t group, enum place place,
                            const uint64_t *link);

#endif
