#include "base/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void fits_where_it_is_recorded(void **state)
{
    (void)state;
    size_t len = strlen(version_text());
    assert_true(len > 0 && len <= 32); /* wire/messages.def, cmd_boot */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fits_where_it_is_recorded)};
    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
