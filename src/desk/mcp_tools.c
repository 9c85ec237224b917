#include "desk/mcp_tools.h"

#include "desk/openapi.h"
#include "http/query.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char key_name[] = "idempotency_key";

static bool offered(const char *method, const cJSON *operation, bool changes);
static void add_tool(cJSON *tools, const char *method, const cJSON *operation);
static const cJSON *body_schema(const cJSON *operation);
static const cJSON *find(const cJSON *document, struct slice name, bool changes, const char **path,
                         const char **method);
static enum error make_request(const cJSON *operation, const char *path, const cJSON *arguments,
                               struct mcp_request *out, struct why *why);
static enum error append_path(const char *path, const cJSON *arguments, struct buf *out,
                              struct why *why);
static enum error append_value(const cJSON *value, const char *name, struct buf *out,
                               struct why *why);
static const cJSON *parameter(const cJSON *operation, const char *name);
static bool in(const cJSON *parameter, const char *place);

cJSON *mcp_tools_make(bool changes)
{
    cJSON *document = openapi_make();
    if (document == NULL)
        return NULL;
    json_build();
    cJSON *tools = cJSON_CreateArray();
    const cJSON *path, *operation;
    cJSON_ArrayForEach(path, json_member(document, "paths"))
        cJSON_ArrayForEach(operation, path) if (offered(operation->string, operation, changes))
            add_tool(tools, operation->string, operation);
    if (!json_complete())
        json_free(&tools);
    json_free(&document);
    return tools;
}

enum error mcp_tools_request(struct slice name, const cJSON *arguments, bool changes,
                             size_t body_bytes_max, struct mcp_request *out, struct why *why)
{
    const char *path, *method;
    enum error error = ERROR_MEMORY;

    *out = (struct mcp_request){.method = ""};
    buf_init(&out->path, MCP_PATH_BYTES_MAX);
    buf_init(&out->body, body_bytes_max);
    cJSON *document = openapi_make();
    if (document == NULL)
        return why_set(why, error, "out of memory, try again");
    const cJSON *operation = find(document, name, changes, &path, &method);
    if (operation == NULL) {
        error = why_set(why, ERROR_NOT_FOUND, "there is no tool \"%.*s\"%s", SLICE_ARG(name),
                        changes ? "" : ", or it changes something and only reading is allowed");
    } else {
        for (size_t i = 0; method[i] != '\0' && i < sizeof out->method - 1; i++)
            out->method[i] = (char)toupper((unsigned char)method[i]);
        error = make_request(operation, path, arguments, out, why);
    }
    json_free(&document);
    return error;
}

static bool offered(const char *method, const cJSON *operation, bool changes)
{
    return json_member(operation, "security") == NULL && (changes || strcmp(method, "get") == 0);
}

static void add_tool(cJSON *tools, const char *method, const cJSON *operation)
{
    bool reads = strcmp(method, "get") == 0;
    struct slice summary = json_string(json_member(operation, "summary"));
    struct slice who = json_string(json_member(operation, "description"));
    char text[512];
    cJSON *tool = json_add_item(tools);
    json_add_text(tool, "name", json_string(json_member(operation, "operationId")));
    snprintf(text, sizeof text, "%.*s. %.*s.", SLICE_ARG(summary), SLICE_ARG(who));
    cJSON_AddStringToObject(tool, "description", text);

    const cJSON *body = body_schema(operation);
    cJSON *schema = body == NULL ? cJSON_CreateObject() : cJSON_Duplicate(body, true);
    if (!cJSON_AddItemToObject(tool, "inputSchema", schema))
        return; /* json_complete says so */
    if (body == NULL) {
        cJSON_AddStringToObject(schema, "type", "object");
        cJSON_AddObjectToObject(schema, "properties");
        cJSON_AddFalseToObject(schema, "additionalProperties");
    }
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    cJSON *required = cJSON_GetObjectItemCaseSensitive(schema, "required");
    const cJSON *each;
    cJSON_ArrayForEach(each, json_member(operation, "parameters"))
    {
        const char *name = cJSON_GetStringValue(json_member(each, "name"));
        if (name == NULL) { /* the only one that is referred to */
            cJSON *key = cJSON_AddObjectToObject(properties, key_name);
            cJSON_AddStringToObject(key, "type", "string");
            cJSON_AddNumberToObject(key, "maxLength", MCP_KEY_SIZE - 1);
            cJSON_AddStringToObject(key, "description", "the same key again is the same change");
            continue;
        }
        cJSON_AddItemToObject(properties, name, cJSON_Duplicate(json_member(each, "schema"), true));
        if (!in(each, "path"))
            continue;
        if (required == NULL)
            required = cJSON_AddArrayToObject(schema, "required");
        cJSON_AddItemToArray(required, cJSON_CreateString(name));
    }
    cJSON *hints = cJSON_AddObjectToObject(tool, "annotations");
    json_add_text(hints, "title", summary);
    cJSON_AddBoolToObject(hints, "readOnlyHint", reads);
    cJSON_AddBoolToObject(hints, "destructiveHint", !reads);
}

static const cJSON *body_schema(const cJSON *operation)
{
    return json_pointer(operation, "/requestBody/content/application~1json/schema");
}

static const cJSON *find(const cJSON *document, struct slice name, bool changes, const char **path,
                         const char **method)
{
    const cJSON *item, *operation;
    cJSON_ArrayForEach(item, json_member(document, "paths"))
    {
        cJSON_ArrayForEach(operation, item)
        {
            struct slice id = json_string(json_member(operation, "operationId"));
            if (!offered(operation->string, operation, changes) || id.len != name.len ||
                memcmp(id.data, name.data, id.len) != 0)
                continue;
            *path = item->string;
            *method = operation->string;
            return operation;
        }
    }
    return NULL;
}

static enum error make_request(const cJSON *operation, const char *path, const cJSON *arguments,
                               struct mcp_request *out, struct why *why)
{
    const cJSON *schema = body_schema(operation);
    const cJSON *properties = json_member(schema, "properties");
    const cJSON *given;
    const char *sign = "?";
    bool first = true;
    enum error error = append_path(path, arguments, &out->path, why);

    if (schema != NULL)
        buf_append_text(&out->body, "{");
    cJSON_ArrayForEach(given, arguments)
    {
        const cJSON *known = parameter(operation, given->string);
        if (error != ERROR_NONE)
            return error;
        if (in(known, "path"))
            continue;
        if (known != NULL) {
            buf_printf(&out->path, "%s%s=", sign, given->string);
            sign = "&";
            error = append_value(given, given->string, &out->path, why);
        } else if (json_member(properties, given->string) != NULL) {
            char *text = cJSON_PrintUnformatted(given);
            if (text == NULL)
                return why_set(why, ERROR_MEMORY, "out of memory, try again");
            buf_printf(&out->body, "%s\"%s\":", first ? "" : ",", given->string);
            buf_append_text(&out->body, text);
            cJSON_free(text);
            first = false;
        } else if (strcmp(out->method, "GET") != 0 && strcmp(given->string, key_name) == 0) {
            struct slice key = json_string(given);
            if (key.len == 0 || !slice_copy(key, out->key, sizeof out->key) ||
                strpbrk(out->key, "\r\n") != NULL)
                return why_set(why, ERROR_INVALID, "%s is text of 1 to %d bytes on one line",
                               key_name, MCP_KEY_SIZE - 1);
        } else {
            return why_set(why, ERROR_INVALID, "there is no argument \"%.64s\"", given->string);
        }
    }
    if (schema != NULL)
        buf_append_text(&out->body, "}");
    buf_append_u8(&out->path, 0);
    if (error == ERROR_NONE && (out->path.failed || out->body.failed))
        error = why_set(why, ERROR_INVALID, "the arguments are too long");
    return error;
}

/* With its {name}s replaced by what the arguments say. */
static enum error append_path(const char *path, const cJSON *arguments, struct buf *out,
                              struct why *why)
{
    while (*path != '\0') {
        char name[64];
        size_t len = strcspn(path, "{");
        buf_append(out, path, len);
        path += len;
        if (*path == '\0')
            break;
        len = strcspn(path, "}");
        if (!slice_copy(slice_of(path + 1, len - 1), name, sizeof name))
            return why_set(why, ERROR_INVALID, "the path has too long a name");
        path += len + 1;
        const cJSON *value = json_member(arguments, name);
        size_t before = out->len;
        enum error error = value == NULL ? why_set(why, ERROR_INVALID, "say %s", name)
                                         : append_value(value, name, out, why);
        if (error != ERROR_NONE)
            return error;
        /* "." and ".." would be another path */
        if (out->len == before || (out->data[before] == '.' && out->len - before <= 2))
            return why_set(why, ERROR_INVALID, "%s is not usable in an address", name);
    }
    return ERROR_NONE;
}

static enum error append_value(const cJSON *value, const char *name, struct buf *out,
                               struct why *why)
{
    char number[JSON_NUMBER_TEXT_SIZE];
    bool flag;
    if (cJSON_IsString(value)) {
        percent_encode(out, json_string(value));
    } else if (json_number_text(value, number, sizeof number)) {
        buf_append_text(out, number);
    } else if (json_bool(value, &flag)) {
        buf_append_text(out, flag ? "true" : "false");
    } else if (cJSON_IsArray(value)) { /* a,b,c */
        const cJSON *each;
        cJSON_ArrayForEach(each, value)
        {
            if (!cJSON_IsString(each))
                return why_set(why, ERROR_INVALID, "%s is a list of texts", name);
            buf_append_text(out, each == value->child ? "" : ",");
            percent_encode(out, json_string(each));
        }
    } else {
        return why_set(why, ERROR_INVALID, "%s is text, a number, a flag or a list", name);
    }
    return ERROR_NONE;
}

static const cJSON *parameter(const cJSON *operation, const char *name)
{
    const cJSON *each;
    cJSON_ArrayForEach(each, json_member(operation, "parameters"))
    {
        const char *known = cJSON_GetStringValue(json_member(each, "name"));
        if (known != NULL && strcmp(known, name) == 0)
            return each;
    }
    return NULL;
}

static bool in(const cJSON *known, const char *place)
{
    const char *said = cJSON_GetStringValue(json_member(known, "in"));
    return said != NULL && strcmp(said, place) == 0;
}
