#include "base/map.h"

#include "base/assert.h"

#include <stdlib.h>

static size_t find(const struct map *map, uint64_t key);
static bool grow(struct map *map);
static size_t home(const struct map *map, uint64_t key);

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_deinit(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

void *map_get(const struct map *map, uint64_t key)
{
    return map->cap == 0 ? NULL : map->slots[find(map, key)].value;
}

bool map_put(struct map *map, uint64_t key, void *value)
{
    ASSERT(value != NULL);
    if ((map->count + 1) * 4 > map->cap * 3 && !grow(map))
        return false;
    struct map_slot *slot = &map->slots[find(map, key)];
    if (slot->value == NULL)
        map->count++;
    *slot = (struct map_slot){key, value};
    return true;
}

void *map_remove(struct map *map, uint64_t key)
{
    if (map->cap == 0)
        return NULL;
    size_t hole = find(map, key);
    void *value = map->slots[hole].value;
    if (value == NULL)
        return NULL;
    map->count--;
    /* Close the gap: move back each follower whose home is not between the hole and its slot. */
    size_t mask = map->cap - 1;
    for (size_t at = (hole + 1) & mask; map->slots[at].value != NULL; at = (at + 1) & mask) {
        size_t from_home = (at - home(map, map->slots[at].key)) & mask;
        size_t from_hole = (at - hole) & mask;
        if (from_home >= from_hole) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole].value = NULL;
    return value;
}

void *map_each(const struct map *map, size_t *at)
{
    while (*at < map->cap) {
        void *value = map->slots[(*at)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}

static size_t find(const struct map *map, uint64_t key)
{
    size_t at = home(map, key);
    while (map->slots[at].value != NULL && map->slots[at].key != key)
        at = (at + 1) & (map->cap - 1);
    return at;
}

static bool grow(struct map *map)
{
    struct map old = *map;
    size_t cap = old.cap == 0 ? 64 : old.cap * 2;
    struct map_slot *slots = calloc(cap, sizeof *slots);
    if (slots == NULL)
        return false;
    map->slots = slots;
    map->cap = cap;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value != NULL)
            map->slots[find(map, old.slots[i].key)] = old.slots[i];
    }
    free(old.slots);
    return true;
}

/* Fibonacci hashing: ids that follow each other spread out. */
static size_t home(const struct map *map, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (map->cap - 1);
}
