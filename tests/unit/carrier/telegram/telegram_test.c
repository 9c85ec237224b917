#include "carrier/telegram/telegram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct verdict of_answer(enum delivery_kind kind, uint64_t attempts, unsigned status,
                                const char *body)
{
    static struct prng prng = {1};
    const struct carrier_answer answer = {.status = status, .body = slice_from(body)};
    struct verdict verdict;
    carrier_telegram.verdict(kind, attempts, &answer, &prng, &verdict);
    return verdict;
}

static void done_has_no_error(void **state)
{
    (void)state;
    struct verdict verdict = of_answer(DELIVERY_letter, 0, 200, "{\"ok\":true,\"result\":{}}");
    assert_int_equal(verdict.outcome, OUTCOME_DONE);
    assert_string_equal(verdict.error, "");
    assert_true(verdict.accepted);
    verdict = of_answer(DELIVERY_approve, 0, 400,
                        "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: "
                        "USER_ALREADY_PARTICIPANT\"}");
    assert_int_equal(verdict.outcome, OUTCOME_DONE);
    assert_string_equal(verdict.error, "");
    assert_true(verdict.accepted);
}

static void a_failure_carries_telegrams_words(void **state)
{
    (void)state;
    struct verdict verdict = of_answer(DELIVERY_approve, 0, 400,
                                       "{\"ok\":false,\"error_code\":400,\"description\":\"Bad "
                                       "Request: chat not found\"}");
    assert_int_equal(verdict.outcome, OUTCOME_FAILED);
    assert_string_equal(verdict.error, "Bad Request: chat not found");
    assert_true(verdict.accepted);
    verdict = of_answer(DELIVERY_create_link, 0, 200, "{\"ok\":true,\"result\":{}}");
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
    assert_string_equal(verdict.error, "the answer holds no invite link");
    assert_in_range(verdict.retry_ms, 1000, 2000);
}

static void retries_double_and_stay_below_their_cap(void **state)
{
    (void)state;
    static const uint64_t from_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 150000};
    for (uint64_t attempts = 0; attempts < 40; attempts++) {
        struct verdict verdict = of_answer(DELIVERY_letter, attempts, 500, "");
        uint64_t least_ms = from_ms[attempts < 8 ? attempts : 8];
        assert_int_equal(verdict.outcome, OUTCOME_RETRY);
        assert_in_range(verdict.retry_ms, least_ms, 2 * least_ms);
        assert_true(verdict.retry_ms <= VERDICT_RETRY_CAP_MS);
        assert_false(verdict.accepted);
    }
    assert_in_range(of_answer(DELIVERY_letter, UINT64_MAX, 500, "").retry_ms, 150000, 300000);
}

static void a_notice_in_doubt_is_not_repeated(void **state)
{
    (void)state;
    struct verdict verdict = of_answer(DELIVERY_notice, 0, 502, "<html>");
    assert_int_equal(verdict.outcome, OUTCOME_IN_DOUBT);
    assert_string_equal(verdict.error,
                        "in doubt, not repeated: status 502 without an answer of the Bot API");
    verdict = of_answer(DELIVERY_notice, 0, 429,
                        "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":3}}");
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
}

static void a_flood_says_how_long(void **state)
{
    (void)state;
    struct verdict verdict =
        of_answer(DELIVERY_letter, 5, 429,
                  "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":3}}");
    assert_int_equal(verdict.flood_ms, 3000);
    assert_false(verdict.accepted);
    assert_false(verdict.refused);
    verdict = of_answer(DELIVERY_letter, 5, 429, "slow down");
    assert_int_equal(verdict.flood_ms, VERDICT_NAMELESS_S * 1000);
}

static void a_refused_token_waits_for_the_operator(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}",
        "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}",
        "{\"ok\":false,\"error_code\":400,\"description\":\"Logged out\"}",
    };
    for (size_t i = 0; i < 3; i++) {
        struct verdict verdict = of_answer(DELIVERY_letter, 0, 400, bodies[i]);
        assert_int_equal(verdict.outcome, OUTCOME_RETRY);
        assert_int_equal(verdict.retry_ms, VERDICT_OPERATOR_MS);
        assert_true(verdict.refused);
        assert_false(verdict.accepted);
    }
    struct verdict verdict = of_answer(DELIVERY_letter, 0, 503, "");
    assert_false(verdict.refused);
}

static void a_call_becomes_a_request(void **state)
{
    (void)state;
    const struct endpoint endpoint = {.url = "https://api.telegram.org", .secret = "7:x"};
    const struct outgoing call = {1, "sendMessage", SLICE("{}"), 0, 0};
    struct request request;
    struct buf scratch;
    buf_init(&scratch, 1024);
    assert_int_equal(carrier_telegram.request(&endpoint, &call, &scratch, &request), ERROR_NONE);
    assert_string_equal(request.url, "https://api.telegram.org/bot7:x/sendMessage");
    assert_string_equal(request.content_type, "application/json");
    assert_true(slice_is(request.body, "{}"));
    buf_deinit(&scratch);
    buf_init(&scratch, 10);
    assert_int_equal(carrier_telegram.request(&endpoint, &call, &scratch, &request),
                     ERROR_TOO_LARGE);
    buf_deinit(&scratch);
}

static void what_was_made_is_told(void **state)
{
    (void)state;
    struct verdict verdict =
        of_answer(DELIVERY_letter, 0, 200,
                  "{\"ok\":true,\"result\":{\"message_id\":12,\"message_thread_id\":5}}");
    assert_int_equal(verdict.message_id, 12);
    assert_int_equal(verdict.thread_id, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(done_has_no_error),
        cmocka_unit_test(a_failure_carries_telegrams_words),
        cmocka_unit_test(retries_double_and_stay_below_their_cap),
        cmocka_unit_test(a_notice_in_doubt_is_not_repeated),
        cmocka_unit_test(a_flood_says_how_long),
        cmocka_unit_test(a_call_becomes_a_request),
        cmocka_unit_test(what_was_made_is_told),
        cmocka_unit_test(a_refused_token_waits_for_the_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
