#include "wire/delivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void kinds_follow_their_table(void **state)
{
    (void)state;
    assert_null(delivery_name(DELIVERY_none));
    assert_null(delivery_name(DELIVERY_COUNT));
    assert_null(delivery_name((enum delivery_kind) - 1));
    assert_string_equal(delivery_name(DELIVERY_letter), "letter");
    assert_int_equal(delivery_semantics(DELIVERY_letter), SEMANTICS_GRANT);
    assert_int_equal(delivery_semantics(DELIVERY_notice), SEMANTICS_NOTICE);
    assert_int_equal(delivery_expiry_ms(DELIVERY_letter), 0);
    assert_true(delivery_one_open(DELIVERY_letter));
    assert_false(delivery_one_open(DELIVERY_notice));
    assert_int_equal(delivery_budget(DELIVERY_letter), BUDGET_COUNTED);
}

/* What is stored names a kind by its number. */
static void numbers_have_no_gap_and_every_kind_a_name(void **state)
{
    (void)state;
    assert_int_equal(DELIVERY_approve, 1);
    assert_int_equal(DELIVERY_notice, 7);
    for (int kind = 1; kind < DELIVERY_COUNT; kind++)
        assert_non_null(delivery_name((enum delivery_kind)kind));
}

static void what_somebody_paid_for_comes_first(void **state)
{
    (void)state;
    for (int kind = 1; kind < DELIVERY_COUNT; kind++) {
        if (delivery_semantics((enum delivery_kind)kind) == SEMANTICS_NOTICE)
            assert_true(delivery_priority((enum delivery_kind)kind) > DELIVERY_GREETING_PRIORITY);
    }
    assert_true(delivery_priority(DELIVERY_approve) < DELIVERY_GREETING_PRIORITY);
    assert_true(delivery_priority(DELIVERY_create_link) < DELIVERY_GREETING_PRIORITY);
    assert_true(delivery_priority(DELIVERY_letter) < DELIVERY_GREETING_PRIORITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_follow_their_table),
        cmocka_unit_test(numbers_have_no_gap_and_every_kind_a_name),
        cmocka_unit_test(what_somebody_paid_for_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
