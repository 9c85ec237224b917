/* Delivery of a bot's updates to its webhook, as the Bot API server's WebhookActor does it: updates
 * of one chat or user one after the other, up to max_connections at once; any 2xx is success and
 * may carry a method call; the first retry is immediate, then the delay doubles up to 60..120 s;
 * Retry-After of the answer is honoured up to an hour; HTTP 410 for 23 hours closes the webhook. */
#ifndef SIM_WEBHOOK_H
#define SIM_WEBHOOK_H

#include "map.h"

#include "base/slice.h"

#include <stdint.h>

struct bot;
struct http_result;
struct sim;
struct update;
struct webhook_queue;

enum { WEBHOOK_URL_SIZE = 1025, WEBHOOK_SECRET_SIZE = 257, WEBHOOK_TRANSFERS_MAX = 256 };

struct webhook {
    char url[WEBHOOK_URL_SIZE];
    char secret[WEBHOOK_SECRET_SIZE];
    uint32_t max_connections;
    uint32_t in_flight;
    uint64_t generation; /* tells its transfers and timers from those of another webhook */
    struct map queues;   /* key -> struct webhook_queue */
    struct webhook_queue *ready_first;
    struct webhook_queue *ready_last;
    uint64_t first_410_us; /* 0: the last answer was no 410 */
    uint64_t last_error_ms;
    char last_error[160];
};

/* Takes over the updates that wait. */
void webhook_set(struct sim *sim, struct bot *bot, const char *url, const char *secret,
                 uint32_t max_connections);
void webhook_destroy(struct webhook **webhook);
void webhook_add(struct sim *sim, struct bot *bot, struct update *update);
/* Starts what may start; once a turn of the loop. */
void webhook_run(struct sim *sim);
/* The call back of the HTTP client; context is the simulator. */
void webhook_done(void *context, const struct http_result *result);
/* Frees the transfers that the client has cut off. */
void webhook_forget(struct sim *sim);

#endif
