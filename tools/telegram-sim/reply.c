#include "reply.h"

#include "memory.h"
#include "sim.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

struct deferred {
    uint64_t request_id;
    unsigned status; /* 0: close the connection */
    uint32_t retry_after_s;
    size_t len;
    char body[];
};

static void reply_out(struct sim *sim, uint64_t request_id, unsigned status, uint32_t retry_after_s,
                      struct slice body);
static void reply_later(struct sim *sim, const struct reply *reply, unsigned status,
                        uint32_t retry_after_s, struct slice body);
static void deferred_run(struct sim *sim, const struct timer *timer);
static void deferred_drop(struct sim *sim, const struct timer *timer);

void reply_send(struct sim *sim, const struct reply *reply, unsigned status, uint32_t retry_after_s,
                struct slice body, const char *description)
{
    report_call(sim, reply, status, description);
    switch (reply->mode) {
    case REPLY_NOW:
        reply_out(sim, reply->request_id, status, retry_after_s, body);
        return;
    case REPLY_SLOW:
        reply_later(sim, reply, status, retry_after_s, body);
        return;
    case REPLY_NEVER:
        reply_later(sim, reply, 0, 0, (struct slice){0});
        return;
    case REPLY_DROP:
        reply_out(sim, reply->request_id, 0, 0, (struct slice){0});
        return;
    case REPLY_DISCARD:
        return;
    }
}

void reply_error(struct sim *sim, const struct reply *reply, unsigned status,
                 const char *description)
{
    struct buf body;
    buf_init(&body, 4096);
    buf_printf(&body, "{\"ok\":false,\"error_code\":%u,\"description\":", status);
    json_append_string(&body, slice_from(description));
    buf_append_text(&body, "}");
    reply_send(sim, reply, status, 0, buf_slice(&body), description);
    buf_deinit(&body);
}

void reply_flood(struct sim *sim, const struct reply *reply, uint32_t retry_after_s)
{
    char body[200];
    int len = snprintf(body, sizeof(body),
                       "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: "
                       "retry after %u\",\"parameters\":{\"retry_after\":%u}}",
                       retry_after_s, retry_after_s);
    reply_send(sim, reply, 429, retry_after_s, slice_of(body, (size_t)len), "Too Many Requests");
}

static void reply_out(struct sim *sim, uint64_t request_id, unsigned status, uint32_t retry_after_s,
                      struct slice body)
{
    struct http_answer answer = {.status = status, .retry_after_s = retry_after_s, .body = body};
    answer.content_type = body.len && body.data[0] == '<' ? "text/html" : "application/json";
    http_server_answer(sim->server, request_id, &answer);
}

static void reply_later(struct sim *sim, const struct reply *reply, unsigned status,
                        uint32_t retry_after_s, struct slice body)
{
    struct deferred *deferred = memory_new(1, sizeof(*deferred) + body.len);
    deferred->request_id = reply->request_id;
    deferred->status = status;
    deferred->retry_after_s = retry_after_s;
    deferred->len = body.len;
    if (body.len)
        memcpy(deferred->body, body.data, body.len);
    timers_add(&sim->timers,
               (struct timer){.due_us = sim->now_us + sim_scaled_us(sim, reply->delay_ms),
                              .run = deferred_run,
                              .data = deferred,
                              .drop = deferred_drop});
}

static void deferred_run(struct sim *sim, const struct timer *timer)
{
    struct deferred *deferred = timer->data;
    reply_out(sim, deferred->request_id, deferred->status, deferred->retry_after_s,
              slice_of(deferred->body, deferred->len));
    free(deferred);
}

static void deferred_drop(struct sim *sim, const struct timer *timer)
{
    struct deferred *deferred = timer->data;
    reply_out(sim, deferred->request_id, 0, 0, (struct slice){0});
    free(deferred);
}
