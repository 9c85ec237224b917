#include "cli/copy_file.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void bytes_and_date(void **state)
{
    (void)state;
    char folder[] = "/tmp/usher-copy-XXXXXX";
    char from[64];
    char to[64];
    struct why why = {""};
    struct stat before;
    struct stat after;
    static char bytes[200000];
    static char copied[sizeof(bytes) + 1];
    assert_non_null(mkdtemp(folder));
    snprintf(from, sizeof(from), "%s/from", folder);
    snprintf(to, sizeof(to), "%s/to", folder);
    assert_int_equal(copy_file(from, to, &why), ERROR_NOT_FOUND);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 31 % 251);
    FILE *file = fopen(from, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
    assert_int_equal(fclose(file), 0);
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, from, old, 0), 0);
    assert_int_equal(copy_file(from, to, &why), ERROR_NONE);
    assert_int_equal(copy_file(from, to, &why), ERROR_EXISTS);
    assert_int_equal(stat(from, &before), 0);
    assert_int_equal(stat(to, &after), 0);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    assert_int_equal(after.st_mode & 0777, 0600);
    file = fopen(to, "r");
    assert_non_null(file);
    assert_int_equal(fread(copied, 1, sizeof(copied), file), sizeof(bytes));
    assert_int_equal(fclose(file), 0);
    assert_memory_equal(bytes, copied, sizeof(bytes));
    assert_int_equal(unlink(from), 0);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_and_date)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
