#include "base/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void copies_plain_text(void **state)
{
    (void)state;
    char out[16];
    clean_copy(out, sizeof out, SLICE("Ada 王"));
    assert_string_equal(out, "Ada 王");
    clean_copy(out, sizeof out, slice_of(NULL, 0));
    assert_string_equal(out, "");
}

static void cuts_between_characters(void **state)
{
    (void)state;
    char out[6];
    clean_copy(out, sizeof out, SLICE("abcd王"));
    assert_string_equal(out, "abcd");
    clean_copy(out, sizeof out, SLICE("ab王cd"));
    assert_string_equal(out, "ab王");
    clean_copy(out, sizeof out, SLICE("\xF0\x9F\x98\x80xyz"));
    assert_string_equal(out, "\xF0\x9F\x98\x80x");
    char one[1];
    clean_copy(one, sizeof one, SLICE("abc"));
    assert_string_equal(one, "");
}

static void control_characters_become_one_blank(void **state)
{
    (void)state;
    char out[32];
    clean_copy(out, sizeof out, slice_of("a\r\n\t\0b\x7F\xC2\x85z", 10));
    assert_string_equal(out, "a b z");
    assert_true(slice_is_text(slice_from(out)));
}

static void line_breaks_may_stay(void **state)
{
    (void)state;
    char out[32];
    clean_lines(out, sizeof out, SLICE("a\r\n\nb\tc"));
    assert_string_equal(out, "a \n\nb c");
    assert_true(slice_is_text(slice_from(out)));
}

static void malformed_bytes_become_question_marks(void **state)
{
    (void)state;
    char out[32];
    clean_copy(out, sizeof out, SLICE("a\xFF\xC0\x80z\xE7\x8E"));
    assert_string_equal(out, "a???z??");
}

static void appends_to_what_is_there(void **state)
{
    (void)state;
    char out[8] = "12345";
    clean_append(out, sizeof out, SLICE(" 678"));
    assert_string_equal(out, "12345 6");
    clean_append(out, sizeof out, SLICE("9"));
    assert_string_equal(out, "12345 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_plain_text),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(control_characters_become_one_blank),
        cmocka_unit_test(line_breaks_may_stay),
        cmocka_unit_test(malformed_bytes_become_question_marks),
        cmocka_unit_test(appends_to_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
