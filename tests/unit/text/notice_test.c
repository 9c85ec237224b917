#include "text/notice.h"

#include "base/utf8.h"
#include "tests/unit/text/club.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { OUT_MAX = 1 << 20 };

static const struct config_plan *const core = &club_plans[1];

static void assert_written(const char *text, enum language language, const char *plan,
                           struct slice name, const char *expected)
{
    struct message_work work = club_work(DELIVERY_notice, NULL);
    const struct message_part_notice part = {
        .plan = slice_from(plan), .language = language, .text = slice_from(text)};
    struct buf out;
    buf_init(&out, OUT_MAX);
    buf_append_text(&out, ">");
    work.name = name;
    notice_write(&club, &work, &part, &out);
    buf_append_u8(&out, 0);
    assert_string_equal(out.data, expected);
    buf_deinit(&out);
}

static void fills_in_names(void **state)
{
    (void)state;
    assert_written("Hello", LANGUAGE_EN, "", SLICE("Ann"), ">Hello");
    assert_written("{{name}} of {{ community }}", LANGUAGE_EN, "", SLICE("Ann"),
                   ">Ann of Trade Club");
    assert_written("{{plan}}", LANGUAGE_EN, "core", SLICE("Ann"), ">Core");
    assert_written("{{plan}}", LANGUAGE_EN, "gone", SLICE("Ann"), ">gone");
    /* A name is one line, and no template. */
    assert_written("{{name}}", LANGUAGE_EN, "", SLICE("A\n{{plan}}"), ">A {{plan}}");
    /* Who has none is called as the text's language calls them, not as their own does. */
    assert_written("{{name}}", LANGUAGE_ZH_HANS, "", SLICE(""), ">朋友");
    assert_written("{{name}}", LANGUAGE_EN, "", SLICE(""), ">friend");
}

static void assert_bad(struct slice text, const struct config_plan *plan, enum error error,
                       const char *words)
{
    struct why why = {""};
    assert_int_equal(notice_check(&club, text, plan, &why), error);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    assert_bad(SLICE(""), NULL, ERROR_INVALID, "empty");
    assert_bad(SLICE(" \n\t"), NULL, ERROR_INVALID, "empty");
    assert_bad(SLICE("a\x01"), NULL, ERROR_INVALID, "control");
    assert_bad(SLICE("a\0b"), NULL, ERROR_INVALID, "control");
    assert_bad(SLICE("\xff"), NULL, ERROR_INVALID, "UTF-8");
    assert_bad(SLICE("{{name}"), NULL, ERROR_INVALID, "\"{{\" without");
    assert_bad(SLICE("name}}"), NULL, ERROR_INVALID, "\"}}\" without");
    assert_bad(SLICE("{{plan}}"), NULL, ERROR_INVALID,
               "unknown placeholder {{plan}}; {{name}} and {{community}} are known");
    assert_bad(SLICE("{{until}}"), core, ERROR_INVALID,
               "{{name}}, {{community}} and {{plan}} are known");
    assert_int_equal(notice_check(&club, SLICE("{{plan}}"), core, NULL), ERROR_NONE);
}

/* What is taken is never too long for anybody; a letter more is not taken. */
static void the_bound_is_telegrams(void **state)
{
    (void)state;
    static const struct {
        const char *letter; /* so many units, filled up to the bound */
        size_t units;
        const char *behind;
        size_t behind_units; /* at most */
    } cases[] = {
        {"x", 1, "", 0},
        {"字", 1, "", 0},
        {"\xF0\x9F\x8E\x89", 2, "", 0},
        {"字", 1, "{{name}}{{name}}", 128},
        {"x", 1, "{{community}} {{plan}}", 15},
    };
    struct buf text;
    struct buf out;
    buf_init(&text, OUT_MAX);
    buf_init(&out, OUT_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&text);
        buf_clear(&out);
        size_t room = NOTICE_UNITS_MAX - cases[i].behind_units;
        for (size_t units = 0; units + cases[i].units <= room; units += cases[i].units)
            buf_append_text(&text, cases[i].letter);
        buf_append_text(&text, cases[i].behind);
        assert_int_equal(notice_check(&club, buf_slice(&text), core, NULL), ERROR_NONE);
        struct message_work work = club_work(DELIVERY_notice, NULL);
        char name[256];
        memset(name, 'N', sizeof name);
        work.name = slice_of(name, sizeof name);
        const struct message_part_notice part = {
            .plan = SLICE("core"), .language = LANGUAGE_EN, .text = buf_slice(&text)};
        notice_write(&club, &work, &part, &out);
        assert_int_equal(utf8_utf16_length(buf_slice(&out)), NOTICE_UNITS_MAX);
        struct slice written = buf_slice(&out);
        assert_true(written.data[written.len - 1] != '}');
        buf_append_text(&text, "x");
        assert_bad(buf_slice(&text), core, ERROR_TOO_LARGE, "");
    }
    buf_clear(&text);
    buf_append_text(&text, "{{");
    for (size_t i = 0; i < NOTICE_BYTES_MAX; i++)
        buf_append_text(&text, " ");
    buf_append_text(&text, "name}}");
    assert_bad(buf_slice(&text), core, ERROR_TOO_LARGE, "bytes");
    buf_deinit(&text);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_in_names),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(the_bound_is_telegrams),
    };
    return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
