#include "http/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_parameters(void **state)
{
    static const char names[] = " state limit";
    struct query_fault fault;
    (void)state;
    assert_true(query_known(SLICE(""), names, &fault));
    assert_true(query_known((struct slice){NULL, 0}, names, &fault));
    assert_true(query_known(SLICE("state=dead"), names, &fault));
    assert_true(query_known(SLICE("limit=1&state="), names, &fault));
    assert_true(query_known(SLICE("limit"), names, &fault));
    assert_true(query_known(SLICE("limit=1&"), names, &fault));
    assert_false(query_known(SLICE("colour=red"), names, &fault));
    assert_false(query_known(SLICE("stat=1"), names, &fault));
    assert_false(query_known(SLICE("states=1"), names, &fault));
    assert_false(query_known(SLICE("state=1&state=2"), names, &fault));
    assert_false(query_known(SLICE("&"), names, &fault));
    assert_false(query_known(SLICE("=1"), names, &fault));
    assert_false(query_known(SLICE("state=1&&limit=1"), names, &fault));
    assert_false(query_known(SLICE("limit=1"), "", &fault));
    assert_true(query_known(SLICE("a&b&c&d&e&f&g&h&i"), " a b c d e f g h i", &fault));
    assert_true(query_known(SLICE("a&b&c&d&e&f&g&h"), " a b c d e f g h i", &fault));
}

static void what_is_not_known_is_named(void **state)
{
    struct query_fault fault;
    (void)state;
    assert_false(query_known(SLICE("limit=1&foo=%20&bar"), " state limit", &fault));
    assert_string_equal(fault.code, "parameter_unknown");
    assert_string_equal(fault.detail,
                        "the parameter \"foo\" is not known here; known are: state limit");
    assert_false(query_known(SLICE("foo"), "", &fault));
    assert_string_equal(fault.detail, "the parameter \"foo\" is not known here; none is");
    assert_false(query_known(SLICE("limit=1&state=&limit=1"), " state limit", &fault));
    assert_string_equal(fault.code, "parameter_twice");
    assert_string_equal(fault.detail, "the parameter \"limit\" is there twice");
    char name[1000];
    memset(name, 'x', sizeof(name));
    assert_false(query_known(slice_of(name, sizeof(name)), " state", &fault));
    assert_int_equal(strlen(fault.detail),
                     strlen("the parameter \"\" is not known here; known are: state") + 64);
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

static void what_is_encoded_decodes(void **state)
{
    (void)state;
    char text[32];
    struct buf out;
    buf_init(&out, 256);
    percent_encode(&out, SLICE("Aa9-._~/ &=?%+\xe5\x94\xae"));
    assert_true(slice_is(buf_slice(&out), "Aa9-._~%2F%20%26%3D%3F%25%2B%E5%94%AE"));
    assert_true(percent_decode(buf_slice(&out), true, text, sizeof text));
    assert_string_equal(text, "Aa9-._~/ &=?%+\xe5\x94\xae");
    buf_clear(&out);
    percent_encode(&out, slice_of("\0", 1));
    assert_true(slice_is(buf_slice(&out), "%00"));
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_parameters),
        cmocka_unit_test(what_is_not_known_is_named),
        cmocka_unit_test(values),
        cmocka_unit_test(percent_encoding),
        cmocka_unit_test(what_is_encoded_decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
