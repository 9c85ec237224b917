/* A hash map from a 64-bit key to a pointer (never NULL), open addressing with linear probing. */
#ifndef USHER_BASE_MAP_H
#define USHER_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t key;
    void *value; /* NULL: free */
};

struct map {
    struct map_slot *slots;
    size_t count;
    size_t cap; /* 0 or a power of two */
};

void map_init(struct map *map);
void map_deinit(struct map *map);
void *map_get(const struct map *map, uint64_t key);
bool map_put(struct map *map, uint64_t key, void *value); /* false: out of memory */
void *map_remove(struct map *map, uint64_t key);          /* what it was, or NULL */
/* Walks all values in no order: *at begins at 0; NULL at the end. Remove nothing meanwhile. */
void *map_each(const struct map *map, size_t *at);

#endif
