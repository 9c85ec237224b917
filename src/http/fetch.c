#include "http/fetch.h"

#include "http/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

struct waiting {
    unsigned *status;
    struct buf *answer;
    uint64_t *date_ms;
    struct why *why;
    enum error error;
    bool done;
};

static void finished(void *context, const struct http_result *result)
{
    struct waiting *waiting = context;
    waiting->done = true;
    if (result->failure != HTTP_ANSWERED) {
        waiting->error = why_set(waiting->why, ERROR_IO, "%s", result->error);
        return;
    }
    *waiting->status = result->status;
    if (waiting->date_ms != NULL)
        *waiting->date_ms = result->date_ms;
    buf_append_slice(waiting->answer, result->body);
    if (waiting->answer->failed)
        waiting->error = why_set(waiting->why, ERROR_TOO_LARGE, "the answer is too large");
}

enum error fetch_run(const struct fetch *fetch, unsigned *status, struct buf *answer,
                     struct why *why)
{
    struct waiting waiting = {
        .status = status, .answer = answer, .date_ms = fetch->date_ms, .why = why};
    struct http_client_options options = {
        .connections_max = 1,
        .body_bytes_max = answer->max < UINT32_MAX ? (uint32_t)answer->max : UINT32_MAX};
    struct http_client *client;
    *status = 0;
    if (fetch->date_ms != NULL)
        *fetch->date_ms = 0;
    buf_clear(answer);
    enum error error = http_client_new(&options, finished, &waiting, &client);
    if (error != ERROR_NONE)
        return why_set(why, error, "no HTTP client: %s", error_text(error));
    error = http_client_start(client, fetch->method, fetch->url, fetch->headers,
                              fetch->content_type ? fetch->content_type : "application/json",
                              fetch->body, fetch->timeout_ms, NULL);
    if (error != ERROR_NONE)
        (void)why_set(why, error, "the request cannot be made: %s", error_text(error));
    while (error == ERROR_NONE && !waiting.done) {
        struct pollfd readable = {.fd = http_client_fd(client), .events = POLLIN};
        long wait_ms = http_client_timeout_ms(client);
        if (poll(&readable, 1, wait_ms < 0 || wait_ms > INT_MAX ? 1000 : (int)wait_ms) < 0 &&
            errno != EINTR)
            error = why_set(why, ERROR_IO, "poll failed");
        else
            http_client_run(client);
    }
    http_client_destroy(&client);
    return error != ERROR_NONE ? error : waiting.error;
}
