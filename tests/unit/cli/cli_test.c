#include "capture.h"

static struct cli_common parsed;

static int verb(int argc, char **argv)
{
    int code = cli_common_parse(&parsed, argc, argv, 1, 2, "usage: usher verb A [B]\nmore\n");
    if (code != CLI_GO_ON)
        return code;
    printf("%s|%s|%d|%d", argv[optind], parsed.config_path, parsed.json, argc - optind);
    return CLI_DONE;
}

static int loader(int argc, char **argv)
{
    int code = cli_common_parse(&parsed, argc, argv, 0, 0, "usage: x\n");
    if (code != CLI_GO_ON)
        return code;
    struct config *config = cli_config_load(&parsed);
    code = config == NULL ? CLI_FAILED : CLI_DONE;
    config_destroy(&config);
    return code;
}

static void options(void **state)
{
    (void)state;
    assert_string_equal(RUN(verb, "verb", "a")->out, "a|./usher.yaml|0|1");
    assert_string_equal(RUN(verb, "verb", "a", "--json", "b")->out, "a|./usher.yaml|1|2");
    assert_string_equal(RUN(verb, "verb", "--config=x", "--", "-a")->out, "-a|x|0|1");
    assert_string_equal(RUN(verb, "verb", "-h")->out, "usage: usher verb A [B]\nmore\n");
}

/* What is named goes before what is found; /etc is not ours to write. */
static void where_the_configuration_is(void **state)
{
    (void)state;
    assert_int_equal(setenv("USHER_CONFIG", "/srv/u.yaml", 1), 0);
    assert_string_equal(RUN(verb, "verb", "a")->out, "a|/srv/u.yaml|0|1");
    assert_string_equal(RUN(verb, "verb", "a", "-c", "x")->out, "a|x|0|1");
    assert_int_equal(setenv("USHER_CONFIG", "", 1), 0);
    assert_string_equal(RUN(verb, "verb", "a")->out, "a|./usher.yaml|0|1");
    assert_int_equal(unsetenv("USHER_CONFIG"), 0);
}

static void wrong_usage(void **state)
{
    (void)state;
    struct capture *run = RUN(verb, "verb");
    assert_int_equal(run->code, CLI_USAGE);
    assert_string_equal(run->err, "usher: verb: an operand is missing\nusage: usher verb A [B]\n");
    run = RUN(verb, "verb", "a", "b", "c");
    assert_int_equal(run->code, CLI_USAGE);
    assert_string_equal(run->err, "usher: verb: \"c\" is one operand too many\n"
                                  "usage: usher verb A [B]\n");
    run = RUN(verb, "verb", "a", "-x");
    assert_int_equal(run->code, CLI_USAGE);
    assert_non_null(strstr(run->err, "\nusage: usher verb A [B]\n"));
}

static void loading(void **state)
{
    (void)state;
    struct capture *run = RUN(loader, "x", "--config", "/nowhere/u.yaml");
    assert_int_equal(run->code, CLI_FAILED);
    assert_string_equal(run->err, "/nowhere/u.yaml:1: cannot be read: not found; expected a file "
                                  "that you may read\n"
                                  "usher: /nowhere/u.yaml: the configuration is not usable\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options),
        cmocka_unit_test(where_the_configuration_is),
        cmocka_unit_test(wrong_usage),
        cmocka_unit_test(loading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
