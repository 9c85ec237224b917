/* A priority queue whose nodes live inside the queued structs: a pairing heap (Fredman, Sedgewick,
 * Sleator and Tarjan, 1986). Unlike base/heap.h it allocates nothing, so that moving a struct from
 * one to another cannot fail and many small ones cost nothing. Any node can be taken out; that and
 * pushing cost O(log n) amortized. A node is in at most one heap; the key of a queued struct must
 * not change. */
#ifndef USHER_COURIER_PAIRING_H
#define USHER_COURIER_PAIRING_H

#include <stdbool.h>
#include <stddef.h>

struct pairing_node {
    struct pairing_node *child;    /* first of those behind this one */
    struct pairing_node *next;     /* sibling */
    struct pairing_node *previous; /* sibling, or the parent for a first child; NULL for the root */
};

/* True when a must come out before b. */
typedef bool pairing_before_fn(const struct pairing_node *a, const struct pairing_node *b);

struct pairing {
    struct pairing_node *root;
    pairing_before_fn *before;
};

/* The struct of this type whose member is node. */
#define PAIRING_ITEM(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))
#define PAIRING_ITEM_CONST(node, type, member)                                                     \
    ((const type *)(const void *)((const char *)(node)-offsetof(type, member)))

void pairing_init(struct pairing *heap, pairing_before_fn *before);
void pairing_push(struct pairing *heap, struct pairing_node *node);
/* The node that comes first; NULL when the heap is empty. It stays in. */
struct pairing_node *pairing_first(const struct pairing *heap);
/* node must be in heap. */
void pairing_remove(struct pairing *heap, struct pairing_node *node);

#endif
