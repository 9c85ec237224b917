#include "config/starter.h"
#include "example.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/usher-init-XXXXXX";

static const char *const variables[] = {
    "USHER_BOT_TOKEN", "STRIPE_SECRET",   "USHER_ADMIN_TOKEN", "USHER_WEBHOOK_SECRET",
    "BTCPAY_SECRET",   "STANDARD_SECRET", "IME_SECRET"};

static const char *at(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        assert_int_equal(unsetenv(variables[i]), 0);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"d/usher.yaml", "d/secrets.env", "e/usher.yaml",
                                        "e/secrets.env", "file"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (unlink(at(names[i])) != 0)
            assert_int_equal(access(at(names[i]), F_OK), -1);
    }
    assert_int_equal(rmdir(at("d")), 0);
    assert_int_equal(rmdir(at("e")), 0);
    return rmdir(folder);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) < 65535);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

/* init, fill in, check: as the text on the screen says. */
static void fill_in_and_go(void **state)
{
    struct config *config;
    struct buf errors;
    struct why why = {{0}};
    (void)state;
    assert_int_equal(config_init(at("d"), &why), ERROR_NONE);
    assert_int_equal(mode_of(at("d")), 0700);
    assert_int_equal(mode_of(at("d/secrets.env")), 0600);
    char *yaml = read_file(at("d/usher.yaml"));
    assert_string_equal(yaml, starter_text);
    free(yaml);

    buf_init(&errors, 65536);
    assert_int_equal(config_load(at("d/usher.yaml"), &config, &errors), ERROR_INVALID);
    buf_append_u8(&errors, '\0');
    /* What is missing is exactly what others give. */
    assert_non_null(strstr(errors.data, "USHER_BOT_TOKEN is empty in secrets.env; expected"));
    assert_non_null(strstr(errors.data, "STRIPE_SECRET is empty in secrets.env; expected"));
    assert_ptr_equal(strchr(strchr(errors.data, '\n') + 1, '\n')[1] == '\0' ? errors.data : NULL,
                     errors.data);

    char *env = read_file(at("d/secrets.env"));
    char *with_bot = text_with(env, "USHER_BOT_TOKEN=\n", "USHER_BOT_TOKEN=123:abc\n");
    char *filled = text_with(with_bot, "STRIPE_SECRET=\n", "STRIPE_SECRET=whsec_x\n");
    write_file(at("d/secrets.env"), filled);
    buf_clear(&errors);
    assert_int_equal(config_load(at("d/usher.yaml"), &config, &errors), ERROR_NONE);
    assert_int_equal(strlen(config->admin_token), 64);
    assert_int_equal(strlen(config->gateways[1].secrets[0]), 64);
    assert_string_not_equal(config->admin_token, config->gateways[1].secrets[0]);
    assert_int_equal(strncmp(config->gateways[2].secrets[0], "whsec_", 6), 0);
    config_destroy(&config);
    buf_deinit(&errors);
    free(filled);
    free(with_bot);
    free(env);
}

static void nothing_is_overwritten(void **state)
{
    struct why why = {{0}};
    (void)state;
    char *before = read_file(at("d/secrets.env"));
    assert_int_equal(config_init(at("d"), &why), ERROR_EXISTS);
    assert_non_null(strstr(why.text, "d/usher.yaml is there already and is left as it is"));
    /* One of the two is enough to refuse, and then the other is not made. */
    assert_int_equal(unlink(at("d/usher.yaml")), 0);
    assert_int_equal(config_init(at("d"), &why), ERROR_EXISTS);
    assert_non_null(strstr(why.text, "d/secrets.env is there already"));
    assert_int_equal(access(at("d/usher.yaml"), F_OK), -1);
    char *after = read_file(at("d/secrets.env"));
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void secrets_are_fresh(void **state)
{
    struct why why = {{0}};
    (void)state;
    assert_int_equal(mkdir(at("e"), 0755), 0); /* a folder that is there will do */
    assert_int_equal(config_init(at("e"), &why), ERROR_NONE);
    char *one = read_file(at("d/secrets.env"));
    char *other = read_file(at("e/secrets.env"));
    for (size_t i = 2; i < sizeof(variables) / sizeof(variables[0]); i++) {
        char head[64];
        snprintf(head, sizeof(head), "\n%s=", variables[i]);
        const char *a = strstr(one, head);
        const char *b = strstr(other, head);
        assert_non_null(a);
        assert_non_null(b);
        assert_true(strcspn(a + 1, "\n") > strlen(head) + 40);
        assert_int_not_equal(strncmp(a, b, strlen(head) + 12), 0);
    }
    free(one);
    free(other);
}

static void impossible_places(void **state)
{
    struct why why = {{0}};
    char deep[5000];
    (void)state;
    assert_int_equal(config_init("", &why), ERROR_INVALID);
    memset(deep, 'x', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    assert_int_equal(config_init(deep, &why), ERROR_INVALID);
    assert_int_equal(config_init(at("no/such"), &why), ERROR_IO);
    assert_non_null(strstr(why.text, "cannot be made: No such file or directory"));
    write_file(at("file"), "x");
    assert_int_equal(config_init(at("file"), &why), ERROR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill_in_and_go),
        cmocka_unit_test(nothing_is_overwritten),
        cmocka_unit_test(secrets_are_fresh),
        cmocka_unit_test(impossible_places),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
