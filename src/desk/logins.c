#include "desk/logins.h"

#include <stdio.h>
#include <string.h>

static struct login_peer *find(struct logins *logins, const char *peer);

uint32_t logins_refused(struct logins *logins, const char *peer, uint64_t now_ms)
{
    struct login_peer *row = find(logins, peer);
    if (now_ms - row->last_ms > LOGINS_FORGET_MS)
        row->failures = 0;
    row->failures++;
    row->last_ms = now_ms;
    uint32_t counted = row->failures > LOGINS_FREE ? row->failures - LOGINS_FREE : 0;
    return counted < LOGINS_DELAY_MS_MAX / LOGINS_STEP_MS ? counted * LOGINS_STEP_MS
                                                          : LOGINS_DELAY_MS_MAX;
}

bool logins_hold(struct logins *logins, const struct login_held *held)
{
    if (logins->held_count == LOGINS_HELD_MAX)
        return false;
    logins->held[logins->held_count++] = *held;
    return true;
}

bool logins_due(struct logins *logins, uint64_t now_ms, struct login_held *out)
{
    for (size_t i = 0; i < logins->held_count; i++) {
        if (logins->held[i].due_ms > now_ms)
            continue;
        *out = logins->held[i];
        logins->held[i] = logins->held[--logins->held_count];
        return true;
    }
    return false;
}

uint64_t logins_due_ms(const struct logins *logins)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < logins->held_count; i++)
        if (logins->held[i].due_ms < least)
            least = logins->held[i].due_ms;
    return least;
}

/* Its row, or one that was free or silent longest, made its own. */
static struct login_peer *find(struct logins *logins, const char *peer)
{
    struct login_peer *victim = &logins->peers[0];
    if (peer[0] == '\0')
        peer = "-"; /* one row for all that are not known */
    for (size_t i = 0; i < LOGINS_PEERS_MAX; i++) {
        struct login_peer *row = &logins->peers[i];
        if (strncmp(row->peer, peer, sizeof(row->peer) - 1) == 0)
            return row;
        if (victim->peer[0] != '\0' && (row->peer[0] == '\0' || row->last_ms < victim->last_ms))
            victim = row;
    }
    *victim = (struct login_peer){.failures = 0};
    snprintf(victim->peer, sizeof(victim->peer), "%s", peer);
    return victim;
}
