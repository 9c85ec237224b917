#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct column columns[] = {
    {"ID", "id"}, {"AMOUNT", "amount currency"}, {"NAME", "name"}, {0}};

static void assert_table(const char *json, const char *expected)
{
    struct buf out;
    cJSON *root;

    buf_init(&out, 4096);
    assert_int_equal(json_parse(slice_from(json), 4096, 8, &root, NULL), ERROR_NONE);
    table_print(&out, root, columns);
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    json_free(&root);
    buf_deinit(&out);
}

static void columns_line_up(void **state)
{
    (void)state;
    assert_table("[{\"id\":1,\"amount\":\"9.00\",\"currency\":\"USD\",\"name\":\"Ann\"},"
                 "{\"id\":12345,\"amount\":\"29.00\",\"currency\":\"USDT\",\"name\":\"Bo\"}]",
                 "ID     AMOUNT      NAME\n"
                 "1      9.00 USD    Ann\n"
                 "12345  29.00 USDT  Bo\n");
}

static void characters_count_and_not_bytes(void **state)
{
    (void)state;
    assert_table("[{\"id\":\"äöü\",\"amount\":\"1\",\"currency\":\"X\",\"name\":\"é\"},"
                 "{\"id\":\"abcd\",\"amount\":\"1\",\"currency\":\"X\",\"name\":\"e\"}]",
                 "ID    AMOUNT  NAME\n"
                 "äöü   1 X     é\n"
                 "abcd  1 X     e\n");
}

static void what_is_missing_is_a_dash(void **state)
{
    (void)state;
    assert_table("[{\"id\":true,\"name\":null},{}]", "ID   AMOUNT  NAME\n"
                                                     "yes  - -     -\n"
                                                     "-    - -     -\n");
    assert_table("[]", "");
    assert_table("{}", "");
}

/* A member's name is whatever they like; it must not move the operator's cursor. */
static void control_characters_are_not_obeyed(void **state)
{
    (void)state;
    assert_table("[{\"id\":1,\"name\":\"\\u001b[2J\\nx\\u007f\"}]", "ID  AMOUNT  NAME\n"
                                                                    "1   - -     ?[2J?x?\n");
}

static void an_overflow_shows(void **state)
{
    struct buf out;
    cJSON *root;
    (void)state;

    buf_init(&out, 20);
    assert_int_equal(json_parse(SLICE("[{\"id\":\"0123456789012345\"}]"), 4096, 8, &root, NULL),
                     ERROR_NONE);
    table_print(&out, root, columns);
    assert_true(out.failed);
    json_free(&root);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(characters_count_and_not_bytes),
        cmocka_unit_test(what_is_missing_is_a_dash),
        cmocka_unit_test(control_characters_are_not_obeyed),
        cmocka_unit_test(an_overflow_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
