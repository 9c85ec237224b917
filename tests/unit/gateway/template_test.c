#include "gateway/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_pieces(void **state)
{
    struct template compiled;

    (void)state;
    assert_int_equal(template_compile("{method}.{path}-{timestamp}.{id}{header:X-Nonce}\n{body}"
                                      "{body_base64}",
                                      &compiled, NULL),
                     ERROR_NONE);
    static const struct {
        enum template_hole hole;
        const char *text;
    } expected[] = {
        {HOLE_METHOD, ""},    {HOLE_NONE, "."}, {HOLE_PATH, ""},        {HOLE_NONE, "-"},
        {HOLE_TIMESTAMP, ""}, {HOLE_NONE, "."}, {HOLE_ID, ""},          {HOLE_HEADER, "x-nonce"},
        {HOLE_NONE, "\n"},    {HOLE_BODY, ""},  {HOLE_BODY_BASE64, ""},
    };
    assert_int_equal(compiled.count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < compiled.count; i++) {
        assert_int_equal(compiled.pieces[i].hole, expected[i].hole);
        if (expected[i].hole == HOLE_NONE)
            assert_true(slice_is(compiled.pieces[i].text, expected[i].text));
        if (expected[i].hole == HOLE_HEADER)
            assert_string_equal(compiled.pieces[i].header, expected[i].text);
    }
    assert_true(template_has(&compiled, HOLE_ID));
    assert_int_equal(template_compile("", &compiled, NULL), ERROR_NONE);
    assert_int_equal(compiled.count, 0);
    assert_false(template_has(&compiled, HOLE_BODY));
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"{body", "braces"},
        {"body}", "byte 4"},
        {"{{body}}", "braces"},
        {"{body}}", "byte 6"},
        {"{}", "no such"},
        {"{Body}", "no such"},
        {"{ body}", "no such"},
        {"{nonce}", "{nonce}"},
        {"{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab}", /* cut to 64 */
         "{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}"},
        {"{header:}", "header:NAME"},
        {"{header}", "no such"},
        {"{header:X Y}", "header:NAME"},
        {"{header:X\nY}", "header:NAME"},
        {"{header:X:Y}", "header:NAME"},
        {"{header:\xc3\xa9}", "header:NAME"},
        {"{header:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}", "63"},
        {"{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}.", "16"},
    };
    struct template compiled;
    struct why why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(template_compile(rows[i].text, &compiled, &why), ERROR_INVALID);
        if (!strstr(why.text, rows[i].says))
            fail_msg("%s: %s", rows[i].text, why.text);
    }
    assert_int_equal(
        template_compile("{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}",
                         &compiled, NULL),
        ERROR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
