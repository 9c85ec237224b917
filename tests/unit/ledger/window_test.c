#include "ledger/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { COUNT = 10 };

static struct entry entries[COUNT];

static struct entry *entry_make(uint64_t id, unsigned priority, uint64_t turn_ms, uint64_t time_ms)
{
    entries[id] = (struct entry){.delivery = id,
                                 .priority = priority,
                                 .turn_ms = turn_ms,
                                 .not_before_ms = time_ms,
                                 .time_ms = time_ms};
    return &entries[id];
}

static void what_is_whole_takes_all(void **state)
{
    (void)state;
    struct window window;
    window_init(&window, BUDGET_COUNTED, false);
    assert_true(window_takes(&window, entry_make(1, 9, 9, 0)));
    assert_int_equal(window_blind_ms(&window), UINT64_MAX);
    assert_null(window_first(&window));
    assert_true(window_add(&window, &entries[1]));
    assert_true(window_add(&window, entry_make(2, 1, 5, 0)));
    assert_ptr_equal(window_first(&window), &entries[2]);
    entry_take_out(&entries[2]);
    entry_take_out(&entries[2]); /* twice is once */
    assert_ptr_equal(window_first(&window), &entries[1]);
    assert_int_equal(window_cut(&window, 1), 0);
    assert_true(window.whole);
    window_deinit(&window);
}

static void what_is_cut_has_an_edge(void **state)
{
    (void)state;
    struct window window;
    window_init(&window, BUDGET_COUNTED, false);
    for (uint64_t id = 1; id <= 6; id++) /* 6 goes first, 1 last */
        assert_true(window_add(&window, entry_make(id, id <= 3 ? 2 : 1, 10 - id, 0)));
    assert_int_equal(window_cut(&window, 4), 2);
    for (size_t n = 0; n < 2; n++) {
        struct entry *out = window_out(&window, n);
        assert_true(out->delivery == 1 || out->delivery == 2);
        assert_null(out->heap);
        assert_false(window_takes(&window, out));
    }
    assert_true(window_takes(&window, &entries[3]));
    assert_true(window_takes(&window, entry_make(7, 2, 7, 0)));  /* behind 3, before 2 */
    assert_false(window_takes(&window, entry_make(8, 2, 8, 0))); /* of the same turn as 2, later */
    for (uint64_t id = 6; id >= 3; id--) {
        assert_ptr_equal(window_first(&window), &entries[id]);
        entry_take_out(&entries[id]);
    }
    assert_null(window_first(&window));
    window_deinit(&window);
}

static void what_is_trimmed_keeps_what_is_not_behind(void **state)
{
    (void)state;
    struct window window;
    const struct order edge = {{2, 7, 3}};
    window_init(&window, BUDGET_FREE, true);
    for (uint64_t id = 1; id <= 6; id++)
        assert_true(window_add(&window, entry_make(id, id <= 3 ? 2 : 1, 10 - id, 0)));
    assert_int_equal(window_trim(&window, false, &edge), 2);
    assert_int_equal(window.heap.count, 4);
    assert_int_equal(window_trim(&window, true, &edge), 0);
    for (uint64_t id = 6; id >= 3; id--) {
        assert_ptr_equal(window_first(&window), &entries[id]);
        entry_take_out(&entries[id]);
    }
    window_deinit(&window);
}

/* A pause that was moved with the clock ends later than the state has it: the edge is the state's.
 */
static void moved_times_do_not_hide_what_is_due(void **state)
{
    (void)state;
    struct window window;
    window_init(&window, STREAM_LATER, false);
    for (uint64_t id = 1; id <= 4; id++)
        assert_true(window_add(&window, entry_make(id, 1, 1, 100 * id)));
    entry_take_out(&entries[1]);
    entries[1].time_ms = 900;
    assert_true(window_add(&window, &entries[1]));
    assert_int_equal(window_cut(&window, 3), 1);
    assert_int_equal(window_out(&window, 0)->delivery, 1);
    assert_false(window_takes(&window, &entries[1]));
    assert_true(window_blind_ms(&window) <= 100);
    window_deinit(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_takes_all),
        cmocka_unit_test(what_is_cut_has_an_edge),
        cmocka_unit_test(what_is_trimmed_keeps_what_is_not_behind),
        cmocka_unit_test(moved_times_do_not_hide_what_is_due),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
