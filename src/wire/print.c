/* Messages for people and for programs that read JSON. */
#include "base/assert.h"
#include "base/encoding.h"
#include "base/utf8.h"
#include "wire/shape.h"

#include <inttypes.h>

static void append_quoted(struct buf *out, struct slice text);
static void append_base64(struct buf *out, struct slice data);

void message_print(struct buf *out, const struct message *message)
{
    const struct shape *shape = shape_find((uint64_t)message->kind);
    ASSERT(shape != NULL);
    buf_append_text(out, shape->name);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        buf_printf(out, " %s=", field->name);
        if (field->type == FIELD_U64)
            buf_printf(out, "%" PRIu64, field_u64(message, field));
        else if (field->type == FIELD_I64)
            buf_printf(out, "%" PRId64, field_i64(message, field));
        else if (field->type == FIELD_STR)
            append_quoted(out, field_slice(message, field));
        else
            buf_printf(out, "<%zu bytes>", field_slice(message, field).len);
    }
}

void message_print_json(struct buf *out, const struct message *message)
{
    const struct shape *shape = shape_find((uint64_t)message->kind);
    ASSERT(shape != NULL);
    buf_printf(out, "{\"message\":\"%s\"", shape->name);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        buf_printf(out, ",\"%s\":", field->name);
        if (field->type == FIELD_U64)
            buf_printf(out, "%" PRIu64, field_u64(message, field));
        else if (field->type == FIELD_I64)
            buf_printf(out, "%" PRId64, field_i64(message, field));
        else if (field->type == FIELD_STR)
            append_quoted(out, field_slice(message, field));
        else
            append_base64(out, field_slice(message, field));
    }
    buf_append_u8(out, '}');
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
