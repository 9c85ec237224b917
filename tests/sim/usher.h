/* usher's cores put together as the actors do it, without the actors: journal with group commit,
 * ledger, dispatcher, letters, one sender a bot, the scheduler's ticks. Messages between them take
 * time, are lost and doubled; a crash at any commit loses all that is not in the journal or the
 * state, and a power cut also undoes the state's last commits.
 *
 *   submit ─▶ waiting ─commit─▶ journal (ack) ─apply─▶ state ─▶ dispatch ─lend─▶ sender ─▶ Telegram
 *      ▲                                                                            │
 *      └────────────────────────────── outcome ─────────────────────────────────────┘ */
#ifndef USHER_TESTS_SIM_USHER_H
#define USHER_TESTS_SIM_USHER_H

#include "tests/sim/sim.h"
#include "ledger/ledger.h"
#include "ledger/module.h"

/* Who waits for a command to be durable. */
enum waiter_kind {
    WAITER_NONE,
    WAITER_EVENT,
    WAITER_UPDATE,
    WAITER_ORDER,
    WAITER_SETTLE,
    WAITER_DISMISS, /* id: of the payment, id2: by which of its names */
    WAITER_RELEASE,
    WAITER_TERMS,
    WAITER_BROADCAST, /* id: number, id2: 1 for its end; told when applied */
    WAITER_STARTED,   /* id: of the start, id2: the bot; told when applied */
    WAITER_COUPON,    /* id: number, id2: 1 for its end */
    WAITER_CANCEL,    /* id: of the order */
    WAITER_STAFF,
    WAITER_READER /* id: how far it has read */
};

/* What became of a command, and what it left to be told of. */
struct outcome_of {
    unsigned result;
    uint64_t subject;
    uint64_t due_ms; /* the first timer behind it, 0: none; a tick does a bounded number */
};

/* Who asks for an operation. key: "" for none. */
struct actor {
    const char *name;
    enum who who;
    const char *key;
};

struct waiter {
    enum waiter_kind kind;
    uint64_t id;  /* of the gateway's event, the bot, the order or the payment; what to release;
                     which  terms */
    uint64_t id2; /* of the update; which id of the gateway's event; whether to grant, and by which
                     name (twice it); the one delivery to release */
};

void usher_new(struct sim *sim);
void usher_destroy(struct sim *sim);

bool usher_up(const struct sim *sim);
/* The process ends as by kill -9, or with the whole machine, and starts again after an outage with
 * the configuration of then. Nothing when it is down already. */
void usher_restart(struct sim *sim);
/* The same with a program of other rules. */
void usher_upgrade(struct sim *sim);
/* The wall clock was set. */
void usher_clock_set(struct sim *sim);
/* Since when it runs, 0: it is down. */
uint64_t usher_since(const struct sim *sim);
/* A command on its way to the journal. */
void usher_submit(struct sim *sim, const struct message *command, struct waiter waiter);
/* A call came to its end as its sender sees it. epoch: what usher_epoch said when it left; an older
 * one has died with its process. */
void usher_answered(struct sim *sim, size_t bot, uint64_t epoch, uint64_t token, int failure,
                    unsigned status, uint32_t retry_after_s, const char *body);

/* Of the bot's process now. */
uint64_t usher_epoch(const struct sim *sim, size_t bot);
void usher_counts(struct sim *sim, struct ledger_counts *out);
uint64_t usher_commands(const struct sim *sim);
uint64_t usher_crashes(const struct sim *sim);
uint64_t usher_power_cuts(const struct sim *sim);
uint64_t usher_epochs(const struct sim *sim); /* once the replay is checked */
/* Asks for a module's operation, by cmd_act. */
void usher_act(struct sim *sim, const struct actor *actor, const struct shape *shape,
               const void *op, struct waiter waiter);
/* 16 bytes that nobody may guess. */
void usher_seed(struct sim *sim, char seed[16]);
/* What who asked for the command is told; it has succeeded. Good until the next question. */
struct slice usher_answer(struct sim *sim, const struct message *command,
                          struct outcome_of outcome);
struct slice usher_ask_module(struct sim *sim, const struct shape *shape, const void *ask);
/* Is there somebody for this free text? */
bool usher_listens(struct sim *sim, const struct message_cmd_said *said);
/* Asks the ledger; the text is good until the next question. Its status must be the one wanted. */
struct slice usher_ask(struct sim *sim, const struct message_query *query, unsigned status);
/* The journal, applied at once to an empty state, gives the same state, and so do the commands
 * behind the last upgrade, applied to what was kept there. */
void usher_check_replay(struct sim *sim);

#endif
