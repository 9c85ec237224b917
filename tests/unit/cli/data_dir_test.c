#include "cli/data_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void joins(void **state)
{
    char path[DIRECTORY_PATH_MAX];
    (void)state;
    assert_int_equal(data_dir_path("/srv/usher", "journal", path, NULL), ERROR_NONE);
    assert_string_equal(path, "/srv/usher/journal");
}

static void too_long_is_said(void **state)
{
    char directory[DIRECTORY_PATH_MAX];
    char path[DIRECTORY_PATH_MAX];
    struct why why = {""};
    (void)state;

    memset(directory, 'd', sizeof(directory));
    directory[DIRECTORY_PATH_MAX - 3] = '\0'; /* "/x" and the NUL just fit */
    assert_int_equal(data_dir_path(directory, "x", path, &why), ERROR_NONE);
    assert_int_equal(strlen(path), DIRECTORY_PATH_MAX - 1);
    assert_int_equal(data_dir_path(directory, "xy", path, &why), ERROR_TOO_LARGE);
    assert_true(why.text[0] != '\0');
}

static void a_folder_of_files_is_removed(void **state)
{
    char folder[] = "/tmp/data-dir-test-XXXXXX";
    char path[DIRECTORY_PATH_MAX];
    struct why why = {""};
    (void)state;

    assert_int_equal(data_dir_remove("/nonexistent/folder", &why), ERROR_NONE);
    assert_non_null(mkdtemp(folder));
    for (char name[] = "a"; name[0] < 'd'; name[0]++) {
        assert_int_equal(data_dir_path(folder, name, path, NULL), ERROR_NONE);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(data_dir_path(folder, "deeper", path, NULL), ERROR_NONE);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(data_dir_remove(folder, &why), ERROR_NONE); /* it holds more than files */
    assert_true(why.text[0] != 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(data_dir_remove(folder, &why), ERROR_NONE);
    assert_int_not_equal(access(folder, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(too_long_is_said),
        cmocka_unit_test(a_folder_of_files_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
