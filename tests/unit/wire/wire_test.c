#include "wire/wire.h"

#include "base/prng.h"
#include "wire/shape.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { OUT_MAX = 16 * 1024 * 1024, TEXT_MAX = 8388608 + 1 };

static char text[TEXT_MAX]; /* what STR and BIN fields point into */

static const uint64_t unsigned_values[] = {0,          0x7F,       0x80,       0xFF,
                                           0x100,      UINT16_MAX, 0x10000,    UINT32_MAX,
                                           1ull << 32, 10,         UINT64_MAX, INT64_MAX};
static const int64_t signed_values[] = {
    0,         -1,   -32, -33,   -128,           -129, INT16_MIN, INT32_MIN,  INT64_MIN,
    INT64_MAX, 0x80, 255, 65536, -1001000000001, 127,  -32769,    -2147483649};
static const size_t lengths[] = {0, 1, 31, 32, 255, 256, 65535, 65536, SIZE_MAX};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A message of this shape with fields taken from the lists above. */
static struct message filled(uint64_t id, const struct shape *shape, size_t turn)
{
    struct message message = {.kind = (enum message_kind)id};
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        uint64_t u = unsigned_values[(turn + i) % COUNT(unsigned_values)];
        int64_t n = signed_values[(turn + i) % COUNT(signed_values)];
        size_t len = lengths[(turn + i) % COUNT(lengths)];
        struct slice value = {text, len < field->max ? len : field->max};
        if (field_is_text(field))
            assert_true(field_set_slice(message.module, field, value));
        else
            field_set_number(message.module, field, field->store == STORE_I64 ? (uint64_t)n : u);
    }
    return message;
}

static void assert_same(const struct message *a, const struct message *b)
{
    assert_int_equal(a->kind, b->kind);
    const struct shape *shape = shape_find((uint64_t)a->kind);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field_is_text(field))
            assert_true(slice_equal(field_slice(a->module, field), field_slice(b->module, field)));
        else
            assert_int_equal(field_number(a->module, field), field_number(b->module, field));
    }
}

static struct slice encode(struct buf *out, const struct message *message)
{
    buf_clear(out);
    wire_encode(out, message);
    assert_false(out->failed);
    return buf_slice(out);
}

static struct message payment(void)
{
    return (struct message){.kind = MESSAGE_cmd_payment,
                            .cmd_payment = {.gateway = SLICE("stripe"),
                                            .event_id = SLICE("evt_1"),
                                            .payment_id = SLICE("pi_1"),
                                            .kind = PAYMENT_PAID,
                                            .telegram_id = 123456789,
                                            .plan = SLICE("core"),
                                            .order_id = {NULL, 0},
                                            .amount = -1,
                                            .currency = SLICE("USD"),
                                            .occurred_ms = 1767225600000}};
}

static void every_message_makes_the_round_trip(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, OUT_MAX);
    size_t kinds = 0;
    for (uint64_t id = 0; id < 256; id++) {
        const struct shape *shape = shape_find(id);
        if (shape == NULL) {
            assert_null(message_name((enum message_kind)id));
            assert_false(message_is_command((enum message_kind)id));
            continue;
        }
        kinds++;
        assert_string_equal(message_name((enum message_kind)id), shape->name);
        assert_int_equal(message_is_command((enum message_kind)id),
                         strncmp(shape->name, "cmd_", 4) == 0);
        for (size_t turn = 0; turn < COUNT(unsigned_values) * COUNT(lengths); turn++) {
            struct message message = filled(id, shape, turn), back;
            assert_true(message_fits(&message, NULL));
            struct slice bytes = encode(&out, &message);
            assert_int_equal(wire_decode_one(bytes, &back, NULL), ERROR_NONE);
            assert_same(&message, &back);
        }
    }
#define M(name, id) +1
    assert_int_equal(kinds, 0 MESSAGE_LIST(M));
#undef M
    buf_deinit(&out);
}

static void the_bytes_are_what_the_table_says(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, OUT_MAX);
    struct message tick = {.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = 300}};
    assert_true(slice_equal(encode(&out, &tick), SLICE("\x92\x42\xCD\x01\x2C")));
    struct message header = {.kind = MESSAGE_header,
                             .header = {.name = SLICE("a"), .value = {NULL, 0}}};
    assert_true(slice_equal(encode(&out, &header), SLICE("\x93\x20\xA1"
                                                         "a\xA0")));
    struct message work = {.kind = MESSAGE_work, .work = {.telegram_id = -5}};
    assert_memory_equal(encode(&out, &work).data, "\xDC\x00\x14\x06\x00\x00\xA0\xFB", 8);
    buf_deinit(&out);
}

static void cut_messages_are_refused_and_in_stays(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, OUT_MAX);
    for (uint64_t id = 0; id < 128; id++) {
        const struct shape *shape = shape_find(id);
        if (shape == NULL)
            continue;
        for (size_t turn = 0; turn < 20; turn++) {
            struct message message = filled(id, shape, turn), back;
            struct slice bytes = encode(&out, &message);
            for (size_t len = 1; len < bytes.len; len += len < 4096 ? 1 : 4099) {
                /* A copy of its own size, so that a sanitizer sees a read behind the end. */
                char *copy = malloc(len);
                assert_non_null(copy);
                memcpy(copy, bytes.data, len);
                struct slice in = {copy, len};
                struct why why = {{0}};
                assert_int_equal(wire_decode(&in, &back, &why), ERROR_CORRUPT);
                assert_true(why.text[0] != 0);
                assert_ptr_equal(in.data, copy);
                assert_int_equal(in.len, len);
                free(copy);
            }
        }
    }
    buf_deinit(&out);
}

/* As one of before a field was appended is. */
static void a_message_with_fewer_fields_has_zeros_behind(void **state)
{
    (void)state;
    struct message back;
    memset(&back, 0xAA, sizeof back);
    assert_int_equal(wire_decode_one(SLICE("\x91\x42"), &back, NULL), ERROR_NONE);
    assert_int_equal(back.kind, MESSAGE_cmd_tick);
    assert_int_equal(back.cmd_tick.due_ms, 0);
    memset(&back, 0xAA, sizeof back);
    assert_int_equal(wire_decode_one(SLICE("\x92\x20\xA1\x61"), &back, NULL), ERROR_NONE);
    assert_true(slice_is(back.header.name, "a"));
    assert_int_equal(back.header.value.len, 0);
}

static void several_in_a_row_and_what_is_left_over(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, OUT_MAX);
    for (uint64_t i = 0; i < 3; i++)
        wire_encode(&out, &(struct message){.kind = MESSAGE_cmd_tick, .cmd_tick = {i}});
    struct slice in = buf_slice(&out);
    struct message back;
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(wire_decode(&in, &back, NULL), ERROR_NONE);
        assert_int_equal(back.cmd_tick.due_ms, i);
    }
    assert_int_equal(wire_decode(&in, &back, NULL), ERROR_NOT_FOUND);
    assert_int_equal(wire_decode_one(buf_slice(&out), &back, NULL), ERROR_CORRUPT);
    assert_int_equal(wire_decode_one(slice_of(NULL, 0), &back, NULL), ERROR_CORRUPT);
    buf_deinit(&out);
}

/* cmd_tick is [0x42, U64], header is [0x20, STR 128, STR 8192], freeze is [8, STR 32, I64, U64],
 * cmd_configure is [0x41, BIN 32, BIN]. */
static void hostile_bytes(void **state)
{
    (void)state;
    static const struct slice cases[] = {
        SLICE("\x00"),
        SLICE("\xC0"),
        SLICE("\xC1"),
        SLICE("\x80"),
        SLICE("\x90"),                         /* no id */
        SLICE("\x93\x42\x01\x01"),             /* one too many */
        SLICE("\x92\x00\x01"),                 /* unknown id */
        SLICE("\x92\x7F\x01"),                 /* unknown id */
        SLICE("\x92\xCD\xFF\xFF\x01"),         /* unknown id */
        SLICE("\x92\xFF\x01"),                 /* negative id */
        SLICE("\x92\xA1\x42\x01"),             /* text for an id */
        SLICE("\x92\x92\x42\x01\x01"),         /* an array for an id */
        SLICE("\xDC\x00\x02\x42\x01"),         /* a longer array header than needed */
        SLICE("\xDD\x00\x00\x00\x02\x42\x01"), /* the same */
        SLICE("\xDD\xFF\xFF\xFF\xFF\x42\x01"), /* four thousand million fields */
        SLICE("\xDC\xFF\xFF\x42\x01"),         /* many fields */
        SLICE("\xDC\x00"),                     /* cut in the header */
        SLICE("\x92\xCC\x42\x01"),             /* a longer id than needed */
        SLICE("\x92\x42\xCC\x01"),             /* a longer number than needed */
        SLICE("\x92\x42\xCF\x00\x00\x00\x00\x00\x00\x00\x01"),
        SLICE("\x92\x42\xD0\x05"),             /* positive as signed */
        SLICE("\x92\x42\xD2\x00\x01\x00\x00"), /* the same, where both forms are five bytes */
        SLICE("\x92\x42\xFF"),                 /* negative for U64 */
        SLICE("\x92\x42\xD3\x80\x00\x00\x00\x00\x00\x00\x00"),
        SLICE("\x92\x42\xC0"),                 /* nil */
        SLICE("\x92\x42\xC2"),                 /* false */
        SLICE("\x92\x42\xCA\x3F\x80\x00\x00"), /* 1.0 */
        SLICE("\x92\x42\xCB\x3F\xF0\x00\x00\x00\x00\x00\x00"),
        SLICE("\x92\x42\xA1\x31"),                         /* text for a number */
        SLICE("\x92\x42\x91\x01"),                         /* nested array */
        SLICE("\x92\x42\xDD\xFF\xFF\xFF\xFF"),             /* huge nested array */
        SLICE("\x92\x42\x81\x01\x01"),                     /* map */
        SLICE("\x92\x42\xDF\xFF\xFF\xFF\xFF"),             /* huge map */
        SLICE("\x92\x42\xD4\x01\x01"),                     /* fixext */
        SLICE("\x92\x42\xC9\xFF\xFF\xFF\xFF\x01"),         /* huge ext */
        SLICE("\x92\x42\xC1"),                             /* never used */
        SLICE("\x93\x20\xA1\x61\xC4\x00"),                 /* BIN for STR */
        SLICE("\x93\x20\xA1\x61\x05"),                     /* number for STR */
        SLICE("\x93\x20\xA1\x61\xDB\xFF\xFF\xFF\xFF"),     /* STR of 4 GiB */
        SLICE("\x93\x20\xA1\x61\xDA\xFF\xFF\x61"),         /* STR behind the end */
        SLICE("\x93\x20\xA1\x61\xD9\x01\x61"),             /* longer STR header than needed */
        SLICE("\x93\x20\xA1\x61\xDA\x00\x01\x61"),         /* the same */
        SLICE("\x93\x20\xA1\x61\xDB\x00\x00\x00\x01\x61"), /* the same */
        SLICE("\x93\x20\xA1\x00\xA0"),                     /* NUL in STR */
        SLICE("\x93\x20\xA1\xFF\xA0"),                     /* not UTF-8 */
        SLICE("\x93\x20\xA2\xC0\x80\xA0"),                 /* overlong */
        SLICE("\x93\x20\xA1\xC3\xA1\xA9"),                 /* a letter across two fields */
        SLICE("\x93\x41\xA0\xC4\x00"),                     /* STR for BIN */
        SLICE("\x93\x41\xC4\x21"
              "123456789012345678901234567890123\xC4\x00"), /* 33 bytes of 32 */
        SLICE("\x93\x41\xC5\x00\x00\xC4\x00"),              /* longer BIN header than needed */
        SLICE("\x93\x41\xC4\x00\xC6\xFF\xFF\xFF\xFF"),      /* BIN of 4 GiB */
        SLICE("\x94\x08\xA0\xCF\x80\x00\x00\x00\x00\x00\x00\x00\x00"), /* 2^63 for I64 */
        SLICE("\x94\x08\xA0\xD1\xFF\xFF\x00"),                         /* -1 in three bytes */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct message back;
        struct slice in = cases[i];
        struct why why = {{0}};
        if (wire_decode(&in, &back, &why) != ERROR_CORRUPT || why.text[0] == 0)
            fail_msg("case %zu", i);
        assert_ptr_equal(in.data, cases[i].data);
        assert_int_equal(in.len, cases[i].len);
    }
}

/* Any bytes at all: what is accepted encodes to the very bytes it came from, or, when it had fewer
 * fields, to more that say the same. */
static void random_damage(void **state)
{
    (void)state;
    struct prng prng = {20260101};
    struct buf out, again;
    buf_init(&out, OUT_MAX);
    buf_init(&again, OUT_MAX);
    struct message message = payment(), back;
    size_t accepted = 0;
    for (int round = 0; round < 200000; round++) {
        encode(&out, &message);
        for (uint64_t n = 1 + prng_below(&prng, 3); n > 0; n--)
            out.data[prng_below(&prng, out.len)] = (char)prng_next(&prng);
        struct slice in = buf_slice(&out);
        if (wire_decode(&in, &back, NULL) != ERROR_NONE)
            continue;
        accepted++;
        struct slice bytes = encode(&again, &back);
        size_t head = out.data[0] == (char)0xdc ? 3 : 1; /* msgpack: how many items there are */
        if (memcmp(out.data, again.data, head) == 0)
            assert_true(slice_equal(bytes, slice_of(out.data, out.len - in.len)));
        struct message twice;
        assert_int_equal(wire_decode_one(bytes, &twice, NULL), ERROR_NONE);
        assert_same(&back, &twice);
    }
    assert_true(accepted > 1000);
    buf_deinit(&out);
    buf_deinit(&again);
}

/* msgpack-c makes a zone behind one's back for strings when it is given none. */
static void decoding_takes_no_memory(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, OUT_MAX);
    struct message message = payment(), back;
    struct slice bytes = encode(&out, &message);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 100; i++)
        assert_int_equal(wire_decode_one(bytes, &back, NULL), ERROR_NONE);
    assert_int_equal(mallinfo2().uordblks, before);
    buf_deinit(&out);
}

static void what_does_not_fit_is_named(void **state)
{
    (void)state;
    const char *field = NULL;
    struct message message = payment();
    assert_true(message_fits(&message, &field));
    message.cmd_payment.event_id = slice_of(text, 256);
    assert_false(message_fits(&message, &field));
    assert_string_equal(field, "event_id");
    message.cmd_payment.event_id = slice_of(text, 255);
    message.cmd_payment.currency = SLICE("U\0D");
    assert_false(message_fits(&message, &field));
    assert_string_equal(field, "currency");
    message.cmd_payment.currency = SLICE("\xED\xA0\x80");
    assert_false(message_fits(&message, &field));
    message.cmd_payment.currency = (struct slice){NULL, 1};
    assert_false(message_fits(&message, &field));
    message = (struct message){.kind = MESSAGE_cmd_configure,
                               .cmd_configure = {.hash = SLICE("\0\xFF any bytes")}};
    assert_true(message_fits(&message, &field));
    message.cmd_configure.catalog = slice_of(text, 1048577);
    assert_false(message_fits(&message, &field));
    assert_string_equal(field, "catalog");
    message.kind = (enum message_kind)63;
    assert_false(message_fits(&message, &field));
    assert_string_equal(field, "kind");
}

static void a_full_buffer_holds_whole_messages_only(void **state)
{
    (void)state;
    struct message message = payment();
    struct buf out;
    buf_init(&out, 70);
    wire_encode(&out, &message);
    assert_false(out.failed);
    size_t len = out.len;
    assert_true(2 * len > 70);
    wire_encode(&out, &message);
    assert_true(out.failed);
    assert_int_equal(out.len, len);
    wire_encode(&out, &(struct message){.kind = MESSAGE_cmd_tick});
    assert_int_equal(out.len, len);
    buf_deinit(&out);
    buf_init(&out, len);
    wire_encode(&out, &message);
    assert_false(out.failed);
    buf_deinit(&out);
}

static int fill_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEXT_MAX; i++)
        text[i] = (char)('a' + i % 26);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_makes_the_round_trip),
        cmocka_unit_test(the_bytes_are_what_the_table_says),
        cmocka_unit_test(cut_messages_are_refused_and_in_stays),
        cmocka_unit_test(a_message_with_fewer_fields_has_zeros_behind),
        cmocka_unit_test(several_in_a_row_and_what_is_left_over),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(random_damage),
        cmocka_unit_test(decoding_takes_no_memory),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(a_full_buffer_holds_whole_messages_only),
    };
    return cmocka_run_group_tests(tests, fill_text, NULL);
}
