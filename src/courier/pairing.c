#include "courier/pairing.h"

#include "base/assert.h"

static struct pairing_node *meld(const struct pairing *heap, struct pairing_node *a,
                                 struct pairing_node *b);
static struct pairing_node *meld_siblings(const struct pairing *heap, struct pairing_node *first);

void pairing_init(struct pairing *heap, pairing_before_fn *before)
{
    heap->root = NULL;
    heap->before = before;
}

void pairing_push(struct pairing *heap, struct pairing_node *node)
{
    *node = (struct pairing_node){0};
    heap->root = meld(heap, heap->root, node);
}

struct pairing_node *pairing_first(const struct pairing *heap)
{
    return heap->root;
}

void pairing_remove(struct pairing *heap, struct pairing_node *node)
{
    struct pairing_node *below = meld_siblings(heap, node->child);
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
    *node = (struct pairing_node){0};
}

/* Both are roots without siblings, or NULL. */
static struct pairing_node *meld(const struct pairing *heap, struct pairing_node *a,
                                 struct pairing_node *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    if (heap->before(b, a)) {
        struct pairing_node *first = b;
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
static struct pairing_node *meld_siblings(const struct pairing *heap, struct pairing_node *first)
{
    struct pairing_node *pairs = NULL; /* chained by next, the rightmost first */
    while (first != NULL) {
        struct pairing_node *a = first;
        struct pairing_node *b = a->next;
        first = b == NULL ? NULL : b->next;
        a->next = NULL;
        a->previous = NULL;
        if (b != NULL) {
            b->next = NULL;
            b->previous = NULL;
        }
        struct pairing_node *pair = meld(heap, a, b);
        pair->next = pairs;
        pairs = pair;
    }
    struct pairing_node *root = NULL;
    while (pairs != NULL) {
        struct pairing_node *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        root = meld(heap, root, pair);
    }
    return root;
}
