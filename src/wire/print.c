/* Messages for people and for programs that read JSON. */
#include "base/assert.h"
#include "base/encoding.h"
#include "base/utf8.h"
#include "wire/shape_json.h"
#include "wire/wire.h"

#include <inttypes.h>

static bool print_inner(struct buf *out, const struct message *message, const struct field *field,
                        bool json);
static void print_module(struct buf *out, const struct shape *shape, const void *object, bool json);
static void append_quoted(struct buf *out, struct slice text);
static void append_base64(struct buf *out, struct slice data);

void message_print(struct buf *out, const struct message *message)
{
    const struct shape *shape = shape_find((uint64_t)message->kind);
    ASSERT(shape != NULL);
    const void *object = message_object(message);
    if (shape->id >> 8 != 0) {
        print_module(out, shape, object, false);
        return;
    }
    buf_append_text(out, shape->name);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        buf_printf(out, " %s=", field->name);
        if (print_inner(out, message, field, false))
            continue;
        if (field->store == STORE_I64)
            buf_printf(out, "%" PRId64, (int64_t)field_number(object, field));
        else if (!field_is_text(field))
            buf_printf(out, "%" PRIu64, field_number(object, field));
        else if (field->type == FIELD_BIN || field->type == FIELD_SECRET)
            buf_printf(out, "<%zu bytes>", field_slice(object, field).len);
        else
            append_quoted(out, field_slice(object, field));
    }
}

void message_print_json(struct buf *out, const struct message *message)
{
    const struct shape *shape = shape_find((uint64_t)message->kind);
    ASSERT(shape != NULL);
    const void *object = message_object(message);
    if (shape->id >> 8 != 0) {
        print_module(out, shape, object, true);
        return;
    }
    buf_printf(out, "{\"message\":\"%s\"", shape->name);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        buf_printf(out, ",\"%s\":", field->name);
        if (print_inner(out, message, field, true))
            continue;
        if (field->store == STORE_I64)
            buf_printf(out, "%" PRId64, (int64_t)field_number(object, field));
        else if (!field_is_text(field))
            buf_printf(out, "%" PRIu64, field_number(object, field));
        else if (field->type == FIELD_BIN)
            append_base64(out, field_slice(object, field));
        else
            append_quoted(out,
                          field->type == FIELD_SECRET ? SLICE("***") : field_slice(object, field));
    }
    buf_append_u8(out, '}');
}

/* What somebody asked for (cmd_act) is said whole, not as bytes. */
static bool print_inner(struct buf *out, const struct message *message, const struct field *field,
                        bool json)
{
    struct message inner;
    if (message->kind != MESSAGE_cmd_act || field->type != FIELD_BIN ||
        field_slice(message_object(message), field).data != message->cmd_act.body.data ||
        wire_decode_one(message->cmd_act.body, &inner, NULL) != ERROR_NONE ||
        inner.kind == MESSAGE_cmd_act)
        return false;
    if (json) {
        message_print_json(out, &inner);
        return true;
    }
    buf_append_u8(out, '{');
    message_print(out, &inner);
    buf_append_u8(out, '}');
    return true;
}

/* A module's shape says what its values mean; secrets and what says nothing are left out. */
static void print_module(struct buf *out, const struct shape *shape, const void *object, bool json)
{
    json_build();
    cJSON *root = cJSON_CreateObject();
    if (json)
        cJSON_AddStringToObject(root, "message", shape->name);
    else
        buf_append_text(out, shape->name);
    shape_to_json(shape, object, root);
    bool complete = json_complete();
    for (const cJSON *item = root == NULL || json ? NULL : root->child; item != NULL;
         item = item->next) {
        char *text = cJSON_PrintUnformatted(item);
        buf_printf(out, " %s=%s", item->string, text == NULL ? "?" : text);
        cJSON_free(text);
    }
    char *text = json && complete ? cJSON_PrintUnformatted(root) : NULL;
    if (text != NULL)
        buf_append_text(out, text);
    out->failed = out->failed || !complete || (json && text == NULL);
    cJSON_free(text);
    cJSON_Delete(root);
}

/* A JSON string, which also is what a person reads on one line. Ill-formed bytes of a message that
 * does not fit become U+FFFD. */
static void append_quoted(struct buf *out, struct slice text)
{
    buf_append_u8(out, '"');
    while (text.len > 0) {
        uint32_t code_point;
        size_t step = utf8_decode(text, &code_point);
        uint8_t byte = (uint8_t)text.data[0];
        if (step == 0) {
            buf_append_text(out, "\xEF\xBF\xBD");
            step = 1;
        } else if (byte < 0x20 || byte == 0x7F) {
            buf_printf(out, "\\u%04x", byte);
        } else if (byte == '"' || byte == '\\') {
            buf_append_u8(out, '\\');
            buf_append_u8(out, byte);
        } else {
            buf_append(out, text.data, step);
        }
        text.data += step;
        text.len -= step;
    }
    buf_append_u8(out, '"');
}

static void append_base64(struct buf *out, struct slice data)
{
    buf_append_u8(out, '"');
    size_t len = (data.len + 2) / 3 * 4;
    char *place = buf_reserve(out, len + 1);
    if (place == NULL)
        return;
    base64_encode(data.data, data.len, place, len + 1);
    out->len += len;
    buf_append_u8(out, '"');
}
