#include "config/live.h"

#include "example.h"

static void expect_live(const char *old, const char *new, const char *expected)
{
    expect_said(false, true, old, new, expected);
}

static void refused(void **state)
{
    (void)state;
    expect_live("bots:", "bots:", "");
    expect_live("http: {", "test_clock: false\nhttp: {", "");
    expect_live("http: {", "test_clock: true\nhttp: {",
                "t:2: test_clock: is on, so whoever has the admin token can move the time; "
                "expected false in production\n");
    expect_live("https://api.telegram.org", "http://127.0.0.1:8081",
                "t:8: bots[0].api_url: is an address of this machine; expected the service's own "
                "in production\n");
}

static void of_one_process(void **state)
{
    (void)state;
    expect_errors("http: {",
                  "test_clock: true\ntopology: {curve_dir: keys, links: {commands: "
                  "[\"tcp://10.0.0.1:7001\"]}}\nhttp: {",
                  ":2: test_clock: is on while a link is tcp; expected all roles in one process, "
                  "or false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused), cmocka_unit_test(of_one_process)};
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
