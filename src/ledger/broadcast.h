/* Inside the ledger: broadcasts, the operator's words to all members or to those of one plan. A
 * broadcast walks the members by Telegram id and makes a notice for each whom it is for, a bounded
 * number at a time: only ticks move the cursor, and only while few of its notices are open. Each
 * member is passed by the cursor once, so nobody gets a broadcast twice; who joins behind it gets
 * none.
 *
 *     running ──▶ done        the cursor is behind the last member and no notice is open
 *        └─────▶ cancelled    notices that wait are withdrawn; attempts under way end as they do */
#ifndef USHER_LEDGER_BROADCAST_H
#define USHER_LEDGER_BROADCAST_H

#include "ledger/state.h"

enum broadcast_state { BROADCAST_RUNNING, BROADCAST_DONE, BROADCAST_CANCELLED };

enum {
    BROADCAST_RUNNING_MAX = 16,
    BROADCAST_OPEN_MAX =
        2048, /* a second's work of a bot with Telegram's highest paid limit, twice */
    BROADCAST_MADE_MAX = 256,   /* notices that one tick makes, so that no batch grows long by it */
    BROADCAST_LOOKS_MAX = 2048, /* members that one tick looks at */
    BROADCAST_LOOK_MS = 1000,   /* between looks whether there is room for more notices */
    BROADCAST_SWEEP_MS = 60 * 1000,
    /* An attempt that began so long ago and has no outcome has lost it: longer than a start is
     * waited for, a call may take, and its outcome is under way. */
    BROADCAST_LOST_MS = 5 * 60 * 1000
};

const char *broadcast_state_name(enum broadcast_state state);

bool broadcast_load(struct ledger *ledger, uint64_t number, struct record_broadcast *out);
void broadcast_store(struct ledger *ledger, uint64_t number, const struct record_broadcast *record);
/* The number of the broadcast with this id, or 0. */
uint64_t broadcast_find(struct ledger *ledger, struct slice id);
/* Walks broadcasts from the newest on: *number is that of the last one seen, 0 to begin. */
bool broadcast_next(struct ledger *ledger, uint64_t *number, struct record_broadcast *out);
/* Its broadcast_text rows, the first of them for who reads none of the languages. Points into the
 * store. */
bool broadcast_texts(struct ledger *ledger, uint64_t number, struct slice *rows);

/* Begins one: id and plan are set, texts checked. */
void broadcast_add(struct ledger *ledger, struct record_broadcast *record, struct slice texts);
/* Takes back what waits of a running one. */
void broadcast_cancel(struct ledger *ledger, uint64_t number);
/* Its timer is due: attempts without an outcome are given up, and the cursor goes on. */
void broadcast_due(struct ledger *ledger, int64_t number, const char *subject);
/* Done, when it is running and nothing is left of it. The caller stores it. */
void broadcast_settle(struct ledger *ledger, struct record_broadcast *record);

#endif
