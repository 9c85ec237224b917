#include "base/json_check.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Checks a copy that ends where its memory ends, so that a sanitizer sees any byte read too many.
 */
static struct json_checked check(struct slice text, unsigned depth_max)
{
    char *copy = malloc(text.len ? text.len : 1);

    assert_non_null(copy);
    memcpy(copy, text.data, text.len);
    struct json_checked checked = json_check(slice_of(copy, text.len), depth_max);
    free(copy);
    return checked;
}

static void test_accepts(void **state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1.5",
        "1e3",
        "1E+3",
        "-1.25e-10",
        "true",
        "false",
        "null",
        "\"\"",
        "[]",
        "{}",
        " \t\r\n[ 1 , 2 ] \n",
        "{\"a\":{\"b\":[1,\"x\",null]},\"c\":-0.0}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
        "\"\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80 \x7f\"", /* DEL is allowed by RFC 8259 */
        "\"\xee\x80\x80\xf4\x8f\xbf\xbf\"",
        "{\"\":0}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct json_checked checked = check(slice_from(texts[i]), 8);
        if (checked.problem)
            fail_msg("%s: byte %zu: %s", texts[i], checked.offset, checked.problem);
    }
}

static void test_refuses(void **state)
{
    static const struct {
        struct slice text;
        size_t offset;
    } rows[] = {
        {SLICE(""), 0},
        {SLICE(" "), 1},
        {SLICE("\xef\xbb\xbf{}"), 0}, /* a byte order mark */
        {SLICE("{} x"), 3},
        {SLICE("{}{}"), 2},
        {SLICE("1\0"), 1},
        {SLICE("[1,]"), 3},
        {SLICE("[,1]"), 1},
        {SLICE("[1 2]"), 3},
        {SLICE("[1"), 2},
        {SLICE("["), 1},
        {SLICE("{"), 1},
        {SLICE("{\"a\"}"), 4},
        {SLICE("{\"a\":}"), 5},
        {SLICE("{\"a\":1,}"), 7},
        {SLICE("{a:1}"), 1},
        {SLICE("{'a':1}"), 1},
        {SLICE("{\"a\":1]"), 6},
        {SLICE("[1}"), 2},
        {SLICE("01"), 1},
        {SLICE("-"), 1},
        {SLICE("-a"), 1},
        {SLICE("+1"), 0},
        {SLICE(".5"), 0},
        {SLICE("1."), 2},
        {SLICE("1.e3"), 2},
        {SLICE("1e"), 2},
        {SLICE("1e+"), 3},
        {SLICE("0x10"), 1},
        {SLICE("NaN"), 0},
        {SLICE("Infinity"), 0},
        {SLICE("tru"), 0},
        {SLICE("True"), 0},
        {SLICE("nul"), 0},
        {SLICE("// c\n1"), 0},
        {SLICE("\""), 1},
        {SLICE("\"a"), 2},
        {SLICE("\"\\"), 2},
        {SLICE("\"\\x\""), 2},
        {SLICE("\"\\\0\""), 2},
        {SLICE("\"\\u12\""), 3},
        {SLICE("\"\\u12g4\""), 3},
        {SLICE("\"\\u0000\""), 7}, /* cJSON would end the string here */
        {SLICE("\"\\ud83d\""), 7}, /* a high half alone */
        {SLICE("\"\\ude00\""), 7}, /* a low half alone */
        {SLICE("\"\\ud83dx\""), 7},
        {SLICE("\"\\ud83d\\n\""), 7},
        {SLICE("\"\\ud83d\\u0041\""), 13},
        {SLICE("\"a\0b\""), 2},
        {SLICE("\"a\nb\""), 2},
        {SLICE("\"\x1f\""), 1},
        {SLICE("\"\x80\""), 1},
        {SLICE("\"\xc0\x80\""), 1},         /* an overlong NUL */
        {SLICE("\"\xe0\x80\xaf\""), 1},     /* an overlong slash */
        {SLICE("\"\xed\xa0\x80\""), 1},     /* a surrogate */
        {SLICE("\"\xf4\x90\x80\x80\""), 1}, /* above U+10FFFF */
        {SLICE("\"\xf0\x9f\x98"), 1},       /* cut short by the end */
        {SLICE("{\"\xff\":1}"), 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_checked checked = check(rows[i].text, 8);
        if (!checked.problem)
            fail_msg("row %zu was accepted: %.*s", i, SLICE_ARG(rows[i].text));
        if (checked.offset != rows[i].offset)
            fail_msg("row %zu: byte %zu, not %zu: %s", i, checked.offset, rows[i].offset,
                     checked.problem);
    }
    assert_non_null(json_check(slice_of(NULL, 0), 8).problem);
}

static void test_depth(void **state)
{
    char text[2 * 64 + 1] = {0};

    (void)state;
    assert_null(check(SLICE("1"), 0).problem);
    assert_non_null(check(SLICE("[]"), 0).problem);
    assert_null(check(SLICE("[{\"a\":[]}]"), 3).problem);
    assert_non_null(check(SLICE("[{\"a\":[]}]"), 2).problem);
    assert_null(check(SLICE("[[],[],[]]"), 2).problem); /* side by side is not deeper */
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_null(check(slice_from(text), 64).problem);
    assert_non_null(check(slice_from(text), 63).problem);
}

static void test_numbers(void **state)
{
    char digits[JSON_NUMBER_BYTES_MAX + 2];

    (void)state;
    assert_false(check(SLICE("[1,-2,123456789012345]"), 1).keep_numbers);
    assert_true(check(SLICE("[1,1234567890123456]"), 1).keep_numbers);
    assert_true(check(SLICE("[1.0]"), 1).keep_numbers);
    assert_true(check(SLICE("1e3"), 1).keep_numbers);
    assert_false(check(SLICE("\"1.5e3\""), 1).keep_numbers);
    assert_true(json_number_is_short(SLICE("-12345678901234")));
    assert_false(json_number_is_short(SLICE("-123456789012345")));

    memset(digits, '7', sizeof digits);
    assert_null(check(slice_of(digits, JSON_NUMBER_BYTES_MAX), 1).problem);
    assert_non_null(check(slice_of(digits, JSON_NUMBER_BYTES_MAX + 1), 1).problem);
}

/* Every beginning of a text is refused, and none reads behind its end. */
static void test_cut_short(void **state)
{
    const struct slice whole =
        SLICE("{\"a\":[1.5e-3,\"\\ud83d\\ude00\xf0\x9f\x98\x80\",true,null],\"b\":{\"c\":false}}");

    (void)state;
    assert_null(check(whole, 8).problem);
    for (size_t len = 0; len < whole.len; len++)
        assert_non_null(check(slice_of(whole.data, len), 8).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),   cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_depth),     cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
