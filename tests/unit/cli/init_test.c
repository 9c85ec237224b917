#include "capture.h"

static char folder[] = "/tmp/usher-init-XXXXXX";

static const char *at(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"usher.yaml", "secrets.env"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(unlink(at(names[i])), 0);
    return rmdir(folder);
}

static void once(void **state)
{
    char expected[512];
    (void)state;
    struct capture *run = RUN(cli_init, "init", "--json", folder);
    assert_int_equal(run->code, CLI_DONE);
    snprintf(expected, sizeof(expected),
             "{\"directory\":\"%s\",\"files\":[\"usher.yaml\",\"secrets.env\"]}\n", folder);
    assert_string_equal(run->out, expected);
    assert_int_equal(access(at("usher.yaml"), R_OK), 0);
    assert_int_equal(access(at("secrets.env"), R_OK), 0);
    run = RUN(cli_init, "init", folder);
    assert_int_equal(run->code, CLI_FAILED);
    assert_string_equal(run->out, "");
    snprintf(expected, sizeof(expected),
             "usher: %s/usher.yaml is there already and is left as it is\n", folder);
    assert_string_equal(run->err, expected);
    assert_int_equal(unlink(at("usher.yaml")) + unlink(at("secrets.env")), 0);
    run = RUN(cli_init, "init", folder);
    assert_int_equal(run->code, CLI_DONE);
    assert_non_null(strstr(run->out, "fill in the empty lines of secrets.env"));
    assert_null(strstr(run->out, "whsec_"));
}

static void usage(void **state)
{
    (void)state;
    struct capture *run = RUN(cli_init, "init", "--help");
    assert_int_equal(run->code, CLI_DONE);
    assert_int_equal(strncmp(run->out, "usage: usher init [--json] DIRECTORY\n", 37), 0);
    assert_int_equal(RUN(cli_init, "init")->code, CLI_USAGE);
    assert_int_equal(RUN(cli_init, "init", "a", "b")->code, CLI_USAGE);
    assert_int_equal(RUN(cli_init, "init", "--config", "a", "b")->code, CLI_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once),
        cmocka_unit_test(usage),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
