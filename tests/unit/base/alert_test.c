#include "base/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct alert_table table;

static int empty(void **state)
{
    (void)state;
    memset(&table, 0, sizeof(table));
    return 0;
}

static void once_an_hour_for_each_thing(void **state)
{
    (void)state;
    uint64_t left_out;
    assert_true(alert_due(&table, LOG_fatal, "main", 5, &left_out));
    assert_int_equal(left_out, 0);
    assert_false(alert_due(&table, LOG_fatal, "main", 6, &left_out));
    assert_true(alert_due(&table, LOG_fatal, "second", 6, &left_out));
    assert_true(alert_due(&table, LOG_stopped, "main", 6, &left_out));
    assert_false(alert_due(&table, LOG_fatal, "main", 4 + ALERT_EVERY_MS, &left_out));
    assert_true(alert_due(&table, LOG_fatal, "main", 5 + ALERT_EVERY_MS, &left_out));
    assert_int_equal(left_out, 2);
    assert_false(alert_due(&table, LOG_fatal, "main", 6 + ALERT_EVERY_MS, &left_out));
    assert_true(alert_due(&table, LOG_fatal, "main", 5 + 2 * ALERT_EVERY_MS, &left_out));
    assert_int_equal(left_out, 1);
}

static void without_a_name_and_with_a_long_one(void **state)
{
    (void)state;
    char name[3 * ALERT_THING_BYTES];
    uint64_t left_out;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_true(alert_due(&table, LOG_fatal, "", 1, &left_out));
    assert_false(alert_due(&table, LOG_fatal, "", 1, &left_out));
    assert_true(alert_due(&table, LOG_fatal, name, 1, &left_out));
    assert_false(alert_due(&table, LOG_fatal, name, 1, &left_out));
}

static void sentences_are_kept_for_whoever_takes_them(void **state)
{
    (void)state;
    char text[ALERT_TEXT_BYTES];
    char thing[16];
    log_set_level(LOG_LEVEL_ERROR);
    assert_false(alert_take(text));
    alert(LOG_disk_low, "a", "make room", "data_dir=%s", "var");
    alert(LOG_disk_low, "a", "make room", "data_dir=%s", "var");
    assert_true(alert_take(text));
    assert_string_equal(text, "disk_low data_dir=var\nmake room");
    assert_false(alert_take(text));
    for (unsigned i = 0; i < ALERT_TEXTS_MAX + 3; i++) {
        snprintf(thing, sizeof(thing), "t%u", i);
        alert(LOG_disk_low, thing, "make room", "n=%u", i);
    }
    assert_true(alert_take(text));
    assert_string_equal(text, "disk_low n=3\nmake room");
    for (unsigned i = 1; i < ALERT_TEXTS_MAX; i++)
        assert_true(alert_take(text));
    assert_false(alert_take(text));
    log_set_level(LOG_LEVEL_INFO);
}

static void too_many_things_push_out_the_oldest(void **state)
{
    (void)state;
    char name[16];
    uint64_t left_out;
    for (unsigned i = 0; i < ALERT_THINGS_MAX; i++) {
        snprintf(name, sizeof(name), "%u", i);
        assert_true(alert_due(&table, LOG_fatal, name, 10 + i, &left_out));
    }
    assert_true(alert_due(&table, LOG_fatal, "one more", 1000, &left_out));
    assert_false(alert_due(&table, LOG_fatal, "1", 1000, &left_out));
    assert_true(alert_due(&table, LOG_fatal, "0", 1000, &left_out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(once_an_hour_for_each_thing, empty),
        cmocka_unit_test_setup(without_a_name_and_with_a_long_one, empty),
        cmocka_unit_test(sentences_are_kept_for_whoever_takes_them),
        cmocka_unit_test_setup(too_many_things_push_out_the_oldest, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
