#include "http/reply.h"

#include "base/assert.h"
#include "http/route.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBLEM_BYTES_MAX = 512, CLOSING_BYTES_MAX = 1024 };

static const struct {
    unsigned status;
    uint32_t retry_after_s;
    const char *detail;
} refusal_rows[REFUSAL_COUNT] = {
#define R(name, status, retry_after_s, detail)                                                     \
    [REFUSAL_##name] = {(status), (retry_after_s), (detail)},
    REFUSAL_LIST(R)
#undef R
};

static enum error refusal_init(struct reply_refusal *refusal, enum refusal which);
static struct MHD_Response *response_make(const struct http_answer *answer,
                                          enum MHD_ResponseMemoryMode mode);
static bool response_headers(struct MHD_Response *response, const struct http_answer *answer);
static struct reply *reply_make(const struct http_answer *answer);
static bool cacheable(const struct http_answer *answer);
static size_t answer_hash(const struct http_answer *answer);
static bool cached_is(const struct reply_cached *cached, const struct http_answer *answer);
static void cached_set(struct reply_cached *cached, const struct http_answer *answer);

enum error reply_set_init(struct reply_set *set)
{
    memset(set, 0, sizeof(*set));
    for (enum refusal which = REFUSAL_NONE + 1; which < REFUSAL_COUNT; which++) {
        enum error error = refusal_init(&set->refusals[which], which);
        if (error != ERROR_NONE) {
            reply_set_deinit(set);
            return error;
        }
    }
    return ERROR_NONE;
}

void reply_set_deinit(struct reply_set *set)
{
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        if (set->refusals[i].response != NULL)
            MHD_destroy_response(set->refusals[i].response);
        free(set->refusals[i].closing);
    }
    for (size_t i = 0; i < REPLY_CACHE_ENTRIES; i++)
        reply_release(&set->cache[i].reply);
    memset(set, 0, sizeof(*set));
}

struct reply *reply_get(struct reply_set *set, const struct http_answer *answer)
{
    if (!cacheable(answer))
        return reply_make(answer);
    struct reply_cached *cached = &set->cache[answer_hash(answer) % REPLY_CACHE_ENTRIES];
    if (cached->reply == NULL || !cached_is(cached, answer)) {
        struct reply *reply = reply_make(answer);
        if (reply == NULL)
            return NULL;
        reply_release(&cached->reply);
        cached->reply = reply;
        cached_set(cached, answer);
    }
    atomic_fetch_add(&cached->reply->holders, 1);
    return cached->reply;
}

struct MHD_Response *reply_fixed(const struct http_fixed *fixed)
{
    struct http_answer answer = fixed->answer;
    answer.fields = fixed->fields;
    return response_make(&answer, MHD_RESPMEM_PERSISTENT);
}

void reply_release(struct reply **reply)
{
    struct reply *held = *reply;
    *reply = NULL;
    if (held == NULL || atomic_fetch_sub(&held->holders, 1) > 1)
        return;
    MHD_destroy_response(held->response);
    free(held);
}

static enum error refusal_init(struct reply_refusal *refusal, enum refusal which)
{
    char status_text[16];
    char retry[32] = "";
    struct buf problem;
    buf_init(&problem, PROBLEM_BYTES_MAX);
    refusal->status = refusal_rows[which].status;
    problem_json(&problem, refusal->status, NULL, refusal_rows[which].detail);
    struct http_answer answer = {.status = refusal->status,
                                 .content_type = "application/problem+json",
                                 .retry_after_s = refusal_rows[which].retry_after_s,
                                 .body = buf_slice(&problem)};
    refusal->response = problem.failed ? NULL : response_make(&answer, MHD_RESPMEM_MUST_COPY);
    refusal->closing = malloc(CLOSING_BYTES_MAX);
    enum error error = ERROR_MEMORY;
    if (refusal->response == NULL || refusal->closing == NULL)
        goto done;
    if (answer.retry_after_s > 0)
        ASSERT(snprintf(retry, sizeof(retry), "Retry-After: %u\r\n", answer.retry_after_s) > 0);
    int len = snprintf(refusal->closing, CLOSING_BYTES_MAX,
                       "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %zu\r\n"
                       "Content-Type: %s\r\n%s\r\n%.*s",
                       answer.status, http_status_text(answer.status), answer.body.len,
                       answer.content_type, retry, SLICE_ARG(answer.body));
    ASSERT(len > 0 && len < CLOSING_BYTES_MAX);
    refusal->closing_len = (size_t)len;
    ASSERT(snprintf(status_text, sizeof(status_text), "%u", answer.status) > 0);
    refusal->metric = metric_series(METRIC_usher_http_requests_total, "refused", status_text);
    error = ERROR_NONE;
done:
    buf_deinit(&problem);
    return error;
}

static struct reply *reply_make(const struct http_answer *answer)
{
    struct reply *reply = malloc(sizeof(*reply));
    if (reply == NULL)
        return NULL;
    reply->response = response_make(answer, MHD_RESPMEM_MUST_COPY);
    if (reply->response == NULL) {
        free(reply);
        return NULL;
    }
    atomic_init(&reply->holders, 1);
    return reply;
}

static struct MHD_Response *response_make(const struct http_answer *answer,
                                          enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.len, (void *)(uintptr_t)answer->body.data, mode);
    if (response != NULL && !response_headers(response, answer)) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static bool response_headers(struct MHD_Response *response, const struct http_answer *answer)
{
    const char *type =
        answer->content_type != NULL ? answer->content_type : "text/plain; charset=utf-8";
    if (MHD_add_response_header(response, "Content-Type", type) != MHD_YES)
        return false;
    if (answer->allow != NULL &&
        MHD_add_response_header(response, "Allow", answer->allow) != MHD_YES)
        return false;
    /* RFC 9110, 15.5.2: a 401 names a scheme, whatever it was that was not proved. */
    if (answer->status == 401 &&
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer") != MHD_YES)
        return false;
    for (const struct http_field *field = answer->fields; field != NULL && field->name != NULL;
         field++)
        if (MHD_add_response_header(response, field->name, field->value) != MHD_YES)
            return false;
    if (answer->retry_after_s > 0) {
        char text[16];
        ASSERT(snprintf(text, sizeof(text), "%u", answer->retry_after_s) > 0);
        if (MHD_add_response_header(response, "Retry-After", text) != MHD_YES)
            return false;
    }
    return true;
}

/* FNV-1a. */
static size_t answer_hash(const struct http_answer *answer)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ answer->status;
    for (size_t i = 0; i < answer->body.len; i++)
        hash = (hash ^ (unsigned char)answer->body.data[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ (hash >> 32));
}

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static bool cacheable(const struct http_answer *answer)
{
    return answer->fields == NULL && answer->body.len <= REPLY_CACHE_TEXT_MAX &&
           strlen(text_or_empty(answer->content_type)) < REPLY_CACHE_TEXT_MAX &&
           strlen(text_or_empty(answer->allow)) < REPLY_CACHE_TEXT_MAX;
}

static bool cached_is(const struct reply_cached *cached, const struct http_answer *answer)
{
    return cached->status == answer->status && cached->retry_after_s == answer->retry_after_s &&
           slice_equal(slice_of(cached->body, cached->body_len), answer->body) &&
           strcmp(cached->content_type, text_or_empty(answer->content_type)) == 0 &&
           strcmp(cached->allow, text_or_empty(answer->allow)) == 0;
}

static void cached_set(struct reply_cached *cached, const struct http_answer *answer)
{
    cached->status = answer->status;
    cached->retry_after_s = answer->retry_after_s;
    cached->body_len = answer->body.len;
    if (answer->body.len > 0)
        memcpy(cached->body, answer->body.data, answer->body.len);
    ASSERT(slice_copy(slice_from(text_or_empty(answer->content_type)), cached->content_type,
                      sizeof(cached->content_type)));
    ASSERT(
        slice_copy(slice_from(text_or_empty(answer->allow)), cached->allow, sizeof(cached->allow)));
}
