#include "telegram/verdict.h"

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
    struct telegram_answer answer;
    telegram_answer_parse(status, 0, slice_from(body), &answer);
    return verdict_of_answer(kind, attempts, &answer, &prng);
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

    struct prng prng = {2};
    for (uint64_t attempts = 0; attempts < 40; attempts++) {
        struct verdict verdict =
            verdict_of_failure(DELIVERY_letter, attempts, SENDER_NOT_SENT, "refused", &prng);
        assert_int_equal(verdict.outcome, OUTCOME_RETRY);
        assert_true(verdict.retry_ms < VERDICT_NETWORK_CAP_MS);
        assert_string_equal(verdict.error, "not sent: refused");
    }
}

static void retries_spread_out(void **state)
{
    (void)state;
    struct prng prng = {3};
    uint64_t least_ms = UINT64_MAX, most_ms = 0;
    for (int i = 0; i < 200; i++) {
        uint64_t ms = verdict_of_failure(DELIVERY_letter, 0, SENDER_IN_DOUBT, NULL, &prng).retry_ms;
        least_ms = ms < least_ms ? ms : least_ms;
        most_ms = ms > most_ms ? ms : most_ms;
    }
    assert_true(least_ms >= 1000 && most_ms < 2000 && most_ms - least_ms > 800);
}

static void a_notice_in_doubt_is_not_repeated(void **state)
{
    (void)state;
    struct prng prng = {4};
    struct verdict verdict =
        verdict_of_failure(DELIVERY_notice, 0, SENDER_IN_DOUBT, "timed out", &prng);
    assert_int_equal(verdict.outcome, OUTCOME_IN_DOUBT);
    assert_string_equal(verdict.error, "in doubt, not repeated: timed out");
    verdict = verdict_of_failure(DELIVERY_notice, 0, SENDER_IN_DOUBT, NULL, &prng);
    assert_string_equal(verdict.error, "in doubt, not repeated");
    verdict = of_answer(DELIVERY_notice, 0, 502, "<html>");
    assert_int_equal(verdict.outcome, OUTCOME_IN_DOUBT);
    assert_string_equal(verdict.error,
                        "in doubt, not repeated: status 502 without an answer of the Bot API");
    /* What was certainly not done may be repeated. */
    verdict = verdict_of_failure(DELIVERY_notice, 0, SENDER_NOT_SENT, "", &prng);
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
    assert_string_equal(verdict.error, "not sent");
    verdict = of_answer(DELIVERY_notice, 0, 429,
                        "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":3}}");
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
}

static void a_grant_in_doubt_is_repeated_soon(void **state)
{
    (void)state;
    struct prng prng = {5};
    struct verdict verdict =
        verdict_of_failure(DELIVERY_letter, 0, SENDER_IN_DOUBT, "timed out", &prng);
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
    assert_in_range(verdict.retry_ms, 1000, 2000);
    assert_string_equal(verdict.error, "in doubt: timed out");
}

static void a_flood_says_how_long(void **state)
{
    (void)state;
    struct verdict verdict =
        of_answer(DELIVERY_letter, 5, 429,
                  "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":3}}");
    assert_int_equal(verdict.flood_ms, 3000);
    assert_false(verdict.accepted);
    assert_false(verdict.bot_refused);
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
        assert_true(verdict.bot_refused);
        assert_false(verdict.accepted);
    }
    struct verdict verdict = of_answer(DELIVERY_letter, 0, 503, "");
    assert_false(verdict.bot_refused);
}

static void errors_fit_whatever_they_are(void **state)
{
    (void)state;
    struct prng prng = {6};
    char error[1000];
    memset(error, 'e', sizeof error - 1);
    error[sizeof error - 1] = '\0';
    memcpy(error + 10, "\xFF\n\x01", 3);
    struct verdict verdict = verdict_of_failure(DELIVERY_letter, 0, SENDER_NOT_SENT, error, &prng);
    assert_int_equal(strlen(verdict.error), 255);
    assert_true(slice_is_text(slice_from(verdict.error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(done_has_no_error),
        cmocka_unit_test(a_failure_carries_telegrams_words),
        cmocka_unit_test(retries_double_and_stay_below_their_cap),
        cmocka_unit_test(retries_spread_out),
        cmocka_unit_test(a_notice_in_doubt_is_not_repeated),
        cmocka_unit_test(a_grant_in_doubt_is_repeated_soon),
        cmocka_unit_test(a_flood_says_how_long),
        cmocka_unit_test(a_refused_token_waits_for_the_operator),
        cmocka_unit_test(errors_fit_whatever_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
