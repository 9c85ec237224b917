#include "desk/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static const uint64_t T = 1767225600000;

static void one_a_second_and_five_at_once(void **state)
{
    struct pace *pace;
    (void)state;
    assert_int_equal(pace_new(&pace), ERROR_NONE);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pace_take(pace, 42, T + (uint64_t)i), i < 5);
    assert_true(pace_take(pace, 43, T)); /* another */
    assert_false(pace_take(pace, 42, T + 999));
    assert_true(pace_take(pace, 42, T + 1000));
    assert_false(pace_take(pace, 42, T + 1001));
    for (int i = 0; i < 7; i++) /* after a minute of silence no more than five */
        assert_int_equal(pace_take(pace, 42, T + 60000), i < 5);
    assert_true(pace_take(pace, 42, T - 3600000)); /* the clock was set back */
    pace_destroy(&pace);
    pace_destroy(&pace);
}

static void who_was_silent_longest_is_forgotten(void **state)
{
    struct pace *pace;
    (void)state;
    assert_int_equal(pace_new(&pace), ERROR_NONE);
    for (int i = 0; i < 5; i++)
        assert_true(pace_take(pace, 42, T + 3600000));
    for (int64_t id = 1000; id < 201000; id++)
        assert_true(pace_take(pace, id, T));
    assert_false(pace_take(pace, 42, T + 3600000));
    pace_destroy(&pace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_a_second_and_five_at_once),
        cmocka_unit_test(who_was_silent_longest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
