#include "actors/answers.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "http/parked.h"

#include <stdio.h>

enum { PROBLEM_BYTES_MAX = 8192 };

struct asker asker_of(const struct http_request *request, const struct route_match *match)
{
    return (struct asker){request->id, match->label, request->received_us};
}

struct asker asker_parked(const struct parked_entry *entry)
{
    return (struct asker){entry->tag, entry->label, entry->received_us};
}

void answers_init(struct answers *answers)
{
    *answers = (struct answers){.server = NULL};
    buf_init(&answers->problem, PROBLEM_BYTES_MAX);
}

void answers_deinit(struct answers *answers)
{
    buf_deinit(&answers->problem);
}

void answers_give(struct answers *answers, struct asker asker, const struct http_answer *answer)
{
    char status[16];

    snprintf(status, sizeof(status), "%u", answer->status);
    http_server_answer(answers->server, asker.id, answer);
    metric_add(metric_series(METRIC_usher_http_requests_total, asker.label, status), 1);
    metric_observe(metric_series(METRIC_usher_http_seconds, asker.label, NULL),
                   (double)(clock_mono_us() - asker.received_us) / 1e6);
}

void answers_refuse(struct answers *answers, struct asker asker, unsigned status, const char *allow,
                    uint32_t retry_after_s, const char *detail)
{
    buf_clear(&answers->problem);
    problem_json(&answers->problem, status, NULL, detail);
    const struct http_answer answer = {.status = status,
                                       .content_type = "application/problem+json",
                                       .allow = allow,
                                       .retry_after_s = retry_after_s,
                                       .body = buf_slice(&answers->problem)};
    answers_give(answers, asker, &answer);
}

void answers_busy(struct answers *answers, struct asker asker, const char *where)
{
    metric_add(metric_series(METRIC_usher_busy_total, where, NULL), 1);
    answers_refuse(answers, asker, 503, NULL, ANSWERS_BUSY_RETRY_S, "too much at once, try again");
}
