#include "cli/table.h"

#include "base/assert.h"

#include <string.h>

enum { COLUMNS_MAX = 64, NUMBER_SIZE = JSON_NUMBER_TEXT_SIZE, GAP = 2 };

static void append_cell(struct buf *out, const cJSON *object, const char *members);
static void append_shown(struct buf *out, struct slice text);
static size_t width_of(struct slice text);
static void append_blanks(struct buf *out, size_t count);

void table_print(struct buf *out, const cJSON *array, const struct column *columns)
{
    size_t widths[COLUMNS_MAX];
    size_t count = 0;
    const cJSON *object;

    if (cJSON_GetArraySize(array) == 0)
        return;
    for (; columns[count].member != NULL; count++) {
        ASSERT(count < COLUMNS_MAX);
        widths[count] = width_of(slice_from(columns[count].title));
    }
    cJSON_ArrayForEach(object, array)
    {
        for (size_t i = 0; i < count; i++) {
            size_t before = out->len;
            append_cell(out, object, columns[i].member);
            size_t width = width_of(slice_of(out->data + before, out->len - before));
            widths[i] = width > widths[i] ? width : widths[i];
            out->len = before; /* only measured */
        }
    }
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, columns[i].title);
        append_blanks(out,
                      i + 1 < count ? widths[i] - width_of(slice_from(columns[i].title)) + GAP : 0);
    }
    buf_append_text(out, "\n");
    cJSON_ArrayForEach(object, array)
    {
        for (size_t i = 0; i < count; i++) {
            size_t before = out->len;
            append_cell(out, object, columns[i].member);
            size_t width = width_of(slice_of(out->data + before, out->len - before));
            append_blanks(out, i + 1 < count ? widths[i] - width + GAP : 0);
        }
        buf_append_text(out, "\n");
    }
}

void table_value(struct buf *out, const cJSON *value)
{
    char number[NUMBER_SIZE];
    bool flag;

    if (json_string(value).data != NULL)
        append_shown(out, json_string(value));
    else if (json_number_text(value, number, sizeof(number)))
        buf_append_text(out, number);
    else if (json_bool(value, &flag))
        buf_append_text(out, flag ? "yes" : "no");
    else
        buf_append_text(out, "-");
}

static void append_cell(struct buf *out, const cJSON *object, const char *members)
{
    char name[64];

    for (const char *at = members; *at != '\0';) {
        size_t len = strcspn(at, " ");
        ASSERT(slice_copy(slice_of(at, len), name, sizeof(name)));
        if (at != members)
            buf_append_text(out, " ");
        table_value(out, json_member(object, name));
        at += len;
        at += *at == ' ';
    }
}

static void append_shown(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        buf_append_u8(out, byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
}

/* In characters; wide ones count as one, which is near enough for names. */
static size_t width_of(struct slice text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return width;
}

static void append_blanks(struct buf *out, size_t count)
{
    while (count-- > 0)
        buf_append_u8(out, ' ');
}
