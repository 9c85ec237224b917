#include "web/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Three finder patterns: the row of seven dark modules at the top left, at the top right, and
 * below.
 */
static void a_code(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 65536);
    assert_true(qr_svg(&out, SLICE("https://t.me/usher_bot?start=p_core"), SLICE("scan <it>")));
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    int side = 0;
    const char *box = strstr(out.data, "viewBox=\"0 0 ");
    assert_non_null(box);
    assert_int_equal(sscanf(box, "viewBox=\"0 0 %d", &side), 1);
    assert_int_equal((side - 8 - 17) % 4, 0);
    char right[32], below[32];
    snprintf(right, sizeof right, "M%d 4h7v1h-7z", side - 4 - 7);
    snprintf(below, sizeof below, "M4 %dh7v1h-7z", side - 4 - 1);
    assert_non_null(strstr(out.data, "M4 4h7v1h-7z"));
    assert_non_null(strstr(out.data, right));
    assert_non_null(strstr(out.data, below));
    assert_non_null(strstr(out.data, "aria-label=\"scan &lt;it&gt;\""));
    assert_null(strstr(out.data, "style"));
    buf_deinit(&out);
}

static void what_is_no_code(void **state)
{
    (void)state;
    static char much[QR_BYTES_MAX + 1];
    struct buf out;
    buf_init(&out, 1 << 20);
    memset(much, 'a', sizeof much);
    assert_false(qr_svg(&out, SLICE(""), SLICE("x")));
    assert_false(qr_svg(&out, slice_of(much, sizeof much), SLICE("x")));
    assert_int_equal(out.len, 0);
    assert_true(qr_svg(&out, slice_of(much, sizeof much - 1), SLICE("x")));
    assert_false(out.failed);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code),
        cmocka_unit_test(what_is_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
