#include "desk/logins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct logins logins;

static int empty(void **state)
{
    (void)state;
    memset(&logins, 0, sizeof(logins));
    return 0;
}

static void the_delay_grows(void **state)
{
    (void)state;
    for (int i = 0; i < LOGINS_FREE; i++)
        assert_int_equal(logins_refused(&logins, "203.0.113.9", 1000), 0);
    assert_int_equal(logins_refused(&logins, "203.0.113.9", 1000), 10);
    assert_int_equal(logins_refused(&logins, "203.0.113.9", 1001), 20);
    assert_int_equal(logins_refused(&logins, "203.0.113.10", 1001), 0);
    for (int i = 0; i < 1000; i++)
        logins_refused(&logins, "203.0.113.9", 2000);
    assert_int_equal(logins_refused(&logins, "203.0.113.9", 2000), LOGINS_DELAY_MS_MAX);
    assert_int_equal(logins_refused(&logins, "203.0.113.9", 2000 + LOGINS_FORGET_MS),
                     LOGINS_DELAY_MS_MAX);
    assert_int_equal(logins_refused(&logins, "203.0.113.9", 2001 + 2 * LOGINS_FORGET_MS), 0);
}

static void the_one_that_was_silent_longest_is_forgotten(void **state)
{
    char peer[16];
    (void)state;
    for (int i = 0; i < 50; i++)
        logins_refused(&logins, "flood", 10);
    for (unsigned i = 0; i < LOGINS_PEERS_MAX; i++) {
        snprintf(peer, sizeof(peer), "%u", i);
        logins_refused(&logins, peer, 20 + i);
        logins_refused(&logins, "flood", 20 + i);
    }
    assert_true(logins_refused(&logins, "flood", 500) > 0);
    for (int i = 0; i < LOGINS_FREE; i++)
        assert_int_equal(logins_refused(&logins, "", 500), 0);
    assert_int_equal(logins_refused(&logins, "", 500), LOGINS_STEP_MS);
}

static void what_waits_comes_out_when_it_is_due(void **state)
{
    struct login_held held;
    (void)state;
    assert_int_equal(logins_due_ms(&logins), UINT64_MAX);
    assert_true(logins_hold(&logins, &(struct login_held){.id = 1, .due_ms = 30}));
    assert_true(logins_hold(&logins, &(struct login_held){.id = 2, .due_ms = 20}));
    assert_int_equal(logins_due_ms(&logins), 20);
    assert_false(logins_due(&logins, 19, &held));
    assert_true(logins_due(&logins, 20, &held));
    assert_int_equal(held.id, 2);
    assert_false(logins_due(&logins, 20, &held));
    assert_true(logins_due(&logins, UINT64_MAX, &held));
    assert_int_equal(held.id, 1);
    for (size_t i = 0; i < LOGINS_HELD_MAX; i++)
        assert_true(logins_hold(&logins, &held));
    assert_false(logins_hold(&logins, &held));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_delay_grows, empty),
        cmocka_unit_test_setup(the_one_that_was_silent_longest_is_forgotten, empty),
        cmocka_unit_test_setup(what_waits_comes_out_when_it_is_due, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
