#include "config/links.h"

#include "example.h"

static void names(void **state)
{
    (void)state;
    enum link link;
    assert_true(links_find(SLICE("requests"), &link));
    assert_int_equal(link, LINK_requests);
    assert_true(links_find(SLICE("hook_asks"), &link));
    assert_int_equal(link, LINK_hook_asks);
    assert_false(links_find(SLICE("request"), &link));
    assert_false(links_find(SLICE(""), &link));
}

static void endpoints(void **state)
{
    (void)state;
    struct config *config =
        parse_example("data_dir: ./var", "lanes: [{name: a, url: \"https://a.example\"}]");
    assert_int_equal(links_wanted(LINK_requests, config), 0);
    assert_int_equal(links_wanted(LINK_commands, config), 1);
    assert_int_equal(links_wanted(LINK_calls, config), 2);
    assert_false(links_networked(config));
    config_destroy(&config);
    config = parse_example("data_dir: ./var", "topology: {curve_dir: keys, links: {due: "
                                              "\"tcp://10.0.0.2:7001\", work: inproc://w}}");
    assert_true(links_networked(config));
    config_destroy(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(endpoints)};
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
