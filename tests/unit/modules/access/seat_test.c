/* Seats: what entitlements take and what open orders keep are counted apart, by plan. */
#include "modules/access/seat.h"
#include "ledger/facts.h"
#include "ledger/rows.h"

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
    return store_open_memory(&store) == ERROR_NONE &&
                   ledger_open(store, &ledger, NULL) == ERROR_NONE &&
                   ledger_begin(ledger) == ERROR_NONE
               ? 0
               : -1;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

/* An order of the member's, as order_place lists it. */
static void list(int64_t telegram_id, uint64_t n, const char *plan, bool open)
{
    struct record_order_ref ref = {.open = open};
    (void)slice_copy(slice_from(plan), ref.plan, sizeof ref.plan);
    aspect_store(ledger, telegram_id, shape_record_order_ref(), n, &ref);
}

static void each_count_is_its_own(void **state)
{
    (void)state;
    seats_change(ledger, "core", 1);
    seats_change(ledger, "core", 1);
    seats_held_change(ledger, "core", 1);
    seats_change(ledger, "core", -1);
    assert_int_equal(seats_taken(ledger, "core"), 1);
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_int_equal(seats_taken(ledger, "starter"), 0);
    assert_int_equal(seats_held(ledger, "starter"), 0);
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void below_zero_is_corrupt(void **state)
{
    (void)state;
    seats_held_change(ledger, "core", -1);
    assert_int_equal(ledger->error, ERROR_CORRUPT);
}

static void a_member_keeps_one(void **state)
{
    (void)state;
    list(9, 1, "core", false);
    seat_keep(ledger, 9, "core"); /* no order of the plan is open */
    assert_false(seat_kept(ledger, 9, "core"));
    list(9, 2, "starter", true);
    list(9, 3, "core", true);
    seat_keep(ledger, 9, "core");
    assert_true(seat_kept(ledger, 9, "core"));
    assert_false(seat_kept(ledger, 9, "starter"));
    assert_false(seat_kept(ledger, 8, "core"));
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_true(seat_take(ledger, 9, "core"));
    assert_false(seat_take(ledger, 9, "core"));
    assert_int_equal(seats_held(ledger, "core"), 0);
    seat_keep(ledger, 9, "core");
    assert_int_equal(seats_held(ledger, "core"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_count_is_its_own, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(below_zero_is_corrupt, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(a_member_keeps_one, open_ledger, close_ledger),
    };
    return cmocka_run_group_tests_name("seat", tests, NULL, NULL);
}
