#include "courier/done.h"

enum { CROSSING_MS = 5000 }; /* the longest that a call lent before may take to come */

static bool is_read(enum delivery_kind kind);

void done_remember(struct done *done, enum delivery_kind kind, uint64_t delivery, uint64_t attempts,
                   uint64_t mono_ms)
{
    if (!is_read(kind))
        return;
    done->calls[done->next] = (struct done_call){delivery, attempts, mono_ms};
    done->next = (done->next + 1) % DONE_MAX;
}

bool done_holds(const struct done *done, const struct message_call *call, uint64_t mono_ms)
{
    for (size_t i = 1; i <= DONE_MAX; i++) {
        const struct done_call *one = &done->calls[(done->next + DONE_MAX - i) % DONE_MAX];
        if (one->delivery == 0 || mono_ms - one->at_ms > CROSSING_MS)
            return false;
        if (one->delivery == call->delivery)
            return one->attempts >= call->attempts;
    }
    return false;
}

/* What somebody reads: twice is once too often. */
static bool is_read(enum delivery_kind kind)
{
    return kind == DELIVERY_letter || kind == DELIVERY_reply || kind == DELIVERY_staff ||
           kind == DELIVERY_topic;
}
