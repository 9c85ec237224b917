#include "courier/carrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void retries_double_and_stay_below_their_cap(void **state)
{
    (void)state;
    struct prng prng = {2};
    for (uint64_t attempts = 0; attempts < 40; attempts++) {
        struct verdict verdict =
            verdict_of_failure(DELIVERY_letter, attempts, TRANSFER_NOT_SENT, "refused", &prng);
        assert_int_equal(verdict.outcome, OUTCOME_RETRY);
        assert_true(verdict.retry_ms < VERDICT_NETWORK_CAP_MS);
        assert_string_equal(verdict.error, "not sent: refused");
    }
    assert_in_range(verdict_retry_ms(&prng, UINT64_MAX, 4000), 2000, 4000);
}

static void retries_spread_out(void **state)
{
    (void)state;
    struct prng prng = {3};
    uint64_t least_ms = UINT64_MAX, most_ms = 0;
    for (int i = 0; i < 200; i++) {
        uint64_t ms =
            verdict_of_failure(DELIVERY_letter, 0, TRANSFER_IN_DOUBT, NULL, &prng).retry_ms;
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
        verdict_of_failure(DELIVERY_notice, 0, TRANSFER_IN_DOUBT, "timed out", &prng);
    assert_int_equal(verdict.outcome, OUTCOME_IN_DOUBT);
    assert_string_equal(verdict.error, "in doubt, not repeated: timed out");
    verdict = verdict_of_failure(DELIVERY_notice, 0, TRANSFER_IN_DOUBT, NULL, &prng);
    assert_string_equal(verdict.error, "in doubt, not repeated");
    /* What was certainly not done may be repeated. */
    verdict = verdict_of_failure(DELIVERY_notice, 0, TRANSFER_NOT_SENT, "", &prng);
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
    assert_string_equal(verdict.error, "not sent");
}

static void a_grant_in_doubt_is_repeated_soon(void **state)
{
    (void)state;
    struct prng prng = {5};
    struct verdict verdict =
        verdict_of_failure(DELIVERY_letter, 0, TRANSFER_IN_DOUBT, "timed out", &prng);
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
    assert_in_range(verdict.retry_ms, 1000, 2000);
    assert_string_equal(verdict.error, "in doubt: timed out");
}

static void errors_fit_whatever_they_are(void **state)
{
    (void)state;
    struct prng prng = {6};
    char error[1000];
    memset(error, 'e', sizeof error - 1);
    error[sizeof error - 1] = '\0';
    memcpy(error + 10, "\xFF\n\x01", 3);
    struct verdict verdict =
        verdict_of_failure(DELIVERY_letter, 0, TRANSFER_NOT_SENT, error, &prng);
    assert_int_equal(strlen(verdict.error), 255);
    assert_true(slice_is_text(slice_from(verdict.error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retries_double_and_stay_below_their_cap),
        cmocka_unit_test(retries_spread_out),
        cmocka_unit_test(a_notice_in_doubt_is_not_repeated),
        cmocka_unit_test(a_grant_in_doubt_is_repeated_soon),
        cmocka_unit_test(errors_fit_whatever_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
