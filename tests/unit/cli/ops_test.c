/* The verbs that follow from a module's tables. What they say to usher is seen in
 * tests/process/test_tidy.py. */
#include "tests/unit/ledger/sample.h"

#include "cli/ops.h"
#include "tests/unit/cli/capture.h"

#undef RUN
static struct capture said;
#define RUN(...) said = *capture_run(cli_ops, (const char *const[]){__VA_ARGS__, NULL})

static void words_come_from_the_shape(void **state)
{
    (void)state;
    struct route_view route;
    char thing[OPS_NAME_SIZE], verb[OPS_NAME_SIZE];
    assert_true(ops_find("sample", "keep", &route));
    assert_string_equal(route.shape->name, "sample_keep");
    ops_words(&route, thing, verb);
    assert_string_equal(thing, "sample");
    assert_string_equal(verb, "keep");
    assert_true(ops_find("sample", "box", &route));
    assert_non_null(route.ask);
    assert_true(ops_find("sample", NULL, &route));
    assert_false(ops_find("sample", "drop", &route)); /* not from outside */
    assert_false(ops_find("simple", NULL, &route));
}

static void help_is_made_of_the_shape(void **state)
{
    (void)state;
    RUN("sample", "every", "--help");
    assert_int_equal(said.code, CLI_DONE);
    assert_string_equal(said.err, "");
    assert_non_null(strstr(said.out, "usage: usher sample every NAME [OPTIONS]"));
    assert_non_null(strstr(said.out, "POST /api/v1/sample/{name}"));
    assert_non_null(strstr(said.out, "a name, of at most 31 bytes; needed\n"));
    assert_non_null(strstr(said.out, "--color              one of: red, green, blue\n"));
    assert_non_null(strstr(said.out, "--amount             a decimal string"));
    assert_null(strstr(said.out, "--bin"));
    RUN("sample", "keep", "--help");
    assert_non_null(strstr(said.out, "--telegram-id "));
    assert_non_null(strstr(said.out, "--reason "));
    RUN("sample", "box", "-h");
    assert_null(strstr(said.out, "--reason "));
    assert_null(strstr(said.out, "--key "));
    RUN("sample", "--help");
    assert_int_equal(said.code, CLI_DONE);
    assert_non_null(strstr(said.out, "nothing"));
}

static void assert_wrong(const char *words)
{
    assert_int_equal(said.code, CLI_USAGE);
    assert_string_equal(said.out, "");
    if (strstr(said.err, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, said.err);
}

static void wrong_use_is_said_with_what_was_near(void **state)
{
    (void)state;
    RUN("sample");
    assert_wrong("usage: usher sample VERB");
    RUN("sample", "keap");
    assert_wrong("sample has no verb \"keap\"; did you mean \"keep\"?");
    RUN("sample", "keep", "--nane", "x");
    assert_wrong("there is no option --nane; did you mean \"name\"?");
    RUN("sample", "keep", "--telegram_ids=5");
    assert_wrong("did you mean \"telegram-id\"?");
    RUN("sample", "keep", "--zzzzzzz", "x");
    assert_wrong("there is no option --zzzzzzz\n");
    RUN("sample", "keep", "--name");
    assert_wrong("--name wants a value");
    RUN("sample", "keep", "--name", "a", "--name=b");
    assert_wrong("name is there twice");
    RUN("sample", "keep");
    assert_wrong("--name is needed");
    RUN("sample", "keep", "box");
    assert_wrong("\"box\" is one operand too many");
    RUN("sample", "box");
    assert_wrong("say which: name is missing");
    RUN("sample", "box", "a", "b");
    assert_wrong("\"b\" is one operand too many");
    RUN("sample", "box", "a", "--reason", "x"); /* a question has none */
    assert_wrong("there is no option --reason");
    RUN("sample", "every", "box", "--bin", "x");
    assert_wrong("there is no option --bin");
}

static void values_are_looked_at_first(void **state)
{
    (void)state;
    RUN("sample", "keep", "--name", "a", "--facts", "many");
    assert_wrong("facts must be a number");
    RUN("sample", "keep", "--name", "a", "--member", "-7");
    assert_wrong("telegram_id must be a Telegram id");
    RUN("sample", "every", "a", "--color", "mauve");
    assert_wrong("color must be one of: red, green, blue");
    RUN("sample", "every", "a", "--amount", "5.00");
    assert_wrong("amount must be a decimal string such as \"29.00\", with a currency beside it");
    RUN("sample", "every", "a", "--amount", "5.001", "--currency", "USD");
    assert_wrong("amount must be");
}

/* Good use gets as far as the configuration, which is not there. */
static void good_use_asks_usher(void **state)
{
    (void)state;
    static const char *const lines[][12] = {
        {"sample", "keep", "--name", "a", "--full", "--facts=3", "--config", "/none"},
        {"sample", "keep", "--name=a", "--full", "false", "-c", "/none", "--reason", "why"},
        {"sample", "every", "--amount", "5.00", "--currency", "USD", "-c", "/none", "a"},
        {"sample", "every", "-c", "/none", "--i64", "-5", "--", "-a"},
        {"sample", "nothing", "--key", "k1", "--json", "-c", "/none"},
        {"sample", "box", "a", "-c", "/none"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        said = *capture_run(cli_ops, lines[i]);
        if (said.code != CLI_FAILED || strstr(said.err, "/none") == NULL)
            fail_msg("%zu: %d %s", i, said.code, said.err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_from_the_shape),
        cmocka_unit_test(help_is_made_of_the_shape),
        cmocka_unit_test(wrong_use_is_said_with_what_was_near),
        cmocka_unit_test(values_are_looked_at_first),
        cmocka_unit_test(good_use_asks_usher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
