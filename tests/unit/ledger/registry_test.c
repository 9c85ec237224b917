/* A module's table, and what follows from it: structs, ids, encodings, the registry's answers. */
#include "tests/unit/ledger/sample.h"

#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static struct sample_every every(void)
{
    return (struct sample_every){.u64 = UINT64_MAX,
                                 .i64 = INT64_MIN,
                                 .str = SLICE("12345678"),
                                 .bin = SLICE("\0\xff\x80"),
                                 .name = SLICE("gold"),
                                 .code = SLICE("SUMMER"),
                                 .text = SLICE("你好"),
                                 .secret = SLICE("hush"),
                                 .list = SLICE("a,b"),
                                 .member = -5,
                                 .id = 6,
                                 .count = 7,
                                 .flag = 1,
                                 .percent = 100,
                                 .color = 2,
                                 .amount = -900,
                                 .currency = SLICE("USD"),
                                 .period = period_pack((struct period){1, 2}),
                                 .time = 1767225600000,
                                 .duration = 1000};
}

static void ids_say_module_and_number(void **state)
{
    (void)state;
    assert_int_equal(shape_sample_every()->id, 100 << 8 | 1);
    assert_int_equal(shape_record_sample_mark()->id, 100 << 8 | 63);
    assert_int_equal(RESULT_sample_full, 100 << 8 | 1);
    assert_int_equal(RESULT_sample_kept, 100 << 8 | 255);
    for (uint64_t number = 0; number < 256; number++) {
        const struct shape *shape = shape_find(UINT64_C(100) << 8 | number);
        bool known = (number >= 1 && number <= 12) || number == 63;
        assert_int_equal(shape != NULL, known);
        if (known)
            assert_int_equal(shape->id, 100 << 8 | number);
    }
    assert_null(shape_find(UINT64_C(99) << 8 | 1));
    assert_null(shape_find(UINT64_C(128) << 8 | 1));
    assert_null(shape_find(UINT64_C(1) << 32 | 100 << 8 | 1));
}

static void roles_and_names_are_the_tables(void **state)
{
    (void)state;
    static const struct {
        shape_fn *shape;
        const char *name;
        enum shape_role role;
        uint32_t count;
    } rows[] = {{shape_sample_every, "sample_every", ROLE_COMMAND, 20},
                {shape_sample_nothing, "sample_nothing", ROLE_COMMAND, 0},
                {shape_sample_box, "sample_box", ROLE_ASK, 1},
                {shape_fact_sample_happened, "sample_happened", ROLE_FACT, 3},
                {shape_sample_part, "sample_part", ROLE_PART, 1},
                {shape_sample_row, "sample_row", ROLE_ROW, 1},
                {shape_record_sample_box, "sample_box", ROLE_RECORD, 21},
                {shape_record_sample_mark, "sample_mark", ROLE_ASPECT, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct shape *shape = rows[i].shape();
        assert_string_equal(shape->name, rows[i].name);
        assert_int_equal(shape->role, rows[i].role);
        assert_int_equal(shape->count, rows[i].count);
        bool record = rows[i].role >= ROLE_RECORD;
        assert_ptr_equal(record_find(shape->id), record ? shape : NULL);
    }
    assert_true(message_is_command((enum message_kind)shape_sample_every()->id));
    assert_false(message_is_command((enum message_kind)shape_sample_box()->id));
    assert_string_equal(message_name((enum message_kind)shape_sample_part()->id), "sample_part");
}

static void fields_say_their_type_storage_and_names(void **state)
{
    (void)state;
    const struct field *color = shape_field(shape_sample_every(), "color");
    assert_int_equal(color->type, FIELD_CHOICE);
    assert_int_equal(color->store, STORE_U64);
    assert_int_equal(color->max, 0);
    assert_string_equal(color->names[2], "blue");
    assert_null(color->names[3]);
    assert_int_equal(shape_field(shape_record_sample_box(), "color")->store, STORE_U8);
    assert_ptr_equal(shape_field(shape_record_sample_box(), "color")->names, sample_colors);
    assert_int_equal(shape_field(shape_sample_every(), "amount")->store, STORE_I64);
    assert_int_equal(shape_field(shape_sample_every(), "member")->type, FIELD_MEMBER);
    assert_int_equal(shape_field(shape_sample_every(), "bin")->max, 300);
    assert_null(shape_field(shape_sample_every(), "bin")->names);
    assert_int_equal(shape_field(shape_record_sample_box(), "str")->store, STORE_CHARS);
    /* Every type of a field is somewhere in the table. */
    bool seen[FIELD_TYPE_COUNT] = {false};
    const struct shape *shapes[] = {shape_sample_every(), shape_record_sample_box()};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < shapes[s]->count; i++) {
            const struct field *field = &shapes[s]->fields[i];
            seen[field->type] = true;
            assert_true(field->offset < shapes[s]->size);
            assert_true(i == 0 || field->offset > shapes[s]->fields[i - 1].offset);
        }
    for (size_t type = 0; type < FIELD_TYPE_COUNT; type++)
        assert_true(seen[type]);
}

static void messages_go_there_and_back(void **state)
{
    (void)state;
    char bytes[1024];
    struct buf out = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct sample_every in = every();
    struct sample_every back;
    struct message message;
    memset(&back, 0xA5, sizeof back);
    shape_encode(&out, shape_sample_every(), &in);
    assert_int_equal(shape_decode_one(buf_slice(&out), shape_sample_every(), &back, NULL),
                     ERROR_NONE);
    for (size_t i = 0; i < shape_sample_every()->count; i++) {
        const struct field *field = &shape_sample_every()->fields[i];
        if (field_is_text(field))
            assert_true(slice_equal(field_slice(&in, field), field_slice(&back, field)));
        else
            assert_int_equal(field_number(&in, field), field_number(&back, field));
    }
    assert_int_equal(back.i64, INT64_MIN);
    assert_int_equal(period_unpack(back.period).months, 1);
    assert_int_equal(period_unpack(back.period).days, 2);
    assert_int_equal(wire_decode_one(buf_slice(&out), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, shape_sample_every()->id);
    const struct sample_every *module = message_object(&message);
    assert_true(slice_is(module->code, "SUMMER"));
    assert_int_equal(
        shape_decode_one(buf_slice(&out), shape_sample_nothing(), &message.module, NULL),
        ERROR_CORRUPT);
    for (size_t cut = 0; cut < out.len; cut++)
        assert_int_equal(shape_decode_one(slice_of(bytes, cut), shape_sample_every(), &back, NULL),
                         ERROR_CORRUPT);
}

static void a_message_of_no_fields_is_one(void **state)
{
    (void)state;
    char bytes[16];
    struct buf out = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct message message = {.kind = (enum message_kind)shape_sample_nothing()->id};
    wire_encode(&out, &message);
    assert_int_equal(wire_decode_one(buf_slice(&out), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, shape_sample_nothing()->id);
}

static void texts_keep_their_bounds(void **state)
{
    (void)state;
    const char *field = NULL;
    struct sample_every in = every();
    in.str = SLICE("123456789");
    assert_false(shape_fits(shape_sample_every(), &in, &field));
    assert_string_equal(field, "str");
    in = every();
    in.secret = SLICE("a\0b");
    assert_false(shape_fits(shape_sample_every(), &in, &field));
    assert_string_equal(field, "secret");
    in = every();
    in.list = SLICE("\xff");
    assert_false(shape_fits(shape_sample_every(), &in, &field));
    assert_string_equal(field, "list");
    in = every();
    assert_true(shape_fits(shape_sample_every(), &in, NULL));
}

/* What a row of the table is printed and read as may not confuse a record's message with it. */
static void no_record_is_a_message(void **state)
{
    (void)state;
    char bytes[] = {(char)0x91, (char)0xCD, 100, 9};
    struct message message;
    assert_int_equal(wire_decode_one(slice_of(bytes, sizeof bytes), &message, NULL), ERROR_CORRUPT);
    bytes[3] = 4; /* sample_nothing */
    assert_int_equal(wire_decode_one(slice_of(bytes, sizeof bytes), &message, NULL), ERROR_NONE);
}

static void operations_questions_and_modules_are_found(void **state)
{
    (void)state;
    const struct op_row *op = registry_op(shape_sample_keep()->id);
    assert_non_null(op);
    assert_string_equal(op->method, "POST");
    assert_string_equal(op->path, "sample");
    assert_string_equal(op->needs, "name");
    assert_int_equal(op->who, WHO_STAFF);
    assert_int_equal(op->status, 201);
    assert_null(registry_op(shape_sample_drop()->id)->method);
    assert_null(registry_op(shape_sample_box()->id));
    assert_null(registry_op(MESSAGE_cmd_payment));
    assert_null(registry_ask(shape_sample_keep()->id));
    assert_string_equal(registry_ask(shape_sample_box()->id)->path, "sample/{name}");
    assert_null(registry_op(UINT64_MAX));
    assert_null(registry_op(UINT64_C(1) << 40 | 100 << 8 | 2));
    assert_ptr_equal(registry_module(100), &module_sample);
    assert_null(registry_module(0));
    assert_ptr_equal(registry_modules()[0], registry_module(MODULE_core));
    assert_ptr_equal(registry_modules()[1], &module_sample);
    assert_null(registry_modules()[2]);
}

static void a_question_is_extended_by_modules(void **state)
{
    const struct sample_box ask = {.name = SLICE("blue")};
    cJSON *out = cJSON_CreateObject();
    (void)state;
    registry_extend(NULL, shape_sample_keep(), &ask, out);
    assert_null(json_member(out, "letters"));
    registry_extend(NULL, shape_sample_box(), &ask, out);
    assert_int_equal(cJSON_GetNumberValue(json_member(out, "letters")), 4);
    cJSON_Delete(out);
}

static void results_have_name_text_and_status(void **state)
{
    (void)state;
    assert_string_equal(result_name(RESULT_granted), "granted");
    assert_int_equal(result_status(RESULT_ok), 200);
    assert_string_equal(result_name(RESULT_sample_full), "sample_full");
    assert_string_equal(result_text(RESULT_sample_full), "the box is full");
    assert_int_equal(result_status(RESULT_sample_full), 409);
    assert_int_equal(result_status(RESULT_sample_kept), 201);
    assert_true(result_known(RESULT_ok));
    assert_true(result_known(RESULT_sample_kept));
    assert_false(result_known(RESULT_COUNT));
    assert_false(result_known(RESULT_sample_full + 1));
    assert_false(result_known(99 << 8 | 1));
    assert_false(result_known(100 << 8));
}

static unsigned apply(const struct shape *shape, const void *object, struct buf *json,
                      unsigned *status)
{
    char bytes[2048];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    unsigned result = RESULT_COUNT;
    shape_encode(&command, shape, object);
    assert_false(command.failed);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(
        ledger_apply(ledger, ledger_applied(ledger) + 1, 1000, buf_slice(&command), &result, NULL),
        ERROR_NONE);
    uint64_t subject = ledger_subject(ledger);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(ledger_answer(ledger, buf_slice(&command), result, subject, json, status),
                     ERROR_NONE);
    assert_true(json->len < json->max);
    json->data[json->len] = 0;
    return result;
}

static void a_module_s_operation_is_applied_and_answered(void **state)
{
    (void)state;
    char text[512];
    struct buf json = {.data = text, .cap = sizeof text, .max = sizeof text};
    unsigned status = 0;
    const struct sample_keep keep = {.name = SLICE("b"), .telegram_id = 5, .facts = 3};
    const struct sample_every in = every();
    sample.heard = 0;
    assert_int_equal(apply(shape_sample_keep(), &keep, &json, &status), RESULT_sample_kept);
    assert_int_equal(status, 201);
    assert_string_equal(text, "{\"name\":\"b\",\"number\":1}");
    assert_int_equal(sample.heard, 3);
    buf_clear(&json);
    assert_int_equal(apply(shape_sample_every(), &in, &json, &status), RESULT_sample_full);
    assert_string_equal(text, "{\"result\":\"sample_full\"}");
}

static void a_module_adds_to_answers(void **state)
{
    (void)state;
    char bytes[256];
    char text[1024];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct buf json = {.data = text, .cap = sizeof text, .max = sizeof text};
    const struct sample_keep keep = {.name = SLICE("box"), .telegram_id = 5};
    const struct sample_box box = {.name = SLICE("box")};
    const struct record_member member = {.created_ms = 1};
    unsigned status;
    (void)apply(shape_sample_keep(), &keep, &json, &status);
    shape_encode(&command, shape_sample_box(), &box);
    const struct message_query query = {.what = QUERY_ASK, .ask = buf_slice(&command)};
    buf_clear(&json);
    assert_int_equal(ledger_query(ledger, &query, &json, &status), ERROR_NONE);
    text[json.len] = 0;
    assert_string_equal(text, "{\"count\":1,\"letters\":3}");
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    member_store(ledger, 5, &member);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    const struct message_query person = {.what = QUERY_MEMBER, .subject = 5};
    buf_clear(&json);
    assert_int_equal(ledger_query(ledger, &person, &json, &status), ERROR_NONE);
    text[json.len] = 0;
    assert_non_null(strstr(text, "\"marks\":1"));
}

static void modules_that_tell_each_other_in_a_circle_end(void **state)
{
    (void)state;
    char bytes[256];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct sample_keep keep = {.name = SLICE("b"), .facts = 1};
    unsigned result;
    shape_encode(&command, shape_sample_keep(), &keep);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    sample.heard = 0;
    sample_circle = 1;
    assert_int_equal(ledger_apply(ledger, 1, 1000, buf_slice(&command), &result, NULL),
                     ERROR_CORRUPT);
    sample_circle = 0;
    assert_int_equal(sample.heard, FACTS_DEEP_MAX);
    ledger_abort(ledger);
    assert_int_equal(ledger_applied(ledger), 0);
}

/* One tick ends the memberships of hundreds. */
static void a_command_may_tell_many_facts(void **state)
{
    (void)state;
    char bytes[256];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct sample_keep keep = {.name = SLICE("b"), .facts = 1000};
    unsigned result;
    shape_encode(&command, shape_sample_keep(), &keep);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    sample.heard = 0;
    assert_int_equal(ledger_apply(ledger, 1, 1000, buf_slice(&command), &result, NULL), ERROR_NONE);
    assert_int_equal(sample.heard, 1000);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_say_module_and_number),
        cmocka_unit_test(roles_and_names_are_the_tables),
        cmocka_unit_test(fields_say_their_type_storage_and_names),
        cmocka_unit_test(messages_go_there_and_back),
        cmocka_unit_test(a_message_of_no_fields_is_one),
        cmocka_unit_test(texts_keep_their_bounds),
        cmocka_unit_test(no_record_is_a_message),
        cmocka_unit_test(operations_questions_and_modules_are_found),
        cmocka_unit_test(a_question_is_extended_by_modules),
        cmocka_unit_test(results_have_name_text_and_status),
        cmocka_unit_test_setup_teardown(a_module_s_operation_is_applied_and_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(modules_that_tell_each_other_in_a_circle_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_module_adds_to_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_command_may_tell_many_facts, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
