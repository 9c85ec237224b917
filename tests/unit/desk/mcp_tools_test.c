/* The tools are the operations of the API, with names and schemas that clients take. */
#include "tests/unit/ledger/sample.h"

#include "desk/mcp_tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void reading_lists_only_what_reads(void **state)
{
    (void)state;
    for (int changes = 0; changes < 2; changes++) {
        cJSON *tools = mcp_tools_make(changes != 0);
        const cJSON *tool;
        int writers = 0;
        cJSON_ArrayForEach(tool, tools)
        {
            bool reads = false, destroys = false;
            const char *name = cJSON_GetStringValue(json_member(tool, "name"));
            assert_true(json_bool(json_pointer(tool, "/annotations/readOnlyHint"), &reads));
            assert_true(json_bool(json_pointer(tool, "/annotations/destructiveHint"), &destroys));
            assert_true(reads != destroys);
            assert_non_null(name);
            assert_in_range(strlen(name), 1, 64);
            assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-"),
                             strlen(name));
            assert_string_equal(json_pointer(tool, "/inputSchema/type")->valuestring, "object");
            writers += !reads;
        }
        assert_true(cJSON_GetArraySize(tools) > 10);
        assert_true(changes != 0 ? writers > 3 : writers == 0);
        json_free(&tools);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reading_lists_only_what_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
