/* Things by a 64-bit key: a hash table that grows up to a bound. It holds pointers and owns none of
 * what they point to. */
#ifndef USHER_TELEGRAM_LOOKUP_H
#define USHER_TELEGRAM_LOOKUP_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct lookup_entry {
    uint64_t key;
    void *item; /* NULL: the place is free */
};

struct lookup {
    struct lookup_entry *entries; /* NULL until the first lookup_put */
    size_t places;                /* a power of two */
    size_t count;
    size_t count_max;
};

void lookup_init(struct lookup *lookup, size_t count_max);
void lookup_deinit(struct lookup *lookup);
/* ERROR_FULL at count_max, ERROR_MEMORY; the table is then unchanged. The key must not be in yet.
 */
enum error lookup_put(struct lookup *lookup, uint64_t key, void *item);
/* NULL when there is none. */
void *lookup_get(const struct lookup *lookup, uint64_t key);
/* The key must be in. */
void lookup_remove(struct lookup *lookup, uint64_t key);

#endif
