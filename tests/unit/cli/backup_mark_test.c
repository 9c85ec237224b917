#include "cli/backup_mark.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void it_says_when(void **state)
{
    (void)state;
    char folder[] = "/tmp/usher-mark-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(backup_mark_read(folder), 0);
    uint64_t before_ms = clock_real_ms() - 1000;
    backup_mark_set(folder);
    uint64_t at_ms = backup_mark_read(folder);
    assert_in_range(at_ms, before_ms, clock_real_ms() + 1000);
    backup_mark_set(folder); /* again */
    assert_true(backup_mark_read(folder) >= at_ms);
    snprintf(path, sizeof(path), "%s/backup.done", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    backup_mark_set(folder); /* is not there: nothing happens */
    assert_int_equal(backup_mark_read(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_says_when)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
