#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* An encoder of its own, so that the decoder is held against something: every code point there is.
 */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[len] | c);
    return len;
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110100; c++) {
        char bytes[4];
        size_t len = encode(c, bytes);
        uint32_t decoded = 0;
        size_t got = utf8_decode(slice_of(bytes, len), &decoded);
        if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
            assert_int_equal(got, 0);
            continue;
        }
        assert_int_equal(got, len);
        assert_int_equal(decoded, c);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(utf8_decode(slice_of(bytes, cut), &decoded), 0);
    }
}

static void malformed(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xED\xA0\x80",
        "\xFE",
        "\xFF",
        "\xC3(",
        "\xE4\xBC(",
        "\xF0\x9F\x8E(",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t code_point;
        assert_int_equal(utf8_decode(slice_from(cases[i]), &code_point), 0);
    }
}

static void controls(void **state)
{
    (void)state;
    assert_true(utf8_is_control(0));
    assert_true(utf8_is_control(0x1F));
    assert_false(utf8_is_control(0x20));
    assert_false(utf8_is_control(0x7E));
    assert_true(utf8_is_control(0x7F));
    assert_true(utf8_is_control(0x9F));
    assert_false(utf8_is_control(0xA0));
}

static void utf16_units(void **state)
{
    (void)state;
    /* a, e with acute, a CJK character, an emoji of two units, a stray byte */
    struct slice text = SLICE("a\xC3\xA9\xE4\xBC\x9A\xF0\x9F\x8E\x89\xFF");
    assert_int_equal(utf8_utf16_length(text), 6);
    static const size_t bytes_at[] = {0, 1, 3, 6, 6, 10, 11, 11};
    for (size_t units = 0; units < sizeof(bytes_at) / sizeof(bytes_at[0]); units++)
        assert_int_equal(utf8_cut_utf16(text, units).len, bytes_at[units]);
    assert_int_equal(utf8_utf16_length(slice_of(NULL, 0)), 0);
    assert_int_equal(utf8_cut_utf16(slice_of(NULL, 0), 5).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(malformed),
        cmocka_unit_test(controls),
        cmocka_unit_test(utf16_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
