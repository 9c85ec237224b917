#include "config/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *const words[] = {"timezone", "language", NULL, "name", "per_second", "token"};

static const char *near(const char *word)
{
    return near_find(slice_from(word), words, sizeof(words) / sizeof(words[0]));
}

static void slips(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"timezon", "timezone"},   {"timezonee", "timezone"},    {"timeozne", "timezone"},
        {"time_zone", "timezone"}, {"langauge", "language"},     {"nmae", "name"},
        {"Name", "name"},          {"per-second", "per_second"}, {"tokne", "token"},
        {"toke", "token"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(near(cases[i][0]), cases[i][1]);
}

static void strangers(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "x", "gateway", "zone", "tk", "second"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_null(near(cases[i]));
    char longer[NEAR_WORD_MAX + 2];
    memset(longer, 'a', sizeof(longer));
    assert_null(near_find(slice_of(longer, sizeof(longer)), words, 6));
    const char *self[] = {longer};
    longer[NEAR_WORD_MAX] = '\0';
    assert_ptr_equal(near_find(slice_of(longer, NEAR_WORD_MAX), self, 1), longer);
    assert_null(near_find(SLICE("name"), NULL, 0));
}

static void the_nearest_wins(void **state)
{
    (void)state;
    const char *const rows[] = {"plans", "plan", "planes"};
    assert_string_equal(near_find(SLICE("plan"), rows, 3), "plan");
    assert_string_equal(near_find(SLICE("planss"), rows, 3), "plans");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips),
        cmocka_unit_test(strangers),
        cmocka_unit_test(the_nearest_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
