#include "ledger/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct dispatch_options all_is_told = {0};

static void tell(struct dispatch *dispatch, uint64_t id, enum delivery_kind kind, uint64_t turn_ms,
                 uint64_t not_before_ms, bool ready)
{
    struct effect effect = {.delivery = id,
                            .ready = ready,
                            .kind = kind,
                            .priority = delivery_priority(kind),
                            .lane = "main",
                            .turn_ms = turn_ms,
                            .not_before_ms = not_before_ms};
    struct effects effects = {.items = &effect, .count = 1, .cap = 1};
    assert_int_equal(dispatch_update(dispatch, &effects), ERROR_NONE);
}

static void end_attempt(struct dispatch *dispatch, uint64_t id)
{
    struct effect effect = {.delivery = id, .ended = true};
    struct effects effects = {.items = &effect, .count = 1, .cap = 1};
    assert_int_equal(dispatch_update(dispatch, &effects), ERROR_NONE);
}

static void notices_are_lent_by_a_count_of_their_own(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    uint64_t out[8];
    size_t notices = 2;
    for (uint64_t id = 1; id <= 4; id++)
        tell(dispatch, id, DELIVERY_notice, 100, 0, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 8, &notices), 2);
    assert_int_equal(notices, 0);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 8, &notices), 0);
    /* What goes before them is not kept back by it. */
    tell(dispatch, 9, DELIVERY_revoke_link, 500, 0, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 8, &notices), 1);
    assert_int_equal(out[0], 9);
    notices = 8;
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 1, &notices), 1);
    assert_int_equal(notices, 7);
    assert_int_equal(out[0], 3);
    dispatch_destroy(&dispatch);
}

static void goes_by_priority_then_by_payment_time(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    uint64_t out[8];
    tell(dispatch, 1, DELIVERY_letter, 300, 0, true);
    tell(dispatch, 2, DELIVERY_remove, 100, 0, true);
    tell(dispatch, 3, DELIVERY_letter, 200, 0, true);
    tell(dispatch, 4, DELIVERY_approve, 900, 0, true);
    assert_int_equal(dispatch_ready(dispatch, SLICE("main")), 4);
    assert_int_equal(dispatch_lease(dispatch, SLICE("other"), 1000, 2000, out, 8, NULL), 0);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 3, NULL), 3);
    assert_int_equal(out[0], 4);
    assert_int_equal(out[1], 3);
    assert_int_equal(out[2], 1);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 8, NULL), 1);
    assert_int_equal(out[0], 2);
    dispatch_destroy(&dispatch);
}

static void leases_run_out_and_end(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    uint64_t out[8];
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true);
    tell(dispatch, 2, DELIVERY_letter, 2, 0, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 8, NULL), 2);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1999, 3000, out, 8, NULL), 0);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, false); /* done */
    assert_int_equal(dispatch_advance(dispatch, 1999), 2000);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 2000, 3000, out, 8, NULL), 1);
    assert_int_equal(out[0], 2);
    tell(dispatch, 2, DELIVERY_letter, 2, 5000, true); /* to be retried */
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 4999, 6000, out, 8, NULL), 0);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 5000, 6000, out, 8, NULL), 1);
    assert_false(dispatch_forget_leases(dispatch, SLICE("other")));
    assert_true(dispatch_forget_leases(dispatch, SLICE("main")));
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 5001, 6001, out, 8, NULL), 1);
    assert_int_equal(dispatch_advance(dispatch, 5001), 6001);
    tell(dispatch, 2, DELIVERY_letter, 2, 0, false);
    tell(dispatch, 2, DELIVERY_letter, 2, 0, false); /* twice is once */
    assert_int_equal(dispatch_advance(dispatch, 9999), 0);
    assert_int_equal(dispatch_ready(dispatch, SLICE("main")), 0);
    dispatch_destroy(&dispatch);
}

/* What is under way must not begin a second time, whatever happens to the delivery meanwhile. */
static void a_lease_outlives_changes(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    uint64_t out[8];
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 8, NULL), 1);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, false); /* waits for a link */
    assert_int_equal(dispatch_ready(dispatch, SLICE("main")), 0);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true); /* the link is there */
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true);
    assert_int_equal(dispatch_ready(dispatch, SLICE("main")), 0);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 8999, 9999, out, 8, NULL), 0);
    end_attempt(dispatch, 1);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 8999, 9999, out, 8, NULL), 1);

    tell(dispatch, 1, DELIVERY_letter, 1, 0, false); /* done while under way */
    end_attempt(dispatch, 1);
    end_attempt(dispatch, 1); /* twice is once */
    end_attempt(dispatch, 7); /* not known here */
    assert_int_equal(dispatch_advance(dispatch, 20000), 0);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 20000, 30000, out, 8, NULL), 1);
    dispatch_destroy(&dispatch);
}

static void a_lease_runs_out_into_what_became_of_it(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    uint64_t out[8];
    for (uint64_t id = 1; id <= 3; id++)
        tell(dispatch, id, DELIVERY_letter, id, 0, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 8, NULL), 3);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, false);
    tell(dispatch, 2, DELIVERY_letter, 2, 5000, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 2000, 3000, out, 8, NULL), 1);
    assert_int_equal(out[0], 3);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 5000, 6000, out, 8, NULL), 2);
    assert_int_equal(out[0], 2);
    assert_int_equal(out[1], 3);

    tell(dispatch, 2, DELIVERY_letter, 2, 0, false);
    assert_true(dispatch_forget_leases(dispatch, SLICE("main")));
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 5000, 6000, out, 8, NULL), 1);
    assert_int_equal(out[0], 3);
    dispatch_destroy(&dispatch);
}

static void a_clock_that_is_set_changes_no_duration(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    uint64_t out[8];
    const int64_t day_ms = INT64_C(86400000);
    const uint64_t now_ms = UINT64_C(1800000000000);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true);
    tell(dispatch, 2, DELIVERY_letter, 2, now_ms + 5000, true);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), now_ms, now_ms + 60000, out, 8, NULL),
                     1);
    /* back by a day: the pause is over in five seconds, the lease in a minute */
    dispatch_clock_set(dispatch, -day_ms);
    const uint64_t back_ms = now_ms - (uint64_t)day_ms;
    assert_int_equal(dispatch_advance(dispatch, back_ms), back_ms + 5000);
    assert_int_equal(dispatch_advance(dispatch, back_ms + 5000), back_ms + 60000);
    assert_int_equal(dispatch_ready(dispatch, SLICE("main")), 1);
    /* forward by a day: the lease is not over */
    dispatch_clock_set(dispatch, day_ms);
    assert_int_equal(dispatch_advance(dispatch, now_ms + 5000), now_ms + 60000);
    /* what is over stays over */
    assert_true(dispatch_forget_leases(dispatch, SLICE("main")));
    dispatch_clock_set(dispatch, day_ms);
    assert_int_equal(dispatch_advance(dispatch, now_ms), 0);
    assert_int_equal(dispatch_ready(dispatch, SLICE("main")), 2);
    dispatch_destroy(&dispatch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_are_lent_by_a_count_of_their_own),
        cmocka_unit_test(goes_by_priority_then_by_payment_time),
        cmocka_unit_test(leases_run_out_and_end),
        cmocka_unit_test(a_clock_that_is_set_changes_no_duration),
        cmocka_unit_test(a_lease_outlives_changes),
        cmocka_unit_test(a_lease_runs_out_into_what_became_of_it),
    };
    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
