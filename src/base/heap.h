/* A binary heap of nodes that know their place, so that any node can be taken out. Nodes are
 * embedded in the caller's structs and owned by the caller; the heap owns only its array. */
#ifndef USHER_BASE_HEAP_H
#define USHER_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap_node {
    size_t place; /* index + 1 in the heap, 0: in none */
};

typedef bool heap_before_fn(const struct heap_node *a, const struct heap_node *b);

struct heap {
    struct heap_node **nodes;
    size_t count;
    size_t cap;
    heap_before_fn *before;
};

void heap_init(struct heap *heap, heap_before_fn *before);
void heap_deinit(struct heap *heap);
bool heap_reserve(struct heap *heap, size_t count);       /* so many fit; false: out of memory */
bool heap_add(struct heap *heap, struct heap_node *node); /* false: out of memory */
struct heap_node *heap_first(const struct heap *heap);    /* NULL when empty */
void heap_remove(struct heap *heap, struct heap_node *node);

#endif
