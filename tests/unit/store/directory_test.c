#include "store/directory.h"

#include "tests/unit/store/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int setup(void **state)
{
    struct scratch *scratch = malloc(sizeof *scratch);
    ASSERT(scratch != NULL);
    scratch_init(scratch);
    *state = scratch;
    return 0;
}

static int teardown(void **state)
{
    scratch_deinit(*state);
    free(*state);
    return 0;
}

static unsigned mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    return status.st_mode & 07777;
}

static void parents_are_made_for_the_owner_only(void **state)
{
    struct why why = {{0}};
    const char *deep = scratch_path(*state, "a/b//c/");
    assert_int_equal(directory_make(deep, &why), ERROR_NONE);
    assert_int_equal(mode_of(scratch_path(*state, "a")), 0700);
    assert_int_equal(mode_of(scratch_path(*state, "a/b/c")), 0700);
    assert_int_equal(directory_make(deep, &why), ERROR_NONE);
    assert_int_equal(directory_sync(deep, &why), ERROR_NONE);
}

static void relative_paths(void **state)
{
    char before[4096];
    struct why why;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(((struct scratch *)*state)->path), 0);
    assert_int_equal(directory_make("./var/state", &why), ERROR_NONE);
    assert_int_equal(directory_make("plain", &why), ERROR_NONE);
    assert_int_equal(mode_of("var/state"), 0700);
    assert_int_equal(mode_of("plain"), 0700);
    assert_int_equal(chdir(before), 0);
}

static void what_is_in_the_way_is_named(void **state)
{
    struct why why = {{0}};
    const char *file = scratch_path(*state, "file");
    FILE *made = fopen(file, "w");
    assert_non_null(made);
    assert_int_equal(fclose(made), 0);
    assert_int_equal(directory_make(file, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, file));
    assert_int_equal(directory_make(scratch_path(*state, "file/below"), &why), ERROR_INVALID);
    assert_int_equal(directory_sync(scratch_path(*state, "missing"), &why), ERROR_NOT_FOUND);
    assert_int_equal(directory_make("", &why), ERROR_INVALID);
    static char longest[DIRECTORY_PATH_MAX + 1];
    memset(longest, 'x', sizeof longest - 1);
    assert_int_equal(directory_make(longest, &why), ERROR_INVALID);
    assert_int_equal(directory_make(longest + 1, &why), ERROR_TOO_LARGE);
}

static void empty_means_empty(void **state)
{
    struct why why = {{0}};
    const char *path = scratch_path(*state, "backup");
    assert_int_equal(directory_make_empty(path, &why), ERROR_NONE);
    assert_int_equal(directory_make_empty(path, &why), ERROR_NONE);
    assert_int_equal(directory_make(scratch_path(*state, "backup/.hidden"), &why), ERROR_NONE);
    assert_int_equal(directory_make_empty(path, &why), ERROR_EXISTS);
    assert_non_null(strstr(why.text, path));
}

static void errors(void **state)
{
    (void)state;
    assert_int_equal(directory_error(ENOSPC), ERROR_FULL);
    assert_int_equal(directory_error(EDQUOT), ERROR_FULL);
    assert_int_equal(directory_error(EACCES), ERROR_PERMISSION);
    assert_int_equal(directory_error(ENOMEM), ERROR_MEMORY);
    assert_int_equal(directory_error(EIO), ERROR_IO);
    assert_int_equal(directory_error(12345), ERROR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parents_are_made_for_the_owner_only, setup, teardown),
        cmocka_unit_test_setup_teardown(relative_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_the_way_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_means_empty, setup, teardown),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
