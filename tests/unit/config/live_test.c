#include "config/live.h"

#include "config/load.h"

#include "example.h"

/* The errors of the example with one change, as `usher check --live` finds them. */
static void expect_live(const char *old, const char *new, const char *expected)
{
    struct config *config = NULL;
    struct report report;
    struct buf text;
    struct buf errors;
    const char *at = strstr(example_yaml, old);

    assert_non_null(at);
    buf_init(&text, 65536);
    buf_init(&errors, 65536);
    buf_append(&text, example_yaml, (size_t)(at - example_yaml));
    buf_append_text(&text, new);
    buf_append_text(&text, at + strlen(old));
    report_init(&report, "t");
    report.live = true;
    (void)config_parse_reported(buf_slice(&text), "t", &config, &report);
    report_print(&report, &errors);
    buf_append_u8(&errors, 0);
    assert_string_equal(errors.data, expected);
    report_deinit(&report);
    config_destroy(&config);
    buf_deinit(&text);
    buf_deinit(&errors);
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
