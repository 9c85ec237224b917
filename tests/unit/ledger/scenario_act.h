/* Scenarios of modules: operations and questions by their names, their fields as words.
 *
 *   does OP field=value ... [by=ACTOR] [as=member] [once=KEY] [times=N] => RESULT
 *   expect asked ASK field=value ... /pointer=value ...
 *
 * In a value '+' is a blank, and '@3' the id of the third order. Of a secret, and of what is
 * minted, the hash goes on, as from the desk. For scenario_test.c, behind its struct scenario. */
#include "base/encoding.h"
#include "ledger/registry.h"
#include "wire/shape_json.h"

static void put_hash(const struct field *field, struct slice secret, void *object,
                     struct buf *storage)
{
    uint8_t digest[32];
    char hex[65];
    sha256(secret, digest);
    hex_encode(digest, sizeof digest, hex, sizeof hex);
    struct slice hash =
        field->type == FIELD_BIN ? slice_of(digest, sizeof digest) : slice_from(hex);
    char *at = storage->data + storage->len;
    assert_non_null(buf_reserve(storage, hash.len));
    assert_ptr_equal(storage->data + storage->len, at);
    buf_append_slice(storage, hash);
    assert_true(field_set_slice(object, field, slice_of(at, hash.len)));
}

/* Fills the object of the words that name fields of the shape. */
static void fields_of(struct scenario *scenario, const struct shape *shape, void *object,
                      struct buf *storage)
{
    for (size_t i = 2; i < scenario->count; i++) {
        char name[64];
        char value[256];
        struct why why = {""};
        const char *equals = strchr(scenario->words[i], '=');
        if (equals == NULL || scenario->words[i][0] == '/')
            continue;
        assert_true(slice_copy(slice_of(scenario->words[i], (size_t)(equals - scenario->words[i])),
                               name, sizeof name));
        assert_true(slice_copy(order_named(scenario, equals + 1), value, sizeof value));
        for (char *at = value; *at != 0; at++)
            *at = *at == '+' ? ' ' : *at;
        const struct field *field = shape_field(shape, name);
        if (field == NULL && strcmp(name, "by") != 0 && strcmp(name, "once") != 0 &&
            strcmp(name, "as") != 0 && strcmp(name, "times") != 0)
            FAIL(scenario, "%s has no field %s", shape->name, name);
        if (field != NULL && (field->type == FIELD_BIN || field->type == FIELD_SECRET))
            put_hash(field, slice_from(value), object, storage);
        else if (field != NULL && field_from_text(shape, field, slice_from(value), object, storage,
                                                  &why) != ERROR_NONE)
            FAIL(scenario, "%s", why.text);
    }
}

static void do_does(struct scenario *scenario)
{
    const struct op_row *op = NULL;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct op_row *row = (*module)->ops; row != NULL && row->shape != NULL; row++)
            op = strcmp(row->shape()->name, scenario->words[1]) == 0 ? row : op;
    if (op == NULL)
        FAIL(scenario, "no operation is called %s", scenario->words[1]);
    uint64_t object[SHAPE_BYTES_MAX / 8] = {0};
    struct buf storage;
    struct buf body;
    buf_init(&storage, 65536);
    buf_init(&body, 65536);
    assert_non_null(buf_reserve(&storage, shape_storage(op->shape())));
    fields_of(scenario, op->shape(), object, &storage);
    shape_encode(&body, op->shape(), object);
    const char *by = value_of(scenario, "by");
    const struct message message = {
        .kind = MESSAGE_cmd_act,
        .cmd_act = {.actor = slice_from(by == NULL ? "token" : by),
                    .who = value_of(scenario, "as") != NULL ? WHO_MEMBER : WHO_OWNER,
                    .key = text_of(scenario, "once"),
                    .seed = SLICE("0123456789abcdef"),
                    .body = buf_slice(&body)}};
    int64_t times = value_of(scenario, "times") != NULL ? number(value_of(scenario, "times")) : 1;
    while (times-- > 0)
        apply(scenario, &message);
    buf_deinit(&storage);
    buf_deinit(&body);
}

/* "/entries/0/amount" within a document; NULL when it is not there. */
static const cJSON *member_at(const cJSON *root, const char *pointer)
{
    while (root != NULL && *pointer == '/') {
        char name[64];
        size_t len = strcspn(pointer + 1, "/=");
        assert_true(slice_copy(slice_of(pointer + 1, len), name, sizeof name));
        root = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, (int)strtol(name, NULL, 10))
                                   : cJSON_GetObjectItemCaseSensitive(root, name);
        pointer += 1 + len;
    }
    return root;
}

static void expect_pointers(struct scenario *scenario, const cJSON *root)
{
    for (size_t i = 3; i < scenario->count; i++) {
        const char *equals = strchr(scenario->words[i], '=');
        if (scenario->words[i][0] != '/' || equals == NULL)
            continue;
        const cJSON *item = member_at(root, scenario->words[i]);
        char *text = item == NULL ? NULL : cJSON_PrintUnformatted(item);
        const char *is = cJSON_IsString(item) ? item->valuestring : text == NULL ? "-" : text;
        if (strcmp(is, equals + 1) != 0)
            FAIL(scenario, "%s is %s", scenario->words[i], is);
        cJSON_free(text);
    }
}

static void expect_asked(struct scenario *scenario)
{
    const struct ask_row *ask = NULL;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct ask_row *row = (*module)->asks; row != NULL && row->shape != NULL; row++)
            ask = strcmp(row->shape()->name, scenario->words[2]) == 0 ? row : ask;
    if (ask == NULL)
        FAIL(scenario, "no question is called %s", scenario->words[2]);
    uint64_t object[SHAPE_BYTES_MAX / 8] = {0};
    struct buf storage;
    struct buf body;
    struct buf json;
    unsigned status;
    buf_init(&storage, 65536);
    buf_init(&body, 65536);
    buf_init(&json, 1 << 20);
    assert_non_null(buf_reserve(&storage, shape_storage(ask->shape())));
    fields_of(scenario, ask->shape(), object, &storage);
    shape_encode(&body, ask->shape(), object);
    const struct message_query query = {.what = QUERY_ASK, .ask = buf_slice(&body)};
    assert_int_equal(ledger_query(scenario->ledger, &query, &json, &status), ERROR_NONE);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    assert_non_null(root);
    expect_pointers(scenario, root);
    cJSON_Delete(root);
    buf_deinit(&storage);
    buf_deinit(&body);
    buf_deinit(&json);
}
