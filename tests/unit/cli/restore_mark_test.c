#include "cli/restore_mark.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void half_of_a_backup_is_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/usher-half-XXXXXX";
    char path[64];
    struct why why = {""};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(restore_mark_check(folder, &why), ERROR_NONE);
    snprintf(path, sizeof(path), "%s/" RESTORE_MARK, folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(restore_mark_check(folder, &why), ERROR_CORRUPT);
    assert_non_null(strstr(why.text, folder));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(restore_mark_check(folder, &why), ERROR_NONE);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(half_of_a_backup_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
