#include "config/substitute.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/usher-substitute-XXXXXX";

static const char *at(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, struct slice text, mode_t mode)
{
    if (unlink(at(name)) != 0)
        assert_int_equal(access(at(name), F_OK), -1);
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.data, text.len), (ssize_t)text.len);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"secrets.env", "plain", "crlf", "empty",  "big",
                                        "pipe",        "nul",   "env",  "bom.txt"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (unlink(at(names[i])) != 0)
            assert_int_equal(access(at(names[i]), F_OK), -1);
    }
    return rmdir(folder);
}

/* The expansion, or the problem behind an exclamation mark. */
static const char *expand(const struct substitute *substitute, const char *raw)
{
    static char text[1024];
    struct buf out;
    struct why problem = {{0}};
    buf_init(&out, SUBSTITUTE_BYTES_MAX);
    if (substitute_expand(substitute, slice_from(raw), &out, &problem))
        assert_true(out.len == 0 ? (text[0] = '\0', true)
                                 : slice_copy(buf_slice(&out), text, sizeof(text)));
    else
        snprintf(text, sizeof(text), "!%s", problem.text);
    buf_deinit(&out);
    return text;
}

static void start(struct substitute *substitute, const char *errors)
{
    struct report report;
    struct buf out;
    char text[2048] = "";
    report_init(&report, at("usher.yaml"));
    buf_init(&out, sizeof(text) - 1);
    assert_true(substitute_init(substitute, at("usher.yaml"), &report));
    report_sort(&report);
    report_print(&report, &out);
    if (out.len > 0)
        assert_true(slice_copy(buf_slice(&out), text, sizeof(text)));
    char *cut;
    while ((cut = strstr(text, folder)) != NULL)
        memmove(cut, cut + strlen(folder) + 1, strlen(cut + strlen(folder) + 1) + 1);
    assert_string_equal(text, errors);
    buf_deinit(&out);
    report_deinit(&report);
}

static void variables(void **state)
{
    struct substitute substitute;
    (void)state;
    assert_int_equal(setenv("ONE", "first", 1), 0);
    assert_int_equal(setenv("NOTHING", "", 1), 0);
    assert_int_equal(setenv("TRICKY", "${ONE} $${ }\n", 1), 0);
    assert_int_equal(unsetenv("ABSENT"), 0);
    start(&substitute, "");
    assert_string_equal(expand(&substitute, ""), "");
    assert_string_equal(expand(&substitute, "plain $ text $5 }"), "plain $ text $5 }");
    assert_string_equal(expand(&substitute, "${ONE}"), "first");
    assert_string_equal(expand(&substitute, "a${ONE}b${ONE}c"), "afirstbfirstc");
    assert_string_equal(expand(&substitute, "$${ONE}"), "${ONE}");
    assert_string_equal(expand(&substitute, "$$${ONE}"), "$${ONE}");
    /* What is put in is not looked at again. */
    assert_string_equal(expand(&substitute, "${TRICKY}"), "${ONE} $${ }\n");
    assert_string_equal(expand(&substitute, "x${ABSENT}"),
                        "!ABSENT is not set; expected it in the environment or in secrets.env "
                        "beside this file");
    assert_string_equal(expand(&substitute, "${NOTHING}"),
                        "!NOTHING is empty in the environment; expected a value");
    assert_string_equal(expand(&substitute, "${ONE"),
                        "!\"${\" without a closing brace; expected ${NAME} or ${file:PATH}, or "
                        "\"$${\" for a plain \"${\"");
    /* Somebody may have pasted a secret between the braces. */
    static const char *const bad[] = {"${}",           "${ ONE}", "${1ONE}",
                                      "${123:secret}", "${a-b}",  "${ONE:-x}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_string_equal(expand(&substitute, bad[i]),
                            "!what stands in ${...} is not a name; expected ${NAME} of letters, "
                            "digits and '_', or ${file:PATH}");
    substitute_deinit(&substitute);
}

static void too_long(void **state)
{
    struct substitute substitute;
    (void)state;
    static char kilobyte[1025];
    char raw[65 * 7 + 1] = "";
    memset(kilobyte, 'x', 1024);
    assert_int_equal(setenv("KILO", kilobyte, 1), 0);
    for (size_t i = 0; i < 65; i++)
        memcpy(raw + 7 * i, "${KILO}", 8);
    start(&substitute, "");
    assert_string_equal(expand(&substitute, raw),
                        "!the value is too long; expected at most 64 KiB");
    substitute_deinit(&substitute);
}

static void files(void **state)
{
    struct substitute substitute;
    (void)state;
    char path[300];
    put("plain", SLICE("from a file\n\n"), 0644);
    put("crlf", SLICE("from windows\r\n"), 0600);
    put("empty", SLICE("\n"), 0600);
    char *big = calloc(1, SUBSTITUTE_BYTES_MAX + 1);
    assert_non_null(big);
    put("big", slice_of(big, SUBSTITUTE_BYTES_MAX + 1), 0600);
    free(big);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    start(&substitute, "");
    assert_string_equal(expand(&substitute, "<${file:plain}>"), "<from a file\n>");
    assert_string_equal(expand(&substitute, "${file:./crlf}"), "from windows");
    snprintf(path, sizeof(path), "${file:%s}", at("crlf"));
    assert_string_equal(expand(&substitute, path), "from windows");
    assert_string_equal(expand(&substitute, "${file:empty}"),
                        "!the file \"empty\" is empty; expected a value in it");
    assert_string_equal(expand(&substitute, "${file:absent}"),
                        "!the file \"absent\" cannot be used: not found; expected a readable plain "
                        "file of at most 64 KiB");
    assert_string_equal(expand(&substitute, "${file:big}"),
                        "!the file \"big\" cannot be used: larger than the limit; expected a "
                        "readable plain file of at most 64 KiB");
    assert_string_equal(expand(&substitute, "${file:pipe}"),
                        "!the file \"pipe\" cannot be used: not valid; expected a readable plain "
                        "file of at most 64 KiB");
    assert_string_equal(expand(&substitute, "${file:/dev/zero}"),
                        "!the file \"/dev/zero\" cannot be used: not valid; expected a readable "
                        "plain file of at most 64 KiB");
    assert_string_equal(expand(&substitute, "${file:.}"),
                        "!the file \".\" cannot be used: not valid; expected a readable plain file "
                        "of at most 64 KiB");
    assert_string_equal(expand(&substitute, "${file:}"),
                        "!${file:...} without a path; expected ${file:PATH}");
    substitute_deinit(&substitute);
}

static void secrets_beside(void **state)
{
    struct substitute substitute;
    (void)state;
    assert_int_equal(setenv("ONE", "environment", 1), 0);
    put("secrets.env",
        SLICE("# comment\n\n ONE = file \nTWO=\"  two \"\r\nTHREE='a=b#c'\nFOUR=\nLAST=end"), 0600);
    start(&substitute, "");
    assert_string_equal(expand(&substitute, "${ONE}"), "environment");
    assert_int_equal(unsetenv("ONE"), 0);
    assert_string_equal(expand(&substitute, "${ONE}"), "file");
    assert_string_equal(expand(&substitute, "${TWO}"), "  two ");
    assert_string_equal(expand(&substitute, "${THREE}"), "a=b#c");
    assert_string_equal(expand(&substitute, "${FOUR}"),
                        "!FOUR is empty in secrets.env; expected a value");
    assert_string_equal(expand(&substitute, "${LAST}"), "end");
    assert_string_equal(expand(&substitute, "${FIVE}"),
                        "!FIVE is not set; expected it in the environment or in secrets.env beside "
                        "this file");
    substitute_deinit(&substitute);
}

static void a_byte_order_mark_and_line_ends_of_windows(void **state)
{
    (void)state;
    struct substitute substitute;
    put("secrets.env",
        SLICE("\xef\xbb\xbf"
              "FIVE=5\r\nSIX=\"6 6\"\r\n# no\r\n\r\nSEVEN='7 # 7'\r\n"),
        0600);
    start(&substitute, "");
    assert_string_equal(expand(&substitute, "${FIVE}"), "5");
    assert_string_equal(expand(&substitute, "${SIX}"), "6 6");
    assert_string_equal(expand(&substitute, "${SEVEN}"), "7 # 7");
    put("bom.txt", SLICE("\xef\xbb\xbfwhsec_1\r\n"), 0600);
    assert_string_equal(expand(&substitute, "${file:bom.txt}"), "whsec_1");
    substitute_deinit(&substitute);
}

static void secrets_refused(void **state)
{
    static const mode_t open_modes[] = {0640, 0604, 0620, 0666};
    struct substitute substitute;
    (void)state;
    for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
        put("secrets.env", SLICE("FIVE=5\n"), open_modes[i]);
        start(&substitute, "secrets.env:1: not readable by you, or open to others; expected a file "
                           "of your own with mode 0600 (chmod 600)\n");
        assert_string_equal(expand(&substitute, "${FIVE}"),
                            "!FIVE is not set and secrets.env could not be used; expected it in "
                            "the environment");
        substitute_deinit(&substitute);
    }
    put("secrets.env", SLICE("A=1\nno-secret-here\n=x\nA=2\nB-C=3\nB=1\n"), 0600);
    start(&substitute, "secrets.env:2: not understood; expected NAME=value or # comment\n"
                       "secrets.env:3: not understood; expected NAME=value or # comment\n"
                       "secrets.env:4: A is set twice; expected it once\n"
                       "secrets.env:5: not understood; expected NAME=value or # comment\n");
    substitute_deinit(&substitute);
    put("secrets.env",
        SLICE("A=1 # live\nB=\"2\" # live\nC='3\nD=\"4 # four\"\nE=5#five\nF=#6\nG=\t# 7\n# "
              "H\nI='\n"),
        0600);
    start(&substitute,
          "secrets.env:1: A has a \" #\" in its value; expected comments on lines of their own, or "
          "the whole value in quotes\n"
          "secrets.env:2: B begins with a quote that does not end the line; expected "
          "NAME=\"value\", and comments on lines of their own\n"
          "secrets.env:3: C begins with a quote that does not end the line; expected "
          "NAME=\"value\", and comments on lines of their own\n"
          "secrets.env:7: G has a \" #\" in its value; expected comments on lines of their own, or "
          "the whole value in quotes\n"
          "secrets.env:9: I begins with a quote that does not end the line; expected "
          "NAME=\"value\", and comments on lines of their own\n");
    substitute_deinit(&substitute);
    char *big = malloc(SUBSTITUTE_ENV_BYTES_MAX + 1);
    assert_non_null(big);
    memset(big, '#', SUBSTITUTE_ENV_BYTES_MAX + 1);
    put("secrets.env", slice_of(big, SUBSTITUTE_ENV_BYTES_MAX + 1), 0600);
    free(big);
    start(&substitute, "secrets.env:1: cannot be read: larger than the limit; expected a plain "
                       "file of at most 16 KiB\n");
    substitute_deinit(&substitute);
}

static void paths(void **state)
{
    static const char *const cases[][3] = {
        {"usher.yaml", "var", "var"},           {"usher.yaml", "./var", "./var"},
        {"./usher.yaml", "./var", "./var"},     {"d/usher.yaml", "./var", "d/var"},
        {"d/e/u.yaml", "../var", "d/e/../var"}, {"/usher.yaml", "var", "/var"},
        {"/etc/u.yaml", "var", "/etc/var"},     {"d/u.yaml", "/abs", "/abs"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct substitute substitute;
        struct report report;
        report_init(&report, cases[i][0]);
        assert_true(substitute_init(&substitute, cases[i][0], &report));
        char *path = substitute_path(&substitute, slice_from(cases[i][1]));
        assert_string_equal(path, cases[i][2]);
        free(path);
        substitute_deinit(&substitute);
        report_deinit(&report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables),
        cmocka_unit_test(too_long),
        cmocka_unit_test(files),
        cmocka_unit_test(secrets_beside),
        cmocka_unit_test(secrets_refused),
        cmocka_unit_test(a_byte_order_mark_and_line_ends_of_windows),
        cmocka_unit_test(paths),

    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
