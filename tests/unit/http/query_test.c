#include "http/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_parameters(void **state)
{
    static const char names[] = " state limit";
    (void)state;
    assert_true(query_known(SLICE(""), names));
    assert_true(query_known((struct slice){NULL, 0}, names));
    assert_true(query_known(SLICE("state=dead"), names));
    assert_true(query_known(SLICE("limit=1&state="), names));
    assert_true(query_known(SLICE("limit"), names));
    assert_true(query_known(SLICE("limit=1&"), names));
    assert_false(query_known(SLICE("colour=red"), names));
    assert_false(query_known(SLICE("stat=1"), names));
    assert_false(query_known(SLICE("states=1"), names));
    assert_false(query_known(SLICE("state=1&state=2"), names));
    assert_false(query_known(SLICE("&"), names));
    assert_false(query_known(SLICE("=1"), names));
    assert_false(query_known(SLICE("state=1&&limit=1"), names));
    assert_false(query_known(SLICE("limit=1"), ""));
    assert_false(query_known(SLICE("a&b&c&d&e&f&g&h&i"), " a b c d e f g h i"));
    assert_true(query_known(SLICE("a&b&c&d&e&f&g&h"), " a b c d e f g h i"));
}

static void values(void **state)
{
    char out[6];
    (void)state;
    assert_true(query_get(SLICE("a=1&b=2%33&c=x+y&d"), "b", out, sizeof(out)));
    assert_string_equal(out, "23");
    assert_true(query_get(SLICE("a=1&b=2%33&c=x+y&d"), "c", out, sizeof(out)));
    assert_string_equal(out, "x y");
    assert_true(query_get(SLICE("a=1&d"), "d", out, sizeof(out)));
    assert_string_equal(out, "");
    assert_true(query_get(SLICE("ab=1"), "a", out, sizeof(out)));
    assert_string_equal(out, "");
    assert_true(query_get(SLICE("a=b=c"), "a", out, sizeof(out)));
    assert_string_equal(out, "b=c");
    assert_true(query_get(SLICE("a=12345"), "a", out, sizeof(out)));
    assert_false(query_get(SLICE("a=123456"), "a", out, sizeof(out)));
    assert_false(query_get(SLICE("a=%"), "a", out, sizeof(out)));
}

static void percent_encoding(void **state)
{
    char out[32];
    static const char *const wrong[] = {"%",   "%4",  "a%",  "%zz", "%0",  "%00",
                                        "%ff", "%07", "%c3", "%7f", "% 1", "%+1"};
    (void)state;
    assert_true(percent_decode(SLICE("a%2Fb%20c+d%e4%bd%a0"), false, out, sizeof(out)));
    assert_string_equal(out, "a/b c+d\xe4\xbd\xa0");
    assert_true(percent_decode(SLICE(""), false, out, sizeof(out)));
    assert_string_equal(out, "");
    assert_true(percent_decode(SLICE("%25%32"), false, out, sizeof(out)));
    assert_string_equal(out, "%2"); /* decoded once */
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(percent_decode(slice_from(wrong[i]), false, out, sizeof(out)));
    /* What stands behind the slice is not looked at. */
    assert_false(percent_decode(slice_of("a%41", 3), false, out, sizeof(out)));
    assert_false(percent_decode(slice_of("a%41", 2), false, out, sizeof(out)));
    assert_true(percent_decode(SLICE("123"), false, out, 4));
    assert_false(percent_decode(SLICE("1234"), false, out, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_parameters),
        cmocka_unit_test(values),
        cmocka_unit_test(percent_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
