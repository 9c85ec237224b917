#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_content(const struct buf *buf, const void *data, size_t len)
{
    assert_int_equal(buf->len, len);
    assert_memory_equal(buf->data, data, len);
}

static void appends(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    buf_append_text(&buf, "ab");
    buf_append_slice(&buf, SLICE("cd"));
    buf_append_slice(&buf, slice_of(NULL, 0));
    buf_append(&buf, NULL, 0);
    buf_append_u8(&buf, 0x01);
    buf_append_u16_be(&buf, 0x0203);
    buf_append_u32_be(&buf, 0x04050607);
    buf_append_u64_be(&buf, 0x08090A0B0C0D0E0FU);
    buf_printf(&buf, "%d-%s", 42, "x");
    assert_false(buf.failed);
    static const char expected[] =
        "abcd\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
        "42-x";
    assert_content(&buf, expected, sizeof(expected) - 1);
    assert_true(slice_equal(buf_slice(&buf), slice_of(expected, sizeof(expected) - 1)));
    buf_deinit(&buf);
    assert_null(buf.data);
}

static void fills_exactly_to_max(void **state)
{
    (void)state;
    for (size_t max = 0; max < 600; max += 7) {
        struct buf buf;
        buf_init(&buf, max);
        for (size_t i = 0; i < max; i++)
            buf_append_u8(&buf, (uint8_t)i);
        assert_false(buf.failed);
        assert_int_equal(buf.len, max);
        assert_true(buf.cap <= max);
        buf_append_u8(&buf, 0);
        assert_true(buf.failed);
        assert_false(buf.starved);
        assert_int_equal(buf.len, max);
        buf_deinit(&buf);
    }
}

static void failure_is_sticky_until_cleared(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 4);
    buf_append_text(&buf, "abc");
    buf_append_text(&buf, "de");
    assert_true(buf.failed);
    buf_append_text(&buf, "d");
    buf_printf(&buf, "d");
    assert_null(buf_reserve(&buf, 0));
    assert_content(&buf, "abc", 3);
    buf_clear(&buf);
    assert_false(buf.failed);
    buf_append_text(&buf, "wxyz");
    assert_false(buf.failed);
    assert_content(&buf, "wxyz", 4);
    buf_deinit(&buf);
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_append_text(&buf, "x");
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.failed);
    assert_content(&buf, "x", 1);
    buf_deinit(&buf);
}

static void prints_across_growth(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5000);
    char *long_text = test_malloc(3001);
    memset(long_text, 'q', 3000);
    long_text[3000] = '\0';
    buf_printf(&buf, "%s", long_text);
    assert_content(&buf, long_text, 3000);
    buf_printf(&buf, "%s", "");
    buf_printf(&buf, "%.*s", 2000, long_text);
    assert_false(buf.failed);
    assert_int_equal(buf.len, 5000);
    buf_printf(&buf, "1");
    assert_true(buf.failed);
    assert_int_equal(buf.len, 5000);
    test_free(long_text);
    buf_deinit(&buf);
}

static void prints_exactly_what_is_left(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 3);
    buf_printf(&buf, "abc");
    assert_false(buf.failed);
    assert_content(&buf, "abc", 3);
    buf_deinit(&buf);
}

static void reserve_then_write(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    size_t total = 0;
    for (size_t n = 1; n < 2000; n *= 3) {
        char *at = buf_reserve(&buf, n);
        assert_non_null(at);
        memset(at, 'r', n);
        buf.len += n;
        total += n;
    }
    assert_int_equal(buf.len, total);
    for (size_t i = 0; i < total; i++)
        assert_int_equal(buf.data[i], 'r');
    buf_deinit(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(fills_exactly_to_max),
        cmocka_unit_test(failure_is_sticky_until_cleared),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(prints_across_growth),
        cmocka_unit_test(prints_exactly_what_is_left),
        cmocka_unit_test(reserve_then_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
