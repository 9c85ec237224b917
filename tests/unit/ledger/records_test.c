#include "ledger/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct record_payment sample(void)
{
    return (struct record_payment){.kind = PAYMENT_PAID,
                                   .state = PAYMENT_STATE_GRANTED,
                                   .sequence = 77,
                                   .telegram_id = 123456789012,
                                   .amount = -1,
                                   .months = 12,
                                   .currency = "USD",
                                   .plan = "core",
                                   .event_id = "evt_1",
                                   .order_id = "o-1"};
}

static void goes_there_and_back(void **state)
{
    (void)state;
    struct record_payment in = sample();
    struct record_payment out = {0};
    uint8_t bytes[RECORD_BYTES_MAX];
    size_t len = record_encode(shape_record_payment(), &in, bytes);
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out), ERROR_NONE);
    assert_memory_equal(&in, &out, sizeof in);
    assert_int_equal(bytes[0],
                     shape_record_payment()->count - 3); /* part_id and what follows are not told */
}

static void refuses_every_damage(void **state)
{
    (void)state;
    struct record_payment in = sample();
    struct record_payment out;
    uint8_t bytes[RECORD_BYTES_MAX + 1] = {0};
    size_t len = record_encode(shape_record_payment(), &in, bytes);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, cut), &out),
                         ERROR_CORRUPT);
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len + 1), &out),
                     ERROR_CORRUPT);
    uint8_t told = bytes[0];
    bytes[0] = (uint8_t)(shape_record_payment()->count + 1);
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out),
                     ERROR_VERSION);
    bytes[0] = 0;
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out),
                     ERROR_CORRUPT);
    bytes[0] = told;
    char *text = memchr(bytes, 'o', len); /* of "o-1" */
    while (text != NULL && memcmp(text, "o-1", 3) != 0)
        text = memchr(text + 1, 'o', len - (size_t)(text + 1 - (char *)bytes));
    assert_non_null(text);
    *text = 0; /* a NUL inside of a text */
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out),
                     ERROR_CORRUPT);
}

/* An entitlement of before its last fields were appended. */
static struct shape shorter(uint32_t count)
{
    struct shape shape = *shape_record_entitlement();
    shape.count = count;
    return shape;
}

static void records_grow_at_their_end(void **state)
{
    (void)state;
    const struct shape *now = shape_record_entitlement();
    const struct record_entitlement in = {.status = 1,
                                          .end_reason = 2,
                                          .span = 3,
                                          .since_ms = 4,
                                          .anchor_ms = 5,
                                          .months = 6,
                                          .days = 7,
                                          .until_ms = 8};
    uint8_t bytes[RECORD_BYTES_MAX];
    for (uint32_t count = 1; count <= now->count; count++) {
        const struct shape before = shorter(count);
        struct record_entitlement out;
        size_t len = record_encode(&before, &in, bytes);
        memset(&out, 0xA5, sizeof out);
        assert_int_equal(record_decode(now, slice_of(bytes, len), &out), ERROR_NONE);
        for (uint32_t i = 0; i < now->count; i++) {
            const struct field *field = &now->fields[i];
            uint64_t expected = i < count ? field_number(&in, field) : 0;
            assert_int_equal(field_number(&out, field), expected);
        }
        len = record_encode(now, &in, bytes);
        assert_int_equal(record_decode(&before, slice_of(bytes, len), &out),
                         count < now->count ? ERROR_VERSION : ERROR_NONE);
    }
}

/* On the disk: so it was, so it stays. */
static void the_bytes_are_these(void **state)
{
    (void)state;
    const struct record_place place = {
        .status = 2, .date_ms = 0x0102030405060708, .remove_delivery = 1, .link = "ab"};
    static const uint8_t expected[] = {8, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0,   0,  0,
                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,   0,  0,
                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'a', 'b'};
    const struct record_meta meta = {.removal_count = 0xA1B2C3D4};
    uint8_t bytes[RECORD_BYTES_MAX];
    assert_int_equal(record_encode(shape_record_place(), &place, bytes), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    (void)record_encode(shape_record_meta(), &meta, bytes);
    assert_memory_equal(bytes + 1 + 3 * 8, "\xA1\xB2\xC3\xD4", 4);
}

static void every_record_there_and_back_at_its_longest(void **state)
{
    (void)state;
    static _Alignas(8) char in[RECORD_BYTES_MAX];
    static _Alignas(8) char out[RECORD_BYTES_MAX];
    uint8_t bytes[RECORD_BYTES_MAX];
    char text[RECORD_BYTES_MAX];
    memset(text, 'x', sizeof text);
    size_t known = 0;
    for (uint64_t id = 0; id < 256; id++) {
        const struct shape *shape = record_find(id);
        if (shape == NULL)
            continue;
        known++;
        assert_int_equal(shape->id, id);
        assert_int_equal(shape->role, ROLE_RECORD);
        assert_true(shape->size <= sizeof in);
        memset(in, 0, sizeof in);
        memset(out, 0xA5, sizeof out);
        for (uint32_t i = 0; i < shape->count; i++) {
            const struct field *field = &shape->fields[i];
            if (!field_is_text(field))
                field_set_number(in, field, UINT64_MAX - i);
            else
                assert_true(field_set_slice(in, field, slice_of(text, field->max)));
        }
        size_t len = record_encode(shape, in, bytes);
        assert_int_equal(record_decode(shape, slice_of(bytes, len), out), ERROR_NONE);
        for (uint32_t i = 0; i < shape->count; i++) {
            const struct field *field = &shape->fields[i];
            if (field_is_text(field))
                assert_true(slice_equal(field_slice(in, field), field_slice(out, field)));
            else
                assert_true(field_number(in, field) == field_number(out, field));
        }
    }
    assert_int_equal(known, 12);
    assert_ptr_equal(record_find(RECORD_FRAME_ID + 2), shape_record_member());
    assert_null(record_find(2));
    assert_null(record_find(RECORD_FRAME_ID));
    assert_null(record_find(UINT64_MAX));
}

static void texts_that_do_not_fit_are_damage(void **state)
{
    (void)state;
    static const struct slice texts[] = {SLICE("a\0b"), SLICE("\xff"), SLICE("\xc3"),
                                         SLICE("\xed\xa0\x80"), SLICE("ab\xc0\x80")};
    const struct record_group in = {.link = "12345"};
    struct record_group out;
    uint8_t bytes[RECORD_BYTES_MAX];
    size_t len = record_encode(shape_record_group(), &in, bytes);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t front = len - 5;
        bytes[front - 1] = (uint8_t)texts[i].len;
        memcpy(bytes + front, texts[i].data, texts[i].len);
        assert_int_equal(
            record_decode(shape_record_group(), slice_of(bytes, front + texts[i].len), &out),
            ERROR_CORRUPT);
    }
    struct field field = shape_record_group()->fields[4];
    struct shape shape = {"long", 1, ROLE_RECORD, &field, 1, sizeof out};
    uint8_t text[1 + 2 + 256] = {1, 1, 0}; /* one byte more than a link has */
    memset(text + 3, 'x', 256);
    assert_int_equal(record_decode(&shape, slice_of(text, sizeof text), &out), ERROR_CORRUPT);
    text[1] = 0;
    text[2] = 255;
    assert_int_equal(record_decode(&shape, slice_of(text, sizeof text - 1), &out), ERROR_NONE);
    assert_int_equal(strlen(out.link), 255);
}

static void keys_are_ordered_like_what_they_hold(void **state)
{
    (void)state;
    static const int64_t numbers[] = {INT64_MIN, -5, -1, 0, 1, 255, 256, INT64_MAX};
    struct key last = {.len = 0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct key key;
        key_clear(&key);
        key_i64(&key, numbers[i]);
        if (i > 0)
            assert_true(memcmp(last.data, key.data, 8) < 0);
        struct slice rest = key_slice(&key);
        int64_t back;
        assert_true(key_take_i64(&rest, &back));
        assert_int_equal(back, numbers[i]);
        last = key;
    }
}

static void keys_do_not_run_into_each_other(void **state)
{
    (void)state;
    struct key a;
    struct key b;
    key_clear(&a);
    key_text(&a, SLICE("ab"));
    key_text(&a, SLICE("c"));
    key_clear(&b);
    key_text(&b, SLICE("a"));
    key_text(&b, SLICE("bc"));
    assert_false(slice_equal(key_slice(&a), key_slice(&b)));
    struct slice rest = key_slice(&a);
    struct slice text;
    uint64_t number;
    assert_true(key_take_text(&rest, &text));
    assert_true(slice_is(text, "ab"));
    assert_true(key_take_text(&rest, &text));
    assert_true(slice_is(text, "c"));
    assert_false(key_take_text(&rest, &text));
    assert_false(key_take_u64(&rest, &number));
    uint32_t whole;
    uint16_t half;
    rest = SLICE("\x01\x02\xfe\xdc\x03\x04\x05");
    assert_true(key_take_u32(&rest, &whole));
    assert_int_equal(whole, 0x0102fedc);
    assert_false(key_take_u32(&rest, &whole));
    assert_int_equal(rest.len, 3);
    assert_true(key_take_u16(&rest, &half));
    assert_int_equal(half, 0x0304);
    assert_false(key_take_u16(&rest, &half));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_there_and_back),
        cmocka_unit_test(refuses_every_damage),
        cmocka_unit_test(records_grow_at_their_end),
        cmocka_unit_test(the_bytes_are_these),
        cmocka_unit_test(every_record_there_and_back_at_its_longest),
        cmocka_unit_test(texts_that_do_not_fit_are_damage),
        cmocka_unit_test(keys_are_ordered_like_what_they_hold),
        cmocka_unit_test(keys_do_not_run_into_each_other),
    };
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
