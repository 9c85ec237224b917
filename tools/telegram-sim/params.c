#include "params.h"

#include "memory.h"

#include "base/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool params_add_form(struct params *params, struct slice form, char **store);
static bool params_add_object(struct params *params, const cJSON *object);
static struct slice decode(struct slice text, char **store);
static int hex_digit(char c);
static const cJSON *param_value(struct param *param);
static bool is_one_of(struct slice text, const char *const *words);
static bool is_number(struct slice text);

static const char *const true_words[] = {"true", "yes", "1", NULL};
static const char *const false_words[] = {"false", "no", "0", NULL};

bool params_read(const struct http_request *request, struct params *params, char *description,
                 size_t description_size)
{
    params->count = 0;
    params->root = NULL;
    /* Decoding never makes text longer; each name and value gets a NUL of its own. */
    params->store = memory_new(request->query.len + request->body.len + PARAMS_MAX * 2 + 2, 1);
    char *store = params->store;
    bool repeated = false;
    struct slice type =
        http_header_find(request->headers, request->header_count, "Content-Type", &repeated);
    struct slice semicolon = slice_of(type.data, 0);
    while (semicolon.len < type.len && type.data[semicolon.len] != ';')
        semicolon.len++;
    char kind[64];
    if (!slice_copy(semicolon, kind, sizeof(kind)))
        kind[0] = '\0';

    bool fits = params_add_form(params, request->query, &store);
    if (strncasecmp(kind, "multipart/", 10) == 0) {
        snprintf(description, description_size,
                 "Bad Request: multipart/form-data is not supported by the simulator");
        return false;
    }
    if (request->body.len && strcasecmp(kind, "application/json") == 0) {
        struct why why = {0};
        if (json_parse(request->body, PARAMS_JSON_BYTES, PARAMS_JSON_DEPTH, &params->root, &why)) {
            snprintf(description, description_size,
                     "Bad Request: can't parse parameters JSON object: %s", why.text);
            return false;
        }
        if (!cJSON_IsObject(params->root)) {
            snprintf(description, description_size, "Bad Request: JSON object expected");
            return false;
        }
        fits = fits && params_add_object(params, params->root);
    } else if (request->body.len) {
        /* The real server reads any other body as a form too, or not at all. */
        fits = fits && params_add_form(params, request->body, &store);
    }
    if (!fits)
        snprintf(description, description_size, "Bad Request: too many parameters");
    return fits;
}

bool params_from_json(cJSON *root, struct params *params)
{
    params->count = 0;
    params->root = root;
    params->store = NULL;
    return params_add_object(params, root);
}

void params_deinit(struct params *params)
{
    for (size_t i = 0; i < params->count; i++)
        json_free(&params->list[i].parsed);
    json_free(&params->root);
    free(params->store);
    params->store = NULL;
    params->count = 0;
}

const struct param *params_find(const struct params *params, const char *name)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->list[i];
        if (slice_is(param->name, name))
            return param->text.data && !param->text.len ? NULL : param;
    }
    return NULL;
}

struct slice params_text(const struct params *params, const char *name)
{
    const struct param *param = params_find(params, name);
    return param ? param->text : (struct slice){0};
}

bool params_i64(const struct params *params, const char *name, int64_t *out)
{
    const struct param *param = params_find(params, name);
    if (!param)
        return false;
    if (cJSON_IsNumber(param->item))
        return json_i64(param->item, out);
    long long value = 0;
    if (!slice_to_i64(param->text, &value))
        return false;
    *out = value;
    return true;
}

bool params_flag(const struct params *params, const char *name)
{
    const struct param *param = params_find(params, name);
    return param && is_one_of(param->text, true_words);
}

const cJSON *params_json(struct params *params, const char *name)
{
    const struct param *param = params_find(params, name);
    return param ? param_value(&params->list[param - params->list]) : NULL;
}

bool param_is(struct param *param, enum param_type type)
{
    const cJSON *value = NULL;
    long long number = 0;
    int64_t whole = 0;
    switch (type) {
    case PARAM_INTEGER:
        return cJSON_IsNumber(param->item) ? json_i64(param->item, &whole)
                                           : slice_to_i64(param->text, &number);
    case PARAM_NUMBER:
        return is_number(param->text);
    case PARAM_BOOLEAN:
        return is_one_of(param->text, true_words) || is_one_of(param->text, false_words);
    case PARAM_STRING:
        return param->text.data;
    case PARAM_FILE: /* only as a part of multipart/form-data */
        return false;
    case PARAM_OBJECT:
        return cJSON_IsObject(param_value(param));
    case PARAM_INTEGERS:
    case PARAM_STRINGS:
    case PARAM_OBJECTS:
        value = param_value(param);
        break;
    }
    if (!cJSON_IsArray(value))
        return false;
    for (const cJSON *item = value->child; item; item = item->next)
        if (type == PARAM_INTEGERS  ? !json_i64(item, &whole) && !cJSON_IsString(item)
            : type == PARAM_STRINGS ? !cJSON_IsString(item)
                                    : !cJSON_IsObject(item) && !cJSON_IsArray(item))
            return false;
    return true;
}

static bool params_add_form(struct params *params, struct slice form, char **store)
{
    size_t at = 0;
    while (at < form.len) {
        size_t end = at;
        while (end < form.len && form.data[end] != '&')
            end++;
        size_t equals = at;
        while (equals < end && form.data[equals] != '=')
            equals++;
        if (end > at) {
            if (params->count == PARAMS_MAX)
                return false;
            struct param *param = &params->list[params->count++];
            *param = (struct param){0};
            param->name = decode(slice_of(form.data + at, equals - at), store);
            size_t value = equals < end ? equals + 1 : end;
            param->text = decode(slice_of(form.data + value, end - value), store);
        }
        at = end + 1;
    }
    return true;
}

static bool params_add_object(struct params *params, const cJSON *object)
{
    for (const cJSON *item = object->child; item; item = item->next) {
        if (params->count == PARAMS_MAX)
            return false;
        struct param *param = &params->list[params->count++];
        *param = (struct param){.name = slice_from(item->string), .item = item};
        if (cJSON_IsString(item))
            param->text = json_string(item);
        else if (cJSON_IsBool(item))
            param->text = cJSON_IsTrue(item) ? SLICE("true") : SLICE("false");
        else if (json_number_text(item, param->number, sizeof(param->number)))
            param->text = slice_from(param->number);
    }
    return true;
}

static struct slice decode(struct slice text, char **store)
{
    char *out = *store;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && i + 2 < text.len && hex_digit(text.data[i + 1]) >= 0 &&
                   hex_digit(text.data[i + 2]) >= 0) {
            c = (char)(hex_digit(text.data[i + 1]) * 16 + hex_digit(text.data[i + 2]));
            i += 2;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    *store = out + len + 1;
    return slice_of(out, len);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static const cJSON *param_value(struct param *param)
{
    if (param->item && !cJSON_IsString(param->item))
        return param->item;
    if (!param->parsed &&
        json_parse(param->text, PARAMS_JSON_BYTES, PARAMS_JSON_DEPTH, &param->parsed, NULL))
        return NULL;
    return param->parsed;
}

static bool is_one_of(struct slice text, const char *const *words)
{
    for (; *words; words++)
        if (text.len == strlen(*words) && strncasecmp(text.data, *words, text.len) == 0)
            return true;
    return false;
}

static bool is_number(struct slice text)
{
    char copy[64];
    if (!text.len || !slice_copy(text, copy, sizeof(copy)))
        return false;
    char *end = NULL;
    (void)strtod(copy, &end);
    return end && !*end && !isspace((unsigned char)copy[0]);
}
