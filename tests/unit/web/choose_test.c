#include "web/choose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_best_of_what_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *query, *accept;
        enum language language;
    } cases[] = {
        {"", NULL, LANGUAGE_ZH_HANS}, /* the fallback */
        {"", "", LANGUAGE_ZH_HANS},
        {"", "en", LANGUAGE_EN},
        {"", "en-GB,en;q=0.9", LANGUAGE_EN},
        {"", "zh-TW", LANGUAGE_ZH_HANT},
        {"", "zh-HK", LANGUAGE_ZH_HANT},
        {"", "zh-Hant", LANGUAGE_ZH_HANT},
        {"", "zh-MO", LANGUAGE_ZH_HANT},
        {"", "ZH-hant-HK", LANGUAGE_ZH_HANT},
        {"", "zh-CN", LANGUAGE_ZH_HANS},
        {"", "zh", LANGUAGE_ZH_HANS},
        {"", "zh-Hans-HK", LANGUAGE_ZH_HANS},
        {"", "en;q=0.5, zh-TW;q=0.8", LANGUAGE_ZH_HANT},
        {"", "en;q=0.8,zh-TW;q=0.8", LANGUAGE_EN}, /* the first of two */
        {"", "de, fr;q=0.9, en;q=0.1", LANGUAGE_EN},
        {"", "de, *;q=0.1", LANGUAGE_ZH_HANS},
        {"", "en;q=0", LANGUAGE_ZH_HANS},
        {"", "en;q=0.000, zh-TW;q=0.001", LANGUAGE_ZH_HANT},
        {"", "en;q=1.000", LANGUAGE_EN},
        {"", "en;q=1.1, zh-TW;q=0.2", LANGUAGE_ZH_HANT}, /* no weight */
        {"", "en;q=x, zh-TW;q=0.2", LANGUAGE_ZH_HANT},
        {"", "en;q=0.1234, zh-TW;q=0.01", LANGUAGE_ZH_HANT},
        {"", "en;level=1;q=0.3", LANGUAGE_EN},
        {"", " en ; Q = 0.3 ", LANGUAGE_EN},
        {"", ",,;,;;q=,=", LANGUAGE_ZH_HANS},
        {"lang=en", "zh-TW", LANGUAGE_EN},
        {"lang=zh-Hant", "en", LANGUAGE_ZH_HANT},
        {"utm_source=a&lang=zh-TW&b=c", "en", LANGUAGE_ZH_HANT},
        {"lang=xx", "en", LANGUAGE_EN},
        {"lang=", "en", LANGUAGE_EN},
        {"lang=en&lang=zh", "zh-TW", LANGUAGE_EN}, /* the first */
        {"lang=%ff", "en", LANGUAGE_EN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum language language =
            web_language(slice_from(cases[i].query), slice_from(cases[i].accept), LANGUAGE_ZH_HANS);
        if (language != cases[i].language)
            fail_msg("?%s with \"%s\" is %s", cases[i].query, cases[i].accept,
                     language_tag(language));
    }
}

static void sources(void **state)
{
    static const struct {
        const char *query, *source;
    } cases[] = {{"", ""},
                 {"utm_source=youtube&utm_medium=x", "youtube"},
                 {"utm_source=a&source=b-C_1", "b-C_1"},
                 {"source=", ""},
                 {"source=a%20b%2F%22", "a_b__"},
                 {"source=%ff", ""},
                 {"source=abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwx"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char source[WEB_SOURCE_MAX + 1];
        web_source(slice_from(cases[i].query), source);
        assert_string_equal(source, cases[i].source);
    }
}

static void many_ranges_are_bounded(void **state)
{
    (void)state;
    char accept[8192] = "";
    for (size_t at = 0; at + 4 < sizeof accept; at += 4)
        memcpy(accept + at, "de, ", 5);
    memcpy(accept + sizeof accept - 4, "en", 3);
    assert_int_equal(web_language(SLICE(""), slice_from(accept), LANGUAGE_ZH_HANT),
                     LANGUAGE_ZH_HANT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_what_is_asked_for),
        cmocka_unit_test(sources),
        cmocka_unit_test(many_ranges_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
