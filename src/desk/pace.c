#include "desk/pace.h"

#include "base/assert.h"

#include <pthread.h>
#include <stdlib.h>

enum { SETS = 4096, WAYS = 8 };

/* until_ms: when all that they said would have been due at one a second. */
struct person {
    int64_t telegram_id; /* 0: free */
    uint64_t until_ms;
};

struct pace {
    pthread_mutex_t mutex;
    struct person people[SETS][WAYS];
};

static struct person *find(struct pace *pace, int64_t telegram_id);

enum error pace_new(struct pace **out)
{
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return ERROR_MEMORY;
    if (pthread_mutex_init(&(*out)->mutex, NULL) != 0) {
        free(*out);
        *out = NULL;
        return ERROR_MEMORY;
    }
    return ERROR_NONE;
}

void pace_destroy(struct pace **pace)
{
    if (*pace == NULL)
        return;
    ASSERT(pthread_mutex_destroy(&(*pace)->mutex) == 0);
    free(*pace);
    *pace = NULL;
}

bool pace_take(struct pace *pace, int64_t telegram_id, uint64_t now_ms)
{
    ASSERT(pthread_mutex_lock(&pace->mutex) == 0);
    struct person *person = find(pace, telegram_id);
    /* Further ahead than a burst can be: the clock was set back. */
    if (person->until_ms < now_ms || person->until_ms > now_ms + PACE_BURST * PACE_EVERY_MS)
        person->until_ms = now_ms;
    bool may = person->until_ms <= now_ms + (PACE_BURST - 1) * PACE_EVERY_MS;
    if (may)
        person->until_ms += PACE_EVERY_MS;
    ASSERT(pthread_mutex_unlock(&pace->mutex) == 0);
    return may;
}

/* Their place, or that of whom to forget. */
static struct person *find(struct pace *pace, int64_t telegram_id)
{
    uint64_t hash = (uint64_t)telegram_id * UINT64_C(0x9E3779B97F4A7C15);
    struct person *set = pace->people[hash >> 52];
    struct person *oldest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].telegram_id == telegram_id)
            return &set[i];
        if (set[i].until_ms < oldest->until_ms)
            oldest = &set[i];
    }
    *oldest = (struct person){.telegram_id = telegram_id};
    return oldest;
}
