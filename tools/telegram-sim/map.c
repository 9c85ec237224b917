#include "map.h"

#include "memory.h"

#include "base/assert.h"

#include <stdlib.h>

static uint64_t map_hash(uint64_t key);
static struct map_entry *map_find(const struct map *map, uint64_t key);
static void map_resize(struct map *map, size_t slot_count);

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_deinit(struct map *map)
{
    free(map->entries);
    free(map->slots);
    map_init(map);
}

void *map_get(const struct map *map, uint64_t key)
{
    struct map_entry *entry = map_find(map, key);
    return entry ? entry->value : NULL;
}

void map_put(struct map *map, uint64_t key, void *value)
{
    ASSERT(value);
    struct map_entry *entry = map_find(map, key);
    if (entry) {
        entry->value = value;
        return;
    }
    if (map->count * 2 >= map->slot_count)
        map_resize(map, map->slot_count ? map->slot_count * 2 : 16);
    if (map->count == map->cap) {
        map->cap = map->cap ? map->cap * 2 : 8;
        map->entries = memory_grow(map->entries, map->cap, sizeof(*map->entries));
    }
    ASSERT(map->count < UINT32_MAX);
    map->entries[map->count] = (struct map_entry){key, value};
    size_t slot = map_hash(key) & (map->slot_count - 1);
    while (map->slots[slot])
        slot = (slot + 1) & (map->slot_count - 1);
    map->slots[slot] = (uint32_t)(++map->count);
}

void *map_remove(struct map *map, uint64_t key)
{
    struct map_entry *entry = map_find(map, key);
    if (!entry)
        return NULL;
    void *value = entry->value;
    entry->value = NULL;
    return value;
}

static uint64_t map_hash(uint64_t key)
{
    key = (key ^ (key >> 33)) * 0xFF51AFD7ED558CCDU;
    key = (key ^ (key >> 33)) * 0xC4CEB9FE1A85EC53U;
    return key ^ (key >> 33);
}

static struct map_entry *map_find(const struct map *map, uint64_t key)
{
    if (!map->slot_count)
        return NULL;
    size_t slot = map_hash(key) & (map->slot_count - 1);
    while (map->slots[slot]) {
        struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->key == key)
            return entry;
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return NULL;
}

static void map_resize(struct map *map, size_t slot_count)
{
    free(map->slots);
    map->slots = memory_new(slot_count, sizeof(*map->slots));
    map->slot_count = slot_count;
    for (size_t i = 0; i < map->count; i++) {
        size_t slot = map_hash(map->entries[i].key) & (slot_count - 1);
        while (map->slots[slot])
            slot = (slot + 1) & (slot_count - 1);
        map->slots[slot] = (uint32_t)(i + 1);
    }
}
