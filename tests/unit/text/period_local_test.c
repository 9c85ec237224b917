#include "text/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void lengths(void **state)
{
    (void)state;
    static const struct {
        struct period period;
        const char *texts[LANGUAGE_COUNT];
    } cases[] = {
        {{1, 0}, {"1 month", "1 个月", "1 個月"}},
        {{3, 0}, {"3 months", "3 个月", "3 個月"}},
        {{12, 0}, {"1 year", "1 年", "1 年"}},
        {{24, 0}, {"2 years", "2 年", "2 年"}},
        {{13, 2}, {"13 months 2 days", "13 个月 2 天", "13 個月 2 天"}},
        {{0, 1}, {"1 day", "1 天", "1 天"}},
        {{0, 30}, {"30 days", "30 天", "30 天"}},
        {{0, 0}, {"", "", ""}},
        {{UINT32_MAX, UINT32_MAX},
         {"4294967295 months 4294967295 days", "4294967295 个月 4294967295 天",
          "4294967295 個月 4294967295 天"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
            char text[CALENDAR_TEXT_SIZE];
            period_format_local((enum language)language, cases[i].period, text, sizeof text);
            assert_string_equal(text, cases[i].texts[language]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
