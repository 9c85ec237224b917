#include "cli/file.h"

#include "capture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/usher-file-XXXXXX";
static struct buf text;

/* As a verb: reads the operand within 8 bytes. */
static int read_it(int argc, char **argv)
{
    buf_deinit(&text);
    buf_init(&text, 8);
    return argc == 2 && cli_file_read(argv[1], &text) ? CLI_DONE : CLI_FAILED;
}

static void within_a_bound(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "%s/file", folder);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "12345678", 8), 8);
    struct capture *run = RUN(read_it, "read", path);
    assert_int_equal(run->code, CLI_DONE);
    assert_true(slice_is(buf_slice(&text), "12345678"));
    assert_int_equal(write(fd, "9", 1), 1);
    (void)close(fd);
    run = RUN(read_it, "read", path);
    assert_int_equal(run->code, CLI_FAILED);
    assert_non_null(strstr(run->err, "/file is too long\n"));
    assert_int_equal(unlink(path), 0);
    run = RUN(read_it, "read", path);
    assert_int_equal(run->code, CLI_FAILED);
    assert_non_null(strstr(run->err, "/file cannot be read: not found\n"));
    run = RUN(read_it, "read", folder);
    assert_int_equal(run->code, CLI_FAILED);
    assert_non_null(strstr(run->err, " is a folder\n"));
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    buf_deinit(&text);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(within_a_bound)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
