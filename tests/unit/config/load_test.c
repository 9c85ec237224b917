#include "config/load.h"

#include "config/document.h"

#include "example.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/usher-load-XXXXXX";

static const char *at(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static int make_folder(void **state)
{
    return mkdtemp(folder) == NULL ? -1 : example_environment(state);
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"usher.yaml", "secrets.env", "token", "pipe"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (unlink(at(names[i])) != 0)
            assert_int_equal(access(at(names[i]), F_OK), -1);
    }
    return rmdir(folder);
}

/* The errors without the folder's name; free them. */
static char *load(const char *path, struct config **config)
{
    struct buf errors;
    buf_init(&errors, 65536);
    enum error error = config_load(path, config, &errors);
    assert_true((error == ERROR_NONE) == (*config != NULL));
    char *text = strndup(errors.len > 0 ? errors.data : "", errors.len);
    assert_non_null(text);
    char *cut;
    while ((cut = strstr(text, folder)) != NULL)
        memmove(cut, cut + strlen(folder) + 1, strlen(cut + strlen(folder) + 1) + 1);
    buf_deinit(&errors);
    return text;
}

static void from_a_folder(void **state)
{
    struct config *config;
    (void)state;
    char *yaml = example_with("${IME_SECRET}", "${file:token}");
    put("usher.yaml", yaml, 0644);
    free(yaml);
    put("token", "from-a-file\n", 0600);
    put("secrets.env", "USHER_BOT_TOKEN=7:from-secrets-env\n", 0600);
    assert_int_equal(unsetenv("USHER_BOT_TOKEN"), 0);
    char path[300];
    snprintf(path, sizeof(path), "%s", at("usher.yaml"));
    char *errors = load(path, &config);
    assert_string_equal(errors, "");
    free(errors);
    assert_string_equal(config->path, path);
    assert_string_equal(config->data_dir, at("var"));
    assert_string_equal(config->bots[0].token, "7:from-secrets-env");
    assert_string_equal(config->gateways[3].secrets[0], "from-a-file");
    config_destroy(&config);

    put("secrets.env", "USHER_BOT_TOKEN=7:from-secrets-env\nwhat\n", 0644);
    errors = load(path, &config);
    assert_string_equal(errors, "secrets.env:1: not readable by you, or open to others; expected a "
                                "file of your own with mode 0600 (chmod 600)\n"
                                "usher.yaml:7: bots[0].token: USHER_BOT_TOKEN is not set and "
                                "secrets.env could not be used; expected it in the environment\n");
    free(errors);
    assert_int_equal(example_environment(NULL), 0);
}

static void unreadable(void **state)
{
    struct config *config;
    (void)state;
    char *errors = load(at("absent.yaml"), &config);
    assert_string_equal(errors, "absent.yaml:1: cannot be read: not found; expected a file that "
                                "you may read\n");
    free(errors);
    errors = load(at("."), &config);
    assert_non_null(strstr(errors, ".:1: is a folder; expected a file"));
    free(errors);
    char *big = malloc(DOCUMENT_BYTES_MAX + 2);
    assert_non_null(big);
    memset(big, '#', DOCUMENT_BYTES_MAX + 1);
    big[DOCUMENT_BYTES_MAX + 1] = '\0';
    put("usher.yaml", big, 0644);
    errors = load(at("usher.yaml"), &config);
    assert_string_equal(errors, "usher.yaml:1: the file is larger than 1 MiB; expected at most "
                                "that\n");
    free(errors);
    free(big);
}

static void reported(void **state)
{
    struct config *config;
    struct report report;
    (void)state;
    report_init(&report, "t");
    assert_int_equal(config_parse_reported(SLICE("http: {threads: 0, listen: x}\nadmin:\n"), "t",
                                           &config, &report),
                     ERROR_INVALID);
    assert_null(config);
    assert_int_equal(report.count, 5);
    assert_int_equal(report.items[0].line, 1);
    assert_string_equal(report.items[0].path, "http.listen");
    assert_string_equal(report.items[4].path, "admin");
    report_deinit(&report);
}

static void errors_without_room(void **state)
{
    struct config *config;
    struct buf errors;
    (void)state;
    buf_init(&errors, 10);
    assert_int_equal(config_parse(SLICE("a: 1\n"), "t", &config, &errors), ERROR_INVALID);
    assert_null(config);
    buf_deinit(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_a_folder),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(reported),
        cmocka_unit_test(errors_without_room),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
