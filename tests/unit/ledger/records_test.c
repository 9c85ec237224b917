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
    assert_int_equal(bytes[0], shape_record_payment()->count);
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
    bytes[0]++;
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out),
                     ERROR_VERSION);
    bytes[0] = 0;
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out),
                     ERROR_CORRUPT);
    bytes[0] = (uint8_t)shape_record_payment()->count;
    bytes[len - 1] = 0; /* a NUL inside of a text */
    assert_int_equal(record_decode(shape_record_payment(), slice_of(bytes, len), &out),
                     ERROR_CORRUPT);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_there_and_back),
        cmocka_unit_test(refuses_every_damage),
        cmocka_unit_test(keys_are_ordered_like_what_they_hold),
        cmocka_unit_test(keys_do_not_run_into_each_other),
    };
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
