#include "http/parked.h"

#include "base/assert.h"

#include <stdlib.h>

enum { SLOT_BITS = 20, GENERATION_BITS = 24, NONE = UINT32_MAX };

/* id: epoch (20 bits, the lowest 1 so that no id is 0), generation (24), slot (20). A slot rests
 * behind all other free ones before it is used again, so 2^24 generations last for ever in
 * practice. */
_Static_assert(PARKED_MAX == 1 << SLOT_BITS, "a slot number must fit its bits");

struct slot {
    struct parked_entry entry;
    uint64_t deadline_ms;
    uint32_t generation;
    uint32_t next; /* of the list it is on: free or waiting */
    uint32_t prev; /* of the waiting list */
    bool used;
};

struct parked {
    struct slot *slots;
    uint32_t max;
    uint32_t timeout_ms;
    uint64_t epoch;
    uint32_t count;
    uint32_t free_first, free_last;       /* a queue */
    uint32_t waiting_first, waiting_last; /* oldest first */
};

static void take_out(struct parked *parked, uint32_t number, struct parked_entry *out);

struct parked *parked_new(uint32_t max, uint32_t timeout_ms, uint32_t epoch)
{
    ASSERT(max > 0 && max <= PARKED_MAX);
    struct parked *parked = calloc(1, sizeof(*parked));
    if (parked == NULL)
        return NULL;
    parked->slots = calloc(max, sizeof(*parked->slots));
    if (parked->slots == NULL) {
        free(parked);
        return NULL;
    }
    parked->max = max;
    parked->timeout_ms = timeout_ms;
    parked->epoch = (uint64_t)(epoch | 1) << (SLOT_BITS + GENERATION_BITS);
    for (uint32_t i = 0; i < max; i++)
        parked->slots[i].next = i + 1 < max ? i + 1 : NONE;
    parked->free_last = max - 1;
    parked->waiting_first = NONE;
    parked->waiting_last = NONE;
    return parked;
}

void parked_destroy(struct parked **parked)
{
    if (*parked == NULL)
        return;
    free((*parked)->slots);
    free(*parked);
    *parked = NULL;
}

uint64_t parked_add(struct parked *parked, const struct parked_entry *entry, uint64_t now_ms)
{
    uint32_t number = parked->free_first;
    if (number == NONE)
        return 0;
    struct slot *slot = &parked->slots[number];
    ASSERT(!slot->used);
    parked->free_first = slot->next;
    if (parked->free_first == NONE)
        parked->free_last = NONE;

    slot->entry = *entry;
    slot->deadline_ms = now_ms + parked->timeout_ms;
    slot->generation = (slot->generation + 1) & ((1u << GENERATION_BITS) - 1);
    slot->used = true;
    slot->next = NONE;
    slot->prev = parked->waiting_last;
    if (slot->prev == NONE)
        parked->waiting_first = number;
    else
        parked->slots[slot->prev].next = number;
    parked->waiting_last = number;
    parked->count++;
    return parked->epoch | (uint64_t)slot->generation << SLOT_BITS | number;
}

bool parked_take(struct parked *parked, uint64_t id, struct parked_entry *out)
{
    uint32_t number = (uint32_t)(id & (PARKED_MAX - 1));
    if (number >= parked->max)
        return false;
    const struct slot *slot = &parked->slots[number];
    if (!slot->used || id != (parked->epoch | (uint64_t)slot->generation << SLOT_BITS | number))
        return false;
    take_out(parked, number, out);
    return true;
}

bool parked_expire(struct parked *parked, uint64_t now_ms, struct parked_entry *out)
{
    if (parked_deadline_ms(parked) > now_ms)
        return false;
    take_out(parked, parked->waiting_first, out);
    return true;
}

uint64_t parked_deadline_ms(const struct parked *parked)
{
    return parked->waiting_first == NONE ? UINT64_MAX
                                         : parked->slots[parked->waiting_first].deadline_ms;
}

uint32_t parked_count(const struct parked *parked)
{
    return parked->count;
}

static void take_out(struct parked *parked, uint32_t number, struct parked_entry *out)
{
    struct slot *slot = &parked->slots[number];
    *out = slot->entry;
    if (slot->prev == NONE)
        parked->waiting_first = slot->next;
    else
        parked->slots[slot->prev].next = slot->next;
    if (slot->next == NONE)
        parked->waiting_last = slot->prev;
    else
        parked->slots[slot->next].prev = slot->prev;

    slot->used = false;
    slot->next = NONE;
    if (parked->free_last == NONE)
        parked->free_first = number;
    else
        parked->slots[parked->free_last].next = number;
    parked->free_last = number;
    ASSERT(parked->count > 0);
    parked->count--;
}
