/* The lanes of a configuration: bots, then HTTP services. */
#include "example.h"

static const char with_service[] =
    "lanes:\n"
    "  - {name: acme, url: \"https://acme.example/in\", header: \"X-Key: abc\", per_second: 3}\n"
    "groups:\n";

static void bots_come_first(void **state)
{
    (void)state;
    struct config *config = parse_example("groups:\n", with_service);
    size_t index = 99;
    assert_int_equal(config_lane_count(config), 2);
    struct config_lane lane = config_lane(config, 0);
    assert_string_equal(lane.name.text, "telegram:main");
    assert_int_equal(lane.carrier, CARRIER_TELEGRAM);
    assert_string_equal(lane.url, "https://api.telegram.org");
    assert_int_equal(lane.concurrency, 300);
    lane = config_lane(config, 1);
    assert_string_equal(lane.name.text, "http:acme");
    assert_int_equal(lane.carrier, CARRIER_HTTP);
    assert_string_equal(lane.url, "https://acme.example/in");
    assert_string_equal(lane.secret, "X-Key: abc");
    assert_int_equal(lane.per_second, 3);
    assert_int_equal(lane.concurrency, 8);
    assert_true(config_lane_find(config, SLICE("http:acme"), &index));
    assert_int_equal(index, 1);
    assert_true(config_lane_find(config, SLICE("telegram:main"), &index));
    assert_int_equal(index, 0);
    assert_false(config_lane_find(config, SLICE("main"), &index));
    config_destroy(&config);
}

static void a_header_has_a_name_and_a_value(void **state)
{
    (void)state;
    static const char *const wrong[] = {"abc", ": abc", "X-Key:abc", "X-Key: ", "X Key: abc"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 "lanes:\n  - {name: acme, url: \"https://a.example\", header: \"%s\"}\ngroups:\n",
                 wrong[i]);
        expect_errors("groups:\n", text,
                      ":13: lanes[0].header: the value is not valid; expected \"Name: value\"");
    }
    expect_errors("groups:\n",
                  "lanes:\n  - {name: acme, url: \"https://a.example\"}\n"
                  "  - {name: acme, url: \"https://b.example\"}\ngroups:\n",
                  ":14: lanes[1].name: is the name of lanes[0] too; expected names that differ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bots_come_first),
        cmocka_unit_test(a_header_has_a_name_and_a_value),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
