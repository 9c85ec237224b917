#include "text/calendar.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void amounts(void **state)
{
    (void)state;
    static const struct {
        enum language language;
        int64_t minor;
        const char *currency;
        const char *text;
    } cases[] = {
        {LANGUAGE_EN, 2900, "USD", "$29.00"},
        {LANGUAGE_ZH_HANS, 2900, "USD", "US$29.00"},
        {LANGUAGE_ZH_HANT, 2900, "USD", "US$29.00"},
        {LANGUAGE_EN, 19900, "CNY", "CN¥199.00"},
        {LANGUAGE_ZH_HANS, 19900, "CNY", "¥199.00"},
        {LANGUAGE_ZH_HANT, 90000, "TWD", "$900.00"},
        {LANGUAGE_EN, 1234567, "JPY", "¥1,234,567"},
        {LANGUAGE_EN, 1234, "KWD",
         "KWD\xC2\xA0"
         "1.234"},
        {LANGUAGE_EN, 1234567, "IQD",
         "IQD\xC2\xA0"
         "1,234.567"}, /* cash in CLDR has no decimals */
        {LANGUAGE_EN, 123456789, "EUR", "€1,234,567.89"},
        {LANGUAGE_EN, -2900, "USD", "-$29.00"},
        {LANGUAGE_EN, 29000000, "USDT", "29.000000 USDT"},
        {LANGUAGE_ZH_HANS, 1, "BTC", "0.00000001 BTC"},
        {LANGUAGE_EN, 250, "XTR", "250 XTR"},
        {LANGUAGE_EN, 250, "usd", "$2.50"},
        {LANGUAGE_EN, 250, "usdt", "0.000250 USDT"},
        {LANGUAGE_EN, 250, "NOSUCH", "250 NOSUCH"},
        {LANGUAGE_EN, 250, "", "250"},
        {LANGUAGE_EN, INT64_MAX, "USD", "$92,233,720,368,547,758.07"},
        {LANGUAGE_EN, INT64_MIN, "USD", "-$92,233,720,368,547,758.08"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CALENDAR_TEXT_SIZE];
        money_format_local(cases[i].language, cases[i].minor, cases[i].currency, text,
                           sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

static void *format_along(void *argument)
{
    bool *wrong = argument;
    for (int i = 0; i < 2000; i++) {
        char text[CALENDAR_TEXT_SIZE];
        money_format_local(LANGUAGE_EN, 2900, "USD", text, sizeof(text));
        *wrong |= strcmp(text, "$29.00") != 0;
        money_format_local(LANGUAGE_EN, 2900, "JPY", text, sizeof(text));
        *wrong |= strcmp(text, "¥2,900") != 0;
    }
    return NULL;
}

static void threads_share_the_formats(void **state)
{
    (void)state;
    pthread_t threads[3];
    bool wrong[3] = {false};
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, format_along, &wrong[i]), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts),
        cmocka_unit_test(threads_share_the_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
