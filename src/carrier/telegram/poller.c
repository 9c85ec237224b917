#include "carrier/telegram/poller.h"

#include "base/assert.h"
#include "carrier/telegram/error.h"

#include <limits.h>

enum {
    PAUSE_MS = 1000, /* the server punishes the same offset again within half a second */
    BACKOFF_CAP_MS = 30 * 1000,
    CONFLICT_MS = 10 * 1000,
    HOOKED_MS = 60 * 1000,
    UNAUTHORIZED_MS = 60 * 1000,
    FLOOD_MARGIN = 1000
};

static enum error failed(struct poller *poller, uint64_t now_ms, unsigned status,
                         struct slice body);
static uint64_t backoff_ms(const struct poller *poller);

void poller_init(struct poller *poller)
{
    *poller = (struct poller){0};
}

enum poller_action poller_next(struct poller *poller, uint64_t now_ms, struct buf *params)
{
    if (poller->in_flight || poller->waiting > 0 || now_ms < poller->not_before)
        return POLLER_WAIT;
    poller->in_flight = true;
    if (poller->delete_webhook) {
        buf_append_text(params, "{\"drop_pending_updates\":false}");
        return POLLER_DELETE_WEBHOOK;
    }
    /* After failures fewer at a time: an answer may have been too large or too slow to arrive. */
    unsigned limit = poller->failures < 7 ? (unsigned)POLLER_BATCH >> poller->failures : 1;
    poller->asked_ms = now_ms;
    buf_append_text(params, "{");
    if (poller->offset > 0)
        buf_printf(params, "\"offset\":%llu,", (unsigned long long)poller->offset);
    buf_printf(params, "\"limit\":%u,\"timeout\":%d,\"allowed_updates\":", limit > 0 ? limit : 1,
               POLLER_TIMEOUT_S);
    updates_allowed(params);
    buf_append_text(params, "}");
    return POLLER_GET_UPDATES;
}

long poller_timeout_ms(const struct poller *poller, uint64_t now_ms)
{
    if (poller->in_flight || poller->waiting > 0)
        return -1;
    if (poller->not_before <= now_ms)
        return 0;
    uint64_t left_ms = poller->not_before - now_ms;
    return left_ms < INT_MAX ? (long)left_ms : INT_MAX;
}

enum error poller_answered(struct poller *poller, uint64_t now_ms, bool answered, unsigned status,
                           struct slice body, struct slice *updates, uint64_t *ids, size_t max,
                           size_t *count)
{
    ASSERT(poller->in_flight && !poller->delete_webhook && max >= POLLER_BATCH);
    poller->in_flight = false;
    *count = 0;
    if (!answered) {
        poller->reachable = false;
        poller->not_before = now_ms + backoff_ms(poller);
        poller->failures++;
        return ERROR_IO;
    }
    enum error error = ERROR_INVALID;
    if (status == 200)
        error = updates_split(body, updates, ids, max, count);
    if (error != ERROR_NONE)
        return failed(poller, now_ms, status, body);

    poller->reachable = true;
    poller->unauthorized = false;
    poller->conflict = false;
    poller->hooked = false;
    poller->webhook_deleted = false;
    poller->failures = 0;
    poller->refused = false;
    poller->waiting = *count;
    poller->last_id = 0;
    for (size_t i = 0; i < *count; i++) {
        if (ids[i] > poller->last_id)
            poller->last_id = ids[i];
    }
    /* An empty answer comes when the server has held the call long enough; one that does not hold
     * it must not be asked in a tight loop. */
    poller->not_before = now_ms;
    if (*count == 0 && now_ms < poller->asked_ms + PAUSE_MS)
        poller->not_before = poller->asked_ms + PAUSE_MS;
    return ERROR_NONE;
}

void poller_webhook_deleted(struct poller *poller, uint64_t now_ms, bool ok)
{
    ASSERT(poller->in_flight && poller->delete_webhook);
    poller->in_flight = false;
    poller->delete_webhook = false;
    poller->webhook_deleted = true;
    poller->not_before = ok ? now_ms : now_ms + CONFLICT_MS;
}

void poller_settled(struct poller *poller, uint64_t now_ms, bool durable)
{
    ASSERT(poller->waiting > 0);
    poller->waiting--;
    if (!durable)
        poller->refused = true;
    if (poller->waiting > 0)
        return;
    if (poller->refused)
        poller->not_before = now_ms + PAUSE_MS;
    else
        poller->offset = poller->last_id + 1;
}

/* The server answered, and not with updates. */
static enum error failed(struct poller *poller, uint64_t now_ms, unsigned status, struct slice body)
{
    struct telegram_answer answer;
    telegram_answer_parse(status, 0, body, &answer);
    poller->reachable = false;
    poller->unauthorized = answer.code == 401 || answer.code == 404;
    poller->conflict = answer.code == 409;
    poller->hooked = false;
    uint64_t pause_ms = backoff_ms(poller);
    if (poller->unauthorized) {
        pause_ms = UNAUTHORIZED_MS;
    } else if (poller->conflict) {
        bool webhook = strstr(answer.description, "webhook is active") != NULL;
        poller->hooked = webhook && poller->keeps_webhook;
        poller->delete_webhook = webhook && !poller->keeps_webhook && !poller->webhook_deleted;
        pause_ms = poller->delete_webhook ? 0 : poller->hooked ? HOOKED_MS : CONFLICT_MS;
    } else if (answer.code == 429) {
        uint64_t wait_ms = answer.retry_after_s * 1000ULL + FLOOD_MARGIN;
        pause_ms = wait_ms > pause_ms ? wait_ms : pause_ms;
    } else {
        poller->failures++;
    }
    poller->not_before = now_ms + pause_ms;
    return ERROR_IO;
}

static uint64_t backoff_ms(const struct poller *poller)
{
    uint64_t pause_ms = PAUSE_MS;
    for (uint32_t i = 0; i < poller->failures && pause_ms < BACKOFF_CAP_MS; i++)
        pause_ms *= 2;
    return pause_ms < BACKOFF_CAP_MS ? pause_ms : BACKOFF_CAP_MS;
}
