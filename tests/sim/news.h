/* A reader of the news with a copy of its own, as the mirror is one: all records as of one command,
 * rows and position changed together. It dies now and then with what it was about to take in, and
 * it starts from a walk. What the facts say goes to the auditor (auditor_news.c). */
#ifndef USHER_TESTS_SIM_NEWS_H
#define USHER_TESTS_SIM_NEWS_H

#include "base/map.h"
#include "tests/sim/usher.h"

struct row {
    struct slice key, name, value; /* in bytes */
    uint64_t id;
    char bytes[];
};

struct news {
    struct map rows;   /* by a hash of id, key and name */
    uint64_t position; /* of the command that the copy is as of */
    bool walked;
    struct buf at; /* of the walk */
    uint64_t since, walk_process;
    uint64_t told_ms; /* usher was told how far it is */
    uint64_t fact_sequence, fact_n;
    uint64_t lost; /* times that it died with news in its hands */
    bool planned;
    struct buf items;
};

void news_new(struct sim *sim);
void news_destroy(struct sim *sim);
/* The state has changed. */
void news_told(struct sim *sim);
/* At the end: reads on, and then the copy is what a walk of the state says. */
void news_check(struct sim *sim);

#endif
