/* The ledger as two threads over the two environments:
 *
 *     commands ─▶ journal thread: validate, append (group commit) ─▶ verdicts 200
 *                      │ publishes the tail, hands over who waits for a result (wake)
 *                      ▼
 *     queries ──▶ apply thread: read journal, ledger_apply in batches, commit ─▶ results, answers
 *     credits ──▶               dispatcher: lease deliveries ─▶ work;  next timer ─▶ due
 *
 * The data directory, data_dir, holds journal/, state/, archive/, facts/, epochs/ and lock: one
 * process at a time.
 */
#ifndef USHER_ACTORS_LEDGER_H
#define USHER_ACTORS_LEDGER_H

#include "actors/actors.h"
#include "actors/ledger_facts.h"
#include "journal/journal.h"
#include "ledger/dispatch.h"
#include "ledger/records.h"
#include "ledger/ledger.h"

#include <stdatomic.h>

/* What both threads see. Opened, and closed after both have ended, by the main thread. */
struct ledger_host {
    const struct config *config;
    struct lock *lock;
    struct journal *journal; /* written by the journal thread, read by the apply thread */
    struct store *store;     /* apply thread */
    struct ledger *ledger;   /* apply thread */
    struct fact_keeper *facts;
    void *wake_push;       /* taken over by the journal thread */
    void *wake_pull;       /* taken over by the apply thread */
    _Atomic uint64_t tail; /* last sequence that is on disk */
    _Atomic uint64_t boot; /* sequence of this run's last start command, 0 before it is on disk */
    _Atomic bool writable; /* the last append succeeded */
    _Atomic bool woken;    /* a wake is on its way */
    _Atomic bool stopping; /* nobody is to be kept waiting any more */
    struct buf catalog;    /* of the configuration */
    uint8_t catalog_hash[32];
    bool configure;      /* the configuration is not the one in force, as far as is known */
    uint64_t epoch_from; /* the first command of an epoch that begins with this start; 0: none */
};

/* Locks data_dir and opens everything in it. */
enum error ledger_host_open(const struct config *config, struct topology *topology,
                            struct ledger_host **out, struct why *why);
void ledger_host_close(struct ledger_host **host);

/* Closes the epoch of a state that follows older rules: ledger_epoch.c. ERROR_VERSION when it
 * follows newer ones. */
enum error epoch_open(struct ledger_host *host, struct why *why);

/* Who waits for the result of a command: the journal thread tells the apply thread, in the order of
 * the sequences, before the tail that covers them is published. A wake is an array of these, maybe
 * empty. */
struct waiter {
    uint64_t sequence;
    uint64_t origin;
    uint64_t id;
    uint32_t ack_len; /* 0: the answer is only the result */
    char ack[128];    /* JSON that is answered when the command did what it was to do */
};

/* The outlets on which verdicts travel: by origin, to ingresses and to notifiers. Each of the two
 * threads has a set of its own. */
struct verdict_outlets {
    struct outlet *ingresses;
    size_t ingress_count;
    struct outlet *notifiers; /* the link calls */
    size_t notifier_count;
};

enum error verdict_outlets_open(struct verdict_outlets *outlets, struct site *site,
                                struct why *why);
void verdict_outlets_close(struct verdict_outlets *outlets);
/* Flushes all; true when all are empty. */
bool verdict_outlets_flush(struct verdict_outlets *outlets);
/* Never fails loudly: a verdict that finds no room belongs to a request that then ends in its
 * deadline. */
void verdict_put(struct verdict_outlets *outlets, uint64_t origin,
                 const struct message_verdict *verdict);
/* To all ingresses that have room for it. */
void verdict_outlets_tell(struct verdict_outlets *outlets, const struct message *message);
enum { ACCESS_LIST_BYTES_MAX = 262144 }; /* as in messages.def */
/* Tells all ingresses who may ask of the API: when it has changed, or again, for one that is new.
 * Nobody is let in by a state that knows less than was durable at this start (serving). access: as
 * last told. */
void access_tell(struct verdict_outlets *outlets, struct ledger *ledger, struct buf *access,
                 bool serving, bool again);
/* A verdict with a problem document. */
void verdict_put_problem(struct verdict_outlets *outlets, uint64_t origin, uint64_t id,
                         unsigned status, uint32_t retry_after_s, const char *reason,
                         const char *detail);

/* Who waits in the apply thread: for the result of a command, or for the answer to a question,
 * which is given once the state holds all that was durable when it came (read your writes). A
 * result whose answer is not ready (ledger_ready) is put off: somebody outside is asked meanwhile.
 */
struct answering {
    struct ledger *ledger;
    struct verdict_outlets *outlets;
    struct waiting *waits; /* a queue in the order of sequences */
    size_t wait_first, wait_count, wait_cap;
    struct question *questions; /* in the order of their targets */
    size_t question_count;
    struct put_off *put_off; /* in the order in which they came */
    size_t put_off_count;
    uint64_t looked_at; /* the state that those who were put off were last looked at by */
    struct buf json;
    struct outlet commands; /* what was asked about first (QUERY_SAID) goes on to the journal */
};

enum error answering_open(struct answering *answering, struct site *site,
                          struct verdict_outlets *outlets, struct why *why);
void answering_close(struct answering *answering);
void answering_expect(struct answering *answering, const struct waiter *waiter);
/* target: the last sequence that the answer must know of. Answered 503 when too many ask. */
void answering_ask(struct answering *answering, const struct message_query *query, uint64_t target);
/* What somebody wrote (QUERY_SAID) goes on to the journal at once, by the state as it is: whoever
 * answers a question has read it, and it went out after it was applied. False: another question. */
bool answering_listen(struct answering *answering, const struct message_query *query);
/* What became of a command: its result, and what it left to be told of. */
struct became {
    unsigned result;
    uint64_t subject;
};
/* These count commands were applied. */
void answering_tell(struct answering *answering, const struct journal_entry *entries,
                    const struct became *results, size_t count);
/* Answers all questions that can be answered, and those that waited too long with 503. */
void answering_turn(struct answering *answering);
/* Who was put off waits no longer: we stop. */
void answering_hurry(struct answering *answering);
/* Monotonic ms at which it has something to do again: the oldest question, or who was put off
 * first, has waited too long; UINT64_MAX when none waits. */
uint64_t answering_deadline_ms(const struct answering *answering);

/* Commands of a batch by kind and result (ledger_tally.c). */
enum { TALLY_MODULE_ROWS = 64 };
struct tally {
    uint64_t (*frame)[RESULT_COUNT]; /* of the frame's results, by kind */
    struct tally_row {
        unsigned kind, result;
        uint64_t count;
    } modules[TALLY_MODULE_ROWS]; /* of modules' results */
    size_t module_count;
};

bool tally_open(struct tally *tally); /* false: out of memory */
void tally_close(struct tally *tally);
void tally_clear(struct tally *tally);
void tally_count(struct tally *tally, enum message_kind kind, unsigned result);
void tally_publish(const struct tally *tally);
/* An outcome was applied: from the payment's acceptance to its delivery's success. */
void tally_delivered(const struct journal_entry *entry, const struct effects *effects,
                     size_t effects_before);

/* What a lane's notifier can still take. */
struct want {
    uint32_t deliveries;
    uint32_t yielding; /* at most so many of them that yield */
    uint32_t free;     /* besides, of kinds that no limit counts */
};

/* Sets the metrics that count what the state holds (ledger_metrics.c). */
void ledger_metrics(struct ledger *ledger);

/* News to those who read them (ledger_news.c). */
enum { TELLING_MIRROR, TELLING_WEBHOOKS, TELLINGS };
_Static_assert((int)TELLINGS == (int)FACT_SHELVES, "a shelf for each");
struct telling {
    const struct ledger_host *host;
    struct ledger *ledger;
    struct inlet asks;
    struct outlet commands; /* for the segments of facts, which are a reader too */
    struct buf command;
    struct telling_to {
        struct outlet news;
        struct buf ask; /* the last question that has no answer, encoded; empty: none */
    } to[TELLINGS];
    size_t turn;      /* whose it is */
    struct buf place; /* of a walk */
    struct buf items;
    size_t told;                     /* bytes of the last answer's items */
    uint64_t rest_until_us;          /* mono: while many commands come, not before this */
    uint64_t looked_us, looked_tail; /* when it was last looked how far the journal is */
    bool many;                       /* and whether much had come */
    bool wanted;                     /* somebody is to ask */
    uint64_t asked_ms;               /* mono: when somebody did, or it was said that nobody does */
};

enum error telling_open(struct telling *telling, struct site *site, struct why *why);
void telling_close(struct telling *telling);
/* Takes questions in. */
void telling_take(struct telling *telling);
/* Answers one. level: no command waits to be applied. */
void telling_turn(struct telling *telling, bool level, uint64_t wall_ms);
bool telling_waits(const struct telling *telling);

/* The outward half of the apply thread: which lanes can take how much, what is leased to them. */
struct lending {
    const struct config *config;
    const struct ledger_host *host;
    struct ledger *ledger;
    struct dispatch *dispatch;
    struct verdict_outlets *outlets; /* of the apply thread; its notifiers get freezes */
    struct outlet work;
    struct buf scratch;
    struct want *wants; /* by lane */
    uint64_t *after;    /* by lane: nothing is lent before the state has this sequence */
    uint64_t
        *doubt_until_ms; /* by lane, mono: calls of a notifier that is gone may still be counted */
    uint64_t real_ms, mono_ms; /* of the last turn, 0: there was none */
    uint64_t ahead_ms;         /* of the test clock, then */
    uint64_t look_at_ms;       /* mono: what is pending could not be read, and not before this */
};

enum error lending_open(struct lending *lending, struct site *site, struct verdict_outlets *outlets,
                        struct why *why);
void lending_close(struct lending *lending);
/* serving: the state is up to what a notifier that says hello must know. */
void lending_credit(struct lending *lending, const struct message_credit *credit, bool serving);
/* Leases what is due at as_of_ms to those that want it. Returns the wall ms at which something
 * becomes due, 0 for never. */
uint64_t lending_turn(struct lending *lending, uint64_t as_of_ms, uint64_t wall_ms);

#endif
