#include "capture.h"

static char path[] = "/tmp/usher-check-XXXXXX";

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static const char good[] = "admin: {token: 0123456789abcdef}\n"
                           "community: {name: x}\n"
                           "bots: [{name: b, token: \"1:a\"}, {name: c, token: \"2:a\"}]\n"
                           "groups: [{name: g, bot: b, chat_id: -1}]\n";
static const char bad[] = "admin: {token: short}\n"
                          "community: {nam: \"x\"}\n"
                          "bots: [{name: b, token: \"1:a\"}]\n";

static void usable(void **state)
{
    char expected[256];
    (void)state;
    put(good);
    struct capture *run = RUN(cli_check, "check", "--config", path);
    assert_int_equal(run->code, CLI_DONE);
    snprintf(expected, sizeof(expected), "%s: ok (2 bots, 1 group, 0 plans, 0 gateways)\n", path);
    assert_string_equal(run->out, expected);
    assert_string_equal(run->err, "");
    run = RUN(cli_check, "check", "-j", "-c", path);
    assert_int_equal(run->code, CLI_DONE);
    assert_string_equal(run->out, "{\"ok\":true,\"errors\":[]}\n");
}

static void not_usable(void **state)
{
    char expected[1024];
    (void)state;
    put(bad);
    struct capture *run = RUN(cli_check, "check", "--config", path);
    assert_int_equal(run->code, CLI_FAILED);
    assert_string_equal(run->out, "");
    snprintf(expected, sizeof(expected),
             "%s:1: admin.token: is 5 bytes long; expected 16 to 512 bytes\n"
             "%s:2: community.nam: is not a key of the community; did you mean \"name\"?\n"
             "%s:2: community.name: is missing; expected one line of text, 1 to 128 bytes\n",
             path, path, path);
    assert_string_equal(run->err, expected);
    run = RUN(cli_check, "check", "--json", "--config", path);
    assert_int_equal(run->code, CLI_FAILED);
    snprintf(expected, sizeof(expected),
             "{\"ok\":false,\"errors\":["
             "{\"file\":\"%s\",\"line\":1,\"path\":\"admin.token\",\"message\":\"is 5 bytes long; "
             "expected 16 to 512 bytes\"},"
             "{\"file\":\"%s\",\"line\":2,\"path\":\"community.nam\",\"message\":\"is not a key of "
             "the community; did you mean \\\"name\\\"?\"},"
             "{\"file\":\"%s\",\"line\":2,\"path\":\"community.name\",\"message\":\"is missing; "
             "expected one line of text, 1 to 128 bytes\"}]}\n",
             path, path, path);
    assert_string_equal(run->out, expected);
    assert_string_equal(run->err, "");
    run = RUN(cli_check, "check", "--config", "/nowhere/usher.yaml");
    assert_int_equal(run->code, CLI_FAILED);
    assert_string_equal(run->err, "/nowhere/usher.yaml:1: cannot be read: not found; expected a "
                                  "file that you may read\n");
}

static void usage(void **state)
{
    (void)state;
    struct capture *run = RUN(cli_check, "check", "--help");
    assert_int_equal(run->code, CLI_DONE);
    assert_int_equal(
        strncmp(run->out, "usage: usher check [--config FILE] [--live] [--json]\n", 53), 0);
    assert_string_equal(run->err, "");
    run = RUN(cli_check, "check", "--confg");
    assert_int_equal(run->code, CLI_USAGE);
    assert_non_null(strstr(run->err, "usage: usher check [--config FILE] [--live] [--json]\n"));
    run = RUN(cli_check, "check", "--config");
    assert_int_equal(run->code, CLI_USAGE);
    run = RUN(cli_check, "check", path);
    assert_int_equal(run->code, CLI_USAGE);
    assert_non_null(strstr(run->err, "one operand too many\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable),
        cmocka_unit_test(not_usable),
        cmocka_unit_test(usage),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
