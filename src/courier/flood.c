#include "courier/flood.h"

void flood_freeze(struct flood *flood, uint64_t until_ms, uint64_t now_ms)
{
    if (until_ms <= now_ms)
        return;
    if (until_ms > flood->frozen_until)
        flood->frozen_until = until_ms;
    flood->watching = true;
    flood->bot_named = true;
    flood->since_ms = now_ms;
    flood->until_ms = flood->frozen_until;
}

int64_t flood_hit(struct flood *flood, int64_t chat_id, uint64_t *until_ms, uint64_t now_ms)
{
    bool second = flood->watching &&
                  (flood->bot_named || (flood->suspect != chat_id && now_ms < flood->until_ms));
    if (chat_id == 0 || second) {
        if (flood->watching && flood->until_ms > *until_ms)
            *until_ms = flood->until_ms;
        flood_freeze(flood, *until_ms, now_ms);
        return 0;
    }
    flood->watching = true;
    flood->bot_named = false;
    flood->suspect = chat_id;
    flood->since_ms = now_ms;
    flood->until_ms = *until_ms;
    return chat_id;
}

uint64_t flood_ready_at(const struct flood *flood)
{
    uint64_t ready = flood->frozen_until;
    if (flood->watching && flood->probing && flood->probed_ms + FLOOD_PATIENCE_MS > ready)
        ready = flood->probed_ms + FLOOD_PATIENCE_MS;
    return ready;
}

void flood_sent(struct flood *flood, uint64_t now_ms)
{
    if (!flood->watching)
        return;
    flood->probing = true;
    flood->probed_ms = now_ms;
}

bool flood_overtook(const struct flood *flood, uint64_t taken_ms)
{
    return flood->watching && taken_ms <= flood->since_ms;
}

void flood_ended(struct flood *flood, uint64_t sent_ms, bool accepted)
{
    if (sent_ms >= flood->probed_ms)
        flood->probing = false;
    /* What was sent before the 429 came proves nothing: it may have been counted before it. */
    if (accepted && flood->watching && sent_ms >= flood->since_ms && sent_ms >= flood->frozen_until)
        flood->watching = false;
}
