#include "cli/show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_shown(const char *json, const char *expected)
{
    cJSON *answer;
    struct buf out;
    assert_int_equal(json_parse(slice_from(json), 65536, 16, &answer, NULL), ERROR_NONE);
    buf_init(&out, 65536);
    show_answer(&out, answer);
    buf_append_u8(&out, 0);
    assert_string_equal(out.data, expected);
    buf_deinit(&out);
    json_free(&answer);
}

static void a_thing_is_a_member_a_line(void **state)
{
    (void)state;
    assert_shown(
        "{\"code\":\"LIVE48\",\"percent\":20,\"first_only\":false,\"plans\":[\"core\",\"vip\"],"
        "\"ends\":null,\"none\":[],\"by\":{\"USD\":\"1.00\",\"n\":2}}",
        "code                 LIVE48\n"
        "percent              20\n"
        "first_only           no\n"
        "plans                core, vip\n"
        "ends                 -\n"
        "none                 \n"
        "by                   USD 1.00, n 2\n");
}

static void lists_are_tables_below(void **state)
{
    (void)state;
    assert_shown("{\"orders\":[{\"id\":\"a\",\"lines\":[{\"x\":1}],\"n\":1},{\"id\":\"bbb\"}],"
                 "\"next_cursor\":null,\"other\":[{\"k\":2}]}",
                 "next_cursor          -\n"
                 "\norders:\n"
                 "ID   N\n"
                 "a    1\n"
                 "bbb  -\n"
                 "\nother:\n"
                 "K\n"
                 "2\n");
    assert_shown("{}", "");
}

static void text_from_outside_breaks_no_line(void **state)
{
    (void)state;
    assert_shown("{\"name\":\"a\\nb\\u001b[1m\"}", "name                 a?b?[1m\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thing_is_a_member_a_line),
        cmocka_unit_test(lists_are_tables_below),
        cmocka_unit_test(text_from_outside_breaks_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
