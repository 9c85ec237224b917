/* A person is one value: rows of several kinds kept in order, written when another is taken. */
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static void put_person(int64_t telegram_id, struct slice rows)
{
    struct key key;
    key_clear(&key);
    key_i64(&key, telegram_id);
    state_put_bytes(ledger, TABLE_people, &key, rows);
}

static void rows_come_back_after_another_person(void **state)
{
    (void)state;
    struct record_member member = {.created_ms = 5, .name = "Ann"};
    struct record_member other = {.created_ms = 6};
    struct record_entitlement entitlement = {.months = 3};
    struct record_place seat = {.status = PLACE_IN, .link = "https://t.me/+x"};
    char plan[CATALOG_NAME_MAX + 1] = "";
    place_store(ledger, "lobby", 1, &seat);
    entitlement_store(ledger, 1, "zeta", &entitlement);
    entitlement_store(ledger, 1, "alpha", &entitlement);
    person_payment_add(ledger, 1, 0, 77);
    member_store(ledger, 1, &member);
    member_store(ledger, 2, &other);
    assert_true(entitlement_next(ledger, 1, plan, &entitlement));
    assert_string_equal(plan, "alpha");
    assert_true(entitlement_next(ledger, 1, plan, &entitlement));
    assert_string_equal(plan, "zeta");
    assert_false(entitlement_next(ledger, 1, plan, &entitlement));
    place_load(ledger, "lobby", 1, &seat);
    assert_string_equal(seat.link, "https://t.me/+x");
    place_load(ledger, "lounge", 1, &seat);
    assert_int_equal(seat.status, PLACE_UNKNOWN);
    assert_true(member_load(ledger, 1, &member));
    assert_string_equal(member.name, "Ann");
    assert_int_equal(person_payment_at(ledger, 1, 0, 1), 77);
    assert_int_equal(person_payment_at(ledger, 1, 1, 1), 0);
    assert_int_equal(person_payment_at(ledger, 2, 0, 0), 0);
    assert_false(member_load(ledger, 3, &member));
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void payments_are_listed_however_many(void **state)
{
    (void)state;
    for (uint64_t count = 1; count <= 5 * PERSON_PAYMENTS_TOGETHER; count++) {
        person_payment_add(ledger, 1, count - 1, 1000 + 7 * count);
        if (count % 3 == 0)
            person_payment_add(ledger, 2, count / 3 - 1, count);
        for (uint64_t n = 0; n < count; n++)
            assert_int_equal(person_payment_at(ledger, 1, n, count), 1000 + 7 * (n + 1));
        assert_int_equal(person_payment_at(ledger, 1, count, count), 0);
    }
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void a_row_that_changes_its_length_moves_the_others(void **state)
{
    (void)state;
    struct record_member member = {.name = "a very long name indeed"};
    struct record_entitlement entitlement = {.months = 3};
    entitlement_store(ledger, 1, "core", &entitlement);
    member_store(ledger, 1, &member);
    member.name[1] = 0;
    member_store(ledger, 1, &member);
    assert_true(entitlement_load(ledger, 1, "core", &entitlement));
    assert_int_equal(entitlement.months, 3);
    assert_true(member_load(ledger, 1, &member));
    assert_string_equal(member.name, "a");
}

static void an_aborted_batch_is_forgotten(void **state)
{
    (void)state;
    struct record_member member = {.name = "Ann"};
    member_store(ledger, 1, &member);
    ledger_abort(ledger);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_false(member_load(ledger, 1, &member));
    member_store(ledger, 1, &member);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_true(member_load(ledger, 1, &member));
}

static void a_list_keeps_the_newest(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= PERSON_DELIVERIES_MAX + 3; i++)
        person_delivery_add(ledger, 1, i);
    assert_int_equal(person_delivery_count(ledger, 1), PERSON_DELIVERIES_MAX);
    assert_int_equal(person_delivery_at(ledger, 1, 0), 4);
    person_delivery_remove(ledger, 1, 1);
    assert_int_equal(person_delivery_at(ledger, 1, 1), 6);
    assert_int_equal(person_delivery_at(ledger, 1, PERSON_DELIVERIES_MAX - 2),
                     PERSON_DELIVERIES_MAX + 3);
    assert_int_equal(person_delivery_at(ledger, 1, PERSON_DELIVERIES_MAX - 1), 0);
}

static void what_are_no_rows_is_corrupt(void **state)
{
    (void)state;
    static const struct slice broken[] = {
        {"\1", 1},                  /* half a head */
        {"\1\0\0\5abc", 7},         /* fewer bytes than it says */
        {"\3\1\0\0b\3\1\0\0a", 10}, /* names that fall */
        {"\3\1\0\0a\3\1\0\0a", 10}, /* the same twice */
        {"\5\0\0\7"
         "1234567",
         11},                         /* a list of seven bytes */
        {"\1\0\0\2\1\1", 6},          /* a record cut short */
        {"\2\2\0\1co\1\1\0\0\0", 11}, /* kinds that fall */
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct record_member member;
        put_person((int64_t)i + 1, broken[i]);
        assert_int_equal(ledger->error, ERROR_NONE);
        assert_false(member_load(ledger, (int64_t)i + 1, &member));
        assert_int_equal(ledger->error, ERROR_CORRUPT);
        ledger->error = ERROR_NONE;
    }
}

static void a_state_of_another_layout_is_refused(void **state)
{
    (void)state;
    struct ledger *second;
    struct key key;
    struct why why = {""};
    struct record_meta meta = {.next_delivery = 1}; /* as before there were layouts */
    key_clear(&key);
    key_text(&key, SLICE("meta"));
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    state_put(ledger, TABLE_meta, &key, shape_record_meta(), &meta);
    assert_int_equal(store_commit(&ledger->txn), ERROR_NONE);
    assert_int_equal(ledger_open(store, &second, &why), ERROR_VERSION);
    assert_non_null(strstr(why.text, "journal"));
    assert_null(second);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
    const struct CMUnitTest tests[] = {
        TEST(rows_come_back_after_another_person),
        TEST(payments_are_listed_however_many),
        TEST(a_row_that_changes_its_length_moves_the_others),
        TEST(an_aborted_batch_is_forgotten),
        TEST(a_list_keeps_the_newest),
        TEST(what_are_no_rows_is_corrupt),
        TEST(a_state_of_another_layout_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
