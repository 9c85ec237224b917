#include "actors/credit.h"

#include "base/clock.h"

enum {
    HELLO_MS = 1000,
    CREDIT_MS = 250,         /* between words about a changed want, while some of the last is out */
    CREDIT_REPEAT_MS = 5000, /* in case a word, or a call, was lost */
};

static bool differs(uint32_t want, uint32_t outstanding, bool repeat);
static bool changed(const struct credit *credit, struct wants now, bool repeat);
static void say(struct credit *credit, const char *lane, struct wants now, bool hello);

uint64_t credit_due_ms(const struct credit *credit, struct wants now)
{
    return credit->said_ms + (!credit->greeted             ? HELLO_MS
                              : changed(credit, now, true) ? CREDIT_MS
                                                           : CREDIT_REPEAT_MS);
}

void credit_came(struct credit *credit, const struct message_call *call)
{
    struct wants *outstanding = &credit->outstanding;
    if (call->kind == DELIVERY_none || call->kind >= DELIVERY_COUNT)
        return;
    if (delivery_budget((enum delivery_kind)call->kind) == BUDGET_FREE) {
        outstanding->free -= outstanding->free > 0;
        return;
    }
    bool yields = delivery_yields((enum delivery_kind)call->kind, call->priority);
    outstanding->counted -= outstanding->counted > 0;
    outstanding->yielding -= yields && outstanding->yielding > 0;
}

/* Asks for as many deliveries as are wanted. While some of the last word have not come, a new word
 * could count them twice, so it is said less often. */
void credit_speak(struct credit *credit, const char *lane, struct wants now)
{
    uint64_t since_ms = clock_mono_ms() - credit->said_ms;

    if (!outlet_has_room(&credit->outlet))
        return;
    if (!credit->greeted) {
        if (since_ms >= HELLO_MS)
            say(credit, lane, (struct wants){0}, true);
        return;
    }
    if (changed(credit, now, since_ms >= CREDIT_MS) || since_ms >= CREDIT_REPEAT_MS)
        say(credit, lane, now, false);
}

/* repeat: also while some of what was wanted before are still to come. */
static bool changed(const struct credit *credit, struct wants now, bool repeat)
{
    return differs(now.counted, credit->outstanding.counted, repeat) ||
           differs(now.yielding, credit->outstanding.yielding, repeat) ||
           differs(now.free, credit->outstanding.free, repeat);
}

static bool differs(uint32_t want, uint32_t outstanding, bool repeat)
{
    return want != outstanding && (outstanding == 0 || repeat);
}

static void say(struct credit *credit, const char *lane, struct wants now, bool hello)
{
    const struct message message = {.kind = MESSAGE_credit,
                                    .credit = {.lane = slice_from(lane),
                                               .want = now.counted,
                                               .yielding = now.yielding,
                                               .hello = hello,
                                               .free = now.free}};
    if (outlet_put(&credit->outlet, &message)) {
        credit->said_ms = clock_mono_ms();
        credit->outstanding = now;
    }
}
