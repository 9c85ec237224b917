/* The auditor's books of what the news tell: reminders, tickets, payments of orders, points. */
#ifndef USHER_TESTS_SIM_AUDITOR_NEWS_H
#define USHER_TESTS_SIM_AUDITOR_NEWS_H

#include "base/map.h"
#include "tests/sim/usher.h"

struct ticket {
    uint64_t user;
    uint64_t thread; /* in the staff's chat, 0: none yet */
    bool closed;
    bool told; /* the member has read that it is */
};

struct books {
    struct map once;        /* what may be told once only, by a hash */
    struct ticket *tickets; /* T1 is at 0 */
    size_t ticket_count, ticket_cap;
    uint64_t *reminded, *heard; /* of each user: reminders by the news, and those that came */
    uint64_t reminders;
};

void books_new(struct sim *sim);
void books_destroy(struct sim *sim);
/* A fact, as its message. */
void books_fact(struct sim *sim, struct slice message);
/* A record is now so. */
void books_row(struct sim *sim, const struct message_news_item *item);
/* A member reads this. */
void books_read(struct sim *sim, uint64_t user, const char *text);
/* At the end, of the reader's copy. */
void books_check(struct sim *sim);

#endif
