#include "courier/breaker.h"

uint64_t breaker_ready_at(const struct breaker *breaker)
{
    if (!breaker->open)
        return 0;
    return breaker->probing ? UINT64_MAX : breaker->until_ms;
}

bool breaker_pauses(const struct breaker *breaker, uint64_t now_ms)
{
    return breaker_ready_at(breaker) > now_ms;
}

void breaker_sent(struct breaker *breaker)
{
    breaker->probing = breaker->open;
}

void breaker_ended(struct breaker *breaker, uint64_t sent_ms, bool answered, uint64_t now_ms)
{
    if (answered) {
        *breaker = (struct breaker){0};
        return;
    }
    if (!breaker->open && ++breaker->failures < BREAKER_FAILURES)
        return;
    if (breaker->open && sent_ms < breaker->opened_ms)
        return;
    breaker->pause_ms = breaker->open ? 2 * breaker->pause_ms : BREAKER_FIRST_MS;
    if (breaker->pause_ms > BREAKER_LONGEST_MS)
        breaker->pause_ms = BREAKER_LONGEST_MS;
    breaker->open = true;
    breaker->probing = false;
    breaker->opened_ms = now_ms;
    breaker->until_ms = now_ms + breaker->pause_ms;
}

void breaker_untried(struct breaker *breaker, uint64_t sent_ms)
{
    if (breaker->open && sent_ms >= breaker->opened_ms)
        breaker->probing = false;
}
