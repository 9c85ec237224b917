/* Records of modules in their table, and beside their person's core. */
#include "tests/unit/ledger/sample.h"

#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;

static int open_ledger(void **state)
{
    (void)state;
    if (store_open_memory(&store) != ERROR_NONE || ledger_open(store, &ledger, NULL) != ERROR_NONE)
        return -1;
    return ledger_begin(ledger) == ERROR_NONE ? 0 : -1;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static const struct key *at(const char *name)
{
    static struct key key;
    key_clear(&key);
    key_text(&key, slice_from(name));
    return &key;
}

static void keep(const char *name, uint64_t count)
{
    struct record_sample_box box = {.count = count};
    row_store(ledger, shape_record_sample_box(), at(name), &box);
}

static void mark(int64_t telegram_id, uint64_t n, uint64_t count)
{
    struct record_sample_mark mark = {.count = count};
    aspect_store(ledger, telegram_id, shape_record_sample_mark(), n, &mark);
}

static void rows_come_back_and_go(void **state)
{
    (void)state;
    struct record_sample_box box = {.u8 = 255,
                                    .u32 = UINT32_MAX,
                                    .u64 = UINT64_MAX,
                                    .i64 = INT64_MIN,
                                    .str = "12345678",
                                    .text = "你好",
                                    .color = 2,
                                    .amount = -900,
                                    .currency = "USD",
                                    .time = 1767225600000};
    struct record_sample_box back;
    assert_false(row_load(ledger, shape_record_sample_box(), at("a"), &back));
    row_store(ledger, shape_record_sample_box(), at("a"), &box);
    memset(&back, 0xA5, sizeof back);
    assert_true(row_load(ledger, shape_record_sample_box(), at("a"), &back));
    assert_int_equal(back.u8, 255);
    assert_int_equal(back.u32, UINT32_MAX);
    assert_int_equal(back.u64, UINT64_MAX);
    assert_int_equal(back.i64, INT64_MIN);
    assert_string_equal(back.str, "12345678");
    assert_string_equal(back.text, "你好");
    assert_int_equal(back.color, 2);
    assert_int_equal(back.amount, -900);
    assert_string_equal(back.currency, "USD");
    assert_int_equal(back.time, 1767225600000);
    struct record_sample_long other; /* another shape, the same key */
    assert_false(row_load(ledger, shape_record_sample_long(), at("a"), &other));
    row_delete(ledger, shape_record_sample_box(), at("a"));
    assert_false(row_load(ledger, shape_record_sample_box(), at("a"), &back));
    row_delete(ledger, shape_record_sample_box(), at("a"));
    assert_int_equal(ledger->error, ERROR_NONE);
}

/* Names the rows from *key on that begin with prefix, one after another. */
static void expect_walk(const char *prefix, const char *start, bool back, const char *expected)
{
    char seen[64] = "";
    struct key key = {.len = 0};
    struct record_sample_box box;
    const struct shape *shape = shape_record_sample_box();
    memcpy(key.data, start, strlen(start));
    key.len = strlen(start);
    bool after = false;
    while (back ? row_before(ledger, shape, slice_from(prefix), &key, &box)
                : row_next(ledger, shape, slice_from(prefix), after, &key, &box)) {
        assert_true(strlen(seen) + key.len < sizeof seen);
        strncat(seen, (const char *)key.data, key.len);
        strcat(seen, " ");
        after = true;
    }
    assert_string_equal(seen, expected);
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void rows_are_walked_by_prefix_both_ways(void **state)
{
    (void)state;
    struct record_sample_long other = {.text = "of the shapes beside"};
    struct record_sample_young young = {.text = "of the shapes beside"};
    static const char *const names[] = {"b2", "a1", "c1", "b1", "b3", "\xff"};
    row_store(ledger, shape_record_sample_long(), at("b0"), &other);
    row_store(ledger, shape_record_sample_young(), at("b9"), &young);
    expect_walk("", "", false, "");
    expect_walk("", "\xff\xff", true, "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        keep(names[i], i);
    expect_walk("b", "b", false, "b1 b2 b3 ");
    expect_walk("b", "", false, "b1 b2 b3 "); /* from before the prefix's first */
    expect_walk("b", "b2", false, "b2 b3 ");
    expect_walk("b", "c", false, "");
    expect_walk("", "", false, "a1 b1 b2 b3 c1 \xff ");
    expect_walk("x", "", false, "");
    expect_walk("b", "b3", true, "b2 b1 ");
    expect_walk("b", "b~", true, "b3 b2 b1 ");
    expect_walk("b", "c9", true, "b3 b2 b1 "); /* from behind the prefix's last */
    expect_walk("\xff", "\xff\xff", true, "\xff ");
    expect_walk("", "\xff\xff", true, "\xff c1 b3 b2 b1 a1 ");
    expect_walk("b", "a", true, "");
}

static void numbers_rise_by_shape(void **state)
{
    (void)state;
    assert_int_equal(row_number(ledger, shape_record_sample_box()), 1);
    assert_int_equal(row_number(ledger, shape_record_sample_box()), 2);
    assert_int_equal(row_number(ledger, shape_record_sample_long()), 1);
    assert_int_equal(row_number(ledger, shape_record_sample_box()), 3);
}

static void aspects_are_numbered_by_person(void **state)
{
    (void)state;
    struct record_sample_mark out;
    uint64_t n = 0;
    assert_false(aspect_next(ledger, 5, shape_record_sample_mark(), false, &n, &out));
    assert_false(aspect_last(ledger, 5, shape_record_sample_mark(), &n, &out));
    mark(4, 9, 49);
    mark(6, 0, 60);
    mark(-5, 1, 1);
    for (uint64_t i = 0; i < 300; i += 2)
        mark(5, i, i);
    assert_true(aspect_load(ledger, 5, shape_record_sample_mark(), 298, &out));
    assert_false(aspect_load(ledger, 5, shape_record_sample_mark(), 299, &out));
    n = 0;
    uint64_t seen = 0;
    for (bool after = false; aspect_next(ledger, 5, shape_record_sample_mark(), after, &n, &out);
         after = true, seen++) {
        assert_int_equal(n, seen * 2);
        assert_int_equal(out.count, n);
    }
    assert_int_equal(seen, 150);
    n = 11;
    assert_true(aspect_next(ledger, 5, shape_record_sample_mark(), false, &n, &out));
    assert_int_equal(n, 12);
    assert_true(aspect_last(ledger, 5, shape_record_sample_mark(), &n, &out));
    assert_int_equal(n, 298);
    for (seen = 149; aspect_before(ledger, 5, shape_record_sample_mark(), &n, &out); seen--)
        assert_true(n == 2 * (seen - 1) && out.count == n);
    assert_int_equal(seen, 0);
    aspect_delete(ledger, 5, shape_record_sample_mark(), 298);
    mark(5, UINT64_MAX, 7);
    assert_true(aspect_last(ledger, 5, shape_record_sample_mark(), &n, &out));
    assert_true(n == UINT64_MAX);
    aspect_delete(ledger, 5, shape_record_sample_mark(), UINT64_MAX);
    assert_true(aspect_last(ledger, 5, shape_record_sample_mark(), &n, &out));
    assert_int_equal(n, 296);
    assert_int_equal(ledger->error, ERROR_NONE);
}

/* Persons of whom only aspects are known are no members, however many aspects they have. */
static void aspects_do_not_hide_members_nor_make_them(void **state)
{
    (void)state;
    struct record_member member = {.created_ms = 1};
    struct record_place place = {.status = PLACE_IN};
    int64_t telegram_id = 0;
    for (uint64_t n = 0; n < 500; n++) {
        mark(1, n, n);
        mark(10, n, n);
        mark(INT64_MAX, n, n);
    }
    for (int64_t id = 20; id < 200; id++)
        mark(id, 0, 0);
    mark(-3, 0, 0);
    member_store(ledger, 10, &member);
    member_store(ledger, 300, &member);
    place_store(ledger, "room", 301, &place); /* a stranger in a group */
    member_store(ledger, INT64_MAX, &member);
    static const int64_t expected[] = {10, 300, INT64_MAX};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(member_next(ledger, &telegram_id, &member));
        assert_true(telegram_id == expected[i]);
    }
    assert_false(member_next(ledger, &telegram_id, &member));
    assert_false(member_load(ledger, 1, &member));
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void a_person_s_core_and_aspects_lie_side_by_side(void **state)
{
    (void)state;
    struct record_member member = {.name = "Ann"};
    struct record_sample_mark out;
    member_store(ledger, 7, &member);
    mark(7, 0, 1);
    member.name[0] = 'B';
    member_store(ledger, 7, &member);
    mark(7, 0, 2);
    person_flush(ledger);
    person_forget(ledger);
    assert_true(member_load(ledger, 7, &member));
    assert_string_equal(member.name, "Bnn");
    assert_true(aspect_load(ledger, 7, shape_record_sample_mark(), 0, &out));
    assert_int_equal(out.count, 2);
    aspect_delete(ledger, 7, shape_record_sample_mark(), 0);
    assert_false(aspect_load(ledger, 7, shape_record_sample_mark(), 0, &out));
    assert_true(member_load(ledger, 7, &member));
}

static void the_longest_record_under_the_longest_key(void **state)
{
    (void)state;
    static struct record_sample_long in;
    static struct record_sample_long out;
    struct key key = {.len = KEY_BYTES_MAX - 2};
    uint8_t bytes[RECORD_BYTES_MAX];
    memset(key.data, 'k', sizeof key.data);
    memset(in.text, 't', sizeof in.text - 1);
    assert_int_equal(record_encode(shape_record_sample_long(), &in, bytes), RECORD_BYTES_MAX);
    row_store(ledger, shape_record_sample_long(), &key, &in);
    assert_true(row_load(ledger, shape_record_sample_long(), &key, &out));
    assert_string_equal(out.text, in.text);
    struct key found = {.len = 0};
    assert_true(row_next(ledger, shape_record_sample_long(), SLICE(""), false, &found, &out));
    assert_int_equal(found.len, KEY_BYTES_MAX - 2);
}

/* Puts value where the row "a" of sample_box lies, or the mark 0 of person 5. */
static void damage(bool aspect, struct slice value)
{
    struct key full;
    key_clear(&full);
    if (aspect)
        key_i64(&full, 5);
    key_u16(&full, aspect ? shape_record_sample_mark()->id : shape_record_sample_box()->id);
    if (aspect)
        key_u64(&full, 0);
    else
        key_text(&full, SLICE("a"));
    state_put_bytes(ledger, aspect ? TABLE_people : TABLE_records, &full, value);
}

static void damage_is_found_and_stays(void **state)
{
    (void)state;
    struct record_sample_box box;
    struct record_sample_mark out;
    struct key key = {.len = 0};
    uint64_t n = 0;
    /* too few bytes, none, more fields than the shape has */
    const struct slice values[] = {SLICE("\x15\x01"), SLICE("\x15"), SLICE(""),
                                   SLICE("\x02\x01"), SLICE(""),     SLICE("\x63\x01")};
    keep("b", 1);
    for (int how = 0; how < 6; how++) {
        ledger->error = ERROR_NONE;
        damage(how >= 3, values[how]);
        key.len = 0;
        n = 0;
        if (how == 0)
            assert_false(row_load(ledger, shape_record_sample_box(), at("a"), &box));
        if (how == 1)
            assert_false(row_next(ledger, shape_record_sample_box(), SLICE(""), false, &key, &box));
        if (how == 2) {
            key = *at("b");
            assert_false(row_before(ledger, shape_record_sample_box(), SLICE(""), &key, &box));
        }
        if (how == 3)
            assert_false(aspect_next(ledger, 5, shape_record_sample_mark(), false, &n, &out));
        if (how == 4)
            assert_false(aspect_last(ledger, 5, shape_record_sample_mark(), &n, &out));
        if (how == 5)
            assert_false(aspect_load(ledger, 5, shape_record_sample_mark(), 0, &out));
        assert_int_equal(ledger->error, how == 5 ? ERROR_VERSION : ERROR_CORRUPT);
        assert_false(row_load(ledger, shape_record_sample_box(), at("b"), &box));
    }
    assert_int_equal(ledger_commit(ledger), ERROR_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
        TEST(rows_come_back_and_go),
        TEST(rows_are_walked_by_prefix_both_ways),
        TEST(numbers_rise_by_shape),
        TEST(aspects_are_numbered_by_person),
        TEST(aspects_do_not_hide_members_nor_make_them),
        TEST(a_person_s_core_and_aspects_lie_side_by_side),
        TEST(the_longest_record_under_the_longest_key),
        TEST(damage_is_found_and_stays),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
