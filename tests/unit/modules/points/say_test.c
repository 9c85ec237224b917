/* What is said of points, in each language, with nothing left open. */
#include "config/config.h"
#include "ledger/reply.h"
#include "ledger/words.h"
#include "modules/points/points.h"
#include "text/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct config *config;
static struct calendar *calendar;

static int set_up(void **state)
{
    struct buf errors;
    (void)state;
    buf_init(&errors, 65536);
    return config_load("tests/scenarios/points.yaml", &config, &errors) == ERROR_NONE &&
                   calendar_new(config->timezone, &calendar) == ERROR_NONE
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    calendar_destroy(&calendar);
    config_destroy(&config);
    return 0;
}

static void say_it(const struct shape *shape, const void *part, enum language language, char *out,
                   size_t size)
{
    struct buf parts, words;
    struct why why = {""};
    struct message message = part_make(shape, part);
    buf_init(&parts, 65536);
    buf_init(&words, 65536);
    wire_encode(&parts, &message);
    const struct message_work work = {.kind = DELIVERY_reply,
                                      .name = SLICE("Ann"),
                                      .language = (uint64_t)language,
                                      .parts = buf_slice(&parts)};
    if (say_parts(module_say, config, calendar, &work, &words, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    struct slice rest = buf_slice(&words);
    assert_int_equal(wire_decode(&rest, &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_part_text);
    (void)snprintf(out, size, "%.*s", SLICE_ARG(message.part_text.text));
    assert_null(strstr(out, "{{"));
    buf_deinit(&parts);
    buf_deinit(&words);
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
        cmocka_unit_test_setup_teardown(a_balance_with_what_is_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_language_has_its_own_words, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
