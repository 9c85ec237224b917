#include "web/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char text[4096];

static const char *written(const struct buf *out)
{
    assert_false(out->failed);
    assert_true(slice_copy(buf_slice(out), text, sizeof text));
    return text;
}

static void values_are_escaped(void **state)
{
    (void)state;
    static const struct {
        struct slice value;
        const char *html;
    } cases[] = {
        {{"plain", 5}, "plain"},
        {{"", 0}, ""},
        {{NULL, 0}, ""},
        {{"<script>alert(1)</script>", 25}, "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {{"\" onmouseover='x' a=\"", 21}, "&quot; onmouseover=&#39;x&#39; a=&quot;"},
        {{"&lt;", 4}, "&amp;lt;"},
        {{"套餐 \xF0\x9F\x8E\x89", 11}, "套餐 \xF0\x9F\x8E\x89"},
        {{"a\0b", 3},
         "a\xEF\xBF\xBD"
         "b"},
        {{"\xFFx\xC3", 3}, "\xEF\xBF\xBDx\xEF\xBF\xBD"},
        {{"\xC0\xBC", 2}, "\xEF\xBF\xBD\xEF\xBF\xBD"}, /* an overlong '<' */
        {{"a\tb\nc\rd\x1B\xC2\x85", 10},
         "a\tb\nc\xEF\xBF\xBD"
         "d\xEF\xBF\xBD\xEF\xBF\xBD"},
        {{"$1 $2", 5}, "$1 $2"}, /* a value is no template */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        char wanted[256];
        buf_init(&out, 4096);
        html_put(&out, "<p title=\"$1\">$1</p>", cases[i].value);
        snprintf(wanted, sizeof wanted, "<p title=\"%s\">%s</p>", cases[i].html, cases[i].html);
        assert_string_equal(written(&out), wanted);
        buf_deinit(&out);
    }
}

static void places(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    html_put(&out, "<b>");
    html_put(&out, "$2-$1-$2", SLICE("a"), SLICE("b"));
    html_put(&out, "</b>");
    assert_string_equal(written(&out), "<b>b-a-b</b>");
    buf_deinit(&out);
    buf_init(&out, 4); /* sticky, as any buffer's */
    html_put(&out, "<b>$1</b>", SLICE("a"));
    assert_true(out.failed);
    buf_deinit(&out);
}

static void paragraphs(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"one", "<p>one</p>\n"},
        {"one\ntwo", "<p>one<br>\ntwo</p>\n"},
        {"one\n\n\ntwo\n", "<p>one</p>\n<p>two</p>\n"},
        {"\n<b>", "<p>&lt;b&gt;</p>\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, 4096);
        html_paragraphs(&out, slice_from(cases[i][0]));
        assert_string_equal(out.len == 0 ? "" : written(&out), cases[i][1]);
        buf_deinit(&out);
    }
}

static void links(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool may;
    } cases[] = {
        {"https://example.org/a?b=1&c=2", true},
        {"http://example.org", true},
        {"tg://resolve?domain=usher_bot", true},
        {"tg://", false},
        {"tg://a b", false},
        {"tg://a\x7F", false},
        {"javascript:alert(1)", false},
        {" https://example.org", false},
        {"HTTPS://example.org", false},
        {"https://", false},
        {"https://a\"b", false},
        {"data:text/html,x", false},
        {"//example.org", false},
        {"/p/core", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(html_may_link(slice_from(cases[i].url)), cases[i].may);
        html_link(&out, "", slice_from(cases[i].url), SLICE("<x>"));
        assert_int_equal(strncmp(written(&out), "<a href=", 8) == 0, cases[i].may);
        assert_non_null(strstr(text, "&lt;x&gt;"));
        buf_deinit(&out);
    }
    struct buf out;
    buf_init(&out, 4096);
    html_link(&out, "button", slice_from(cases[0].url), SLICE("x"));
    assert_string_equal(written(&out),
                        "<a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noopener "
                        "noreferrer\" class=\"button\">x</a>");
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(places),
        cmocka_unit_test(paragraphs),
        cmocka_unit_test(links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
