/* Any bytes as what comes from outside for a shape of the modules: its name and a blank, then a
 * JSON object or, when that begins with a field's name and '=', the text of that field as it stands
 * in an address. What is accepted fits the shape, encodes, decodes to the same, and is written as
 * JSON that gives the same bytes again. The empty input is an example of every shape there is. */
#define MODULES_DEF "tests/fuzz/shape_modules.def"
#include "tests/unit/ledger/sample.h"

#include "base/assert.h"
#include "wire/shape_json.h"
#include "wire/wire.h"

#include <stdlib.h>

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

enum { JSON_BYTES = 65536, DEPTH = 4, CODE_BYTES = 1 << 20, SHAPES_MAX = 1024 };

static const struct shape *shapes[SHAPES_MAX];
static size_t shape_count;

/* Those that are messages: a record is never read from outside. */
static void find_shapes(void)
{
    for (uint64_t id = 1 << 8; id < (uint64_t)MODULES_MAX << 8 && shape_count < SHAPES_MAX; id++) {
        const struct shape *shape = shape_find(id);
        if (shape != NULL && shape->role != ROLE_RECORD && shape->role != ROLE_ASPECT &&
            shape->size <= SHAPE_BYTES_MAX)
            shapes[shape_count++] = shape;
    }
    MUST(shape_count > 0);
}

/* Secrets are left out of what is written, and so is what says nothing. */
static bool is_whole(const struct shape *shape, const void *object)
{
    const struct field *currency = shape_field(shape, "currency");
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->type == FIELD_SECRET || field->type == FIELD_BIN)
            return false;
        if (field->type == FIELD_AMOUNT &&
            (currency == NULL || field_slice(object, currency).len == 0))
            return false;
        /* Zero is no Telegram id, no list holds nothing twice. */
        if (field->type == FIELD_MEMBER && field_number(object, field) == 0)
            return false;
        if (field->type == FIELD_CODE && field_slice(object, field).len == 0)
            return false;
        if (field->type == FIELD_LIST)
            return false;
    }
    return true;
}

static void encode(const struct shape *shape, const void *object, struct buf *out)
{
    const char *field;
    MUST(shape_fits(shape, object, &field));
    shape_encode(out, shape, object);
    MUST(!out->failed);
}

static void check_again(const struct shape *shape, const void *object)
{
    uint64_t again[SHAPE_BYTES_MAX / 8] = {0};
    uint64_t decoded[SHAPE_BYTES_MAX / 8] = {0};
    struct buf first, second, storage;
    struct why why = {""};
    buf_init(&first, CODE_BYTES);
    buf_init(&second, CODE_BYTES);
    buf_init(&storage, shape_storage(shape));
    MUST(buf_reserve(&storage, shape_storage(shape)) != NULL);
    encode(shape, object, &first);
    MUST(shape_decode_one(buf_slice(&first), shape, decoded, NULL) == ERROR_NONE);
    encode(shape, decoded, &second);
    MUST(slice_equal(buf_slice(&first), buf_slice(&second)));
    cJSON *out = cJSON_CreateObject();
    shape_to_json(shape, object, out);
    char *text = cJSON_PrintUnformatted(out);
    cJSON *read = NULL;
    MUST(text != NULL &&
         json_parse(slice_from(text), CODE_BYTES, DEPTH, &read, NULL) == ERROR_NONE);
    if (is_whole(shape, object)) {
        MUST(shape_from_json(shape, read, NULL, again, &storage, &why) == ERROR_NONE);
        buf_clear(&second);
        encode(shape, again, &second);
        MUST(slice_equal(buf_slice(&first), buf_slice(&second)));
    }
    cJSON_free(text);
    cJSON_Delete(out);
    json_free(&read);
    buf_deinit(&first);
    buf_deinit(&second);
    buf_deinit(&storage);
}

/* "name=text", as in an address. */
static enum error read_text(const struct shape *shape, struct slice bytes, void *object,
                            struct buf *storage, struct why *why)
{
    char name[64];
    const char *equals = memchr(bytes.data, '=', bytes.len);
    if (equals == NULL ||
        !slice_copy(slice_of(bytes.data, (size_t)(equals - bytes.data)), name, sizeof name))
        return ERROR_NOT_FOUND;
    const struct field *field = shape_field(shape, name);
    if (field == NULL || field->type == FIELD_BIN)
        return ERROR_NOT_FOUND;
    size_t len = bytes.len - strlen(name) - 1;
    if (!slice_is_text(slice_of(equals + 1, len)))
        return ERROR_NOT_FOUND;
    return field_from_text(shape, field, slice_of(equals + 1, len), object, storage, why);
}

/* What each type takes. */
static const char *const examples[FIELD_TYPE_COUNT] = {
    [FIELD_U64] = "5",
    [FIELD_I64] = "-5",
    [FIELD_STR] = "\"a\"",
    [FIELD_U8] = "5",
    [FIELD_U32] = "5",
    [FIELD_NAME] = "\"a\"",
    [FIELD_CODE] = "\"A-1\"",
    [FIELD_TEXT] = "\"a\"",
    [FIELD_SECRET] = "\"a\"",
    [FIELD_LIST] = "[\"a\"]",
    [FIELD_MEMBER] = "5",
    [FIELD_ID] = "5",
    [FIELD_COUNT] = "5",
    [FIELD_FLAG] = "true",
    [FIELD_PERCENT] = "\"15%\"",
    [FIELD_AMOUNT] = "\"5.00\"",
    [FIELD_CURRENCY] = "\"USD\"",
    [FIELD_PERIOD] = "\"1 month\"",
    [FIELD_TIME] = "\"2027-01-31T12:00:00Z\"",
    [FIELD_DURATION] = "\"7 days\"",
};

static void check_example(const struct shape *shape)
{
    uint64_t object[SHAPE_BYTES_MAX / 8] = {0};
    struct buf text, storage;
    struct why why = {""};
    cJSON *root = NULL;
    const char *between = "";
    bool currency = shape_field(shape, "currency") != NULL;
    buf_init(&text, CODE_BYTES);
    buf_init(&storage, shape_storage(shape));
    MUST(buf_reserve(&storage, shape_storage(shape)) != NULL);
    buf_append_text(&text, "{");
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->type == FIELD_BIN || (field->type == FIELD_AMOUNT && !currency))
            continue;
        buf_printf(&text, "%s\"%s\":", between, field->name);
        if (field->type == FIELD_CHOICE)
            buf_printf(&text, "\"%s\"", field->names[0]);
        else
            buf_append_text(&text, examples[field->type]);
        between = ",";
    }
    buf_append_text(&text, "}");
    MUST(json_parse(buf_slice(&text), CODE_BYTES, DEPTH, &root, NULL) == ERROR_NONE);
    MUST(shape_from_json(shape, root, NULL, object, &storage, &why) == ERROR_NONE);
    check_again(shape, object);
    json_free(&root);
    buf_deinit(&text);
    buf_deinit(&storage);
}

static const struct shape *take_shape(struct slice *bytes)
{
    const char *blank = memchr(bytes->data, ' ', bytes->len);
    size_t len = blank == NULL ? bytes->len : (size_t)(blank - bytes->data);
    size_t n = len;
    for (size_t i = 0; i < shape_count; i++)
        if (slice_is(slice_of(bytes->data, len), shapes[i]->name))
            n = i;
    len += blank != NULL;
    *bytes = slice_of(bytes->data + len, bytes->len - len);
    return shapes[n % shape_count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t object[SHAPE_BYTES_MAX / 8] = {0};
    struct buf storage;
    struct why why = {""};
    cJSON *root = NULL;
    if (shape_count == 0)
        find_shapes();
    for (size_t i = 0; size == 0 && i < shape_count; i++)
        check_example(shapes[i]);
    if (size == 0 || size > JSON_BYTES)
        return 0;
    struct slice bytes = slice_of((const char *)data, size);
    const struct shape *shape = take_shape(&bytes);
    buf_init(&storage, shape_storage(shape));
    MUST(buf_reserve(&storage, shape_storage(shape)) != NULL);
    enum error error = read_text(shape, bytes, object, &storage, &why);
    if (error == ERROR_NOT_FOUND &&
        json_parse(bytes, JSON_BYTES, DEPTH, &root, NULL) == ERROR_NONE && cJSON_IsObject(root))
        error = shape_from_json(shape, root, " reason ", object, &storage, &why);
    if (error == ERROR_NONE)
        check_again(shape, object);
    else
        MUST(error == ERROR_NOT_FOUND || (error == ERROR_INVALID && why.text[0] != '\0'));
    json_free(&root);
    buf_deinit(&storage);
    return 0;
}
