#include "wire/wire.h"

#include "base/assert.h"
#include "wire/str.h"

#include <msgpack.h>

/* Where msgpack-c's packer writes: memory that was measured before. */
struct sink {
    char *at;
    const char *end;
};

static int sink_write(void *context, const char *data, size_t len);
static size_t size_unsigned(uint64_t value);
static size_t size_signed(int64_t value);
static size_t size_bytes(enum field_type type, size_t len);
static size_t size_object(const struct shape *shape, const void *object);
static void pack_field(msgpack_packer *packer, struct sink *sink, const void *object,
                       const struct field *field);
static enum error take_head(struct slice *rest, const struct shape **shape, size_t *count,
                            struct why *why);
static enum error take_fields(struct slice *rest, const struct shape *shape, size_t count,
                              void *object, struct why *why);
static bool slice_fits(struct slice value, const struct field *field);
static bool take_array(struct slice *in, size_t *count);
static bool take_short(struct slice *in, void *object, const struct field *field);
static bool take_scalar(struct slice *in, msgpack_object *object);
static bool store_field(void *out, const struct field *field, const msgpack_object *object,
                        size_t packed);

const char *message_name(enum message_kind kind)
{
    const struct shape *shape = shape_find((uint64_t)kind);
    return shape != NULL ? shape->name : NULL;
}

bool message_is_command(enum message_kind kind)
{
    const struct shape *shape = shape_find((uint64_t)kind);
    return shape != NULL && shape->role == ROLE_COMMAND;
}

const void *message_object(const struct message *message)
{
    return message->module;
}

bool message_fits(const struct message *message, const char **field)
{
    const struct shape *shape = shape_find((uint64_t)message->kind);
    if (shape != NULL)
        return shape_fits(shape, message_object(message), field);
    if (field != NULL)
        *field = "kind";
    return false;
}

bool shape_fits(const struct shape *shape, const void *object, const char **field)
{
    const char *unused;
    if (field == NULL)
        field = &unused;
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->fields[i];
        if (field_is_text(f) && !slice_fits(field_slice(object, f), f)) {
            *field = f->name;
            return false;
        }
    }
    return true;
}

void wire_encode(struct buf *out, const struct message *message)
{
    const struct shape *shape = shape_find((uint64_t)message->kind);
    ASSERT(shape != NULL);
    shape_encode(out, shape, message_object(message));
}

void shape_encode(struct buf *out, const struct shape *shape, const void *object)
{
    ASSERT(shape_fits(shape, object, NULL));
    if (out->failed)
        return;
    size_t size = size_object(shape, object);
    char *start = buf_reserve(out, size);
    if (start == NULL) {
        ASSERT(out->failed);
        return;
    }
    struct sink sink = {start, start + size};
    msgpack_packer packer;
    msgpack_packer_init(&packer, &sink, sink_write);
    msgpack_pack_array(&packer, shape->count + 1);
    msgpack_pack_uint64(&packer, shape->id);
    for (size_t i = 0; i < shape->count; i++)
        pack_field(&packer, &sink, object, &shape->fields[i]);
    ASSERT(sink.at == sink.end);
    out->len += size;
}

enum error wire_decode(struct slice *in, struct message *out, struct why *why)
{
    const struct shape *shape;
    size_t count;
    if (in->len == 0)
        return ERROR_NOT_FOUND;
    struct slice rest = *in;
    enum error error = take_head(&rest, &shape, &count, why);
    if (error != ERROR_NONE)
        return error;
    out->kind = (enum message_kind)shape->id;
    error = take_fields(&rest, shape, count, out->module, why);
    if (error == ERROR_NONE)
        *in = rest;
    return error;
}

enum error shape_decode_one(struct slice in, const struct shape *shape, void *object,
                            struct why *why)
{
    const struct shape *found;
    size_t count;
    if (in.len == 0)
        return why_set(why, ERROR_CORRUPT, "there are no bytes where %s should be", shape->name);
    enum error error = take_head(&in, &found, &count, why);
    if (error == ERROR_NONE && found != shape)
        return why_set(why, ERROR_CORRUPT, "%s is there instead of %s", found->name, shape->name);
    if (error == ERROR_NONE)
        error = take_fields(&in, shape, count, object, why);
    if (error == ERROR_NONE && in.len != 0)
        return why_set(why, ERROR_CORRUPT, "%zu bytes follow the message %s", in.len, shape->name);
    return error;
}

enum error wire_decode_one(struct slice in, struct message *out, struct why *why)
{
    enum error error = wire_decode(&in, out, why);
    if (error == ERROR_NOT_FOUND)
        return why_set(why, ERROR_CORRUPT, "there are no bytes where a message should be");
    if (error == ERROR_NONE && in.len != 0)
        return why_set(why, ERROR_CORRUPT, "%zu bytes follow the message %s", in.len,
                       message_name(out->kind));
    return error;
}

/* The array's header and the id in it; count is that of the fields. */
static enum error take_head(struct slice *rest, const struct shape **shape, size_t *count,
                            struct why *why)
{
    msgpack_object object;
    if (!take_array(rest, count))
        return why_set(why, ERROR_CORRUPT, "a message does not begin with an array of its fields");
    size_t before = rest->len;
    if (*count == 0 || !take_scalar(rest, &object) ||
        object.type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
        before - rest->len != size_unsigned(object.via.u64))
        return why_set(why, ERROR_CORRUPT, "a message does not begin with its id");
    --*count;
    *shape = shape_find(object.via.u64);
    if (*shape == NULL || (*shape)->role >= ROLE_RECORD)
        return why_set(why, ERROR_CORRUPT, "no message has the id %llu",
                       (unsigned long long)object.via.u64);
    if (*count > (*shape)->count)
        return why_set(why, ERROR_CORRUPT, "%s has %zu fields instead of %u", (*shape)->name,
                       *count, (*shape)->count);
    return ERROR_NONE;
}

/* No field is set before its own check, and all of them are set before anybody sees ERROR_NONE. */
static enum error take_fields(struct slice *rest, const struct shape *shape, size_t count,
                              void *object, struct why *why)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        msgpack_object value;
        size_t before = rest->len;
        if (i >= count && field_is_text(field))
            field_set_slice(object, field, SLICE(""));
        else if (i >= count)
            field_set_number(object, field, 0);
        else if (!take_short(rest, object, field) &&
                 (!take_scalar(rest, &value) ||
                  !store_field(object, field, &value, before - rest->len)))
            return why_set(why, ERROR_CORRUPT, "%s: the field %s is cut off or does not fit",
                           shape->name, field->name);
    }
    return ERROR_NONE;
}

static int sink_write(void *context, const char *data, size_t len)
{
    struct sink *sink = context;
    ASSERT(len <= (size_t)(sink->end - sink->at));
    memcpy(sink->at, data, len);
    sink->at += len;
    return 0;
}

static bool slice_fits(struct slice value, const struct field *field)
{
    return value.len <= field->max && (value.data != NULL || value.len == 0) &&
           (field->type == FIELD_BIN || str_fits(value));
}

/* The sizes of msgpack's shortest forms, https://github.com/msgpack/msgpack/blob/master/spec.md.
 * Encoding reserves by them, and decoding refuses longer forms, so that a message has exactly one
 * encoding. */
static size_t size_unsigned(uint64_t value)
{
    return value < 0x80          ? 1
           : value <= UINT8_MAX  ? 2
           : value <= UINT16_MAX ? 3
           : value <= UINT32_MAX ? 5
                                 : 9;
}

static size_t size_signed(int64_t value)
{
    if (value >= 0)
        return size_unsigned((uint64_t)value);
    return value >= -32         ? 1
           : value >= INT8_MIN  ? 2
           : value >= INT16_MIN ? 3
           : value >= INT32_MIN ? 5
                                : 9;
}

static size_t size_bytes(enum field_type type, size_t len)
{
    size_t head = len < 32 && type != FIELD_BIN ? 1
                  : len <= UINT8_MAX            ? 2
                  : len <= UINT16_MAX           ? 3
                                                : 5;
    return head + len;
}

static size_t size_object(const struct shape *shape, const void *object)
{
    size_t size = (shape->count + 1 < 16 ? 1u : 3u) + size_unsigned(shape->id);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->store == STORE_I64)
            size += size_signed((int64_t)field_number(object, field));
        else if (field_is_text(field))
            size += size_bytes(field->type, field_slice(object, field).len);
        else
            size += size_unsigned(field_number(object, field));
    }
    return size;
}

/* Through msgpack-c, but for what takes one byte, or one and a text: most does. */
static void pack_field(msgpack_packer *packer, struct sink *sink, const void *object,
                       const struct field *field)
{
    if (!field_is_text(field)) {
        uint64_t number = field_number(object, field);
        if (number < 0x80)
            *sink->at++ = (char)number;
        else if (field->store == STORE_I64)
            msgpack_pack_int64(packer, (int64_t)number);
        else
            msgpack_pack_uint64(packer, number);
        return;
    }
    struct slice value = field_slice(object, field);
    if (field->type == FIELD_BIN)
        msgpack_pack_bin(packer, value.len);
    else if (value.len < 32)
        *sink->at++ = (char)(0xA0 | value.len);
    else
        msgpack_pack_str(packer, value.len);
    if (value.len > 0)
        sink_write(sink, value.data, value.len);
}

/* The header of an array, read here and not by msgpack-c, which would allocate the count that it
 * names. */
static bool take_array(struct slice *in, size_t *count)
{
    const uint8_t *bytes = (const uint8_t *)in->data;
    size_t head;
    if ((bytes[0] & 0xF0) == 0x90) {
        *count = bytes[0] & 0x0Fu;
        head = 1;
    } else if (bytes[0] == 0xDC && in->len >= 3) {
        *count = (size_t)bytes[1] << 8 | bytes[2];
        head = 3;
        if (*count < 16)
            return false;
    } else {
        return false;
    }
    *in = slice_of(in->data + head, in->len - head);
    return true;
}

/* A number or a text whose first byte says all, which most are: stored. False: it is another, or
 * does not fit. */
static bool take_short(struct slice *in, void *object, const struct field *field)
{
    uint8_t first = in->len > 0 ? (uint8_t)in->data[0] : UINT8_MAX;
    size_t len = 1;
    if (!field_is_text(field)) {
        if (first >= 0x80)
            return false;
        field_set_number(object, field, first);
    } else {
        struct slice text = slice_of(in->data + 1, first & 0x1Fu);
        len += text.len;
        if ((first & 0xE0) != 0xA0 || field->type == FIELD_BIN || len > in->len ||
            !slice_fits(text, field) || !field_set_slice(object, field, text))
            return false;
    }
    *in = slice_of(in->data + len, in->len - len);
    return true;
}

/* One number or string through msgpack-c. Its first byte is looked at before, because arrays, maps
 * and extensions would make msgpack-c allocate or recurse; the kinds let through need no memory at
 * all. */
static bool take_scalar(struct slice *in, msgpack_object *object)
{
    if (in->len == 0)
        return false;
    uint8_t first = (uint8_t)in->data[0];
    bool number = first < 0x80 || first >= 0xE0 || (first >= 0xCC && first <= 0xD3);
    bool string = (first & 0xE0) == 0xA0 || (first >= 0xD9 && first <= 0xDB);
    bool binary = first >= 0xC4 && first <= 0xC6;
    if (!number && !string && !binary)
        return false;
    /* Without a zone msgpack-c makes one for every string, and leaks it. This one stays empty. */
    msgpack_zone zone = {0};
    size_t used = 0;
    msgpack_unpack_return got = msgpack_unpack(in->data, in->len, &used, &zone, object);
    if ((got != MSGPACK_UNPACK_SUCCESS && got != MSGPACK_UNPACK_EXTRA_BYTES) || used > in->len)
        return false;
    /* A number that is not negative has one form, the unsigned one; D0..D3 are the signed ones. */
    if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && first >= 0xD0 && first <= 0xD3)
        return false;
    *in = slice_of(in->data + used, in->len - used);
    return true;
}

/* packed: how many bytes the object took. */
static bool store_field(void *out, const struct field *field, const msgpack_object *object,
                        size_t packed)
{
    bool positive = object->type == MSGPACK_OBJECT_POSITIVE_INTEGER;
    if (field->store == STORE_U64) {
        if (!positive || packed != size_unsigned(object->via.u64))
            return false;
        field_set_number(out, field, object->via.u64);
        return true;
    }
    if (field->store == STORE_I64) {
        if (positive ? object->via.u64 > INT64_MAX
                     : object->type != MSGPACK_OBJECT_NEGATIVE_INTEGER)
            return false;
        if (packed != size_signed(object->via.i64))
            return false;
        field_set_number(out, field, (uint64_t)object->via.i64);
        return true;
    }
    struct slice value;
    if (field->type != FIELD_BIN && object->type == MSGPACK_OBJECT_STR)
        value = slice_of(object->via.str.ptr, object->via.str.size);
    else if (field->type == FIELD_BIN && object->type == MSGPACK_OBJECT_BIN)
        value = slice_of(object->via.bin.ptr, object->via.bin.size);
    else
        return false;
    return packed == size_bytes(field->type, value.len) && slice_fits(value, field) &&
           field_set_slice(out, field, value);
}

enum message_kind wire_kind(struct slice encoded)
{
    const uint8_t *bytes = (const uint8_t *)encoded.data;
    size_t at = encoded.len > 0 && bytes[0] == 0xdc ? 3 : 1;
    if (encoded.len < at + 3)
        return (enum message_kind)(encoded.len > at ? bytes[at] & 0x7f : 0);
    return (enum message_kind)(bytes[at] == 0xcd   ? bytes[at + 1] << 8 | bytes[at + 2]
                               : bytes[at] == 0xcc ? bytes[at + 1]
                                                   : bytes[at] & 0x7f);
}
