/* What went out a moment ago and somebody reads: its repetition would be seen. A ledger or a
 * notifier that starts anew does not know what the other one still holds, and lends it again; when
 * that crosses the outcome of the attempt, it must not have a second one. What is lent once the
 * outcome is known is another attempt. */
#ifndef USHER_COURIER_DONE_H
#define USHER_COURIER_DONE_H

#include "wire/wire.h"

enum { DONE_MAX = 1024 };

struct done {
    struct done_call {
        uint64_t delivery; /* 0: none */
        uint64_t attempts; /* before it */
        uint64_t at_ms;
    } calls[DONE_MAX]; /* a ring; the newest is before next */
    size_t next;
};

/* It went out well at mono_ms. Nothing for a kind that nobody reads. */
void done_remember(struct done *done, enum delivery_kind kind, uint64_t delivery, uint64_t attempts,
                   uint64_t mono_ms);
/* Is this call one that went out, lent before its outcome was known? */
bool done_holds(const struct done *done, const struct message_call *call, uint64_t mono_ms);

#endif
