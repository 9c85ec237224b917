#include "text/template.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct template_value values[] = {
    {"name", {"Ann", 3}},
    {"plan", {"Core", 4}},
    {"until", {"31 Jan", 6}},
};

static void assert_render(struct slice text, const char *expected)
{
    struct buf out;
    buf_init(&out, 65536);
    template_render(&out, text, values, sizeof(values) / sizeof(values[0]));
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    buf_deinit(&out);
}

static void renders(void **state)
{
    (void)state;
    assert_render(SLICE(""), "");
    assert_render(SLICE("plain"), "plain");
    assert_render(SLICE("Welcome, {{name}}! Your {{plan}} runs until {{until}}."),
                  "Welcome, Ann! Your Core runs until 31 Jan.");
    assert_render(SLICE("{{name}}{{name}}{{ plan }}"), "AnnAnnCore");
    assert_render(SLICE("{{}} {{x}} {{Name}}"), "{{}} {{x}} {{Name}}");
    assert_render(SLICE("{name} }} {{name"), "{name} }} {{name");
    assert_render(SLICE("{{{name}}}"), "{{{name}}}");
    assert_render(SLICE("{{na\nme}}"), "{{na\nme}}");
}

static void values_are_not_templates(void **state)
{
    (void)state;
    const struct template_value hostile[] = {
        {"name", SLICE("{{plan}}\n\x01\xC2\x85\xFF%s")},
        {"plan", SLICE("secret")},
    };
    struct buf out;
    buf_init(&out, 1000);
    template_render(&out, SLICE("<{{name}}>"), hostile, 2);
    buf_append_u8(&out, 0);
    assert_string_equal(out.data, "<{{plan}}   \xEF\xBF\xBD%s>");
    buf_deinit(&out);
}

static void checks(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",           "plain",     "{{name}} {{plan}} {{until}} {{community}}",
        "{{ name }}", "a { b } c", "欢迎，{{name}}！\n",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(template_check(slice_from(good[i]), NULL), ERROR_NONE);

    static const struct {
        const char *text;
        const char *why;
    } bad[] = {
        {"Hi {{nmae}}!", "unknown placeholder {{nmae}};"},
        {"Hi {{id}}", "unknown placeholder {{id}};"},
        {"{{}}", "unknown placeholder {{}};"},
        {"{{Name}}", "unknown placeholder {{Name}};"},
        {"{{name", "\"{{\" without"},
        {"name}}", "\"}}\" without"},
        {"{{name}} }} {{plan}}", "\"}}\" without"},
        {"{{name {{plan}}", "unknown placeholder"},
        {"{{{name}}}", "unknown placeholder"},
        {"a\x01", "control characters"},
        {"\xFF", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct why why = {""};
        assert_int_equal(template_check(slice_from(bad[i].text), &why), ERROR_INVALID);
        if (strstr(why.text, bad[i].why) == NULL)
            fail_msg("%s: %s", bad[i].text, why.text);
    }
}

static void length_is_bounded_in_utf16_units(void **state)
{
    (void)state;
    static char text[4 * TEMPLATE_UNITS_MAX];
    struct why why;
    memset(text, 'x', sizeof(text));
    assert_int_equal(template_check(slice_of(text, TEMPLATE_UNITS_MAX), &why), ERROR_NONE);
    assert_int_equal(template_check(slice_of(text, TEMPLATE_UNITS_MAX + 1), &why), ERROR_TOO_LARGE);
    for (size_t i = 0; i + 4 <= sizeof(text); i += 4)
        memcpy(text + i, "\xF0\x9F\x8E\x89", 4);
    assert_int_equal(template_check(slice_of(text, 2 * TEMPLATE_UNITS_MAX), &why), ERROR_NONE);
    assert_int_equal(template_check(slice_of(text, 2 * TEMPLATE_UNITS_MAX + 4), &why),
                     ERROR_TOO_LARGE);
    /* A placeholder as long as the text is shown cut. */
    memset(text, 'p', TEMPLATE_UNITS_MAX);
    memcpy(text, "{{", 2);
    memcpy(text + TEMPLATE_UNITS_MAX - 2, "}}", 2);
    assert_int_equal(template_check(slice_of(text, TEMPLATE_UNITS_MAX), &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "are known"));
}

static void uses(void **state)
{
    (void)state;
    assert_true(template_uses(SLICE("a {{until}} b"), "until"));
    assert_true(template_uses(SLICE("{{name}} {{ until }}"), "until"));
    assert_false(template_uses(SLICE("{{name}} until {{until"), "until"));
    assert_false(template_uses(SLICE(""), "until"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders), cmocka_unit_test(values_are_not_templates),
        cmocka_unit_test(checks),  cmocka_unit_test(length_is_bounded_in_utf16_units),
        cmocka_unit_test(uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
