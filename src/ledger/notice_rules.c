#include "ledger/notice_rules.h"

#include "base/assert.h"

enum { HOUR_MS = 3600 * 1000 };

static const struct {
    unsigned priority;
    uint64_t life_ms;
    bool capped;
} classes[NOTICE_CLASS_COUNT] = {
#define NOTICE_CLASS(name, number, priority, life_ms, capped)                                      \
    [NOTICE_##name] = {priority, life_ms, capped != 0},
#include "ledger/reminders.def"
#undef NOTICE_CLASS
};

static bool is_class(unsigned class)
{
    return class > NOTICE_of_a_broadcast && class < NOTICE_CLASS_COUNT;
}

unsigned notice_class_priority(unsigned class)
{
    ASSERT(is_class(class));
    return classes[class].priority;
}

uint64_t notice_class_life_ms(unsigned class)
{
    ASSERT(is_class(class));
    return classes[class].life_ms;
}

bool notice_class_capped(unsigned class)
{
    ASSERT(is_class(class));
    return classes[class].capped;
}

uint64_t notice_after_quiet(struct ledger *ledger, uint64_t at_ms)
{
    return (uint64_t)calendar_after_hours(ledger->calendar, ledger->catalog->quiet_from * HOUR_MS,
                                          ledger->catalog->quiet_to * HOUR_MS, (int64_t)at_ms);
}
