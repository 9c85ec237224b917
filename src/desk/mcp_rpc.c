#include "desk/mcp_rpc.h"

#include "base/version.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16, API_BYTES_MAX = 8 * 1024 * 1024 };
enum {
    PARSE_ERROR = -32700,
    INVALID_REQUEST = -32600,
    NO_METHOD = -32601,
    BAD_PARAMS = -32602,
    INTERNAL = -32603
};

static const char revision[] = "2025-06-18";

/* A method makes its result, or NULL and the code and text of an error. */
struct refusal {
    int code;
    struct why why;
};
typedef cJSON *method_run(const struct mcp *mcp, const cJSON *params, struct refusal *refusal);
static method_run initialize, ping, tools_list, tools_call;

static const struct {
    const char *name;
    method_run *run;
} methods[] = {{"initialize", initialize},
               {"ping", ping},
               {"tools/list", tools_list},
               {"tools/call", tools_call}};

static void append_result(struct buf *out, const cJSON *id, cJSON *result);
static void append_error(struct buf *out, const cJSON *id, int code, const char *text);
static void append_id(struct buf *out, const cJSON *id);
static cJSON *tool_result(struct slice text, bool failed);

void mcp_answer(const struct mcp *mcp, struct slice message, struct buf *out)
{
    struct refusal refusal = {.code = NO_METHOD, .why = {"no such method"}};
    cJSON *root = NULL;
    struct why why = {""};
    if (json_parse(message, MCP_MESSAGE_BYTES_MAX, DEPTH_MAX, &root, &why) != ERROR_NONE) {
        append_error(out, NULL, PARSE_ERROR, why.text);
        return;
    }
    const cJSON *id = json_member(root, "id");
    const cJSON *params = json_member(root, "params");
    const char *name = cJSON_GetStringValue(json_member(root, "method"));
    const char *version = cJSON_GetStringValue(json_member(root, "jsonrpc"));
    bool id_ok = id == NULL || cJSON_IsString(id) || cJSON_IsNumber(id);
    bool response =
        name == NULL && (json_member(root, "result") != NULL || json_member(root, "error") != NULL);
    cJSON *result = NULL;
    if (cJSON_IsArray(root)) {
        append_error(out, NULL, INVALID_REQUEST, "batches are not taken; send one message a line");
    } else if (version == NULL || strcmp(version, "2.0") != 0 || !id_ok ||
               (name == NULL && !response)) {
        append_error(out, id_ok ? id : NULL, INVALID_REQUEST,
                     "not a message of JSON-RPC 2.0: it has jsonrpc \"2.0\", a method, and an id "
                     "that is text or a number");
    } else if (!response && id != NULL) {
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
            if (strcmp(methods[i].name, name) != 0)
                continue;
            refusal = (struct refusal){.code = INTERNAL, .why = {"out of memory, try again"}};
            if (params != NULL && !cJSON_IsObject(params))
                refusal = (struct refusal){.code = BAD_PARAMS, .why = {"params is an object"}};
            else
                result = methods[i].run(mcp, params, &refusal);
        }
        if (result != NULL)
            append_result(out, id, result);
        else
            append_error(out, id, refusal.code, refusal.why.text);
    }
    json_free(&root);
}

void mcp_answer_too_long(struct buf *out)
{
    append_error(out, NULL, INVALID_REQUEST, "the message is longer than 256 KiB");
}

/* Whoever asks for another revision is told ours, and decides. */
static cJSON *initialize(const struct mcp *mcp, const cJSON *params, struct refusal *refusal)
{
    if (json_string(json_member(params, "protocolVersion")).len == 0) {
        refusal->code = BAD_PARAMS;
        why_set(&refusal->why, ERROR_INVALID, "say protocolVersion, for example %s", revision);
        return NULL;
    }
    json_build();
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "protocolVersion", revision);
    cJSON *capabilities = cJSON_AddObjectToObject(result, "capabilities");
    cJSON_AddObjectToObject(capabilities, "tools");
    cJSON *info = cJSON_AddObjectToObject(result, "serverInfo");
    cJSON_AddStringToObject(info, "name", "usher");
    cJSON_AddStringToObject(info, "version", version_text());
    cJSON_AddStringToObject(result, "instructions",
                            mcp->changes ? "The operators' API of usher. Changes are audited."
                                         : "The operators' API of usher, for reading only.");
    if (!json_complete())
        json_free(&result);
    return result;
}

static cJSON *ping(const struct mcp *mcp, const cJSON *params, struct refusal *refusal)
{
    (void)mcp, (void)params, (void)refusal;
    return cJSON_CreateObject();
}

/* All in one page, so no cursor is ours. */
static cJSON *tools_list(const struct mcp *mcp, const cJSON *params, struct refusal *refusal)
{
    if (json_member(params, "cursor") != NULL) {
        refusal->code = BAD_PARAMS;
        why_set(&refusal->why, ERROR_INVALID, "no such cursor: the list is one page");
        return NULL;
    }
    cJSON *tools = mcp_tools_make(mcp->changes);
    cJSON *result = tools == NULL ? NULL : cJSON_CreateObject();
    if (result == NULL || !cJSON_AddItemToObject(result, "tools", tools)) {
        json_free(&tools);
        json_free(&result);
    }
    return result;
}

/* What the API refuses is a result that the model reads, not an error of the protocol. */
static cJSON *tools_call(const struct mcp *mcp, const cJSON *params, struct refusal *refusal)
{
    struct mcp_request request;
    struct buf json;
    unsigned status = 0;
    const cJSON *arguments = json_member(params, "arguments");
    struct slice name = json_string(json_member(params, "name"));
    cJSON *result = NULL;

    if (name.len == 0 || (arguments != NULL && !cJSON_IsObject(arguments))) {
        refusal->code = BAD_PARAMS;
        why_set(&refusal->why, ERROR_INVALID, "say the tool's name, and arguments as an object");
        return NULL;
    }
    buf_init(&json, API_BYTES_MAX);
    enum error error = mcp_tools_request(name, arguments, mcp->changes, MCP_MESSAGE_BYTES_MAX,
                                         &request, &refusal->why);
    if (error == ERROR_NONE) {
        struct why why = {""};
        if (mcp->ask(mcp->context, &request, &status, &json, &why) != ERROR_NONE)
            result = tool_result(slice_from(why.text), true);
        else
            result = tool_result(buf_slice(&json), status / 100 != 2);
    } else if (error != ERROR_MEMORY) {
        refusal->code = BAD_PARAMS;
    }
    buf_deinit(&request.path);
    buf_deinit(&request.body);
    buf_deinit(&json);
    return result;
}

static cJSON *tool_result(struct slice text, bool failed)
{
    json_build();
    cJSON *result = cJSON_CreateObject();
    cJSON *part = json_add_item(cJSON_AddArrayToObject(result, "content"));
    cJSON_AddStringToObject(part, "type", "text");
    json_add_text(part, "text", text);
    cJSON_AddBoolToObject(result, "isError", failed);
    if (!json_complete())
        json_free(&result);
    return result;
}

static void append_result(struct buf *out, const cJSON *id, cJSON *result)
{
    char *text = cJSON_PrintUnformatted(result);
    if (text == NULL) {
        append_error(out, id, INTERNAL, "out of memory, try again");
    } else {
        buf_append_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
        append_id(out, id);
        buf_append_text(out, ",\"result\":");
        buf_append_text(out, text);
        buf_append_text(out, "}");
    }
    cJSON_free(text);
    json_free(&result);
}

static void append_error(struct buf *out, const cJSON *id, int code, const char *text)
{
    buf_append_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    append_id(out, id);
    buf_printf(out, ",\"error\":{\"code\":%d,\"message\":", code);
    json_append_string(out, slice_from(text));
    buf_append_text(out, "}}");
}

/* As it was sent, so that whoever asked finds it again. */
static void append_id(struct buf *out, const cJSON *id)
{
    char number[JSON_NUMBER_TEXT_SIZE];
    if (cJSON_IsString(id))
        json_append_string(out, json_string(id));
    else if (json_number_text(id, number, sizeof number))
        buf_append_text(out, number);
    else
        buf_append_text(out, "null");
}
