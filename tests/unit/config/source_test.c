#include "config/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/usher-source-XXXXXX";

static const char *name(const char *file)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    return path;
}

static void expect_wrong(const char *path, const char *wrong)
{
    struct why why = {""};
    int fd;
    assert_int_not_equal(source_open(path, &fd, &why), ERROR_NONE);
    assert_int_equal(fd, -1);
    assert_string_equal(why.text, wrong);
}

static void files_and_what_is_none(void **state)
{
    (void)state;
    struct why why = {""};
    int fd = open(name("file"), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "abc", 3), 3);
    (void)close(fd);
    char bytes[8];
    assert_int_equal(source_open(name("file"), &fd, &why), ERROR_NONE);
    assert_int_equal(read(fd, bytes, sizeof(bytes)), 3);
    (void)close(fd);
    assert_int_equal(mkfifo(name("fifo"), 0600), 0);
    expect_wrong(name("fifo"), "is a pipe (FIFO)");
    expect_wrong(folder, "is a folder");
    expect_wrong(name("nothing"), "cannot be read: not found");
}

/* As <(command) gives it; what comes late is waited for. */
static void a_pipe_of_a_shell(void **state)
{
    (void)state;
    struct why why = {""};
    int ends[2];
    char path[32];
    char byte;
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    int fd;
    assert_int_equal(source_open(path, &fd, &why), ERROR_NONE);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(read(fd, &byte, 1), 1);
    (void)close(ends[1]);
    assert_int_equal(read(fd, &byte, 1), 0);
    (void)close(ends[0]);
    (void)close(fd);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(name("file"));
    (void)unlink(name("fifo"));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_and_what_is_none),
                                       cmocka_unit_test(a_pipe_of_a_shell)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
