/* Broadcasts under way. One walks the members by Telegram id and makes a notice
 * for each whom it is for, a bounded number at a time: only ticks move the cursor, and only while
 * few of its notices are open. Each member is passed by the cursor once, so nobody gets a broadcast
 * twice; who joins behind it gets none. */
#ifndef USHER_MODULES_BROADCAST_WALK_H
#define USHER_MODULES_BROADCAST_WALK_H

#include "modules/broadcast/campaign.h"

enum {
    BROADCAST_OPEN_MAX =
        2048, /* a second's work of a bot with Telegram's highest paid limit, twice */
    BROADCAST_MADE_MAX = 256,   /* notices that one tick makes, so that no batch grows long by it */
    BROADCAST_LOOKS_MAX = 1000, /* members that one tick looks at */
    BROADCAST_LOOK_MS = 1000,   /* between looks whether there is room for more notices */
    BROADCAST_SWEEP_MS = 60 * 1000
};

/* Begins one: id and plan are set, texts checked. */
void broadcast_begin(struct ledger *ledger, struct record_broadcast *record, struct slice texts);
/* Takes back what waits of a running one. */
void broadcast_cancel(struct ledger *ledger, uint64_t number);
/* TIMER_BROADCAST: attempts without an outcome are given up, and the cursor goes on. Returns about
 * how much it has touched, as does the next. */
unsigned broadcast_due(struct ledger *ledger, int64_t number, const char *subject);
/* TIMER_WITHDRAW: goes on taking back. */
unsigned broadcast_withdraw_due(struct ledger *ledger, int64_t number, const char *subject);

#endif
