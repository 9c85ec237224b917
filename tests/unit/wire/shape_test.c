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
    assert_int_equal(shape->count, 17);
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

/* A struct with every storage, as a record has them. */
struct stored {
    uint8_t u8;
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    char chars[5];
    struct slice slice;
};
typedef struct stored self;
static const struct field stored_fields[] = {
    SHAPE_ROW_R(U8, u8, 0) SHAPE_ROW_R(U32, u32, 0) SHAPE_ROW_R(U64, u64, 0)
        SHAPE_ROW_R(I64, i64, 0) SHAPE_ROW_R(TEXT, chars, 4) SHAPE_ROW_M(TEXT, slice, 4)};

static void each_storage_keeps_its_value_and_no_neighbour_s(void **state)
{
    (void)state;
    struct stored stored;
    for (size_t i = 0; i < 4; i++) {
        struct stored before;
        memset(&stored, 0x5A, sizeof stored);
        memcpy(&before, &stored, sizeof stored);
        field_set_number(&stored, &stored_fields[i], UINT64_MAX);
        uint64_t expected = i == 0 ? UINT8_MAX : i == 1 ? UINT32_MAX : UINT64_MAX;
        assert_true(field_number(&stored, &stored_fields[i]) == expected);
        assert_false(field_is_text(&stored_fields[i]));
        field_set_number(&stored, &stored_fields[i], 0x5A5A5A5A5A5A5A5A);
        assert_memory_equal(&stored, &before, sizeof stored);
    }
    assert_true(field_set_slice(&stored, &stored_fields[4], SLICE("abcd")));
    assert_string_equal(stored.chars, "abcd");
    assert_false(field_set_slice(&stored, &stored_fields[4], SLICE("abcde")));
    assert_string_equal(stored.chars, "abcd");
    assert_true(field_set_slice(&stored, &stored_fields[4], SLICE("")));
    assert_string_equal(stored.chars, "");
    assert_true(field_set_slice(&stored, &stored_fields[5], slice_of(NULL, 0)));
    assert_int_equal(field_slice(&stored, &stored_fields[5]).len, 0);
    assert_false(field_set_slice(&stored, &stored_fields[5], SLICE("abcde")));
    assert_true(field_is_text(&stored_fields[4]) && field_is_text(&stored_fields[5]));
}

/* A message of before its last fields were appended, and one of after. */
static void messages_grow_at_their_end(void **state)
{
    (void)state;
    const struct shape *now = shape_find(MESSAGE_cmd_said);
    char bytes[512];
    const struct message in = {.kind = MESSAGE_cmd_said,
                               .cmd_said = {.bot = SLICE("main"),
                                            .update_id = 7,
                                            .telegram_id = 42,
                                            .name = SLICE("Ann"),
                                            .language = SLICE("de"),
                                            .text = SLICE("/start"),
                                            .date_ms = 9}};
    for (uint32_t count = 0; count <= now->count; count++) {
        struct shape before = *now;
        struct buf out = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        struct message back;
        before.count = count;
        memset(&back, 0xA5, sizeof back);
        shape_encode(&out, &before, message_object(&in));
        assert_int_equal(wire_decode_one(buf_slice(&out), &back, NULL), ERROR_NONE);
        for (uint32_t i = 0; i < now->count; i++) {
            const struct field *field = &now->fields[i];
            if (field_is_text(field))
                assert_true(slice_equal(field_slice(back.module, field),
                                        i < count ? field_slice(in.module, field) : SLICE("")));
            else
                assert_int_equal(field_number(back.module, field),
                                 i < count ? field_number(in.module, field) : 0);
        }
    }
    static const char longer[] = {(char)0x93, MESSAGE_cmd_tick, 1, 0}; /* one field is known */
    struct message back;
    assert_int_equal(wire_decode_one(slice_of(longer, sizeof longer), &back, NULL), ERROR_CORRUPT);
}

static void a_period_is_one_number(void **state)
{
    (void)state;
    static const struct period periods[] = {{0, 0}, {1, 0}, {0, 1}, {UINT32_MAX, UINT32_MAX}};
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        struct period back = period_unpack(period_pack(periods[i]));
        assert_int_equal(back.months, periods[i].months);
        assert_int_equal(back.days, periods[i].days);
    }
    assert_true(period_pack(periods[1]) == UINT64_C(1) << 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_lie_inside_the_message_side_by_side),
        cmocka_unit_test(rows_are_what_the_table_says),
        cmocka_unit_test(unknown_ids_have_no_shape),
        cmocka_unit_test(each_storage_keeps_its_value_and_no_neighbour_s),
        cmocka_unit_test(messages_grow_at_their_end),
        cmocka_unit_test(a_period_is_one_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
