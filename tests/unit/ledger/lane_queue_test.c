#include "ledger/lane_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void each_name_has_one_that_stays_where_it_is(void **state)
{
    (void)state;
    struct lane_queues queues = {NULL, 0};
    struct lane_queue *made[40];
    char name[32];
    assert_null(lane_queues_find(&queues, SLICE("http:0")));
    for (int n = 0; n < 40; n++) {
        (void)snprintf(name, sizeof name, "http:%d", n);
        made[n] = lane_queues_make(&queues, slice_from(name), true);
        assert_non_null(made[n]);
    }
    for (int n = 0; n < 40; n++) {
        (void)snprintf(name, sizeof name, "http:%d", n);
        assert_ptr_equal(lane_queues_find(&queues, slice_from(name)), made[n]);
        assert_ptr_equal(lane_queues_make(&queues, slice_from(name), false), made[n]);
        assert_true(made[n]->now[STREAM_LATER].whole); /* as it was made */
    }
    assert_int_equal(queues.count, 40);
    assert_null(lane_queues_find(&queues, SLICE("http:")));
    lane_queues_deinit(&queues);
    assert_int_equal(queues.count, 0);
    assert_null(lane_queues_find(&queues, SLICE("http:0")));
    lane_queues_deinit(&queues);
}

static void what_is_not_whole_takes_nothing(void **state)
{
    (void)state;
    struct lane_queues queues = {NULL, 0};
    const struct entry entry = {.delivery = 1, .priority = 1, .not_before_ms = 1};
    struct lane_queue *whole = lane_queues_make(&queues, SLICE("telegram:a"), true);
    struct lane_queue *blind = lane_queues_make(&queues, SLICE("telegram:b"), false);
    for (unsigned stream = 0; stream < STREAMS; stream++) {
        assert_true(window_takes(&whole->now[stream], &entry));
        assert_false(window_takes(&blind->now[stream], &entry));
        assert_true(window_takes(&blind->next[stream], &entry)); /* the walk finds out */
        assert_true(blind->next[stream].filling && !blind->now[stream].filling);
    }
    assert_int_equal(window_blind_ms(&blind->now[STREAM_LATER]), 0);
    lane_queues_deinit(&queues);
}

static void a_name_is_kept_whole_or_not_at_all(void **state)
{
    (void)state;
    struct lane_queues queues = {NULL, 0};
    char name[64];
    memset(name, 'n', sizeof name);
    assert_null(lane_queues_make(&queues, slice_of(name, 64), true));
    assert_int_equal(queues.count, 0);
    assert_non_null(lane_queues_make(&queues, slice_of(name, 63), true));
    assert_null(lane_queues_find(&queues, slice_of(name, 62)));
    lane_queues_deinit(&queues);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_has_one_that_stays_where_it_is),
        cmocka_unit_test(what_is_not_whole_takes_nothing),
        cmocka_unit_test(a_name_is_kept_whole_or_not_at_all),
    };
    return cmocka_run_group_tests_name("lane_queue", tests, NULL, NULL);
}
