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

/* Of a DELETE: the reason in the query, the key as a header. */
static void what_is_taken_away_has_a_reason_and_a_key(void **state)
{
    (void)state;
    struct mcp_request request;
    struct why why = {""};
    cJSON *arguments = cJSON_Parse(
        "{\"broadcast_id\":\"b1\",\"reason\":\"sorry & paid\",\"idempotency_key\":\"k1\"}");
    assert_int_equal(mcp_tools_request(SLICE("DELETE_broadcasts_-broadcast_id-"), arguments, true,
                                       4096, &request, &why),
                     ERROR_NONE);
    assert_string_equal(request.method, "DELETE");
    assert_string_equal(request.path.data, "/api/v1/broadcasts/b1?reason=sorry%20%26%20paid");
    assert_string_equal(request.key, "k1");
    buf_deinit(&request.path);
    buf_deinit(&request.body);
    json_free(&arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reading_lists_only_what_reads),
                                       cmocka_unit_test(what_is_taken_away_has_a_reason_and_a_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
