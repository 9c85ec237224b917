#include "courier/bucket.h"

#include "base/assert.h"

#include <stdlib.h>

static uint64_t rest_ms(const struct bucket *bucket);
static void find_next(struct bucket *bucket);

bool bucket_init(struct bucket *bucket, uint32_t limit, uint32_t window_ms, uint32_t transit_ms,
                 uint64_t start_ms, bool spent)
{
    ASSERT(limit > 0 && limit <= BUCKET_LIMIT_MAX && window_ms > 0);
    *bucket = (struct bucket){.limit = limit, .window_ms = window_ms, .transit_ms = transit_ms};
    bucket->free_at = calloc(limit, sizeof *bucket->free_at);
    if (bucket->free_at == NULL)
        return false;
    for (uint32_t token = 0; token < limit; token++)
        bucket->free_at[token] = spent ? start_ms + rest_ms(bucket) : start_ms;
    return true;
}

void bucket_deinit(struct bucket *bucket)
{
    free(bucket->free_at);
    *bucket = (struct bucket){0};
}

uint64_t bucket_ready_at(const struct bucket *bucket)
{
    return bucket->free_at[bucket->next];
}

uint64_t bucket_idle_at(const struct bucket *bucket)
{
    uint64_t last = 0;
    for (uint32_t token = 0; token < bucket->limit; token++) {
        if (bucket->free_at[token] > last)
            last = bucket->free_at[token];
    }
    return last;
}

uint32_t bucket_spend(struct bucket *bucket, uint64_t now_ms)
{
    uint32_t token = bucket->next;
    ASSERT(bucket->free_at[token] <= now_ms);
    bucket->free_at[token] = now_ms + bucket->transit_ms + rest_ms(bucket);
    find_next(bucket);
    return token;
}

void bucket_postpone(struct bucket *bucket, uint32_t token, uint64_t spent_ms, uint64_t now_ms)
{
    ASSERT(token < bucket->limit);
    ASSERT(now_ms >= spent_ms && now_ms - spent_ms <= bucket->transit_ms);
    ASSERT(bucket->free_at[token] == spent_ms + bucket->transit_ms + rest_ms(bucket));
    bucket->free_at[token] = now_ms + bucket->transit_ms + rest_ms(bucket);
    find_next(bucket);
}

void bucket_settle(struct bucket *bucket, uint32_t token, uint64_t sent_ms, uint64_t now_ms)
{
    ASSERT(token < bucket->limit);
    ASSERT(now_ms >= sent_ms);
    uint64_t latest = sent_ms + bucket->transit_ms;
    /* By then it may be another call's. */
    if (now_ms >= latest)
        return;
    ASSERT(bucket->free_at[token] == latest + rest_ms(bucket));
    bucket->free_at[token] = now_ms + rest_ms(bucket);
    find_next(bucket);
}

uint32_t bucket_used(const struct bucket *bucket, uint64_t now_ms)
{
    uint32_t used = 0;
    for (uint32_t token = 0; token < bucket->limit; token++)
        used += bucket->free_at[token] > now_ms;
    return used;
}

/* A window, one ms for times cut to whole ms, and one in a thousand for clocks that are being
 * steered: adjtimex(2) slews by 500 parts in a million at most, in either direction on either host.
 */
static uint64_t rest_ms(const struct bucket *bucket)
{
    return (uint64_t)bucket->window_ms + 1 + bucket->window_ms / 1000;
}

/* Walks all tokens: they come back in any order, and even a thousand are a microsecond's work. */
static void find_next(struct bucket *bucket)
{
    uint32_t next = 0;
    for (uint32_t token = 1; token < bucket->limit; token++) {
        if (bucket->free_at[token] < bucket->free_at[next])
            next = token;
    }
    bucket->next = next;
}
