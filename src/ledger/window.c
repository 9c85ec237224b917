#include "ledger/window.h"

#include <stdlib.h>

static bool ready_before(const struct heap_node *a, const struct heap_node *b);
static bool time_before(const struct heap_node *a, const struct heap_node *b);
static int compare_ready(const void *a, const void *b);
static int compare_times(const void *a, const void *b);
static struct order order_of(const struct entry *entry, bool later);
static int compare(const struct order *a, const struct order *b);
static const struct entry *entry_of(const struct heap_node *node);

void window_init(struct window *window, unsigned stream, bool filling)
{
    *window = (struct window){.later = stream == STREAM_LATER, .filling = filling, .whole = true};
    heap_init(&window->heap, window->later ? time_before : ready_before);
}

void window_deinit(struct window *window)
{
    heap_deinit(&window->heap);
}

bool window_takes(const struct window *window, const struct entry *entry)
{
    const struct order order = order_of(entry, window->later);
    return window->whole || compare(&order, &window->edge) <= 0;
}

uint64_t window_blind_ms(const struct window *window)
{
    return window->whole ? UINT64_MAX : window->edge.by[0];
}

struct entry *window_first(const struct window *window)
{
    return (struct entry *)(void *)heap_first(&window->heap);
}

bool window_add(struct window *window, struct entry *entry)
{
    if (!heap_add(&window->heap, &entry->node))
        return false;
    entry->heap = &window->heap;
    return true;
}

size_t window_before(const struct window *window, const struct entry *entry)
{
    size_t count = 0;
    for (size_t i = 0; i < window->heap.count; i++)
        count += ready_before(window->heap.nodes[i], &entry->node);
    return count;
}

/* What is sorted is a heap. The edge stands before all that goes out: when times were moved, what
 * stays may be behind it, which does no harm. */
size_t window_cut(struct window *window, size_t keep)
{
    struct heap *heap = &window->heap;
    if (heap->count <= keep)
        return 0;
    size_t out = heap->count - keep;
    qsort(heap->nodes, heap->count, sizeof heap->nodes[0],
          window->later ? compare_times : compare_ready);
    for (size_t i = 0; i < heap->count; i++) {
        struct entry *entry = (struct entry *)(void *)heap->nodes[i];
        const struct order order = order_of(entry, window->later);
        entry->node.place = i < keep ? i + 1 : 0;
        entry->heap = i < keep ? heap : NULL;
        if (i == keep || (i > keep && compare(&order, &window->edge) < 0))
            window->edge = order;
    }
    window->edge.by[window->later ? 1 : 2]--; /* of the id, which is never 0 */
    window->whole = false;
    heap->count = keep;
    return out;
}

/* In place: what is kept is never put behind the one that is looked at. */
size_t window_trim(struct window *window, bool whole, const struct order *edge)
{
    struct heap *heap = &window->heap;
    size_t count = heap->count;
    size_t out = 0;
    window->whole = whole;
    window->edge = *edge;
    heap->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct heap_node *node = heap->nodes[i];
        struct entry *entry = (struct entry *)(void *)node;
        node->place = 0;
        if (window_takes(window, entry)) {
            heap->nodes[i] = heap->nodes[heap->count];
            (void)heap_add(heap, node); /* there is room */
        } else {
            entry->heap = NULL;
            out++;
        }
    }
    return out;
}

struct entry *window_out(const struct window *window, size_t n)
{
    return (struct entry *)(void *)window->heap.nodes[window->heap.count + n];
}

void entry_take_out(struct entry *entry)
{
    if (entry->heap != NULL)
        heap_remove(entry->heap, &entry->node);
    entry->heap = NULL;
}

static bool ready_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct entry *left = entry_of(a);
    const struct entry *right = entry_of(b);
    if (left->priority != right->priority)
        return left->priority < right->priority;
    if (left->turn_ms != right->turn_ms)
        return left->turn_ms < right->turn_ms;
    return left->delivery < right->delivery;
}

static bool time_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct entry *left = entry_of(a);
    const struct entry *right = entry_of(b);
    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms;
    return left->delivery < right->delivery;
}

static int compare_ready(const void *a, const void *b)
{
    return ready_before(*(struct heap_node *const *)a, *(struct heap_node *const *)b) ? -1 : 1;
}

static int compare_times(const void *a, const void *b)
{
    return time_before(*(struct heap_node *const *)a, *(struct heap_node *const *)b) ? -1 : 1;
}

static struct order order_of(const struct entry *entry, bool later)
{
    if (later)
        return (struct order){{entry->not_before_ms, entry->delivery, 0}};
    return (struct order){{entry->priority, entry->turn_ms, entry->delivery}};
}

static int compare(const struct order *a, const struct order *b)
{
    for (size_t i = 0; i < sizeof a->by / sizeof a->by[0]; i++) {
        if (a->by[i] != b->by[i])
            return a->by[i] < b->by[i] ? -1 : 1;
    }
    return 0;
}

static const struct entry *entry_of(const struct heap_node *node)
{
    return (const struct entry *)(const void *)node;
}
