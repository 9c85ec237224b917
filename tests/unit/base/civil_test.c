#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void known_days(void **state)
{
    (void)state;
    static const struct {
        struct civil date;
        int64_t days;
    } cases[] = {
        {{1970, 1, 1}, 0},     {{1969, 12, 31}, -1},    {{2000, 2, 29}, 11016},
        {{2000, 3, 1}, 11017}, {{2026, 11, 21}, 20778}, {{0, 3, 1}, -719468},
        {{0, 1, 1}, -719528},  {{-1, 12, 31}, -719529}, {{9999, 12, 31}, 2932896},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(civil_to_days(cases[i].date) == cases[i].days);
        struct civil back = civil_from_days(cases[i].days);
        assert_true(back.year == cases[i].date.year);
        assert_int_equal(back.month, cases[i].date.month);
        assert_int_equal(back.day, cases[i].date.day);
    }
}

/* Walks 2000 years day by day: each day follows the one before by the length of the month. */
static void days_follow_each_other(void **state)
{
    (void)state;
    struct civil date = {-300, 1, 1};
    int64_t days = civil_to_days(date);
    for (; date.year < 2700; days++) {
        struct civil got = civil_from_days(days);
        assert_true(got.year == date.year);
        assert_int_equal(got.month, date.month);
        assert_int_equal(got.day, date.day);
        assert_true(civil_to_days(got) == days);
        if (++date.day > civil_month_length(date.year, date.month)) {
            date.day = 1;
            if (++date.month > 12) {
                date.month = 1;
                date.year++;
            }
        }
    }
}

static void leap_years(void **state)
{
    (void)state;
    assert_int_equal(civil_month_length(2024, 2), 29);
    assert_int_equal(civil_month_length(2025, 2), 28);
    assert_int_equal(civil_month_length(2000, 2), 29);
    assert_int_equal(civil_month_length(2100, 2), 28);
    assert_int_equal(civil_month_length(2025, 12), 31);
    assert_int_equal(civil_month_length(2024, 4), 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days),
        cmocka_unit_test(days_follow_each_other),
        cmocka_unit_test(leap_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
