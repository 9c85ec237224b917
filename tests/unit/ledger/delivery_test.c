/* A delivery and the parts of its letter are one value. */
#include "ledger/delivery.h"
#include "ledger/letter.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;
static struct effects effects;

static int open_ledger(void **state)
{
    (void)state;
    if (store_open_memory(&store) != ERROR_NONE ||
        ledger_open(store, &ledger, NULL) != ERROR_NONE || ledger_begin(ledger) != ERROR_NONE)
        return -1;
    effects = (struct effects){0};
    ledger->effects = &effects;
    ledger->at_ms = 1000;
    return 0;
}

static int close_ledger(void **state)
{
    (void)state;
    free(effects.items);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static uint64_t new_delivery(void)
{
    struct record_delivery delivery = {.kind = DELIVERY_letter, .stage = STAGE_PENDING};
    return outbox_add(ledger, &delivery);
}

static struct slice framed(struct buf *bytes, const char *text)
{
    buf_clear(bytes);
    part_frame(bytes, slice_from(text));
    return buf_slice(bytes);
}

static void parts_stay_with_their_delivery(void **state)
{
    (void)state;
    struct buf bytes;
    struct slice part;
    buf_init(&bytes, 64);
    uint64_t one = new_delivery();
    uint64_t two = new_delivery();
    assert_true(delivery_parts_add(ledger, one, framed(&bytes, "first")));
    assert_true(delivery_parts_add(ledger, two, framed(&bytes, "other")));
    assert_true(delivery_parts_add(ledger, one, framed(&bytes, "second")));
    struct record_delivery delivery;
    assert_true(delivery_load(ledger, two, &delivery));
    struct slice parts = delivery_parts(ledger, one);
    assert_true(part_next(&parts, &part));
    assert_true(slice_is(part, "first"));
    assert_true(part_next(&parts, &part));
    assert_true(slice_is(part, "second"));
    assert_false(part_next(&parts, &part));
    delivery_parts_drop(ledger, one);
    assert_int_equal(delivery_parts(ledger, two).len, 7);
    assert_int_equal(delivery_parts(ledger, one).len, 0);
    delivery_remove(ledger, two);
    assert_false(delivery_load(ledger, two, &delivery));
    assert_true(delivery_load(ledger, one, &delivery));
    buf_deinit(&bytes);
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void there_is_room_for_so_much(void **state)
{
    (void)state;
    static char filler[DELIVERY_PART_BYTES_MAX];
    struct buf bytes;
    size_t added = 0;
    buf_init(&bytes, DELIVERY_PART_BYTES_MAX + 2);
    part_frame(&bytes, slice_of(filler, sizeof filler));
    uint64_t id = new_delivery();
    while (delivery_parts_add(ledger, id, buf_slice(&bytes)))
        added++;
    assert_int_equal(added, DELIVERY_PARTS_BYTES_MAX / bytes.len);
    assert_int_equal(ledger->error, ERROR_NONE);
    buf_deinit(&bytes);
}

/* Somebody who cannot be reached collects receipts until the letter is full: the next one takes its
 * place, so that no letter waits that nobody would let go. */
static void a_full_letter_that_waits_gives_way(void **state)
{
    (void)state;
    struct record_member member = {.unreachable = 1};
    struct record_delivery letter;
    char id[129];
    memset(id, 'p', sizeof id - 1);
    id[sizeof id - 1] = 0;
    const struct message part = {.kind = MESSAGE_part_receipt,
                                 .part_receipt = {.plan = SLICE("core"),
                                                  .payment_id = slice_from(id),
                                                  .amount = 100,
                                                  .currency = SLICE("USD")}};
    member_store(ledger, 7, &member);
    letter_add(ledger, 7, &part, 1, 1000);
    assert_true(member_load(ledger, 7, &member));
    uint64_t first = member.letter;
    for (int n = 0; n < LETTER_PARTS_MAX && member.letter == first; n++) {
        letter_add(ledger, 7, &part, 1, 1000);
        assert_true(member_load(ledger, 7, &member));
    }
    assert_int_not_equal(member.letter, first);
    assert_true(delivery_load(ledger, first, &letter));
    assert_int_equal(letter.stage, STAGE_DONE);
    assert_true(delivery_load(ledger, member.letter, &letter));
    assert_int_equal(letter.stage, STAGE_WAITING);
    assert_int_equal(letter.parts_count, 1);
    assert_int_equal(ledger->meta.waiting, 1);
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void what_is_no_delivery_is_corrupt(void **state)
{
    (void)state;
    static const struct slice broken[] = {
        {"", 0}, {"\0", 1}, {"\0\5ab", 4}, {"\0\1\3", 3}, {"\0\0", 2},
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct record_delivery delivery;
        struct key key;
        uint64_t id = ledger->meta.next_delivery++;
        key_clear(&key);
        key_u64(&key, id);
        state_put_bytes(ledger, TABLE_deliveries, &key, broken[i]);
        assert_false(delivery_load(ledger, id, &delivery));
        assert_int_equal(ledger->error, ERROR_CORRUPT);
        ledger->error = ERROR_NONE;
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
    const struct CMUnitTest tests[] = {
        TEST(parts_stay_with_their_delivery),
        TEST(there_is_room_for_so_much),
        TEST(a_full_letter_that_waits_gives_way),
        TEST(what_is_no_delivery_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
