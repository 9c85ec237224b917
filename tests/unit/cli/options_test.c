#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char usage[] = "usage: usher test\n";

struct parsed {
    struct cli_common common;
    const char *limit, *state;
    bool all;
};

static int parse(struct parsed *parsed, int argc, char **argv)
{
    const struct cli_value values[] = {{"limit", &parsed->limit, NULL},
                                       {"state", &parsed->state, NULL},
                                       {"all", NULL, &parsed->all},
                                       {0}};
    return cli_options(&parsed->common, argc, argv, values, usage);
}

static void options_and_operands_mix(void **state)
{
    char *argv[] = {"test", "list", "--limit", "7", "x", "--all", "--state=dead", "-j", NULL};
    struct parsed parsed = {.limit = NULL};
    (void)state;

    assert_int_equal(parse(&parsed, 8, argv), CLI_GO_ON);
    assert_string_equal(parsed.limit, "7");
    assert_string_equal(parsed.state, "dead");
    assert_true(parsed.all);
    assert_true(parsed.common.json);
    assert_string_equal(parsed.common.config_path, "./usher.yaml");
    assert_string_equal(cli_operand(8, argv), "list");
    assert_false(cli_operands_end(8, argv, usage));
    assert_string_equal(cli_operand(8, argv), "x");
    assert_null(cli_operand(8, argv));
    assert_true(cli_operands_end(8, argv, usage));
}

static void absent_is_absent(void **state)
{
    char *argv[] = {"test", NULL};
    struct parsed parsed = {.limit = NULL};
    (void)state;

    assert_int_equal(parse(&parsed, 1, argv), CLI_GO_ON);
    assert_null(parsed.limit);
    assert_false(parsed.all);
    assert_null(cli_operand(1, argv));
}

static void wrong_usage(void **state)
{
    char *unknown[] = {"test", "--colour", NULL};
    char *missing[] = {"test", "--limit", NULL};
    char *too_much[] = {"test", "--all=yes", NULL};
    char *help[] = {"test", "--help", NULL};
    struct parsed parsed = {.limit = NULL};
    (void)state;

    assert_int_equal(parse(&parsed, 2, unknown), CLI_USAGE);
    assert_int_equal(parse(&parsed, 2, missing), CLI_USAGE);
    assert_int_equal(parse(&parsed, 2, too_much), CLI_USAGE);
    assert_int_equal(parse(&parsed, 2, help), CLI_DONE);
}

static void numbers(void **state)
{
    uint64_t out = 5;
    (void)state;

    assert_true(cli_number("n", NULL, 1, 10, &out));
    assert_int_equal(out, 5);
    assert_true(cli_number("n", "1", 1, 10, &out));
    assert_int_equal(out, 1);
    assert_true(cli_number("n", "10", 1, 10, &out));
    assert_int_equal(out, 10);
    static const char *const wrong[] = {"0", "11", "-1", "",
                                        "x", "1x", " 1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(cli_number("n", wrong[i], 1, 10, &out));
    assert_int_equal(out, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_mix),
        cmocka_unit_test(absent_is_absent),
        cmocka_unit_test(wrong_usage),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
