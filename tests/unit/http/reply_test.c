#include "http/reply.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct reply_set set;

static int set_up(void **state)
{
    (void)state;
    return reply_set_init(&set) == ERROR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    reply_set_deinit(&set);
    return 0;
}

static void every_refusal_is_a_whole_answer(void **state)
{
    (void)state;
    for (enum refusal which = REFUSAL_NONE + 1; which < REFUSAL_COUNT; which++) {
        const struct reply_refusal *refusal = &set.refusals[which];
        char start[32];
        assert_int_equal(refusal->closing_len, strlen(refusal->closing));
        (void)snprintf(start, sizeof(start), "HTTP/1.1 %u ", refusal->status);
        assert_int_equal(strncmp(refusal->closing, start, strlen(start)), 0);
        assert_non_null(strstr(refusal->closing, "\r\nConnection: close\r\n"));
        const char *body = strstr(refusal->closing, "\r\n\r\n");
        const char *length = strstr(refusal->closing, "\r\nContent-Length: ");
        assert_non_null(body);
        assert_non_null(length);
        assert_int_equal(strtoul(length + 18, NULL, 10), strlen(body + 4));
        bool again = refusal->status == 429 || refusal->status == 503;
        assert_int_equal(strstr(refusal->closing, "\r\nRetry-After: 1\r\n") != NULL, again);
        assert_non_null(refusal->response);
        assert_int_equal(MHD_get_response_header(refusal->response, "Retry-After") != NULL, again);
    }
}

static void headers_follow_from_the_answer(void **state)
{
    (void)state;
    struct http_answer answer = {.status = 200, .body = SLICE("ok")};
    struct reply *reply = reply_get(&set, &answer);
    assert_string_equal(MHD_get_response_header(reply->response, "Content-Type"),
                        "text/plain; charset=utf-8");
    assert_null(MHD_get_response_header(reply->response, "Allow"));
    assert_null(MHD_get_response_header(reply->response, "WWW-Authenticate"));
    reply_release(&reply);
    assert_null(reply);
    answer = (struct http_answer){.status = 401,
                                  .content_type = "application/json",
                                  .allow = "POST",
                                  .retry_after_s = 4000000000};
    reply = reply_get(&set, &answer);
    assert_string_equal(MHD_get_response_header(reply->response, "Content-Type"),
                        "application/json");
    assert_string_equal(MHD_get_response_header(reply->response, "Allow"), "POST");
    assert_string_equal(MHD_get_response_header(reply->response, "Retry-After"), "4000000000");
    assert_string_equal(MHD_get_response_header(reply->response, "WWW-Authenticate"), "Bearer");
    reply_release(&reply);
}

static void own_fields_go_along(void **state)
{
    (void)state;
    static const struct http_field fields[] = {
        {"Cache-Control", "no-store"}, {"X-Robots-Tag", "noindex"}, {NULL, NULL}};
    struct http_answer answer = {.status = 200, .body = SLICE("ok"), .fields = fields};
    struct reply *reply = reply_get(&set, &answer);
    assert_string_equal(MHD_get_response_header(reply->response, "Cache-Control"), "no-store");
    assert_string_equal(MHD_get_response_header(reply->response, "X-Robots-Tag"), "noindex");
    reply_release(&reply);
    /* Nobody else's answer of the same words gets them. */
    answer.fields = NULL;
    reply = reply_get(&set, &answer);
    assert_null(MHD_get_response_header(reply->response, "Cache-Control"));
    reply_release(&reply);
}

static void equal_answers_share_a_reply_and_others_do_not(void **state)
{
    (void)state;
    char type[] = "text/html"; /* need not live on */
    const struct http_answer answers[] = {
        {.status = 200, .body = SLICE("ok")},
        {.status = 202, .body = SLICE("ok")},
        {.status = 200, .body = SLICE("oK")},
        {.status = 200, .body = SLICE("ok"), .content_type = type},
        {.status = 200, .body = SLICE("ok"), .allow = "GET"},
        {.status = 200, .body = SLICE("ok"), .retry_after_s = 1},
        {.status = 200, .body = {NULL, 0}},
    };
    enum { COUNT = sizeof(answers) / sizeof(answers[0]) };
    for (size_t i = 0; i < COUNT; i++) {
        struct reply *first = reply_get(&set, &answers[i]);
        struct reply *second = reply_get(&set, &answers[i]);
        assert_non_null(first);
        assert_ptr_equal(first, second);
        for (size_t j = 0; j < COUNT; j++) {
            struct reply *other = reply_get(&set, &answers[j]);
            assert_true(i == j || other != first);
            reply_release(&other);
        }
        reply_release(&first);
        reply_release(&second);
    }
    type[0] = 'T';
    struct http_answer again = {.status = 200, .body = SLICE("ok"), .content_type = "text/html"};
    struct reply *kept = reply_get(&set, &again);
    assert_string_equal(MHD_get_response_header(kept->response, "Content-Type"), "text/html");
    reply_release(&kept);
}

/* Over so many statuses some share a place in the cache with 401, which has a header of its own. */
static void a_status_is_not_taken_for_another(void **state)
{
    (void)state;
    for (unsigned status = 200; status <= 2000; status++) {
        struct http_answer answer = {.status = status, .body = SLICE("x")};
        struct http_answer unproved = {.status = 401, .body = SLICE("x")};
        struct reply *reply = reply_get(&set, &answer);
        assert_int_equal(MHD_get_response_header(reply->response, "WWW-Authenticate") != NULL,
                         status == 401);
        reply_release(&reply);
        reply = reply_get(&set, &unproved);
        assert_non_null(MHD_get_response_header(reply->response, "WWW-Authenticate"));
        reply_release(&reply);
    }
}

static void a_reply_outlives_its_place_in_the_cache(void **state)
{
    (void)state;
    struct http_answer held_answer = {.status = 200, .body = SLICE("held")};
    struct reply *held = reply_get(&set, &held_answer);
    for (int i = 0; i < 20 * REPLY_CACHE_ENTRIES; i++) {
        char body[16];
        (void)snprintf(body, sizeof(body), "%d", i);
        struct http_answer answer = {.status = 200, .body = slice_from(body)};
        struct reply *reply = reply_get(&set, &answer);
        assert_non_null(reply);
        reply_release(&reply);
    }
    struct reply *again = reply_get(&set, &held_answer);
    assert_ptr_not_equal(again, held); /* it was pushed out */
    assert_string_equal(MHD_get_response_header(held->response, "Content-Type"),
                        "text/plain; charset=utf-8");
    reply_release(&again);
    reply_release(&held);
}

static void long_texts_are_not_kept(void **state)
{
    (void)state;
    char body[REPLY_CACHE_TEXT_MAX + 1];
    memset(body, 'x', sizeof(body));
    struct http_answer answer = {.status = 200, .body = slice_of(body, sizeof(body))};
    struct reply *first = reply_get(&set, &answer);
    struct reply *second = reply_get(&set, &answer);
    assert_ptr_not_equal(first, second);
    reply_release(&first);
    reply_release(&second);
    answer.body.len--;
    first = reply_get(&set, &answer);
    second = reply_get(&set, &answer);
    assert_ptr_equal(first, second);
    reply_release(&first);
    reply_release(&second);
    body[REPLY_CACHE_TEXT_MAX] = '\0';
    answer = (struct http_answer){.status = 200, .content_type = body};
    first = reply_get(&set, &answer);
    second = reply_get(&set, &answer);
    assert_ptr_not_equal(first, second);
    reply_release(&first);
    reply_release(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_refusal_is_a_whole_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(headers_follow_from_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_fields_go_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_answers_share_a_reply_and_others_do_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_status_is_not_taken_for_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reply_outlives_its_place_in_the_cache, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_texts_are_not_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
