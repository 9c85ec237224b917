/* The inside of usher.c and usher_bots.c. */
#ifndef USHER_TESTS_SIM_USHER_STATE_H
#define USHER_TESTS_SIM_USHER_STATE_H

#include "ledger/dispatch.h"
#include "carrier/telegram/telegram.h"
#include "courier/sender.h"
#include "tests/sim/usher.h"

struct entry {
    size_t offset; /* of its command in the bytes of the journal */
    uint32_t len;
    uint64_t at_ms;
    struct waiter waiter;
    unsigned result; /* enum result or a module's, once it is audited */
};

/* A notice whose start is on its way into the state. */
struct starting {
    uint64_t id; /* of this start, 0: free */
    struct sender_call call;
};

enum { STARTING_MAX = 64 };

struct bot {
    struct starting starting[STARTING_MAX];
    struct sender *sender;    /* NULL while it is down */
    uint64_t epoch;           /* of its process */
    uint32_t on_the_way;      /* leased deliveries that have not reached the sender */
    uint32_t free_on_the_way; /* those of them that no limit counts */
    uint64_t wake_ms;         /* when the next turn is due, 0: none is */
    bool greeted;             /* the ledger has told what is frozen */
    uint64_t after;           /* nothing is lent before the state has this sequence */
    uint64_t doubt_ms;        /* mono: until then calls of an earlier process may be counted */
};

struct usher {
    struct store *store;
    struct store *synced;  /* the state as a power cut may leave it: some commits behind */
    struct ledger *ledger; /* NULL while the process is down */
    struct dispatch *dispatch;
    struct calendar *calendar;
    struct effects effects;
    struct bot bots[BOTS];
    uint64_t process; /* counts starts */
    uint64_t starts;  /* of notices */
    uint64_t boot;    /* sequence of this start's cmd_boot, 0: not durable yet */
    uint64_t since_ms;
    int64_t skew_ms; /* of the clock when it was looked at last */
    uint64_t crashes, power_cuts;
    uint64_t rules;     /* of the program that starts next */
    struct store *kept; /* the checkpoint of the last epoch, NULL: it is the first */
    uint64_t epochs;    /* at the end of the run */
    char directory[64]; /* of the store on disk */

    struct entry *journal; /* sequence 1 is at 0 */
    size_t tail, journal_cap;
    size_t audited;         /* the auditor has heard of all up to here */
    uint64_t applied_at_ms; /* of the entry that this process applied last */
    struct buf bytes;

    struct entry *waiting; /* for the next commit; their commands are in waiting_bytes */
    size_t waiting_count, waiting_cap;
    struct buf waiting_bytes;
    bool commit_planned, apply_planned;
    uint64_t update_ms[BOTS]; /* when the last update of each reaches the journal */
    uint64_t tick_ms;         /* the planned tick, 0: none */
    uint64_t tick_after_ms;   /* a tick is on its way; it is said again then */
    uint64_t lend_ms;         /* the planned look at the dispatcher, 0: none */

    struct buf catalog;
    uint8_t catalog_hash[32];
    struct buf scratch, params, json;
};

void usher_crash(struct sim *sim);
struct slice entry_command(const struct usher *usher, size_t index);
/* A power cut: the state is one of its last commits again. usher_power.c. */
void power_cut(struct sim *sim);
/* From now on no cut goes back behind this command, which the state has. */
void power_sync(struct sim *sim, uint64_t applied);
void copy_store(struct store *from, struct store *to);
/* At a start: whether an epoch begins, and what says so. usher_epoch.c. */
bool epoch_begins(struct sim *sim, struct message *out);
/* The journal behind the last checkpoint gives the state. */
void epoch_check_replay(struct sim *sim);
/* Applies what the store does not have of the journal; then its state must be usher's. */
void replay_onto(struct sim *sim, struct store *store);
void bot_start(struct sim *sim, size_t bot);
void bot_stop(struct sim *sim, size_t bot);
/* Sends what may go now, and asks for more. */
void bot_turn(struct sim *sim, size_t bot);
void bots_lend(struct sim *sim);
/* The start of a notice was applied. */
void bot_started(struct sim *sim, struct waiter waiter, enum result result);
/* The process starts with a dispatcher of what is pending; calls of that may be on their way. */
void bots_dispatch(struct sim *sim);

#endif
