/* Messages of JSON-RPC, each with its answer. */
#include "tests/unit/ledger/sample.h"

#include "desk/mcp_rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static char asked[512];
static unsigned answer_status = 200;

static enum error ask(void *context, const struct mcp_request *request, unsigned *status,
                      struct buf *json, struct why *why)
{
    (void)context, (void)why;
    snprintf(asked, sizeof asked, "%s %s %.*s %s", request->method, request->path.data,
             SLICE_ARG(buf_slice(&request->body)), request->key);
    *status = answer_status;
    buf_append_text(json, "{\"a\":1}");
    return ERROR_NONE;
}

/* The answer must contain wanted; "": there is none. */
static void check(bool changes, const char *message, const char *wanted)
{
    const struct mcp mcp = {.changes = changes, .ask = ask};
    struct buf out;
    buf_init(&out, MCP_ANSWER_BYTES_MAX);
    asked[0] = '\0';
    mcp_answer(&mcp, slice_from(message), &out);
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    if (wanted[0] == '\0' ? out.len > 1 : strstr(out.data, wanted) == NULL)
        fail_msg("%s: %s", message, out.data);
    buf_deinit(&out);
}

#define HEAD "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":"

static void what_is_no_request_is_said(void **state)
{
    (void)state;
    check(false, "{", "\"id\":null,\"error\":{\"code\":-32700");
    check(false, "[]", "-32600");
    check(false, "{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}",
          "\"id\":7,\"error\":{\"code\":-32600");
    check(false, "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", "-32600");
    check(false, HEAD "\"x\"}", "-32601");
    check(false, HEAD "\"ping\",\"params\":[]}", "-32602");
    check(false, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", "");
    check(false, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", "");
    check(false, HEAD "\"ping\"}", "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
    check(false, "{\"jsonrpc\":\"2.0\",\"id\":\"a\\\"\",\"method\":\"ping\"}", "\"id\":\"a\\\"\"");
    check(false, HEAD "\"initialize\"}", "-32602");
    check(false, HEAD "\"initialize\",\"params\":{\"protocolVersion\":\"1999-01-01\"}}",
          "\"protocolVersion\":\"2025-06-18\"");
    check(false, HEAD "\"tools/list\",\"params\":{\"cursor\":\"x\"}}", "-32602");
}

static void tools_become_requests(void **state)
{
    (void)state;
#define CALL(arguments)                                                                            \
    HEAD "\"tools/call\",\"params\":{\"name\":\"sample_keep\",\"arguments\":" arguments "}}"
    check(false, CALL("{\"name\":\"x\"}"), "only reading is allowed");
    assert_string_equal(asked, "");
    check(true, CALL("{\"name\":\"x\",\"idempotency_key\":\"k\"}"), "\"isError\":false");
    assert_string_equal(asked, "POST /api/v1/sample {\"name\":\"x\"} k");
    check(true, CALL("{\"nome\":\"x\"}"), "there is no argument \\\"nome\\\"");
    check(true, CALL("{\"idempotency_key\":\"a\\r\\nb: c\"}"), "on one line");
    check(true, CALL("[]"), "-32602");
    answer_status = 409;
    check(true, CALL("{}"), "\"isError\":true");
    answer_status = 200;
#define READ(arguments)                                                                            \
    HEAD "\"tools/"                                                                                \
         "call\",\"params\":{\"name\":\"GET_members_-telegram_id-\",\"arguments\":" arguments "}}"
    check(false, READ("{\"telegram_id\":1001}"), "{\\\"a\\\":1}");
    assert_string_equal(asked, "GET /api/v1/members/1001  ");
    check(false, READ("{}"), "say telegram_id");
    check(false, READ("{\"telegram_id\":\"..\"}"), "not usable");
    check(false, READ("{\"telegram_id\":\"a/b?c\"}"), "\"isError\":false");
    assert_string_equal(asked, "GET /api/v1/members/a%2Fb%3Fc  ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_no_request_is_said),
                                       cmocka_unit_test(tools_become_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
