#include "telegram/lookup.h"

#include "base/assert.h"

#include <stdlib.h>

enum { PLACES_MIN = 64 };

static size_t place_of(const struct lookup *lookup, uint64_t key);
static enum error grow(struct lookup *lookup);

void lookup_init(struct lookup *lookup, size_t count_max)
{
    *lookup = (struct lookup){.count_max = count_max};
}

void lookup_deinit(struct lookup *lookup)
{
    free(lookup->entries);
    *lookup = (struct lookup){0};
}

enum error lookup_put(struct lookup *lookup, uint64_t key, void *item)
{
    ASSERT(item != NULL);
    if (lookup->count >= lookup->count_max)
        return ERROR_FULL;
    /* Half full at most, so that runs of taken places stay short. */
    if (lookup->count * 2 >= lookup->places) {
        enum error error = grow(lookup);
        if (error != ERROR_NONE)
            return error;
    }
    size_t place = place_of(lookup, key);
    ASSERT(lookup->entries[place].item == NULL);
    lookup->entries[place] = (struct lookup_entry){key, item};
    lookup->count++;
    return ERROR_NONE;
}

void *lookup_get(const struct lookup *lookup, uint64_t key)
{
    return lookup->places == 0 ? NULL : lookup->entries[place_of(lookup, key)].item;
}

void lookup_remove(struct lookup *lookup, uint64_t key)
{
    ASSERT(lookup->places > 0);
    size_t hole = place_of(lookup, key);
    ASSERT(lookup->entries[hole].item != NULL);
    lookup->entries[hole].item = NULL;
    lookup->count--;

    /* What follows in the same run is put anew, as a search would stop at the hole. */
    size_t place = (hole + 1) & (lookup->places - 1);
    while (lookup->entries[place].item != NULL) {
        struct lookup_entry entry = lookup->entries[place];
        lookup->entries[place].item = NULL;
        lookup->entries[place_of(lookup, entry.key)] = entry;
        place = (place + 1) & (lookup->places - 1);
    }
}

/* Where key is, or the free place where it would go. */
static size_t place_of(const struct lookup *lookup, uint64_t key)
{
    /* Fibonacci hashing with a fold, as ids are often consecutive or share their low bits. */
    uint64_t hash = (key ^ (key >> 32)) * 0x9E3779B97F4A7C15U;
    size_t place = (size_t)(hash >> 16) & (lookup->places - 1);
    while (lookup->entries[place].item != NULL && lookup->entries[place].key != key)
        place = (place + 1) & (lookup->places - 1);
    return place;
}

static enum error grow(struct lookup *lookup)
{
    struct lookup larger = {.places = lookup->places == 0 ? PLACES_MIN : lookup->places * 2};
    larger.entries = calloc(larger.places, sizeof *larger.entries);
    if (larger.entries == NULL)
        return ERROR_MEMORY;
    for (size_t place = 0; place < lookup->places; place++) {
        struct lookup_entry entry = lookup->entries[place];
        if (entry.item != NULL)
            larger.entries[place_of(&larger, entry.key)] = entry;
    }
    free(lookup->entries);
    lookup->entries = larger.entries;
    lookup->places = larger.places;
    return ERROR_NONE;
}
