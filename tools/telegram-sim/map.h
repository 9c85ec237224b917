/* A hash map from 64-bit keys to pointers that remembers the order of insertion, so that reports
 * come out in the same order at every run. The map owns no values. Entries stand densely in
 * `entries`; one whose value is NULL has been removed. */
#ifndef SIM_MAP_H
#define SIM_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
    uint64_t key;
    void *value; /* NULL: removed */
};

struct map {
    struct map_entry *entries;
    size_t count; /* entries in use, removed ones included */
    size_t cap;
    uint32_t *slots; /* power of two; index into entries + 1, 0 is empty */
    size_t slot_count;
};

void map_init(struct map *map);
void map_deinit(struct map *map);
void *map_get(const struct map *map, uint64_t key);
/* Replaces what the key had. value is not NULL. */
void map_put(struct map *map, uint64_t key, void *value);
/* The removed value, NULL when there was none. */
void *map_remove(struct map *map, uint64_t key);

#endif
