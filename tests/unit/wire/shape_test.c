#include "wire/shape.h"

#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static size_t size_of(const struct field *field)
{
    return field_is_text(field) ? sizeof(struct slice) : sizeof(uint64_t);
}

static void fields_lie_inside_the_message_side_by_side(void **state)
{
    (void)state;
    for (uint64_t id = 0; id < 128; id++) {
        const struct shape *shape = shape_find(id);
        if (shape == NULL)
            continue;
        assert_true(shape->count > 0);
        size_t end = 0;
        for (size_t i = 0; i < shape->count; i++) {
            const struct field *field = &shape->fields[i];
            assert_true(field->offset >= end);
            end = field->offset + size_of(field);
            assert_true(end <= shape->size);
            bool bounded = field_is_text(field);
            assert_int_equal(field->max > 0, bounded);
        }
    }
}

static void rows_are_what_the_table_says(void **state)
{
    (void)state;
    const struct shape *shape = shape_find(MESSAGE_cmd_payment);
    assert_non_null(shape);
    assert_string_equal(shape->name, "cmd_payment");
    assert_int_equal(shape->count, 10);
    assert_string_equal(shape->fields[1].name, "event_id");
    assert_int_equal(shape->fields[1].type, FIELD_STR);
    assert_int_equal(shape->fields[1].max, 255);
    struct message message = {.cmd_payment = {.amount = -5, .event_id = SLICE("e")}};
    assert_true(slice_is(field_slice(message.module, &shape->fields[1]), "e"));
    assert_int_equal((int64_t)field_number(message.module, &shape->fields[7]), -5);
    field_set_number(message.module, &shape->fields[3], PAYMENT_REFUNDED);
    assert_int_equal(message.cmd_payment.kind, PAYMENT_REFUNDED);
    assert_int_equal(field_number(message.module, &shape->fields[3]), PAYMENT_REFUNDED);
    assert_ptr_equal(shape_field(shape, "kind"), &shape->fields[3]);
    assert_null(shape_field(shape, "kin"));
}

static void unknown_ids_have_no_shape(void **state)
{
    (void)state;
    static const uint64_t ids[] = {0, 31, 63, 127, 128, 1ull << 32, (1ull << 32) + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_null(shape_find(ids[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_lie_inside_the_message_side_by_side),
        cmocka_unit_test(rows_are_what_the_table_says),
        cmocka_unit_test(unknown_ids_have_no_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
