/* The test clock (`test_clock: true`), moved by the apply thread, since it alone knows what is due.
 * An advance goes in steps, from one timer to the next: each timer fires at its own time, also the
 * ones that timers set, so that a rehearsed month leaves the same trace as a real one. There are at
 * most a few thousand steps in an advance; where timers lie closer, some fire together, and so does
 * the rest of an advance that takes long, because who asked is answered 503 after a while.
 *
 *     QUERY_CLOCK ─▶ step: clock_set_ahead, cmd_clock ─▶ applied ─▶ due before now: cmd_clock again
 *                      ▲                                          ├ goal not reached: next step
 *                      └──────────────────────────────────────────┘ else: 200 {"now":...}
 *
 * cmd_clock carries how far the clock is ahead, and is durable before the answer. It stands in the
 * journal and not beside it, so that a backup, a rebuilt state or another host has it too; and a
 * start never begins before the journal's last stamp, whatever was lost. All roles must run in one
 * process: another one would not know of an advance. */
#ifndef USHER_ACTORS_CLOCKWORK_H
#define USHER_ACTORS_CLOCKWORK_H

#include "actors/ledger.h"

struct clockwork {
    struct ledger *ledger;
    struct verdict_outlets *outlets;
    bool on; /* there is a test clock */
    struct outlet commands;
    struct buf command;
    uint64_t goal_ms; /* wall; 0: no advance is under way */
    uint64_t step_ms; /* the least step */
    uint64_t rush_ms; /* mono: from then on there is one more step, to the goal */
    uint64_t origin, id;
    uint64_t told_ms; /* how far ahead by the last cmd_clock that was applied */
    uint64_t asked_ms;
    uint64_t
        repeat_ms; /* mono: when a cmd_clock that is on its way is taken for lost; 0: none is */
};

/* Before the first actor starts: the clock goes on from where it was. ERROR_INVALID when it was
 * moved and the configuration has no test clock. */
enum error clockwork_restore(struct ledger_host *host, struct why *why);

enum error clockwork_open(struct clockwork *work, struct site *site,
                          struct verdict_outlets *outlets, struct why *why);
void clockwork_close(struct clockwork *work);
/* False: another question. Answered when it is done; 409 while another advance is under way. */
bool clockwork_ask(struct clockwork *work, const struct message_query *query);
/* A command was applied; a cmd_clock is an end of a step. */
void clockwork_applied(struct clockwork *work, enum message_kind kind);
void clockwork_turn(struct clockwork *work);
/* Milliseconds until clockwork_turn wants to be called, at most wait. */
long clockwork_timeout_ms(const struct clockwork *work, long wait);

#endif
