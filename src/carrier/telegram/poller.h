/* Long polling of one bot as a plain state machine: which getUpdates call to make next, and when.
 * An update is confirmed (by asking for a higher offset) only after its command is in the journal.
 * Pure: time comes in, requests come out.
 *
 *     idle ──poller_next──▶ in flight ──poller_answered──▶ waiting ──poller_settled, all──▶ idle
 *                              └── failed: idle, later            └ one not durable: idle, same
 * offset */
#ifndef USHER_CARRIER_TELEGRAM_POLLER_H
#define USHER_CARRIER_TELEGRAM_POLLER_H

#include "carrier/telegram/update.h"

enum {
    POLLER_BATCH = 100,
    POLLER_TIMEOUT_S = 50 /* how long the server holds getUpdates; give the transfer some more */
};

struct poller {
    uint64_t offset;     /* next getUpdates offset; 0 at the start */
    size_t waiting;      /* updates of the last answer not yet durable */
    uint64_t last_id;    /* highest id of that answer */
    uint64_t not_before; /* mono ms */
    uint64_t asked_ms;   /* when the last getUpdates went out, mono ms */
    uint32_t failures;   /* in a row */
    bool in_flight;
    bool refused;         /* one of the batch could not be made durable: fetch the batch again */
    bool keeps_webhook;   /* set by the owner: a webhook was set by other means, and stays */
    bool hooked;          /* such a one is active, so there is nothing to fetch */
    bool delete_webhook;  /* the server said a webhook is active: deleteWebhook comes first */
    bool webhook_deleted; /* tried already since the last good answer: no war with who sets it */
    bool reachable;       /* the last answer was ok */
    bool unauthorized;    /* 401: the token is wrong, or 404 */
    bool conflict;        /* 409: somebody else polls this bot or gives it a webhook */
};

enum poller_action { POLLER_WAIT, POLLER_GET_UPDATES, POLLER_DELETE_WEBHOOK };

void poller_init(struct poller *poller);
/* What to do at now_ms (monotonic). params is filled with the JSON body of the call. */
enum poller_action poller_next(struct poller *poller, uint64_t now_ms, struct buf *params);
/* Milliseconds until poller_next may want something; -1: nothing before an answer or a verdict. */
long poller_timeout_ms(const struct poller *poller, uint64_t now_ms);
/* A getUpdates answer: its updates (slices of body), each to be made durable and then reported by
 * poller_settled. answered = false: the transfer failed. Anything but ERROR_NONE: no updates, and
 * the poller comes again by itself. max: at least POLLER_BATCH. */
enum error poller_answered(struct poller *poller, uint64_t now_ms, bool answered, unsigned status,
                           struct slice body, struct slice *updates, uint64_t *ids, size_t max,
                           size_t *count);
void poller_webhook_deleted(struct poller *poller, uint64_t now_ms, bool ok);
/* One update of the batch is durable (or of no use); durable = false: it must be fetched again. */
void poller_settled(struct poller *poller, uint64_t now_ms, bool durable);

#endif
