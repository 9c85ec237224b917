#include "telegram/heap.h"

#include "base/assert.h"

static struct heap_node *meld(const struct heap *heap, struct heap_node *a, struct heap_node *b);
static struct heap_node *meld_siblings(const struct heap *heap, struct heap_node *first);

void heap_init(struct heap *heap, heap_before_fn *before)
{
    heap->root = NULL;
    heap->before = before;
}

void heap_push(struct heap *heap, struct heap_node *node)
{
    *node = (struct heap_node){0};
    heap->root = meld(heap, heap->root, node);
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->root;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    struct heap_node *below = meld_siblings(heap, node->child);
    if (node->previous == NULL) {
        ASSERT(heap->root == node);
        heap->root = below;
    } else {
        if (node->previous->child == node)
            node->previous->child = node->next;
        else
            node->previous->next = node->next;
        if (node->next != NULL)
            node->next->previous = node->previous;
        heap->root = meld(heap, heap->root, below);
    }
    *node = (struct heap_node){0};
}

/* Both are roots without siblings, or NULL. */
static struct heap_node *meld(const struct heap *heap, struct heap_node *a, struct heap_node *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    if (heap->before(b, a)) {
        struct heap_node *first = b;
        b = a;
        a = first;
    }
    b->next = a->child;
    if (b->next != NULL)
        b->next->previous = b;
    b->previous = a;
    a->child = b;
    return a;
}

/* The two passes that give the bound: neighbours in pairs from the left, then the pairs from the
 * right. In loops, as the list can be as long as the heap. */
static struct heap_node *meld_siblings(const struct heap *heap, struct heap_node *first)
{
    struct heap_node *pairs = NULL; /* chained by next, the rightmost first */
    while (first != NULL) {
        struct heap_node *a = first;
        struct heap_node *b = a->next;
        first = b == NULL ? NULL : b->next;
        a->next = NULL;
        a->previous = NULL;
        if (b != NULL) {
            b->next = NULL;
            b->previous = NULL;
        }
        struct heap_node *pair = meld(heap, a, b);
        pair->next = pairs;
        pairs = pair;
    }
    struct heap_node *root = NULL;
    while (pairs != NULL) {
        struct heap_node *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        root = meld(heap, root, pair);
    }
    return root;
}
