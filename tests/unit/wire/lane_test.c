#include "wire/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void a_bots_lane_names_the_bot(void **state)
{
    (void)state;
    struct lane_name lane = lane_of_bot(SLICE("main"));
    assert_string_equal(lane.text, "telegram:main");
    assert_true(slice_is(lane_bot(slice_from(lane.text)), "main"));
    assert_string_equal(lane_of("http", SLICE("acme")).text, "http:acme");
}

static void other_lanes_name_none(void **state)
{
    (void)state;
    static const char *const lanes[] = {"", "main", "telegram:", "http:main", "telegram"};
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++)
        assert_int_equal(lane_bot(slice_from(lanes[i])).len, 0);
}

static void a_name_is_whole_or_not_at_all(void **state)
{
    (void)state;
    char name[LANE_NAME_MAX];
    memset(name, 'n', sizeof name);
    assert_int_equal(strlen(lane_of_bot(slice_of(name, LANE_NAME_MAX - 9)).text), LANE_NAME_MAX);
    assert_string_equal(lane_of_bot(slice_of(name, LANE_NAME_MAX - 8)).text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bots_lane_names_the_bot),
        cmocka_unit_test(other_lanes_name_none),
        cmocka_unit_test(a_name_is_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
