#include "ledger/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

/* All of them. */
static size_t ready(const struct dispatch *dispatch)
{
    return dispatch_before(dispatch, SLICE("main"), UINT_MAX, UINT64_MAX, UINT64_MAX);
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
    assert_int_equal(ready(dispatch), 4);
    assert_int_equal(dispatch_lease(dispatch, SLICE("other"), 1000, 2000, out, 8, NULL), 0);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 3, NULL), 3);
    assert_int_equal(out[0], 4);
    assert_int_equal(out[1], 3);
    assert_int_equal(out[2], 1);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 8, NULL), 1);
    assert_int_equal(out[0], 2);
    dispatch_destroy(&dispatch);
}

/* Counted in the order in which they are lent; beyond the window about. */
static void how_many_go_before(void **state)
{
    (void)state;
    struct dispatch *dispatch = dispatch_new(&all_is_told);
    const unsigned letter = delivery_priority(DELIVERY_letter);
    uint64_t out[8];
    tell(dispatch, 1, DELIVERY_letter, 300, 0, true);
    tell(dispatch, 2, DELIVERY_notice, 100, 0, true);
    tell(dispatch, 3, DELIVERY_letter, 200, 0, true);
    tell(dispatch, 4, DELIVERY_approve, 900, 0, true);
    tell(dispatch, 5, DELIVERY_letter, 400, 0, true);
    tell(dispatch, 6, DELIVERY_letter, 100, 5000, true); /* not due */
    tell(dispatch, 7, DELIVERY_answer, 100, 0, true);    /* no limit counts it */
    assert_int_equal(dispatch_before(dispatch, SLICE("main"), letter, 400, 5), 3);
    assert_int_equal(dispatch_before(dispatch, SLICE("main"), letter, 200, 3), 1);
    assert_int_equal(dispatch_before(dispatch, SLICE("main"), letter, 100, 6), 0);
    assert_int_equal(dispatch_before(dispatch, SLICE("main"), letter, 400, 99), 4); /* waits */
    assert_int_equal(dispatch_before(dispatch, SLICE("other"), letter, 400, 5), 0);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 2000, out, 2, NULL), 2);
    assert_int_equal(dispatch_before(dispatch, SLICE("main"), letter, 200, 3), 0); /* lent */
    assert_int_equal(dispatch_before(dispatch, SLICE("main"), letter, 400, 5), 1);
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
    assert_int_equal(ready(dispatch), 0);
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
    assert_int_equal(ready(dispatch), 0);
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true); /* the link is there */
    tell(dispatch, 1, DELIVERY_letter, 1, 0, true);
    assert_int_equal(ready(dispatch), 0);
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
    assert_int_equal(ready(dispatch), 1);
    /* forward by a day: the lease is not over */
    dispatch_clock_set(dispatch, day_ms);
    assert_int_equal(dispatch_advance(dispatch, now_ms + 5000), now_ms + 60000);
    /* what is over stays over */
    assert_true(dispatch_forget_leases(dispatch, SLICE("main")));
    dispatch_clock_set(dispatch, day_ms);
    assert_int_equal(dispatch_advance(dispatch, now_ms), 0);
    assert_int_equal(ready(dispatch), 2);
    dispatch_destroy(&dispatch);
}

/* A state of deliveries that all are letters on one lane, by id. */
struct kept {
    struct effect items[32];
    size_t reads;
    enum error error;
};

static enum error kept_source(void *context, uint64_t *after, size_t max, struct effects *effects)
{
    struct kept *kept = context;
    kept->reads++;
    for (size_t i = (size_t)*after; i < 32 && max > 0; i++) {
        if (!kept->items[i].ready)
            continue;
        effects->items = realloc(effects->items, (effects->count + 1) * sizeof *effects->items);
        assert_non_null(effects->items);
        effects->items[effects->count++] = kept->items[i];
        *after = i + 1;
        max--;
    }
    if (max > 0)
        *after = 0;
    return kept->error;
}

static void keep(struct kept *kept, struct dispatch *dispatch, struct effect effect)
{
    const struct effects effects = {.items = &kept->items[effect.delivery - 1], .count = 1};
    memcpy(effect.lane, "main", sizeof "main");
    effect.kind = DELIVERY_letter;
    kept->items[effect.delivery - 1] = effect;
    if (dispatch != NULL)
        assert_int_equal(dispatch_update(dispatch, &effects), ERROR_NONE);
}

/* Twenty wait, the last goes first. */
static struct dispatch *with_twenty(struct kept *kept)
{
    const struct dispatch_options options = {.source = kept_source, .context = kept, .window = 4};
    bool again;
    uint64_t out[32];
    *kept = (struct kept){0};
    for (uint64_t id = 1; id <= 20; id++)
        keep(kept, NULL,
             (struct effect){.delivery = id, .ready = true, .priority = 2, .turn_ms = 100 - id});
    struct dispatch *dispatch = dispatch_new(&options);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 8, NULL), 0);
    assert_int_equal(dispatch_look(dispatch, 1000, 1000, &again), ERROR_NONE);
    assert_true(again);
    assert_int_equal(dispatch_look(dispatch, 1000, 1000, &again), ERROR_NONE);
    assert_false(again);
    return dispatch;
}

static void a_window_is_filled_again_from_the_state(void **state)
{
    (void)state;
    struct kept kept;
    struct dispatch *dispatch = with_twenty(&kept);
    uint64_t out[32];
    uint64_t next = 20;
    bool again = true;
    assert_true(dispatch_knows(dispatch, SLICE("main")));
    assert_false(dispatch_knows(dispatch, SLICE("other")));
    assert_in_range(dispatch_held(dispatch), 4, 8);
    assert_int_equal(ready(dispatch), 20);
    /* One that is told goes first; one that is behind leaves nothing here. */
    size_t held = dispatch_held(dispatch);
    keep(&kept, dispatch,
         (struct effect){.delivery = 30, .ready = true, .priority = 2, .turn_ms = 500});
    assert_int_equal(dispatch_held(dispatch), held);
    keep(&kept, dispatch,
         (struct effect){.delivery = 31, .ready = true, .priority = 1, .turn_ms = 500});
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 1, NULL), 1);
    assert_int_equal(out[0], 31);
    /* These are done, and nobody had them here. */
    keep(&kept, dispatch, (struct effect){.delivery = 3});
    keep(&kept, dispatch, (struct effect){.delivery = 30});
    while (next > 0) {
        size_t count = dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 32, NULL);
        assert_true(count <= 8);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(out[i], next);
            next -= next == 4 ? 2 : 1;
        }
        /* A step at a time: what is urgent goes out meanwhile. */
        assert_int_equal(dispatch_look(dispatch, 1000, 5, &again), ERROR_NONE);
        assert_true(again || next == 0);
        if (next == 12) {
            keep(&kept, dispatch, (struct effect){.delivery = 32, .ready = true, .priority = 1});
            assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 1, NULL), 1);
            assert_int_equal(out[0], 32);
        }
    }
    dispatch_destroy(&dispatch);
}

static void many_that_become_due_at_once_go_in_their_order(void **state)
{
    (void)state;
    struct kept kept;
    struct dispatch *dispatch = with_twenty(&kept);
    uint64_t out[32];
    bool again = true;
    for (uint64_t id = 1; id <= 20; id++)
        keep(&kept, dispatch,
             (struct effect){.delivery = id,
                             .ready = true,
                             .priority = 2,
                             .turn_ms = 100 - id,
                             .not_before_ms = 5000});
    assert_in_range(dispatch_held(dispatch), 4, 8);
    assert_int_equal(dispatch_advance(dispatch, 1000), 5000);
    for (uint64_t next = 20; next > 0;) {
        do
            assert_int_equal(dispatch_look(dispatch, 5000, 1000, &again), ERROR_NONE);
        while (again);
        size_t count = dispatch_lease(dispatch, SLICE("main"), 5000, 9000, out, 32, NULL);
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(out[i], next--);
    }
    assert_int_equal(dispatch_advance(dispatch, 5000), 9000);
    dispatch_destroy(&dispatch);
}

static void a_walk_that_fails_begins_anew(void **state)
{
    (void)state;
    struct kept kept;
    struct dispatch *dispatch = with_twenty(&kept);
    uint64_t out[32];
    bool again = true;
    size_t count = dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 32, NULL);
    assert_int_equal(dispatch_look(dispatch, 1000, 5, &again), ERROR_NONE);
    kept.error = ERROR_IO;
    assert_int_equal(dispatch_look(dispatch, 1000, 5, &again), ERROR_IO);
    assert_false(again);
    assert_int_equal(dispatch_held(dispatch), count); /* the leases */
    kept.error = ERROR_NONE;
    assert_int_equal(dispatch_look(dispatch, 1000, 1000, &again), ERROR_NONE);
    assert_true(again);
    assert_int_equal(dispatch_lease(dispatch, SLICE("main"), 1000, 9000, out, 1, NULL), 1);
    assert_int_equal(out[0], 20 - count);
    dispatch_destroy(&dispatch);
}

/* A clock that was wrong must not keep anybody waiting for a day; a notice may wait for the end of
 * the night, but what waits when usher starts is tried. */
static void no_pause_is_longer_than_one_can_be(void **state)
{
    (void)state;
    struct kept kept = {0};
    const struct dispatch_options options = {
        .source = kept_source, .context = &kept, .window = 4, .pause_max_ms = 300};
    bool again;
    keep(&kept, NULL, (struct effect){.delivery = 1, .ready = true, .not_before_ms = 100000});
    keep(&kept, NULL, (struct effect){.delivery = 2, .ready = true, .not_before_ms = 1100});
    struct dispatch *dispatch = dispatch_new(&options);
    assert_int_equal(dispatch_look(dispatch, 1000, 1000, &again), ERROR_NONE);
    assert_int_equal(dispatch_advance(dispatch, 1000), 1100);
    assert_int_equal(dispatch_advance(dispatch, 1100), 1300);
    assert_int_equal(dispatch_advance(dispatch, 1300), 0);
    assert_int_equal(ready(dispatch), 2);
    dispatch_destroy(&dispatch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_are_lent_by_a_count_of_their_own),
        cmocka_unit_test(goes_by_priority_then_by_payment_time),
        cmocka_unit_test(how_many_go_before),
        cmocka_unit_test(leases_run_out_and_end),
        cmocka_unit_test(a_clock_that_is_set_changes_no_duration),
        cmocka_unit_test(a_lease_outlives_changes),
        cmocka_unit_test(a_lease_runs_out_into_what_became_of_it),
        cmocka_unit_test(a_window_is_filled_again_from_the_state),
        cmocka_unit_test(many_that_become_due_at_once_go_in_their_order),
        cmocka_unit_test(a_walk_that_fails_begins_anew),
        cmocka_unit_test(no_pause_is_longer_than_one_can_be),
    };
    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
