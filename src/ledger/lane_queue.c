#include "ledger/lane_queue.h"

#include <stdlib.h>

void lane_queues_deinit(struct lane_queues *queues)
{
    for (size_t i = 0; i < queues->count; i++) {
        struct lane_queue *queue = queues->items[i];
        for (unsigned stream = 0; stream < STREAMS; stream++) {
            window_deinit(&queue->now[stream]);
            window_deinit(&queue->next[stream]);
        }
        free(queue);
    }
    free(queues->items);
    *queues = (struct lane_queues){NULL, 0};
}

struct lane_queue *lane_queues_find(const struct lane_queues *queues, struct slice name)
{
    for (size_t i = 0; i < queues->count; i++)
        if (slice_is(name, queues->items[i]->name))
            return queues->items[i];
    return NULL;
}

struct lane_queue *lane_queues_make(struct lane_queues *queues, struct slice name, bool whole)
{
    struct lane_queue *queue = lane_queues_find(queues, name);
    if (queue != NULL)
        return queue;
    struct lane_queue **grown = realloc(queues->items, (queues->count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    queues->items = grown;
    queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    if (!slice_copy(name, queue->name, sizeof queue->name)) {
        free(queue);
        return NULL;
    }
    for (unsigned stream = 0; stream < STREAMS; stream++) {
        window_init(&queue->now[stream], stream, false);
        window_init(&queue->next[stream], stream, true);
        queue->now[stream].whole = whole;
    }
    queues->items[queues->count++] = queue;
    return queue;
}
