#include "base/error.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void every_error_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(error_text(ERROR_NONE), "no error");
    assert_string_equal(error_text(ERROR_CLOSED), "closed");
    for (int i = 0; i <= ERROR_CLOSED; i++) {
        assert_non_null(error_text((enum error)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(error_text((enum error)i), error_text((enum error)j));
    }
    assert_string_equal(error_text((enum error)999), "unknown error");
    assert_string_equal(error_text((enum error) - 1), "unknown error");
}

static void why_returns_its_error(void **state)
{
    (void)state;
    struct why why;
    assert_int_equal(why_set(&why, ERROR_IO, "cannot open %s", "x"), ERROR_IO);
    assert_string_equal(why.text, "cannot open x");
    assert_int_equal(why_set(NULL, ERROR_FULL, "nobody asks"), ERROR_FULL);
}

static void why_cuts_long_texts(void **state)
{
    (void)state;
    struct why why;
    char longer[2 * sizeof(why.text)];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(why_set(&why, ERROR_IO, "%s", longer), ERROR_IO);
    assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_text),
        cmocka_unit_test(why_returns_its_error),
        cmocka_unit_test(why_cuts_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
