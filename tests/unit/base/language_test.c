#include "base/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void tags_parse_back(void **state)
{
    (void)state;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        enum language language = LANGUAGE_COUNT;
        assert_true(language_parse(slice_from(language_tag((enum language)i)), &language));
        assert_int_equal(language, i);
    }
    assert_string_equal(language_tag(LANGUAGE_ZH_HANT), "zh-Hant");
}

static void only_exact_tags_parse(void **state)
{
    (void)state;
    static const char *const cases[] = {"",        "EN",  "zh",      "zh-hans",
                                        "zh-HANT", "en ", "zh_Hans", "de"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum language language;
        assert_false(language_parse(slice_from(cases[i]), &language));
    }
}

static void nearest(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        enum language language;
    } cases[] = {
        {"en", LANGUAGE_EN},
        {"EN-gb", LANGUAGE_EN},
        {"en_US", LANGUAGE_EN},
        {"zh", LANGUAGE_ZH_HANS},
        {"zh-hans", LANGUAGE_ZH_HANS},
        {"zh-CN", LANGUAGE_ZH_HANS},
        {"zh-SG", LANGUAGE_ZH_HANS},
        {"zh-hant", LANGUAGE_ZH_HANT},
        {"ZH-Hant", LANGUAGE_ZH_HANT},
        {"zh-TW", LANGUAGE_ZH_HANT},
        {"zh_HK", LANGUAGE_ZH_HANT},
        {"zh-MO", LANGUAGE_ZH_HANT},
        {"zh-Hans-HK", LANGUAGE_ZH_HANS},
        {"zh-Hant-CN", LANGUAGE_ZH_HANT},
        {"zh-hant-raw", LANGUAGE_ZH_HANT},
        {"zh-x", LANGUAGE_ZH_HANS},
        {"zh-", LANGUAGE_ZH_HANS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int fallback = 0; fallback < LANGUAGE_COUNT; fallback++)
            assert_int_equal(language_nearest(slice_from(cases[i].tag), (enum language)fallback),
                             cases[i].language);
    }
}

static void others_fall_back(void **state)
{
    (void)state;
    static const char *const cases[] = {"",    "de", "english", "e",    "zhx",
                                        "-zh", "z",  "\xFF",    "fr-zh"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int fallback = 0; fallback < LANGUAGE_COUNT; fallback++)
            assert_int_equal(language_nearest(slice_from(cases[i]), (enum language)fallback),
                             fallback);
    }
    assert_int_equal(language_nearest(slice_of(NULL, 0), LANGUAGE_ZH_HANT), LANGUAGE_ZH_HANT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_parse_back),
        cmocka_unit_test(only_exact_tags_parse),
        cmocka_unit_test(nearest),
        cmocka_unit_test(others_fall_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
