/* Open addressing with linear probing; who leaves is taken out by moving those behind it up, so
 * that the table needs no marks of the dead and never has to be made anew. */
#include "http/peer.h"

#include "base/assert.h"
#include "base/prng.h"

#include <pthread.h>
#include <stdlib.h>

struct entry {
    struct peer_key key;
    uint32_t count; /* 0: free */
};

struct peer_crowd {
    uint64_t seed[2]; /* so that nobody can aim at one place */
    uint32_t each;
    uint32_t peers_max;
    uint32_t peers;
    size_t size; /* a power of two, at least twice peers_max */
    pthread_mutex_t lock;
    struct entry *entries;
};

static size_t find(const struct peer_crowd *crowd, const struct peer_key *key);
static void take_out(struct peer_crowd *crowd, size_t at);

struct peer_crowd *peer_crowd_new(uint32_t connections_max, uint32_t each)
{
    ASSERT(connections_max > 0 && each > 0);
    struct peer_crowd *crowd = calloc(1, sizeof(*crowd));
    if (crowd == NULL)
        return NULL;
    random_bytes(crowd->seed, sizeof(crowd->seed));
    crowd->each = each;
    crowd->peers_max = connections_max;
    crowd->size = 1;
    while (crowd->size < 2 * (size_t)connections_max)
        crowd->size *= 2;
    crowd->entries = calloc(crowd->size, sizeof(*crowd->entries));
    if (crowd->entries == NULL) {
        free(crowd);
        return NULL;
    }
    ASSERT(pthread_mutex_init(&crowd->lock, NULL) == 0);
    return crowd;
}

void peer_crowd_destroy(struct peer_crowd **crowd)
{
    if (*crowd == NULL)
        return;
    ASSERT(pthread_mutex_destroy(&(*crowd)->lock) == 0);
    free((*crowd)->entries);
    free(*crowd);
    *crowd = NULL;
}

bool peer_enter(struct peer_crowd *crowd, const struct peer_key *key)
{
    ASSERT(pthread_mutex_lock(&crowd->lock) == 0);
    struct entry *entry = &crowd->entries[find(crowd, key)];
    bool may = entry->count > 0 ? entry->count < crowd->each : crowd->peers < crowd->peers_max;
    if (may && entry->count == 0) {
        entry->key = *key;
        crowd->peers++;
    }
    entry->count += may;
    ASSERT(pthread_mutex_unlock(&crowd->lock) == 0);
    return may;
}

void peer_leave(struct peer_crowd *crowd, const struct peer_key *key)
{
    ASSERT(pthread_mutex_lock(&crowd->lock) == 0);
    size_t at = find(crowd, key);
    ASSERT(crowd->entries[at].count > 0);
    if (--crowd->entries[at].count == 0)
        take_out(crowd, at);
    ASSERT(pthread_mutex_unlock(&crowd->lock) == 0);
}

static size_t home_of(const struct peer_crowd *crowd, const struct peer_key *key)
{
    return (size_t)peer_hash(crowd->seed, key) & (crowd->size - 1);
}

/* Where it is, or else the free place where it would be. */
static size_t find(const struct peer_crowd *crowd, const struct peer_key *key)
{
    size_t at = home_of(crowd, key);
    while (crowd->entries[at].count > 0 && memcmp(&crowd->entries[at].key, key, sizeof(*key)) != 0)
        at = (at + 1) & (crowd->size - 1);
    return at;
}

/* Who stands behind the hole moves into it unless its home lies behind the hole. */
static void take_out(struct peer_crowd *crowd, size_t hole)
{
    size_t mask = crowd->size - 1;
    for (size_t at = (hole + 1) & mask; crowd->entries[at].count > 0; at = (at + 1) & mask) {
        size_t from_home = (at - home_of(crowd, &crowd->entries[at].key)) & mask;
        if (from_home < ((at - hole) & mask))
            continue;
        crowd->entries[hole] = crowd->entries[at];
        hole = at;
    }
    crowd->entries[hole] = (struct entry){.count = 0};
    crowd->peers--;
}
