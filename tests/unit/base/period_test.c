#include "base/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t months;
        uint32_t days;
        const char *canonical;
    } cases[] = {
        {"1 month", 1, 0, "1 month"},
        {"3 months", 3, 0, "3 months"},
        {"1 year", 12, 0, "1 year"},
        {"2 years", 24, 0, "2 years"},
        {"12 months", 12, 0, "1 year"},
        {"18 months", 18, 0, "18 months"},
        {"2 weeks", 0, 14, "14 days"},
        {"30 days", 0, 30, "30 days"},
        {"1 day", 0, 1, "1 day"},
        {"1200 years", 14400, 0, "1200 years"},
        {"1200 weeks", 0, 8400, "8400 days"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct period period;
        assert_true(period_parse(slice_from(cases[i].text), &period));
        assert_int_equal(period.months, cases[i].months);
        assert_int_equal(period.days, cases[i].days);
        char text[64];
        period_format(period, text, sizeof(text));
        assert_string_equal(text, cases[i].canonical);
    }
}

static void periods_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",         "1",         "month",     "0 months",       "1201 days", "1  month",
        " 1 month", "1 month ",  "1month",    "-1 day",         "+1 day",    "1.5 years",
        "01 month", "1 Month",   "1 hour",    "1 months x",     "1\tday",    "4294967297 days",
        "1 mon",    "1 monthss", "one month", "1 month 3 days",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct period period;
        assert_false(period_parse(slice_from(cases[i]), &period));
    }
    struct period period;
    assert_false(period_parse(slice_of(NULL, 0), &period));
    assert_false(period_parse(SLICE("1 month\0"), &period));
}

static void mixed_and_extreme_periods_have_a_text(void **state)
{
    (void)state;
    char text[64];
    period_format((struct period){0, 0}, text, sizeof(text));
    assert_string_equal(text, "0 days");
    period_format((struct period){1, 3}, text, sizeof(text));
    assert_string_equal(text, "1 month 3 days");
    period_format((struct period){UINT32_MAX, UINT32_MAX}, text, sizeof(text));
    assert_string_equal(text, "4294967295 months 4294967295 days");
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ms;
    } cases[] = {
        {"0", 0},
        {"0 days", 0},
        {"500 ms", 500},
        {"1 second", 1000},
        {"90 seconds", 90000},
        {"5 minutes", 300000},
        {"36 hours", 129600000},
        {"3 days", 259200000},
        {"2 weeks", 1209600000},
        {"999999999 weeks", 604799999395200000},
        {"60s", 60000},
        {"5m", 300000},
        {"12h", 43200000},
        {"3d", 259200000},
        {"999999999w", 604799999395200000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms = 7;
        assert_true(duration_parse(slice_from(cases[i].text), &ms));
        assert_true(ms == cases[i].ms);
    }
}

static void durations_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "00",
        "1",
        "5",
        "5 ",
        "5  minutes",
        "5minutes",
        "5M",
        "5x",
        "55",
        "d",
        "05d",
        "5 d",
        "-5d",
        "5d ",
        "1000000000s",
        "5 min",
        "1 month",
        "1 year",
        "-5 days",
        "1.5 days",
        "5 days ",
        " 5 days",
        "05 days",
        "1e3 ms",
        "1000000000 ms",
        "18446744073709551616 seconds",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms = 7;
        assert_false(duration_parse(slice_from(cases[i]), &ms));
        assert_true(ms == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods),
        cmocka_unit_test(periods_refused),
        cmocka_unit_test(mixed_and_extreme_periods_have_a_text),
        cmocka_unit_test(durations),
        cmocka_unit_test(durations_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
