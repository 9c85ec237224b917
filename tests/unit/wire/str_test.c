#include "wire/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct {
    struct slice text;
    bool fits;
} cases[] = {
    {{"", 0}, true},
    {{NULL, 0}, true},
    {SLICE("a"), true},
    {SLICE("exactly8"), true},
    {SLICE("seventeen letters"), true},
    {SLICE("\x01\x7F\n\t\"\\"), true},
    {SLICE("a\0b"), false},
    {SLICE("0123456\0"), false},
    {SLICE("01234567\0"), false},
    {SLICE("\0"), false},
    {SLICE("\xC2\x80"), true},            /* U+0080 */
    {SLICE("\xDF\xBF"), true},            /* U+07FF */
    {SLICE("\xE0\xA0\x80"), true},        /* U+0800 */
    {SLICE("\xED\x9F\xBF"), true},        /* U+D7FF */
    {SLICE("\xEE\x80\x80"), true},        /* U+E000 */
    {SLICE("\xEF\xBF\xBF"), true},        /* U+FFFF */
    {SLICE("\xF0\x90\x80\x80"), true},    /* U+10000 */
    {SLICE("\xF4\x8F\xBF\xBF"), true},    /* U+10FFFF */
    {SLICE("1234567\xE4\xBC\x9A"), true}, /* across a word's end */
    {SLICE("12345678\xE4\xBC\x9A\xE5"), false} /* cut */,
    {SLICE("\x80"), false},
    {SLICE("\xBF"), false},
    {SLICE("\xC0\x80"), false},         /* NUL, overlong */
    {SLICE("\xC1\xBF"), false},         /* overlong */
    {SLICE("\xE0\x9F\xBF"), false},     /* overlong */
    {SLICE("\xF0\x8F\xBF\xBF"), false}, /* overlong */
    {SLICE("\xED\xA0\x80"), false},     /* U+D800, a surrogate */
    {SLICE("\xED\xBF\xBF"), false},     /* U+DFFF */
    {SLICE("\xF4\x90\x80\x80"), false}, /* U+110000 */
    {SLICE("\xF5\x80\x80\x80"), false},
    {SLICE("\xFE"), false},
    {SLICE("\xFF"), false},
    {SLICE("\xC2"), false},
    {SLICE("\xE4\xBC"), false},
    {SLICE("\xF0\x9F\x98"), false},
    {SLICE("\xE4\xBC\x41"), false},
    {SLICE("\xF0\x9F\x98\xC0"), false},
};

static void table_of_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (str_fits(cases[i].text) != cases[i].fits)
            fail_msg("case %zu", i);
}

/* Every code point in its one encoding is taken, and its neighbours with one bit changed are judged
 * as an independent decoder judges them. */
static bool judge(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t n = bytes[i] < 0x80 ? 1 : bytes[i] < 0xE0 ? 2 : bytes[i] < 0xF0 ? 3 : 4;
        static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
        if ((bytes[i] >= 0x80 && bytes[i] < 0xC0) || bytes[i] >= 0xF8 || i + n > len)
            return false;
        point = n == 1 ? bytes[i] : bytes[i] & (0x7Fu >> n);
        for (size_t k = 1; k < n; k++) {
            if (bytes[i + k] >> 6 != 2)
                return false;
            point = point << 6 | (bytes[i + k] & 0x3Fu);
        }
        if (point < least[n] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
            return false;
        i += n;
    }
    return true;
}

static void all_code_points_and_flipped_bits(void **state)
{
    (void)state;
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        uint8_t bytes[4];
        size_t len;
        if (point < 0x80) {
            bytes[0] = (uint8_t)point;
            len = 1;
        } else if (point < 0x800) {
            bytes[0] = (uint8_t)(0xC0 | point >> 6);
            len = 2;
        } else if (point < 0x10000) {
            bytes[0] = (uint8_t)(0xE0 | point >> 12);
            len = 3;
        } else {
            bytes[0] = (uint8_t)(0xF0 | point >> 18);
            len = 4;
        }
        for (size_t k = 1; k < len; k++)
            bytes[k] = (uint8_t)(0x80 | ((point >> (6 * (len - 1 - k))) & 0x3F));
        bool surrogate = point >= 0xD800 && point < 0xE000;
        assert_int_equal(str_fits(slice_of(bytes, len)), !surrogate);
        for (unsigned bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(str_fits(slice_of(bytes, len)), judge(bytes, len));
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void a_nul_is_found_wherever_it_stands(void **state)
{
    (void)state;
    char text[40];
    for (size_t len = 1; len <= sizeof text; len++)
        for (size_t at = 0; at < len; at++) {
            memset(text, 0x7F, sizeof text);
            assert_true(str_fits(slice_of(text, len)));
            text[at] = 0;
            assert_false(str_fits(slice_of(text, len)));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_cases),
        cmocka_unit_test(all_code_points_and_flipped_bits),
        cmocka_unit_test(a_nul_is_found_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
