/* What is said of points, in each language, with nothing left open. */
#include "modules/points/points.h"

#include "tests/unit/modules/said.h"

static int set_up(void **state)
{
    (void)state;
    return said_open("tests/scenarios/points.yaml");
}

static void a_balance_with_what_is_aside(void **state)
{
    char text[512];
    struct points_balance has = {.currency = POINTS_POINTS, .balance = 1250};
    (void)state;
    say_it(shape_points_balance(), &has, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "Points: 1250");
    has.held = 30;
    say_it(shape_points_balance(), &has, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "Points: 1250 (and 30 set aside)");
    has = (struct points_balance){.currency = POINTS_STARS, .owed = 7};
    say_it(shape_points_balance(), &has, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "Stars: 0 (7 owed)");
}

static void each_language_has_its_own_words(void **state)
{
    const struct points_streak streak = {.days = 6};
    char english[512];
    char text[512];
    (void)state;
    for (uint64_t currency = 0; currency < POINTS_CURRENCY_COUNT; currency++) {
        const struct points_balance has = {
            .currency = currency, .balance = 1, .held = 2, .owed = 3};
        say_it(shape_points_balance(), &has, LANGUAGE_EN, english, sizeof english);
        for (int language = LANGUAGE_EN + 1; language < LANGUAGE_COUNT; language++) {
            say_it(shape_points_balance(), &has, (enum language)language, text, sizeof text);
            assert_string_not_equal(text, english);
        }
    }
    say_it(shape_points_streak(), &streak, LANGUAGE_ZH_HANT, text, sizeof text);
    assert_string_equal(text, "已連續 6 天");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_balance_with_what_is_aside, set_up, said_close),
        cmocka_unit_test_setup_teardown(each_language_has_its_own_words, set_up, said_close),
    };
    return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
