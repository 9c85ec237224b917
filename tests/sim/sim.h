/* The simulation: usher's cores, Telegram, gateways, people and an auditor in one thread, on a
 * made-up clock, from one seed. The same seed and options give the same run, event by event; a hash
 * over all commands and calls, printed with each run, says so.
 *
 *   gateways ─▶ usher (journal, ledger, dispatch, letters, senders) ─▶ Telegram ─▶ people
 *      ▲           │ each command applied                                 │          │
 *      └── acks ───┘────▶ auditor ◀── who is in which group ──────────────┘◀─ press, pay, leave,
 * block
 *
 * Everything is an event at a time (events.c). simulation.c has the options and the order of a run,
 * weather.c the faults, terms.c what the operator sells and changes while it runs. */
#ifndef USHER_TESTS_SIM_SIM_H
#define USHER_TESTS_SIM_SIM_H

#include "base/heap.h"
#include "base/prng.h"
#include "base/slice.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BOTS = 2,
    GROUPS = 3,
    PLANS = 3,
    GATEWAYS = 3,
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS
};
#define DAY_MS (24 * (uint64_t)HOUR_MS)

struct sim;
struct event;
struct usher;
struct telegram;
struct people;
struct gateways;
struct auditor;
struct broadcasts;
struct coupons;
struct news;
struct books;
struct terms;

typedef void event_fn(struct sim *sim, struct event *event);

struct event {
    struct heap_node node;
    uint64_t at_ms;
    uint64_t order; /* events of the same time run in the order in which they were made */
    event_fn *run;
    uint64_t a, b, c;
    char *bytes; /* owned by the event */
    size_t len;
};

struct options {
    uint64_t seed;
    uint64_t members;
    uint64_t days;
    uint64_t window; /* of the dispatcher, 0: as in life */
    bool disk;       /* the state in LMDB instead of in memory */
    bool quiet;      /* no line a run */
    bool trace;      /* each command as it is applied, and each call as it is served */
    bool twice;      /* each seed two times: the hashes must be the same */
};

/* In one of ten thousand, while the faults last. */
struct weather {
    unsigned lost;      /* a message between cores */
    unsigned doubled;   /* the same */
    unsigned crash;     /* at a commit of the state, or of the journal */
    unsigned bot_crash; /* a notifier alone, at a call */
    unsigned aborted;   /* a commit that fails without a crash */
    unsigned lag;       /* the state waits for up to a minute before it follows the journal */
    unsigned failed;    /* a call answered by 5xx */
    unsigned in_doubt;  /* a call that was served, its answer lost */
    unsigned not_sent;  /* a call that never left */
    unsigned flood;     /* a 429 out of the blue */
    unsigned slow;      /* a call that takes seconds */
    unsigned power;     /* that a crash is a power cut, which undoes the state's last commits */
    unsigned changes;   /* of the configuration, in the whole run */
    unsigned steps;     /* of usher's wall clock, the same */
    unsigned stuck;     /* spells in which Telegram revokes no link, the same */
    uint64_t outage_max_ms;
    uint64_t latency_max_ms;
};

struct sim {
    struct options options;
    struct prng prng;
    struct weather weather;
    bool faults; /* still on */
    bool calm;   /* people do only what converges */
    uint64_t start_ms;
    uint64_t now_ms;     /* the true time: Telegram's, the gateways', the people's */
    int64_t skew_ms;     /* by how much usher's wall clock is ahead of it */
    uint64_t stepped_ms; /* when that changed last, 0: never */
    uint64_t end_ms;     /* of faults and of new payments */
    uint64_t stuck_ms;   /* Telegram revokes no link until then, 0: it always did */
    bool stuck_refused;  /* it says that the bot may not, rather than that it should try later */
    struct heap events;
    struct event *spare; /* used events, by their bytes pointer */
    uint64_t event_count;
    uint64_t hash;       /* of all commands and calls so far */
    struct terms *terms; /* all that were ever in force; the last is the one in the file now */
    size_t terms_count, terms_cap;
    struct config *config; /* of the last terms */
    struct usher *usher;
    struct telegram *telegram;
    struct people *people;
    struct gateways *gateways;
    struct auditor *auditor;
    struct broadcasts *broadcasts;
    struct coupons *coupons;
    struct news *news;
    struct books *books;
};

/* Prints the seed, what went wrong and how to see it again, and ends the program with 1. */
_Noreturn void sim_fail(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define CHECK(sim, condition, ...) ((condition) ? (void)0 : sim_fail((sim), __VA_ARGS__))

uint64_t sim_below(struct sim *sim, uint64_t bound);
/* from and to are both possible. */
uint64_t sim_between(struct sim *sim, uint64_t from, uint64_t to);
bool sim_chance(struct sim *sim, unsigned of_ten_thousand);
/* The same, but never once the faults have stopped. */
bool sim_fault(struct sim *sim, unsigned of_ten_thousand);

/* What usher's wall clock shows. */
uint64_t sim_wall(const struct sim *sim);
/* The true time at which usher's wall clock, as it goes now, will show wall_ms. */
uint64_t sim_when(const struct sim *sim, uint64_t wall_ms);
/* Takes bytes into the hash. */
void sim_note(struct sim *sim, const void *bytes, size_t len);

/* A new event at at_ms (not before now). The caller may set a, b, c, and give it bytes by malloc.
 */
struct event *sim_at(struct sim *sim, uint64_t at_ms, event_fn *run);
/* Runs all events up to until_ms. */
void sim_run(struct sim *sim, uint64_t until_ms);
void sim_events_deinit(struct sim *sim);

/* An array that grows: makes room for one more item behind count. */
void *sim_grow(void *items, size_t *cap, size_t count, size_t size);

#endif
