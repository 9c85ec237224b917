#include "gateway/body.h"

#include "base/encoding.h"

#include <stdlib.h>

/* How a tree is written. */
struct writer {
    struct buf *out;
    const char *without; /* a member of the outermost object; or NULL */
    const cJSON *names;  /* nested members must be of its names; NULL: any */
    bool sorted;
    bool php;
};

static void write_value(const struct writer *writer, const cJSON *item, bool outermost);

enum gateway_verdict body_read(enum body_form form, const struct gateway_request *request,
                               cJSON **root)
{
    *root = NULL;
    enum error error =
        form == BODY_FORM
            ? form_parse(slice_is(request->method, "GET") ? request->query : request->body, root)
            : json_parse_mended(request->body, GATEWAY_BODY_MAX, GATEWAY_JSON_DEPTH_MAX, root,
                                NULL);
    if (error == ERROR_NONE)
        return GATEWAY_accepted;
    return error == ERROR_MEMORY ? GATEWAY_busy : GATEWAY_body_not_json;
}

/* Decodes text into out, which has room for it. False for a wrong escape and for a NUL. */
static bool unescape(struct slice text, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        size_t len;
        if (byte == '%') {
            if (text.len - i < 3 || !hex_decode(slice_of(text.data + i + 1, 2), &byte, 1, &len))
                return false;
            i += 2;
        } else if (byte == '+') {
            byte = ' ';
        }
        if (byte == '\0')
            return false;
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return true;
}

static enum error add_pair(cJSON *root, struct slice pair, char *scratch)
{
    const char *equals = pair.len > 0 ? memchr(pair.data, '=', pair.len) : NULL;
    size_t name_len = equals ? (size_t)(equals - pair.data) : pair.len;
    struct slice value = equals ? slice_of(equals + 1, pair.len - name_len - 1) : slice_of(NULL, 0);
    char *name = scratch;

    if (name_len == 0 || !unescape(slice_of(pair.data, name_len), name) ||
        !unescape(value, name + strlen(name) + 1) || json_member(root, name) != NULL)
        return ERROR_INVALID;
    return cJSON_AddStringToObject(root, name, name + strlen(name) + 1) ? ERROR_NONE : ERROR_MEMORY;
}

enum error form_parse(struct slice text, cJSON **root)
{
    enum error error = ERROR_NONE;
    size_t count = 0;
    char *scratch = malloc(text.len + 2);
    cJSON *made = cJSON_CreateObject();

    *root = NULL;
    if (!scratch || !made)
        error = ERROR_MEMORY;
    while (text.len > 0 && !error) {
        const char *end = memchr(text.data, '&', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        error = count++ < FORM_PAIRS_MAX ? add_pair(made, slice_of(text.data, len), scratch)
                                         : ERROR_INVALID;
        text = slice_of(text.data + len + (end != NULL), text.len - len - (end != NULL));
    }
    free(scratch);
    if (error)
        cJSON_Delete(made);
    else
        *root = made;
    return error;
}

static int compare_members(const void *a, const void *b)
{
    const cJSON *const *left = (const cJSON *const *)a;
    const cJSON *const *right = (const cJSON *const *)b;
    return strcmp((*left)->string, (*right)->string);
}

/* The members of object, sorted; NULL, and out has failed, without memory. Freed by the caller. */
static const cJSON **sort_members(const cJSON *object, size_t *count, struct buf *out)
{
    size_t n = 0;

    for (const cJSON *member = object->child; member; member = member->next)
        n++;
    const cJSON **members = (const cJSON **)malloc((n + 1) * sizeof(*members));
    if (!members) {
        out->failed = true;
        return NULL;
    }
    *count = 0;
    for (const cJSON *member = object->child; member; member = member->next)
        members[(*count)++] = member;
    qsort(members, n, sizeof(*members), compare_members);
    return members;
}

void body_pairs(const cJSON *root, const char *without, bool empty, struct buf *out)
{
    size_t count = 0;
    bool first = true;
    const cJSON **members = cJSON_IsObject(root) ? sort_members(root, &count, out) : NULL;

    for (size_t i = 0; i < count; i++) {
        struct slice value = json_string(members[i]);
        const char *name = members[i]->string;
        if (!value.data || (without && strcmp(name, without) == 0) ||
            strcmp(name, "sign_type") == 0 || (value.len == 0 && !empty))
            continue;
        buf_append_text(out, first ? "" : "&");
        buf_append_text(out, name);
        buf_append_u8(out, '=');
        buf_append_slice(out, value);
        first = false;
    }
    free(members);
}

void body_json_sorted(const cJSON *root, const char *without, bool deep, struct buf *out)
{
    const struct writer writer = {
        .out = out, .without = without, .names = deep ? NULL : root, .sorted = true};
    write_value(&writer, root, true);
}

void body_json_php(const cJSON *root, const char *without, struct buf *out)
{
    const struct writer writer = {.out = out, .without = without, .php = true};
    write_value(&writer, root, true);
}

/* The escapes of JavaScript and PHP; PHP also escapes the slash and the two separators of lines. */
static void write_string(const struct writer *writer, const char *text)
{
    static const char short_from[] = "\b\f\n\r\t", short_to[] = "bfnrt";

    buf_append_u8(writer->out, '"');
    for (const char *at = text; *at != '\0'; at++) {
        const char *found = strchr(short_from, *at);
        if (*at == '"' || *at == '\\' || (*at == '/' && writer->php))
            buf_printf(writer->out, "\\%c", *at);
        else if (found)
            buf_printf(writer->out, "\\%c", short_to[found - short_from]);
        else if ((unsigned char)*at < 0x20)
            buf_printf(writer->out, "\\u%04x", (unsigned)*at);
        else if (writer->php &&
                 (strncmp(at, "\xe2\x80\xa8", 3) == 0 || strncmp(at, "\xe2\x80\xa9", 3) == 0)) {
            buf_printf(writer->out, "\\u20%x", (unsigned char)at[2] - 0x80U);
            at += 2;
        } else
            buf_append_u8(writer->out, (uint8_t)*at);
    }
    buf_append_u8(writer->out, '"');
}

static void write_member(const struct writer *writer, const cJSON *member, bool outermost,
                         bool *first)
{
    bool left_out = outermost ? writer->without && strcmp(member->string, writer->without) == 0
                              : writer->names && !json_member(writer->names, member->string);
    if (left_out)
        return;
    if (!*first)
        buf_append_u8(writer->out, ',');
    *first = false;
    write_string(writer, member->string);
    buf_append_u8(writer->out, ':');
    write_value(writer, member, false);
}

static void write_object(const struct writer *writer, const cJSON *object, bool outermost)
{
    size_t count = 0;
    bool first = true;

    buf_append_u8(writer->out, '{');
    if (writer->sorted) {
        const cJSON **members = sort_members(object, &count, writer->out);
        for (size_t i = 0; i < count; i++)
            write_member(writer, members[i], outermost, &first);
        free(members);
    } else {
        for (const cJSON *member = object->child; member; member = member->next)
            write_member(writer, member, outermost, &first);
    }
    buf_append_u8(writer->out, '}');
}

/* As deep as the tree, which the parser has bounded. */
static void write_value(const struct writer *writer, const cJSON *item, bool outermost)
{
    char number[JSON_NUMBER_TEXT_SIZE];
    bool flag;

    if (cJSON_IsObject(item)) {
        write_object(writer, item, outermost);
    } else if (cJSON_IsArray(item)) {
        buf_append_u8(writer->out, '[');
        for (const cJSON *child = item->child; child; child = child->next) {
            write_value(writer, child, false);
            if (child->next)
                buf_append_u8(writer->out, ',');
        }
        buf_append_u8(writer->out, ']');
    } else if (cJSON_IsString(item)) {
        write_string(writer, item->valuestring);
    } else if (cJSON_IsNumber(item)) {
        /* As it was written: an exponent stays one. */
        if (item->valuestring)
            buf_append_text(writer->out, item->valuestring);
        else if (json_number_text(item, number, sizeof(number)))
            buf_append_text(writer->out, number);
    } else {
        buf_append_text(writer->out, json_bool(item, &flag) ? (flag ? "true" : "false") : "null");
    }
}
