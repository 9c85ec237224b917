#include "desk/openapi.h"

#include "base/version.h"
#include "desk/api_call.h"
#include "desk/ops.h"
#include "ledger/access_list.h"
#include "wire/shape_json.h"

#include <stdio.h>

enum { NAME_SIZE = 64, PATH_SIZE = 256 };

static const double number_max = 9007199254740992; /* 2^53: what JSON's numbers hold */
static const double telegram_id_max = 4503599627370496;

/* What a type looks like in JSON; NULL and equal bounds: nothing to say. */
static const struct {
    const char *type;
    const char *format;
    const char *pattern;
    double least, most;
} types[FIELD_TYPE_COUNT] = {
    [FIELD_U64] = {"integer", NULL, NULL, 0, number_max},
    [FIELD_I64] = {"integer", NULL, NULL, -number_max, number_max},
    [FIELD_STR] = {"string", NULL, NULL, 0, 0},
    [FIELD_BIN] = {NULL, NULL, NULL, 0, 0}, /* not to be given from outside */
    [FIELD_U8] = {"integer", NULL, NULL, 0, UINT8_MAX},
    [FIELD_U32] = {"integer", NULL, NULL, 0, UINT32_MAX},
    [FIELD_NAME] = {"string", NULL, NULL, 0, 0},
    [FIELD_CODE] = {"string", NULL, "^[A-Za-z0-9_-]+$", 0, 0},
    [FIELD_TEXT] = {"string", NULL, NULL, 0, 0},
    [FIELD_SECRET] = {"string", "password", NULL, 0, 0},
    [FIELD_LIST] = {"array", NULL, NULL, 0, 0},
    [FIELD_MEMBER] = {"integer", NULL, NULL, 1, telegram_id_max},
    [FIELD_ID] = {"integer", NULL, NULL, 0, number_max},
    [FIELD_COUNT] = {"integer", NULL, NULL, 0, number_max},
    [FIELD_FLAG] = {"boolean", NULL, NULL, 0, 0},
    [FIELD_PERCENT] = {"integer", NULL, NULL, 0, 100},
    [FIELD_CHOICE] = {"string", NULL, NULL, 0, 0},
    [FIELD_AMOUNT] = {"string", NULL, "^[0-9]+(\\.[0-9]+)?$", 0, 0},
    [FIELD_CURRENCY] = {"string", NULL, NULL, 0, 0},
    [FIELD_PERIOD] = {"string", NULL, NULL, 0, 0},
    [FIELD_TIME] = {"string", "date-time", NULL, 0, 0},
    [FIELD_DURATION] = {"string", NULL, NULL, 0, 0},
};

static const char *const releases[] = {"held", "dead", NULL};
static const char *const orders[] = {"newest", "oldest", NULL};
static const char *const yes_no[] = {"yes", "no", NULL};

/* What api.c's resources call their parameters and members: a name means the same everywhere. What
 * is not here is text. */
static const struct field named[] = {
    {.name = "telegram_id", .type = FIELD_MEMBER},
    {.name = "limit", .type = FIELD_COUNT},
    {.name = "plan", .type = FIELD_NAME},
    {.name = "amount", .type = FIELD_AMOUNT},
    {.name = "currency", .type = FIELD_CURRENCY},
    {.name = "period", .type = FIELD_PERIOD},
    {.name = "expires", .type = FIELD_DURATION},
    {.name = "advance", .type = FIELD_DURATION},
    {.name = "delivery", .type = FIELD_ID},
    {.name = "language", .type = FIELD_NAME},
    {.name = "text", .type = FIELD_TEXT},
    {.name = "since", .type = FIELD_TIME},
    {.name = "member", .type = FIELD_MEMBER},
    {.name = "gateway", .type = FIELD_NAME},
    {.name = "what", .type = FIELD_CHOICE, .names = releases},
    {.name = "order", .type = FIELD_CHOICE, .names = orders},
    {.name = "overpaid", .type = FIELD_CHOICE, .names = yes_no},
};

static void add_resource(cJSON *paths, const struct resource_view *resource);
static void add_route(cJSON *paths, const struct route_view *route);
static cJSON *add_operation(cJSON *paths, const char *path, const char *method, const char *id,
                            const char *summary);
static void add_parameter(cJSON *parameters, const struct field *field, const char *place);
static cJSON *add_body(cJSON *operation);
static void add_needs(cJSON *schema, const char *needs, const char *path);
static void add_answers(cJSON *operation, unsigned status, const struct module *module);
static void add_components(cJSON *root);
static cJSON *add_schema(cJSON *to, const char *name, const struct field *field);
static struct field named_field(const char *name, char storage[NAME_SIZE]);
static const char *next_word(const char *at, char out[NAME_SIZE]);
static bool in_path(const char *path, const char *name);
static void title(const char *name, char out[NAME_SIZE]);
static void add_who(cJSON *operation, unsigned who);

cJSON *openapi_make(void)
{
    struct resource_view resource;
    struct route_view route;
    json_build();
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "openapi", "3.1.0");
    cJSON *info = cJSON_AddObjectToObject(root, "info");
    cJSON_AddStringToObject(info, "title", "usher");
    cJSON_AddStringToObject(info, "description",
                            "The door of a paid Telegram community: members, payments, and what "
                            "else its modules know. Errors are problem documents (RFC 9457).");
    cJSON_AddStringToObject(info, "version", version_text());
    cJSON *paths = cJSON_AddObjectToObject(root, "paths");
    for (size_t at = 0; api_next(&at, &resource);)
        add_resource(paths, &resource);
    for (size_t at = 0; ops_next(&at, &route);)
        add_route(paths, &route);
    add_components(root);
    if (!json_complete())
        json_free(&root);
    return root;
}

void api_get_openapi(struct api_call *call)
{
    struct judgement *judgement = call->judgement;
    cJSON *root = openapi_make();
    char *text = root == NULL ? NULL : cJSON_PrintUnformatted(root);
    if (text == NULL) {
        api_refuse(call, 503, "out of memory, try again");
    } else {
        buf_append_text(&judgement->body, text);
        judgement->status = 200;
        judgement->reason = "openapi";
        judgement->content_type = "application/json";
        if (judgement->body.failed)
            api_refuse(call, 503, "out of memory, try again");
    }
    cJSON_free(text);
    json_free(&root);
}

static void add_resource(cJSON *paths, const struct resource_view *resource)
{
    char id[PATH_SIZE];
    char storage[NAME_SIZE];
    bool takes_body = strcmp(resource->method, "POST") == 0;
    size_t len = (size_t)snprintf(id, sizeof id, "%s_%s", resource->method, resource->path);
    for (size_t i = 0; i < len && i < sizeof id; i++)
        if (strchr("/.", id[i]) != NULL)
            id[i] = '_';
        else if (id[i] == '{' || id[i] == '}')
            id[i] = '-';
    cJSON *operation =
        add_operation(paths, resource->path, resource->method, id, resource->summary);
    add_who(operation, resource->who);
    cJSON *parameters = cJSON_AddArrayToObject(operation, "parameters");
    for (const char *at = strchr(resource->path, '{'); at != NULL; at = strchr(at, '{')) {
        char name[NAME_SIZE];
        at++;
        if (!slice_copy(slice_of(at, strcspn(at, "}")), name, sizeof name))
            break;
        const struct field field = named_field(name, storage);
        add_parameter(parameters, &field, "path");
    }
    cJSON *schema = takes_body ? add_body(operation) : NULL;
    cJSON *properties = cJSON_GetObjectItem(schema, "properties");
    char name[NAME_SIZE];
    for (const char *at = next_word(resource->params, name); at != NULL; at = next_word(at, name)) {
        const struct field field = named_field(name, storage);
        if (!takes_body)
            add_parameter(parameters, &field, "query");
        else if (strcmp(name, "translations") == 0) /* texts by language */
            cJSON_AddStringToObject(cJSON_AddObjectToObject(properties, name), "type", "object");
        else
            add_schema(properties, name, &field);
    }
    if (takes_body)
        add_needs(schema, resource->needs, resource->path);
    add_answers(operation, 200, NULL);
}

static void add_route(cJSON *paths, const struct route_view *route)
{
    char summary[NAME_SIZE];
    bool takes_body = strcmp(route->method, "POST") == 0 || strcmp(route->method, "PUT") == 0;
    bool reason = false;
    title(route->shape->name, summary);
    cJSON *operation =
        add_operation(paths, route->path, route->method, route->shape->name, summary);
    add_who(operation, route->op != NULL ? route->op->who : route->ask->who);
    cJSON *parameters = cJSON_AddArrayToObject(operation, "parameters");
    cJSON *schema = takes_body ? add_body(operation) : NULL;
    cJSON *properties = cJSON_GetObjectItem(schema, "properties");
    for (uint32_t i = 0; i < route->shape->count; i++) {
        const struct field *field = &route->shape->fields[i];
        reason = reason || strcmp(field->name, "reason") == 0;
        if (types[field->type].type == NULL)
            continue;
        if (in_path(route->path, field->name))
            add_parameter(parameters, field, "path");
        else if (takes_body)
            add_schema(properties, field->name, field);
        else
            add_parameter(parameters, field, "query");
    }
    const struct field why = {.name = "reason", .type = FIELD_TEXT, .max = 512};
    if (takes_body && !reason)
        add_schema(properties, why.name, &why);
    else if (route->op != NULL && !reason)
        add_parameter(parameters, &why, "query");
    if (takes_body)
        add_needs(schema, route->op->needs, route->path);
    if (route->op != NULL) {
        cJSON_AddStringToObject(json_add_item(parameters), "$ref",
                                "#/components/parameters/idempotency_key");
    }
    add_answers(operation, route->op != NULL ? route->op->status : 200,
                route->op != NULL ? route->module : NULL);
}

static cJSON *add_operation(cJSON *paths, const char *path, const char *method, const char *id,
                            const char *summary)
{
    char full[PATH_SIZE];
    char lower[8] = "";
    char tag[NAME_SIZE];
    snprintf(full, sizeof full, "/api/v1/%s", path);
    for (size_t i = 0; method[i] != '\0' && i < sizeof lower - 1; i++)
        lower[i] = (char)(method[i] - 'A' + 'a');
    cJSON *item = cJSON_GetObjectItemCaseSensitive(paths, full);
    if (item == NULL)
        item = cJSON_AddObjectToObject(paths, full);
    cJSON *operation = cJSON_AddObjectToObject(item, lower);
    cJSON_AddStringToObject(operation, "operationId", id);
    cJSON_AddStringToObject(operation, "summary", summary);
    cJSON *tags = cJSON_AddArrayToObject(operation, "tags");
    if (slice_copy(slice_of(path, strcspn(path, "/.")), tag, sizeof tag))
        cJSON_AddItemToArray(tags, cJSON_CreateString(tag));
    return operation;
}

static void add_parameter(cJSON *parameters, const struct field *field, const char *place)
{
    cJSON *parameter = json_add_item(parameters);
    cJSON_AddStringToObject(parameter, "name", field->name);
    cJSON_AddStringToObject(parameter, "in", place);
    if (strcmp(place, "path") == 0)
        cJSON_AddTrueToObject(parameter, "required");
    if (field->type == FIELD_LIST) { /* a,b,c */
        cJSON_AddStringToObject(parameter, "style", strcmp(place, "path") == 0 ? "simple" : "form");
        cJSON_AddFalseToObject(parameter, "explode");
    }
    add_schema(parameter, "schema", field);
}

/* Returns the schema of its JSON object. */
static cJSON *add_body(cJSON *operation)
{
    cJSON *body = cJSON_AddObjectToObject(operation, "requestBody");
    cJSON_AddTrueToObject(body, "required");
    cJSON *content = cJSON_AddObjectToObject(body, "content");
    cJSON *json = cJSON_AddObjectToObject(content, "application/json");
    cJSON *schema = cJSON_AddObjectToObject(json, "schema");
    cJSON_AddStringToObject(schema, "type", "object");
    cJSON_AddObjectToObject(schema, "properties");
    cJSON_AddFalseToObject(schema, "additionalProperties");
    return schema;
}

/* "a b|c": a, and b or c. What stands in the address is there anyhow. */
static void add_needs(cJSON *schema, const char *needs, const char *path)
{
    cJSON *required = NULL;
    cJSON *all = NULL;
    char words[NAME_SIZE];
    for (const char *at = next_word(needs, words); at != NULL; at = next_word(at, words)) {
        if (in_path(path, words))
            continue;
        if (strchr(words, '|') == NULL) {
            if (required == NULL)
                required = cJSON_AddArrayToObject(schema, "required");
            cJSON_AddItemToArray(required, cJSON_CreateString(words));
            continue;
        }
        if (all == NULL)
            all = cJSON_AddArrayToObject(schema, "allOf");
        cJSON *any = cJSON_AddArrayToObject(json_add_item(all), "anyOf");
        for (char *word = words; word != NULL;) {
            char *bar = strchr(word, '|');
            if (bar != NULL)
                *bar = '\0';
            cJSON *one = cJSON_AddArrayToObject(json_add_item(any), "required");
            cJSON_AddItemToArray(one, cJSON_CreateString(word));
            word = bar == NULL ? NULL : bar + 1;
        }
    }
}

/* The answer when all went well, and what the module may refuse, by status. */
static void add_answers(cJSON *operation, unsigned status, const struct module *module)
{
    char code[16];
    cJSON *answers = cJSON_AddObjectToObject(operation, "responses");
    snprintf(code, sizeof code, "%u", status);
    cJSON *good = cJSON_AddObjectToObject(answers, code);
    cJSON_AddStringToObject(good, "description", "done, or what was asked for");
    cJSON *content = cJSON_AddObjectToObject(good, "content");
    cJSON *schema =
        cJSON_AddObjectToObject(cJSON_AddObjectToObject(content, "application/json"), "schema");
    cJSON_AddStringToObject(schema, "type", "object");
    for (const struct result_row *row = module == NULL ? NULL : module->results;
         row != NULL && row->name != NULL; row++) {
        char text[512] = "";
        size_t len = 0;
        snprintf(code, sizeof code, "%u", row->status);
        if (row->status < 400 || cJSON_GetObjectItem(answers, code) != NULL)
            continue;
        for (const struct result_row *same = row; same->name != NULL; same++)
            if (same->status == row->status && len < sizeof text)
                len += (size_t)snprintf(text + len, sizeof text - len, "%s%s: %s",
                                        len == 0 ? "" : "; ", same->name, same->text);
        cJSON *answer = cJSON_AddObjectToObject(answers, code);
        cJSON_AddStringToObject(answer, "description", text);
        content = cJSON_AddObjectToObject(answer, "content");
        content = cJSON_AddObjectToObject(content, "application/problem+json");
        cJSON_AddStringToObject(cJSON_AddObjectToObject(content, "schema"), "$ref",
                                "#/components/schemas/problem");
    }
    cJSON_AddStringToObject(cJSON_AddObjectToObject(answers, "default"), "$ref",
                            "#/components/responses/problem");
}

static void add_components(cJSON *root)
{
    static const struct field key = {.name = "Idempotency-Key", .type = FIELD_STR, .max = 128};
    static const struct field members[] = {
        {.name = "type", .type = FIELD_STR},   {.name = "title", .type = FIELD_STR},
        {.name = "status", .type = FIELD_U32}, {.name = "code", .type = FIELD_NAME},
        {.name = "detail", .type = FIELD_STR},
    };
    cJSON *components = cJSON_AddObjectToObject(root, "components");
    cJSON *schemes = cJSON_AddObjectToObject(components, "securitySchemes");
    cJSON *token = cJSON_AddObjectToObject(schemes, "token");
    cJSON_AddStringToObject(token, "type", "http");
    cJSON_AddStringToObject(token, "scheme", "bearer");
    cJSON_AddStringToObject(token, "description",
                            "admin.token, the token of one of the staff, or an API key (uk_...)");
    cJSON *session = cJSON_AddObjectToObject(schemes, "session");
    cJSON_AddStringToObject(session, "type", "apiKey");
    cJSON_AddStringToObject(session, "in", "cookie");
    cJSON_AddStringToObject(session, "name", "__Host-usher");
    cJSON_AddStringToObject(session, "description",
                            "a session of the console; what changes something needs the header "
                            "X-Usher-Token with the token of GET /api/v1/session, too");
    cJSON *parameters = cJSON_AddObjectToObject(components, "parameters");
    cJSON *header = cJSON_AddObjectToObject(parameters, "idempotency_key");
    cJSON_AddStringToObject(header, "name", key.name);
    cJSON_AddStringToObject(header, "in", "header");
    cJSON_AddStringToObject(header, "description",
                            "the same key and the same request is the same thing; the same key "
                            "with another request is refused with 409 key_reused");
    add_schema(header, "schema", &key);
    cJSON *schemas = cJSON_AddObjectToObject(components, "schemas");
    cJSON *problem = cJSON_AddObjectToObject(schemas, "problem");
    cJSON_AddStringToObject(problem, "type", "object");
    cJSON *properties = cJSON_AddObjectToObject(problem, "properties");
    cJSON *required = cJSON_AddArrayToObject(problem, "required");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        add_schema(properties, members[i].name, &members[i]);
        cJSON_AddItemToArray(required, cJSON_CreateString(members[i].name));
    }
    cJSON *answers = cJSON_AddObjectToObject(components, "responses");
    cJSON *answer = cJSON_AddObjectToObject(answers, "problem");
    cJSON_AddStringToObject(answer, "description",
                            "refused or failed: code names why, detail says it");
    cJSON *content = cJSON_AddObjectToObject(answer, "content");
    content = cJSON_AddObjectToObject(content, "application/problem+json");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(content, "schema"), "$ref",
                            "#/components/schemas/problem");
    cJSON *all = cJSON_AddArrayToObject(root, "security");
    cJSON_AddArrayToObject(json_add_item(all), "token");
    cJSON_AddArrayToObject(json_add_item(all), "session");
}

static cJSON *add_schema(cJSON *to, const char *name, const struct field *field)
{
    cJSON *schema = cJSON_AddObjectToObject(to, name);
    cJSON_AddStringToObject(schema, "type", types[field->type].type);
    cJSON_AddStringToObject(schema, "description", field_wanted(field->type));
    if (types[field->type].format != NULL)
        cJSON_AddStringToObject(schema, "format", types[field->type].format);
    if (types[field->type].pattern != NULL)
        cJSON_AddStringToObject(schema, "pattern", types[field->type].pattern);
    if (types[field->type].least < types[field->type].most) {
        bool limit = strcmp(field->name, "limit") == 0;
        char text[32]; /* cJSON prints no more than 15 digits for certain */
        snprintf(text, sizeof text, "%.0f", limit ? 1 : types[field->type].least);
        cJSON_AddRawToObject(schema, "minimum", text);
        snprintf(text, sizeof text, "%.0f", limit ? 1000 : types[field->type].most);
        cJSON_AddRawToObject(schema, "maximum", text);
    }
    if (field->type == FIELD_LIST)
        cJSON_AddStringToObject(cJSON_AddObjectToObject(schema, "items"), "type", "string");
    else if (field->max > 0)
        cJSON_AddNumberToObject(schema, "maxLength", field->max);
    if (field->type == FIELD_CHOICE) {
        cJSON *values = cJSON_AddArrayToObject(schema, "enum");
        for (size_t i = 0; field->names[i] != NULL; i++)
            cJSON_AddItemToArray(values, cJSON_CreateString(field->names[i]));
    }
    return schema;
}

static struct field named_field(const char *name, char storage[NAME_SIZE])
{
    struct field field = {.type = FIELD_STR};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(named[i].name, name) == 0)
            field = named[i];
    snprintf(storage, NAME_SIZE, "%s", name);
    field.name = storage;
    return field;
}

/* The first word at or behind the blanks, and what follows it; NULL: none. */
static const char *next_word(const char *at, char out[NAME_SIZE])
{
    if (at == NULL)
        return NULL;
    at += strspn(at, " ");
    size_t len = strcspn(at, " ");
    return len > 0 && slice_copy(slice_of(at, len), out, NAME_SIZE) ? at + len : NULL;
}

static bool in_path(const char *path, const char *name)
{
    char braced[NAME_SIZE + 2];
    snprintf(braced, sizeof braced, "{%s}", name);
    return strstr(path, braced) != NULL;
}

/* coupon_create: Coupon create */
static void title(const char *name, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s", name);
    for (char *at = out; *at != '\0'; at++)
        if (*at == '_')
            *at = ' ';
    if (out[0] >= 'a' && out[0] <= 'z')
        out[0] = (char)(out[0] - 'a' + 'A');
}

/* Which roles may, in words and as a list; who has none yet needs no credential. */
static void add_who(cJSON *operation, unsigned who)
{
    static const struct {
        unsigned bit;
        const char *text;
    } others[] = {{WHO_MEMBER, "the member"},
                  {WHO_ANYONE, "anyone, on a page"},
                  {WHO_STRANGER, "whoever logs in"}};
    char text[PATH_SIZE] = "For";
    size_t len = strlen(text);
    cJSON *roles = cJSON_AddArrayToObject(operation, "x-roles");
    bool first = true;
    for (unsigned i = 0; i < ACCESS_ROLES; i++) {
        if ((who & 1u << i) == 0)
            continue;
        cJSON_AddItemToArray(roles, cJSON_CreateString(access_roles[i]));
        len += (size_t)snprintf(text + len, sizeof text - len, "%s %s", first ? "" : ",",
                                access_roles[i]);
        first = false;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others && len < sizeof text; i++) {
        if ((who & others[i].bit) == 0)
            continue;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s %s", first ? "" : ",",
                                others[i].text);
        first = false;
    }
    cJSON_AddStringToObject(operation, "description", text);
    if ((who & WHO_STRANGER) != 0)
        cJSON_AddArrayToObject(operation, "security");
}
