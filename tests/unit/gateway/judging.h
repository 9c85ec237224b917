/* What the tests of gateways share: callbacks from header lines, signed and judged. Include after
 * cmocka.h. */
#ifndef USHER_TESTS_GATEWAY_JUDGING_H
#define USHER_TESTS_GATEWAY_JUDGING_H

#include "gateway/gateway.h"
#include "gateway/sign.h"
#include "http/server.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t now_ms = 1700000000000;

/* lines: "Name: value\r\n" each; they must outlive the headers. */
static inline size_t split_headers(struct slice lines, struct http_header *out, size_t max)
{
    size_t count = 0;

    while (lines.len > 0) {
        const char *end = memmem(lines.data, lines.len, "\r\n", 2);
        assert_non_null(end);
        const char *colon = memmem(lines.data, (size_t)(end - lines.data), ": ", 2);
        assert_non_null(colon);
        assert_true(count < max);
        out[count].name = slice_of(lines.data, (size_t)(colon - lines.data));
        out[count++].value = slice_of(colon + 2, (size_t)(end - colon - 2));
        lines = slice_of(end + 2, lines.len - (size_t)(end + 2 - lines.data));
    }
    return count;
}

static inline struct gateway *open_gateway(const struct config_gateway *config)
{
    struct gateway *gateway;
    struct why why = {""};

    if (gateway_new(config, &gateway, &why))
        fail_msg("%s", why.text);
    return gateway;
}

static inline enum gateway_verdict judge_at(struct gateway *gateway, struct slice lines,
                                            struct slice body, uint64_t at_ms,
                                            struct payment_event *event)
{
    struct http_header headers[16];
    struct payment_event unused;
    /* An exact copy, so that a sanitizer sees any byte read too many. */
    char *copy = malloc(body.len ? body.len : 1);

    assert_non_null(copy);
    memcpy(copy, body.data, body.len);
    const struct gateway_request request = {
        .method = SLICE("POST"),
        .path = SLICE("/hooks/test"),
        .headers = headers,
        .header_count = split_headers(lines, headers, COUNT(headers)),
        .body = slice_of(copy, body.len),
        .now_ms = at_ms,
    };
    enum gateway_verdict verdict = gateway_judge(gateway, &request, event ? event : &unused);
    free(copy);
    return verdict;
}

/* Header lines and body as texts, at now_ms. */
static inline enum gateway_verdict judge(struct gateway *gateway, const char *lines,
                                         const char *body)
{
    return judge_at(gateway, slice_from(lines), slice_from(body), now_ms, NULL);
}

/* Signs body as this gateway would, with the first secret, and judges it a moment later. */
static inline enum gateway_verdict judge_signed(struct gateway *gateway, struct slice body,
                                                struct payment_event *event)
{
    struct buf lines;

    buf_init(&lines, 4096);
    assert_int_equal(gateway_sign(gateway, SLICE("POST"), SLICE("/hooks/test"), body,
                                  SLICE("evt-in-header"), now_ms, 0, &lines),
                     ERROR_NONE);
    enum gateway_verdict verdict = judge_at(gateway, buf_slice(&lines), body, now_ms + 1000, event);
    buf_deinit(&lines);
    return verdict;
}

/* Compared by name, so that a failure can be read. */
#define assert_verdict(verdict, name) assert_string_equal(gateway_verdict_name(verdict), #name)

#endif
