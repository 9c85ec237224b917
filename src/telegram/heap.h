/* A priority queue whose nodes live inside the queued structs: a pairing heap. It allocates
 * nothing, any node can be taken out, and both cost O(log n) amortized. A node is in at most one
 * heap; the key of a queued struct must not change. */
#ifndef USHER_TELEGRAM_HEAP_H
#define USHER_TELEGRAM_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap_node {
    struct heap_node *child;    /* first of those behind this one */
    struct heap_node *next;     /* sibling */
    struct heap_node *previous; /* sibling, or the parent for a first child; NULL for the root */
};

/* True when a must come out before b. */
typedef bool heap_before_fn(const struct heap_node *a, const struct heap_node *b);

struct heap {
    struct heap_node *root;
    heap_before_fn *before;
};

/* The struct of this type whose member is node. */
#define HEAP_ITEM(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))
#define HEAP_ITEM_CONST(node, type, member)                                                        \
    ((const type *)(const void *)((const char *)(node)-offsetof(type, member)))

void heap_init(struct heap *heap, heap_before_fn *before);
void heap_push(struct heap *heap, struct heap_node *node);
/* The node that comes first; NULL when the heap is empty. It stays in. */
struct heap_node *heap_first(const struct heap *heap);
/* node must be in heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

#endif
