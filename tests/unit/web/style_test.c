#include "web/style.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void its_name_is_what_is_in_it(void **state)
{
    (void)state;
    uint8_t digest[32];
    char hex[65], name[64], etag[80];
    sha256(style_text(), digest);
    hex_encode(digest, sizeof digest, hex, sizeof hex);
    snprintf(name, sizeof name, "usher-%.16s.css", hex);
    snprintf(etag, sizeof etag, "\"%s\"", hex);
    assert_string_equal(style_name(), name);
    assert_string_equal(style_etag(), etag);
    assert_true(style_known(slice_from(etag)));
    assert_true(style_known(SLICE("*")));
    assert_false(style_known(SLICE("\"x\"")));
    assert_false(style_known(slice_from(NULL)));
    assert_false(style_known(slice_of(etag, 20)));
}

/* Nothing is fetched from anywhere, and braces match. */
static void it_stands_alone(void **state)
{
    (void)state;
    struct slice text = style_text();
    int depth = 0;
    assert_null(memmem(text.data, text.len, "url(", 4));
    assert_null(memmem(text.data, text.len, "@import", 7));
    for (size_t i = 0; i < text.len; i++) {
        depth += text.data[i] == '{' ? 1 : text.data[i] == '}' ? -1 : 0;
        assert_in_range(depth, 0, 3);
    }
    assert_int_equal(depth, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_name_is_what_is_in_it),
        cmocka_unit_test(it_stands_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
