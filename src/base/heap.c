#include "base/heap.h"

#include "base/assert.h"

#include <stdlib.h>

static void sift_up(struct heap *heap, size_t at);
static void sift_down(struct heap *heap, size_t at);
static void put(struct heap *heap, size_t at, struct heap_node *node);

void heap_init(struct heap *heap, heap_before_fn *before)
{
    *heap = (struct heap){.before = before};
}

void heap_deinit(struct heap *heap)
{
    free(heap->nodes);
    *heap = (struct heap){0};
}

bool heap_reserve(struct heap *heap, size_t count)
{
    size_t cap = heap->cap == 0 ? 64 : heap->cap;
    while (cap < count)
        cap *= 2;
    if (cap == heap->cap)
        return true;
    struct heap_node **grown = realloc(heap->nodes, cap * sizeof *grown);
    if (grown == NULL)
        return false;
    heap->nodes = grown;
    heap->cap = cap;
    return true;
}

bool heap_add(struct heap *heap, struct heap_node *node)
{
    ASSERT(node->place == 0);
    if (heap->count == heap->cap && !heap_reserve(heap, heap->count + 1))
        return false;
    put(heap, heap->count++, node);
    sift_up(heap, heap->count - 1);
    return true;
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count == 0 ? NULL : heap->nodes[0];
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    ASSERT(node->place > 0 && node->place <= heap->count && heap->nodes[node->place - 1] == node);
    size_t at = node->place - 1;
    node->place = 0;
    heap->count--;
    if (at == heap->count)
        return;
    put(heap, at, heap->nodes[heap->count]);
    sift_up(heap, at);
    sift_down(heap, at);
}

static void sift_up(struct heap *heap, size_t at)
{
    struct heap_node *node = heap->nodes[at];
    while (at > 0 && heap->before(node, heap->nodes[(at - 1) / 2])) {
        put(heap, at, heap->nodes[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(heap, at, node);
}

static void sift_down(struct heap *heap, size_t at)
{
    struct heap_node *node = heap->nodes[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->before(heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (!heap->before(heap->nodes[child], node))
            break;
        put(heap, at, heap->nodes[child]);
        at = child;
    }
    put(heap, at, node);
}

static void put(struct heap *heap, size_t at, struct heap_node *node)
{
    heap->nodes[at] = node;
    node->place = at + 1;
}
