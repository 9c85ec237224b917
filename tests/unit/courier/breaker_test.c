#include "courier/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void unanswered(struct breaker *breaker, int times, uint64_t now_ms)
{
    for (int i = 0; i < times; i++) {
        breaker_sent(breaker);
        breaker_ended(breaker, now_ms, false, now_ms);
    }
}

static void failures_in_a_row_open_it(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    unanswered(&breaker, BREAKER_FAILURES - 1, 5000);
    breaker_ended(&breaker, 5000, true, 5000);
    unanswered(&breaker, BREAKER_FAILURES - 1, 5000);
    assert_false(breaker_pauses(&breaker, 5000));
    unanswered(&breaker, 1, 5000);
    assert_true(breaker_pauses(&breaker, 5000 + BREAKER_FIRST_MS - 1));
    assert_int_equal(breaker_ready_at(&breaker), 5000 + BREAKER_FIRST_MS);
}

static void one_call_tries(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    unanswered(&breaker, BREAKER_FAILURES, 5000);
    /* Those that were under way say nothing new. */
    breaker_ended(&breaker, 4000, false, 5500);
    assert_int_equal(breaker_ready_at(&breaker), 6000);
    breaker_sent(&breaker);
    assert_true(breaker_ready_at(&breaker) == UINT64_MAX);
    breaker_untried(&breaker, 6000);
    assert_int_equal(breaker_ready_at(&breaker), 6000);
    breaker_sent(&breaker);
    breaker_ended(&breaker, 6000, false, 7000);
    assert_int_equal(breaker_ready_at(&breaker), 9000);
    breaker_sent(&breaker);
    breaker_ended(&breaker, 9000, true, 9100);
    assert_int_equal(breaker_ready_at(&breaker), 0);
    unanswered(&breaker, BREAKER_FAILURES, 10000);
    assert_int_equal(breaker_ready_at(&breaker), 11000);
}

static void pauses_have_an_end(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    uint64_t now_ms = 1000;
    unanswered(&breaker, BREAKER_FAILURES, now_ms);
    for (int i = 0; i < 100; i++) {
        now_ms = breaker_ready_at(&breaker);
        unanswered(&breaker, 1, now_ms);
        assert_true(breaker_ready_at(&breaker) - now_ms <= BREAKER_LONGEST_MS);
    }
    assert_int_equal(breaker_ready_at(&breaker) - now_ms, BREAKER_LONGEST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_open_it),
        cmocka_unit_test(one_call_tries),
        cmocka_unit_test(pauses_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
