#include "validate.h"

#include "memory.h"
#include "sim.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct row {
    const char *name;
    const char *params;
};

static const struct row rows[] = {
#define METHOD(name, params) {#name, params},
#include "api.def"
#undef METHOD
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* What the server says instead of "parameter ... is required". Source: Client.cpp. */
struct wording {
    const char *method; /* NULL: any */
    const char *param;
    const char *missing;
    const char *mistyped; /* NULL: the usual words */
};

static const struct wording wordings[] = {
    {NULL, "chat_id", "Bad Request: chat_id is empty", NULL},
    {NULL, "user_id", "Bad Request: invalid user_id specified",
     "Bad Request: invalid user_id specified"},
    {"sendMessage", "text", "Bad Request: message text is empty", NULL},
    {"editMessageText", "text", "Bad Request: message text is empty", NULL},
    {"deleteMessage", "message_id", "Bad Request: message identifier is not specified", NULL},
    {"createForumTopic", "name", "Bad Request: title must be non-empty", NULL},
    {"sendPhoto", "photo", "Bad Request: there is no photo in the request", NULL},
    {"sendDocument", "document", "Bad Request: there is no document in the request", NULL},
    {NULL, "reply_markup", NULL, "Bad Request: object expected as reply markup"},
};

static const struct {
    const char *code;
    enum param_type type;
    const char *name;
} type_codes[] = {
    {"I", PARAM_INTEGER, "Integer"},
    {"N", PARAM_NUMBER, "Float"},
    {"B", PARAM_BOOLEAN, "Boolean"},
    {"S", PARAM_STRING, "String"},
    {"F", PARAM_FILE, "InputFile"},
    {"{}", PARAM_OBJECT, "Object"},
    {"[I]", PARAM_INTEGERS, "Array of Integer"},
    {"[S]", PARAM_STRINGS, "Array of String"},
    {"[{}]", PARAM_OBJECTS, "Array of Object"},
};

enum { TYPES = sizeof(type_codes) / sizeof(*type_codes) };

static struct api_method methods[ROWS];
static struct api_param *all_params;

static size_t words_count(const char *text);
static const char *param_parse(const char *text, struct api_param *out);
static uint32_t type_parse(const char *code, size_t len);
static bool method_messages(const char *name);
static void refuse_missing(const char *method, const char *param, char *out, size_t out_size);
static void refuse_type(const char *method, const struct api_param *param, char *out,
                        size_t out_size);
static const struct wording *wording_find(const char *method, const char *param);

void api_init(void)
{
    size_t total = 0;
    for (size_t i = 0; i < ROWS; i++)
        total += words_count(rows[i].params);
    all_params = memory_new(total, sizeof(*all_params));
    struct api_param *next = all_params;
    for (size_t i = 0; i < ROWS; i++) {
        methods[i] = (struct api_method){.name = rows[i].name,
                                         .index = (int32_t)i,
                                         .params = next,
                                         .param_count = words_count(rows[i].params)};
        const char *text = rows[i].params;
        for (size_t j = 0; j < methods[i].param_count; j++) {
            text = param_parse(text, next);
            if (strcmp(next->name, "chat_id") == 0)
                methods[i].names_chat = true;
            next++;
        }
        methods[i].messages = methods[i].names_chat && method_messages(rows[i].name);
        methods[i].edits = methods[i].names_chat && strncmp(rows[i].name, "editMessage", 11) == 0;
        /* api_find searches by halves. */
        ASSERT(i == 0 || strcasecmp(rows[i - 1].name, rows[i].name) < 0);
    }
}

void api_deinit(void)
{
    free(all_params);
    all_params = NULL;
}

size_t api_count(void)
{
    return ROWS;
}

const struct api_method *api_at(size_t index)
{
    ASSERT(index < ROWS);
    return &methods[index];
}

const struct api_method *api_find(struct slice name)
{
    char text[64];
    if (!slice_copy(name, text, sizeof(text)))
        return NULL;
    size_t low = 0;
    size_t high = ROWS;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcasecmp(text, methods[middle].name);
        if (order == 0)
            return &methods[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool api_check(struct sim *sim, const struct api_method *method, struct params *params,
               char *description, size_t description_size)
{
    bool known[PARAMS_MAX] = {false};
    for (size_t i = 0; i < method->param_count; i++) {
        const struct api_param *expected = &method->params[i];
        const struct param *found = params_find(params, expected->name);
        if (!found) {
            for (size_t j = 0; j < params->count; j++)
                if (slice_is(params->list[j].name, expected->name))
                    known[j] = true;
            if (!expected->required)
                continue;
            refuse_missing(method->name, expected->name, description, description_size);
            return false;
        }
        size_t at = (size_t)(found - params->list);
        known[at] = true;
        bool right = false;
        for (size_t t = 0; t < TYPES && !right; t++)
            right = (expected->types & (uint32_t)type_codes[t].type) &&
                    param_is(&params->list[at], type_codes[t].type);
        if (!right) {
            refuse_type(method->name, expected, description, description_size);
            return false;
        }
        if (expected->types == PARAM_STRING && cJSON_IsNumber(found->item))
            report_warning(sim, method->index, "%s: parameter %s is a string, a number was given",
                           method->name, expected->name);
    }
    for (size_t j = 0; j < params->count; j++)
        if (!known[j])
            report_warning(sim, method->index, "%s: unknown parameter %.60s", method->name,
                           params->list[j].name.data);
    return true;
}

static size_t words_count(const char *text)
{
    size_t count = 0;
    for (size_t i = 0; text[i]; i++)
        if (text[i] != ' ' && (i == 0 || text[i - 1] == ' '))
            count++;
    return count;
}

/* Returns what follows the parameter. */
static const char *param_parse(const char *text, struct api_param *out)
{
    while (*text == ' ')
        text++;
    *out = (struct api_param){.required = *text == '*'};
    text += out->required;
    size_t name_len = strcspn(text, ":");
    ASSERT(name_len > 0 && name_len < sizeof(out->name) && text[name_len] == ':');
    memcpy(out->name, text, name_len);
    text += name_len + 1;
    for (;;) {
        size_t len = strcspn(text, "| ");
        out->types |= type_parse(text, len);
        text += len;
        if (*text != '|')
            return text;
        text++;
    }
}

static uint32_t type_parse(const char *code, size_t len)
{
    size_t i = 0;
    while (i < TYPES && !slice_equal(slice_of(code, len), slice_from(type_codes[i].code)))
        i++;
    ASSERT(i < TYPES);
    return type_codes[i].type;
}

/* Calls that leave a message in the chat. */
static bool method_messages(const char *name)
{
    static const char *const others[] = {"sendChatAction", "sendMessageDraft",
                                         "sendChatJoinRequestWebApp"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return strncmp(name, "send", 4) == 0 || strncmp(name, "copyMessage", 11) == 0 ||
           strncmp(name, "forwardMessage", 14) == 0;
}

static void refuse_missing(const char *method, const char *param, char *out, size_t out_size)
{
    const struct wording *wording = wording_find(method, param);
    if (wording && wording->missing)
        snprintf(out, out_size, "%s", wording->missing);
    else
        snprintf(out, out_size, "Bad Request: parameter \"%s\" is required", param);
}

static void refuse_type(const char *method, const struct api_param *param, char *out,
                        size_t out_size)
{
    const struct wording *wording = wording_find(method, param->name);
    if (wording && wording->mistyped) {
        snprintf(out, out_size, "%s", wording->mistyped);
        return;
    }
    if (param->types == PARAM_FILE) {
        snprintf(out, out_size,
                 "Bad Request: parameter \"%s\" is a file, and multipart/form-data is not "
                 "supported by the simulator",
                 param->name);
        return;
    }
    char types[128] = "";
    size_t len = 0;
    for (size_t i = 0; i < TYPES; i++)
        if (param->types & (uint32_t)type_codes[i].type) {
            int more = snprintf(types + len, sizeof(types) - len, "%s%s", len ? " or " : "",
                                type_codes[i].name);
            len += more > 0 && (size_t)more < sizeof(types) - len ? (size_t)more : 0;
        }
    snprintf(out, out_size, "Bad Request: parameter \"%s\" must be of type %s", param->name, types);
}

static const struct wording *wording_find(const char *method, const char *param)
{
    for (size_t i = 0; i < sizeof(wordings) / sizeof(*wordings); i++)
        if (strcmp(wordings[i].param, param) == 0 &&
            (!wordings[i].method || strcmp(wordings[i].method, method) == 0))
            return &wordings[i];
    return NULL;
}
