#include "base/slice.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void copy_ends_with_nul(void **state)
{
    (void)state;
    char out[4] = "zzz";
    assert_true(slice_copy(SLICE("abc"), out, sizeof(out)));
    assert_string_equal(out, "abc");
    assert_true(slice_copy(slice_of(NULL, 0), out, sizeof(out)));
    assert_string_equal(out, "");
}

static void copy_refuses_what_does_not_fit(void **state)
{
    (void)state;
    char out[4] = "zzz";
    assert_false(slice_copy(SLICE("abcd"), out, sizeof(out)));
    assert_string_equal(out, "");
    assert_false(slice_copy(SLICE("a\0b"), out, sizeof(out)));
    assert_string_equal(out, "");
    assert_false(slice_copy(SLICE(""), out, 0));
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        long long value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"42", true, 42},
        {"-1001000000001", true, -1001000000001},
        {"0007", true, 7},
        {"9223372036854775807", true, LLONG_MAX},
        {"-9223372036854775808", true, LLONG_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        long long value = 77;
        assert_int_equal(slice_to_i64(slice_from(cases[i].text), &value), cases[i].ok);
        assert_int_equal(value, cases[i].ok ? cases[i].value : 77);
    }
    long long value;
    assert_false(slice_to_i64(slice_of(NULL, 0), &value));
    assert_false(slice_to_i64(SLICE("1\0"), &value));
}

static void text_is_utf8_without_controls(void **state)
{
    (void)state;
    assert_true(slice_is_text(slice_of(NULL, 0)));
    assert_true(slice_is_text(SLICE("plain\n\ttext")));
    assert_true(slice_is_text(SLICE("\xE4\xBC\x9A\xE5\x91\x98 \xF0\x9F\x8E\x89")));
    assert_false(slice_is_text(SLICE("a\0b")));
    assert_false(slice_is_text(SLICE("a\r")));
    assert_false(slice_is_text(SLICE("\x1b[31m")));
    assert_false(slice_is_text(SLICE("\x7f")));
    assert_false(slice_is_text(SLICE("\xC2\x85")));
    assert_false(slice_is_text(SLICE("ok \xFF")));
    assert_false(slice_is_text(SLICE("\xE4\xBC")));
}

static void equality(void **state)
{
    (void)state;
    assert_true(slice_equal(SLICE(""), slice_of(NULL, 0)));
    assert_true(slice_is(SLICE("abc"), "abc"));
    assert_false(slice_is(SLICE("abc"), "ab"));
    assert_false(slice_is(SLICE("abc"), "abd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_ends_with_nul), cmocka_unit_test(copy_refuses_what_does_not_fit),
        cmocka_unit_test(integers),           cmocka_unit_test(text_is_utf8_without_controls),
        cmocka_unit_test(equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
